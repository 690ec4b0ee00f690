import { OBJECTS } from "./catalog-objects.ts";
import { RELATIONS, STATES } from "./catalog-relations.ts";
import { SCOPE } from "./catalog-scope.ts";
import { PRINTED } from "./fingerprint.ts";
import { literal } from "./literal.ts";

/**
 * SQL that prints one sum over what the fingerprint reads, and over the rows of migration tools' tables, as the server prints
 * them: for where nothing of ours can read. Equal stamps of one server mean the same schema; unequal ones need not mean
 * another. It fails where a table is gone.
 */
export function stampSql(histories: readonly string[]): string {
  const lines = [
    `SELECT concat_ws(' ', kind, name, coalesce(definition, '')) AS line FROM (${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}) objects`,
    `SELECT concat_ws(' ', 'state', kind, name, coalesce(definition, '')) FROM (${SCOPE} ${STATES}) states`,
    // Our own history is no part of the schema; that there is one is.
    `SELECT 'ours ' || oid::pg_catalog.regclass::text FROM (${SCOPE} SELECT oid FROM history) ours`,
    ...histories.map((table) => `SELECT ${literal(`row of ${table} `)} || t::text FROM ${table} t`),
  ];
  return [
    ...Object.entries(PRINTED).map(([name, value]) => `SET ${name} = ${literal(value)};`),
    `SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM (${lines.join("\n UNION ALL ")}) l;`,
  ].join("\n");
}

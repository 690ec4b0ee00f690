import { formatCount } from "../core/format.ts";
import type { Report } from "../core/report.ts";
import type { Connection } from "./connection.ts";

/** Something that hangs on a table, a view or a server of an extension, and on which. Names are quoted where that is needed. */
export interface Hanging {
  readonly what: string;
  readonly on: string;
}

/**
 * What hangs on tables and servers of extensions. The extension makes its own again where a dump is restored; what somebody
 * added is in no dump, and only by a restored copy it can be told from that. Reads the catalogs alone.
 */
export async function hangingOnExtensions(connection: Connection): Promise<readonly Hanging[]> {
  return await connection.query<{ what: string; on: string }>(HANGING);
}

/** So many are named. */
const SHOWN = 10;

/** Warns of what a restored copy lacks of that. No reason to refuse a backup: no other one would hold it either. */
export async function warnOfLacking(copy: Connection, live: readonly Hanging[], report: Pick<Report, "warning">): Promise<void> {
  const lacked = lackedBy(await hangingOnExtensions(copy), live);
  if (lacked.length === 0) return;
  const more = lacked.length > SHOWN ? `, and ${formatCount(lacked.length - SHOWN)} more` : "";
  report.warning(
    `The restored copy lacks what was added to extensions, or an extension of another version had: ${lacked.slice(0, SHOWN).join(", ")}${more}. No backup holds it, and a restore loses it: keep the statements that make it, and run them after one.`,
  );
}

/** A sentence's part each; where what the rest hangs on is lacking, only that. */
function lackedBy(copy: readonly Hanging[], live: readonly Hanging[]): readonly string[] {
  const there = new Set(copy.map(({ what, on }) => `${what} on ${on}`));
  const bases = new Set(copy.map(({ on }) => on));
  const lacked = live.map(({ what, on }) => (bases.has(on) ? `${what} on ${on}` : on));
  return [...new Set(lacked)].filter((one) => !there.has(one));
}

const HANGING = `
  WITH member AS (
    SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'e' AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
  SELECT h.what, h.name AS "on" FROM (
    SELECT 'the column ' || pg_catalog.quote_ident(a.attname) AS what, m.name FROM member m JOIN pg_catalog.pg_attribute a ON a.attrelid = m.oid WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT 'the index ' || pg_catalog.quote_ident(c.relname), m.name FROM member m JOIN pg_catalog.pg_index i ON i.indrelid = m.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    UNION ALL SELECT 'the constraint ' || pg_catalog.quote_ident(k.conname), m.name FROM member m JOIN pg_catalog.pg_constraint k ON k.conrelid = m.oid WHERE k.contype IN ('c', 'f')
    UNION ALL SELECT 'the trigger ' || pg_catalog.quote_ident(t.tgname), m.name FROM member m JOIN pg_catalog.pg_trigger t ON t.tgrelid = m.oid WHERE NOT t.tgisinternal
    UNION ALL SELECT 'the rule ' || pg_catalog.quote_ident(w.rulename), m.name FROM member m JOIN pg_catalog.pg_rewrite w ON w.ev_class = m.oid WHERE w.rulename <> '_RETURN'
    UNION ALL SELECT 'the policy ' || pg_catalog.quote_ident(p.polname), m.name FROM member m JOIN pg_catalog.pg_policy p ON p.polrelid = m.oid
    UNION ALL SELECT 'the statistics ' || pg_catalog.quote_ident(s.stxname), m.name FROM member m JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = m.oid
    UNION ALL SELECT 'the wrapper', 'the server ' || pg_catalog.quote_ident(f.srvname) FROM pg_catalog.pg_foreign_server f
      WHERE EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_foreign_server'::regclass AND d.objid = f.oid AND d.deptype = 'e')
    UNION ALL SELECT 'the user mapping of ' || pg_catalog.quote_ident(u.usename), 'the server ' || pg_catalog.quote_ident(u.srvname) FROM pg_catalog.pg_user_mappings u
      WHERE EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_foreign_server'::regclass AND d.objid = u.srvid AND d.deptype = 'e')
  ) h ORDER BY h.name COLLATE "C", h.what COLLATE "C"`;

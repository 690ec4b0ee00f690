import { formatDuration, plural } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { SchemaDifference } from "./schema-differences.ts";
import type { Validated, ValidatedMigration } from "./validate.ts";

/** Longer definitions are cut in the table; `--json` has them whole. */
const SHOWN = 300;

/** Each migration with its times and locks, then each comparison that found something. */
export function validatedBlocks(validated: Validated): readonly Block[] {
  const { migrations, afterDown, afterAgain, drift = [] } = validated;
  return [
    {
      kind: "table",
      folds: true,
      title: "Migrations, each on an empty database",
      head: ["version", "description", "up", "down", "up again", "locks on what was there"],
      rows: migrations.map((one) => [
        one.version,
        one.description,
        timeOf(one.upMs),
        timeOf(one.downMs),
        timeOf(one.againMs),
        locksOf(one),
      ]),
    },
    ...differencesTable("What DOWN does not take back, or takes too much of", ["before UP", "after DOWN"], afterDown),
    ...differencesTable("What the second UP makes in another way", ["the first UP", "the second UP"], afterAgain),
    ...differencesTable("Drift", ["what the history makes", "the database"], drift),
  ];
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? "not run" : formatDuration(ms);
}

function locksOf({ locks }: ValidatedMigration): string {
  if (locks === undefined) return "statement by statement, not seen";
  return locks.map(({ table, mode }) => `${mode} on ${table}`).join("; ");
}

function differencesTable(title: string, sides: readonly [string, string], differences: readonly SchemaDifference[]): readonly Block[] {
  if (differences.length === 0) return [];
  const rows = differences.map(({ object, first, second }) => [object, shown(first), shown(second)]);
  return [{ kind: "table", folds: true, title, head: ["object", ...sides], rows }];
}

function shown(definition: string | undefined): string {
  if (definition === undefined) return "not there";
  return definition.length <= SHOWN ? definition : `${definition.slice(0, SHOWN)}…`;
}

/** `3 objects differ (table public.a, index public.b and 1 more)` */
export function differing(differences: readonly SchemaDifference[]): string {
  const named = differences.slice(0, 5).map(({ object }) => object);
  const more = differences.length > named.length ? ` and ${differences.length - named.length} more` : "";
  return `${plural(differences.length, "object")} (${named.join(", ")}${more})`;
}

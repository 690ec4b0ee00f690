import { formatCount, plural } from "../core/format.ts";
import { compareFingerprints, type Likeness, restoredFingerprint } from "../postgres/likeness.ts";
import type { Facts } from "./facts.ts";

/** How many differences of one kind are shown. */
const SHOWN = 10;

/** Sequences whose restored value says nothing when it is lower: those that count down or start again. */
export interface SequenceKinds {
  readonly descending: ReadonlySet<string>;
  readonly cycling: ReadonlySet<string>;
}

/**
 * What a restored copy has otherwise than the database had under the dump's snapshot, a line each; empty where they
 * are the same. Rows and schema must be equal. Sequences are not transactional: the dump read them later than we
 * did, so a copy may be ahead.
 */
export function differences(expected: Facts, actual: Facts, kinds: SequenceKinds): readonly string[] {
  return [
    ...schemaDifferences(expected, actual),
    ...rowDifferences(countedAlike(expected.rows, actual), actual.rows),
    ...sequenceDifferences(expected.sequences, actual.sequences, kinds),
  ];
}

/** Unknown where another version of Savepoint, or of PostgreSQL, made the backup: then only rows and sequences are compared. */
export function schemaLikeness(expected: Facts, actual: Facts): Likeness {
  return compareFingerprints(restoredFingerprint(expected.fingerprint), restoredFingerprint(actual.fingerprint));
}

function schemaDifferences(expected: Facts, actual: Facts): string[] {
  if (schemaLikeness(expected, actual) !== "different") return [];
  if (expected.listing === undefined || actual.listing === undefined)
    return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`];
  const before = new Set(expected.listing);
  const after = new Set(actual.listing);
  const lost = expected.listing.filter((line) => !after.has(line)).map((line) => `schema, missing: ${line}`);
  const added = actual.listing.filter((line) => !before.has(line)).map((line) => `schema, not there before: ${line}`);
  return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`, ...first([...lost, ...added])];
}

/** What an earlier version counted by partition, summed up where rows move among those. */
function countedAlike(rows: ReadonlyMap<string, number>, { together }: Facts): ReadonlyMap<string, number> {
  const alike = new Map(rows);
  for (const [whole, partitions] of together ?? []) {
    if (alike.has(whole)) continue;
    alike.set(
      whole,
      partitions.reduce((sum, one) => sum + (rows.get(one) ?? 0), 0),
    );
    for (const one of partitions) alike.delete(one);
  }
  return alike;
}

function rowDifferences(expected: ReadonlyMap<string, number>, actual: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  for (const [table, count] of expected) {
    const restored = actual.get(table);
    if (restored === undefined) found.push(`rows: ${table} is missing (${plural(count, "row")})`);
    else if (restored !== count) found.push(`rows: ${table} has ${formatCount(restored)} instead of ${formatCount(count)}`);
  }
  for (const table of actual.keys()) if (!expected.has(table)) found.push(`rows: ${table} was not there before`);
  return first(found);
}

function sequenceDifferences(expected: ReadonlyMap<string, bigint>, actual: ReadonlyMap<string, bigint>, kinds: SequenceKinds): string[] {
  const found: string[] = [];
  for (const [name, value] of expected) {
    const restored = actual.get(name);
    if (restored === undefined) found.push(`sequence ${name} is missing`);
    else if (!kinds.cycling.has(name) && (kinds.descending.has(name) ? restored > value : restored < value)) {
      found.push(`sequence ${name} is at ${restored}, behind ${value}`);
    }
  }
  return first(found);
}

function first(found: readonly string[]): string[] {
  return found.length <= SHOWN ? [...found] : [...found.slice(0, SHOWN), `and ${plural(found.length - SHOWN, "more difference")}`];
}

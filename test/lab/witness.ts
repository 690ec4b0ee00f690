import type { Run } from "./shop.ts";
import type { Site } from "./site.ts";
import type { Writers } from "./writers.ts";

/** A version as its parts are to be found where it is deployed. */
export interface Version {
  readonly commit: string;
  /** The columns that `notes` has on it. */
  readonly columns: readonly string[];
  /** The migrations that its files hold. */
  readonly migrations: readonly string[];
}

/** What is true, asked of each part itself. */
export interface Truth {
  /** The commit that answers healthily. */
  readonly answers: string | undefined;
  readonly head: string;
  readonly columns: readonly string[];
  readonly history: readonly string[];
  readonly latestTag: string | undefined;
  readonly status: Run;
  /** Rows that the app confirmed and that are in no database. */
  readonly lost: readonly string[];
}

export async function look(site: Site, writers: Writers): Promise<Truth> {
  const columns = await site.sql(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('public.notes') AND attnum > 0 AND NOT attisdropped ORDER BY 1",
  );
  // The first backup is of a database that had no table yet.
  const history = (await has(site, "schema_migrations", site.database))
    ? await site.sql("SELECT lpad(version::text, 3, '0') AS name FROM schema_migrations WHERE state = 'applied' ORDER BY 1")
    : [];
  const names = (rows: readonly Record<string, unknown>[]): readonly string[] => rows.map((row) => String(row["name"])).sort();
  const health = await site.health();
  return {
    answers: health?.status === 200 ? health.commit : undefined,
    head: await site.head(),
    columns: names(columns),
    history: names(history),
    latestTag: (await site.tags()).get("latest-stable"),
    status: await site.afar("status"),
    lost: await lostRows(site, writers),
  };
}

/** What an app that just started needs until it answers. */
export async function settled(ask: () => Promise<Truth>): Promise<Truth> {
  let truth = await ask();
  for (let turn = 0; turn < 20 && truth.answers === undefined && truth.status.code === 0; turn += 1) {
    await pause(250);
    truth = await ask();
  }
  return truth;
}

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

/** Each row whose writing the app confirmed is in the live database or in one that stands beside it. */
async function lostRows(site: Site, writers: Writers): Promise<readonly string[]> {
  const confirmed = writers.confirmed();
  const databases = await site.sql(`SELECT datname FROM pg_database WHERE datname LIKE '${site.database}%'`);
  const found = new Set<string>();
  for (const { datname } of databases) {
    // What a restore that was killed had begun to fill may lack the table.
    if (!(await has(site, "notes", String(datname)))) continue;
    for (const row of await site.sql("SELECT body FROM notes", String(datname))) found.add(String(row["body"]));
  }
  return confirmed.filter((body) => !found.has(body));
}

async function has(site: Site, table: string, database: string): Promise<boolean> {
  const [row] = await site.sql(`SELECT to_regclass('public.${table}') IS NOT NULL AS there`, database);
  return row?.["there"] === true;
}

/** What is not one version's, a sentence each. */
export function troubleIn(truth: Truth, version: Version | undefined): readonly string[] {
  const { answers, head, columns, history, latestTag, status } = truth;
  const outputs = (status.json?.outputs ?? {}) as { readonly stable?: string };
  const details = (status.json?.details ?? {}) as { readonly pendingTags?: readonly unknown[] };
  const found: string[] = [];
  if (status.code !== 0) found.push(`status ends with ${status.code}`);
  if (answers === undefined) found.push("the app does not answer healthily");
  else if (answers !== head) found.push(`${answers.slice(0, 7)} answers, and ${head.slice(0, 7)} is checked out`);
  if (version === undefined) found.push(`${head.slice(0, 7)} is none of ours`);
  else if (!fits(columns, version.columns))
    found.push(`notes has ${columns.join(",")} and not ${head.slice(0, 7)}'s ${version.columns.join(",")}`);
  else if (String(history) !== String(version.migrations))
    found.push(`the history has ${history.join()} and not ${version.migrations.join()}`);
  if ((details.pendingTags ?? []).length === 0 && latestTag !== outputs.stable)
    found.push(`latest-stable is at ${latestTag?.slice(0, 7)}, the journal says ${outputs.stable?.slice(0, 7)}`);
  if (truth.lost.length > 0) found.push(`${truth.lost.length} confirmed rows are nowhere`);
  return found;
}

/**
 * Whether these are the columns of a version. What its migrations make must be there; what versions before it made at their
 * start may have gone with a restore that said so. What any other version made must not.
 */
function fits(columns: readonly string[], wanted: readonly string[]): boolean {
  const made = (name: string): boolean => !name.startsWith("s_");
  return columns.every((name) => wanted.includes(name)) && wanted.filter((name) => made(name)).every((name) => columns.includes(name));
}

/** The commands that a command printed, the safest first. */
export function waysOf(run: Run): readonly string[] {
  const ways = (run.json?.ways ?? []) as { readonly command: string }[];
  return ways.map(({ command }) => command);
}

/** What a command said last that matters. */
export function lastWords(run: Run): string {
  const story = run.stderr.trim().split("\n");
  const mark = story.findLast((line) => /^[✗⏹✓]/u.test(line)) ?? story.at(-1) ?? "";
  return mark.slice(0, 220);
}

import * as v from "valibot";
import type { HistoryTable } from "../core/history.ts";
import { findJson, placeIn } from "../core/json-places.ts";
import type { SavedSettings } from "../postgres/database-settings.ts";

/** Why a backup was taken; each purpose is counted apart by retention. */
export const PURPOSES = ["pre-deploy", "scheduled", "manual"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** `read`: every byte read back by pg_restore, and checksummed. `restore`: restored beside and compared, too. */
export const VERIFICATIONS = ["read", "restore"] as const;
export type Verification = (typeof VERIFICATIONS)[number];

/** One database of one cluster; two databases of the same name on different clusters are different ones. */
export interface DatabaseIdentity {
  /** The cluster's system identifier, as decimal digits. */
  readonly system: string;
  readonly name: string;
}

/**
 * What is known about one backup: the JSON beside its dump, written last. Who a backup belongs to is read here
 * and nowhere else: names can be prefixes of one another (`app`, `app_staging`).
 */
export interface Manifest {
  readonly format: 1;
  /** `20261120T143022Z-abc1234`. */
  readonly id: string;
  /** The dump's name in the same folder. */
  readonly file: string;
  /** Its place in the order in which the folder's backups were made, whatever the clocks said; older ones have none. */
  readonly number?: number | undefined;
  readonly purpose: Purpose;
  readonly app: string;
  readonly environment: string;
  /** The deploy that took it, where one did. */
  readonly deploy?: string | undefined;
  /** The commit that ran, and the one that was about to. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** ISO 8601, UTC. The data is as of the start. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly database: DatabaseIdentity & {
    /** As `server_version_num`: 150018. */
    readonly serverVersion: number;
    readonly encoding: string;
    readonly locale: string;
  };
  /** What it was taken with; earlier versions had pg_dump alone, and did not say. */
  readonly source?: string | undefined;
  /** Major version of the client tools that wrote the dump; older ones cannot read it. */
  readonly tools: number;
  readonly sizeBytes: number;
  /** Of the dump, lower-case hexadecimal. */
  readonly sha256: string;
  readonly verified: Verification;
  readonly schema: { readonly fingerprint: string; readonly history: readonly HistoryTable[] };
  /** What PostgreSQL keeps with the database and no dump holds; earlier versions of Savepoint did not note it. */
  readonly settings?: SavedSettings | undefined;
  /** Exact row counts under the dump's own snapshot, by quoted table name. */
  readonly rows: Readonly<Record<string, number>>;
  /** Sequence values when the dump began, as decimal text, by quoted name. */
  readonly sequences: Readonly<Record<string, string>>;
  readonly durationMs: number;
  /** Of that, dumping and reading back; and restoring and comparing, where that was done. Earlier versions noted neither. */
  readonly dumpMs?: number | undefined;
  readonly restoreMs?: number | undefined;
}

const text = v.pipe(v.string(), v.nonEmpty("is empty"));
const whole = v.pipe(v.number(), v.safeInteger("is no whole number"), v.minValue(0, "is negative"));
const positive = v.pipe(whole, v.minValue(1, "is not above 0"));
const time = v.pipe(v.number(), v.minValue(0, "is negative"));
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "is no time in UTC"),
  v.check(isRealTime, "is no real time"),
);
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "is no sha256 in lower case"));

// A name with a slash would make a manifest point out of its folder.
const fileName = v.pipe(
  v.string(),
  v.regex(/^[^/\0\n]+\.dump$/, "is no plain file name that ends in .dump"),
  v.check((name) => !name.startsWith("."), "is hidden"),
);

const history = v.object({
  table: text,
  tool: text,
  entries: v.array(
    v.object({ version: v.string(), checksum: v.optional(v.string()), state: v.picklist(["applied", "failed", "rolled-back"]) }),
  ),
});

const parameters = v.array(v.object({ role: v.optional(text), name: text, value: v.optional(v.string()), sealed: v.optional(v.string()) }));
const settings = v.object({
  owner: text,
  comment: v.nullable(v.string()),
  connectionLimit: v.pipe(v.number(), v.safeInteger("is no whole number")),
  template: v.optional(v.boolean()),
  grants: v.array(
    v.object({ grantee: v.optional(text), privilege: v.pipe(text, v.regex(/^[A-Z ]+$/, "is no privilege")), grantable: v.boolean() }),
  ),
  parameters,
  roles: parameters,
  extensions: v.record(v.string(), v.string()),
});

// Unknown fields are let through: a later Savepoint may say more, and an older one, kept beside a runbook, must
// still restore. What would change the meaning changes `format`.
const schema = v.object({
  format: v.literal(1, "is a format this Savepoint does not know; a newer one wrote it"),
  id: v.pipe(v.string(), v.regex(/^\d{8}T\d{6}Z-[0-9a-z-]+$/, "is no backup id")),
  file: fileName,
  number: v.optional(positive),
  purpose: v.picklist(PURPOSES),
  app: text,
  environment: text,
  deploy: v.optional(text),
  from: v.optional(text),
  to: v.optional(text),
  startedAt: moment,
  endedAt: moment,
  database: v.object({
    system: v.pipe(v.string(), v.regex(/^\d+$/, "is no cluster identifier")),
    name: text,
    serverVersion: v.pipe(whole, v.minValue(10_000, "is no server_version_num")),
    encoding: text,
    locale: v.string(),
  }),
  source: v.optional(text),
  tools: positive,
  sizeBytes: positive,
  sha256: hex64,
  verified: v.picklist(VERIFICATIONS),
  schema: v.object({ fingerprint: text, history: v.array(history) }),
  settings: v.optional(settings),
  rows: v.record(v.string(), whole),
  sequences: v.record(v.string(), v.pipe(v.string(), v.regex(/^-?\d+$/, "is no whole number"))),
  durationMs: time,
  dumpMs: v.optional(time),
  restoreMs: v.optional(time),
});

/**
 * Reads a manifest's text.
 * @throws Error that names the first field that is wrong, and where it stands.
 */
export function parseManifest(content: string): Manifest {
  const json = parsed(content);
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  if (field === null) throw new Error("is no manifest");
  const problem = issue.received === "undefined" ? "is missing" : issue.message;
  const keys = (issue.path ?? []).map(({ key }) => key as string | number);
  throw new Error(`${field}: ${problem} (${placeIn(content, findJson(content).at(keys))})`);
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (content.trim() === "") throw new Error("is empty", { cause: error });
    const { at, ends } = findJson(content).wrong ?? { at: 0, ends: false };
    throw new Error(ends ? `is cut off (it ends in ${placeIn(content, at)})` : `is no JSON (${placeIn(content, at)})`, { cause: error });
  }
}

/** The text of a manifest, for people too. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function isRealTime(value: string): boolean {
  return !Number.isNaN(Date.parse(value));
}

import { formatDuration, formatSize } from "../core/format.ts";
import { VERIFICATIONS } from "./manifest.ts";

/** That a backup was restored beside the live database, and compared. */
export interface RestoreProof {
  readonly backup: string;
  readonly at: Date;
  /** Of the schema that was restored. */
  readonly fingerprint: string;
  /** The server's major version. */
  readonly server: number;
  /** Of the dump. */
  readonly sizeBytes: number;
  /** How long restoring and comparing took; unknown for those of earlier versions. */
  readonly restoreMs: number | undefined;
}

/** What is known of a backup once it is dumped and read. */
export interface Dumped {
  readonly fingerprint: string;
  /** As `server_version_num`. */
  readonly serverVersion: number;
  /** Of the dump. */
  readonly sizeBytes: number;
  /** Of the database, with its indexes. */
  readonly databaseBytes: number;
}

/** How a backup is verified, and why so. */
export type Choice =
  | { readonly verify: "restore"; readonly why: string }
  /** This schema was restored and compared before. */
  | { readonly verify: "read"; readonly proven: RestoreProof }
  /** It never was, and would take too long now. */
  | { readonly verify: "read"; readonly proven: undefined; readonly last: RestoreProof | undefined; readonly why: string };

export type ChooseVerification = (dumped: Dumped) => Choice;

/** Below this a database whose restores were never timed is restored. Bytes. */
const SMALL = 2_000_000_000;
/** How many of the newest times are asked; the slowest of them is believed. */
const TIMES = 3;

/** What the choice follows from. */
export interface VerificationFacts {
  readonly proofs: readonly RestoreProof[];
  /** How long restoring and comparing may take. Milliseconds. */
  readonly budgetMs: number;
  /**
   * Whether something that a restore evaluates seems to need a search path, and could not be tried: then rows that came since the
   * proof may be what no restore takes.
   */
  readonly doubtful: boolean;
}

/**
 * `auto`: restores what was never restored, where that takes less than `budgetMs` by the times of earlier restores; where
 * there are none, where the database is small. A schema that was restored once, on this major version, is read, unless that is
 * doubtful. Pure.
 */
export function chooseVerification(dumped: Dumped, known: VerificationFacts): Choice {
  const { budgetMs } = known;
  const proofs = known.proofs.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const proven = provenBy(dumped, proofs);
  if (proven !== undefined && !known.doubtful) return { verify: "read", proven };
  const expectedMs = expectation(dumped.sizeBytes, proofs);
  if (expectedMs !== undefined) {
    if (expectedMs < budgetMs) return { verify: "restore", why: `restoring it takes about ${formatDuration(expectedMs)}` };
    if (proven !== undefined) return { verify: "read", proven };
    const why = `to restore it would take about ${formatDuration(expectedMs)}, and no more than ${formatDuration(budgetMs)} may be spent on it (verify-budget)`;
    return { verify: "read", proven: undefined, last: proofs[0], why };
  }
  const size = `the database has ${formatSize(dumped.databaseBytes)}`;
  if (dumped.databaseBytes < SMALL) return { verify: "restore", why: size };
  if (proven !== undefined) return { verify: "read", proven };
  const why = `${size}, and how long a restore takes is not known`;
  return { verify: "read", proven: undefined, last: proofs[0], why };
}

/** The newest of the proofs that holds for what was dumped: of the same schema, on this major version. */
export function provenBy(
  { fingerprint, serverVersion }: Pick<Dumped, "fingerprint" | "serverVersion">,
  proofs: readonly RestoreProof[],
): RestoreProof | undefined {
  const server = Math.floor(serverVersion / 10_000);
  return proofs
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
    .find((proof) => proof.fingerprint === fingerprint && proof.server === server);
}

/** What the newest restores promise for a dump of this size: never less than they took, more in proportion for a larger one. */
function expectation(sizeBytes: number, newestFirst: readonly RestoreProof[]): number | undefined {
  const timed = newestFirst.flatMap((proof) => (proof.restoreMs === undefined ? [] : [{ ms: proof.restoreMs, bytes: proof.sizeBytes }]));
  if (timed.length === 0) return undefined;
  return Math.max(...timed.slice(0, TIMES).map(({ ms, bytes }) => ms * Math.max(1, sizeBytes / bytes)));
}

/** What `verify` may be told. */
export const ASKED = ["auto", ...VERIFICATIONS] as const;

import type { Choice, RestoreProof } from "../../backup/choose-verification.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { Failure } from "../../core/failure.ts";
import { formatAgo, formatMoment } from "../../core/format.ts";
import type { Fact } from "../../journal/entries.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { compareFingerprints, isComparable } from "../../postgres/likeness.ts";
import { nextCommand, type CommandPlace } from "../call/next-command.ts";

/** Older than this a proof is no comfort. Milliseconds. */
const LONG_AGO = 7 * 86_400_000;

/** What was restored and compared, by the journal, and by the backups that earlier versions made. */
export function proofsOf(ledger: Ledger, manifests: readonly Manifest[]): readonly RestoreProof[] {
  const noted = ledger.entries.flatMap((entry): RestoreProof[] => {
    if (entry.kind !== "restore.proven") return [];
    const { backup, fingerprint, server, sizeBytes, restoreMs } = entry;
    return [{ backup, at: new Date(entry.at), fingerprint, server, sizeBytes, restoreMs }];
  });
  const known = new Set(noted.map(({ backup }) => backup));
  const restored = manifests.filter(({ verified, id }) => verified === "restore" && !known.has(id));
  return [...noted, ...restored.map((one) => ({ ...describe(one), at: new Date(one.endedAt), restoreMs: one.restoreMs }))];
}

/** What the journal keeps of a backup that was restored and compared in so many milliseconds. */
export function provenFact(manifest: Manifest, restoreMs: number): Extract<Fact, { kind: "restore.proven" }> {
  return { kind: "restore.proven", ...describe(manifest), restoreMs };
}

/** The same, by a step that holds no lock. That it cannot be written makes no backup worse. */
export async function noteProof(environment: Environment, manifest: Manifest, restoreMs: number): Promise<void> {
  const { ports, owner, state } = environment;
  try {
    await state?.journal.write(provenFact(manifest, restoreMs), { at: ports.clock.now(), owner: owner.id });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.report.warning(`That ${manifest.id} was restored and compared could not be written to the journal: ${error.message}`);
  }
}

function describe({ id, schema, database, sizeBytes }: Manifest): Omit<RestoreProof, "at" | "restoreMs"> {
  return { backup: id, fingerprint: schema.fingerprint, server: Math.floor(database.serverVersion / 10_000), sizeBytes };
}

/** Says of a backup that was only read how long ago a restore was proven, and what would prove it. */
export function tellProof(environment: Environment, manifest: Manifest, choice: Choice): void {
  if (choice.verify === "restore") return;
  const { report, clock } = environment.ports;
  const told = describeUnproven(environment, { choice, backup: manifest.id, now: clock.now() });
  if (told.old) report.warning(told.text);
  else report.say(told.text);
}

/** Pure. */
export function describeUnproven(
  place: CommandPlace,
  { choice, backup, now }: { readonly choice: Exclude<Choice, { verify: "restore" }>; readonly backup: string; readonly now: Date },
): { readonly text: string; readonly old: boolean } {
  const command = `\`${nextCommand(place, "restore", ["--backup", backup, "--drill"])}\``;
  const { proven } = choice;
  if (proven !== undefined) {
    const old = now.getTime() - proven.at.getTime() > LONG_AGO;
    const text = `Read back, not restored: a backup of this schema (${proven.backup}) was restored and compared ${ago(proven.at, now)}. This one is proven by ${command}`;
    return { text, old };
  }
  const { last, why } = choice;
  if (last !== undefined && !isComparable(last.fingerprint))
    return {
      text: `Read back, not restored: ${why}. An earlier version of Savepoint proved the last restore (${last.backup}), ${ago(last.at, now)}, and whether that was of this schema cannot be told. This one is proven by ${command}`,
      old: true,
    };
  const told =
    last === undefined
      ? "No backup of this database was ever restored and compared."
      : `The last restore that was proven is of another schema (${last.backup}), ${ago(last.at, now)}.`;
  return {
    text: `Read back, and never restored: no backup of this schema was restored and compared yet, and ${why}. ${told} This one is proven by ${command}`,
    old: true,
  };
}

/** Of a backup whose schema none of the proofs is of: whether one may be all the same, which another version recorded otherwise. Pure. */
export function othersRestored(fingerprint: string, proofs: readonly RestoreProof[]): string {
  return proofs.some((one) => compareFingerprints(one.fingerprint, fingerprint) === "unknown")
    ? "and whether one that was is of its schema cannot be told: another version of Savepoint or of PostgreSQL recorded it"
    : "nor was any other of its schema";
}

function ago(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  return ms < 0 ? `at ${formatMoment(at)}, by a clock that ran ahead` : formatAgo(ms);
}

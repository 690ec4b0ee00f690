import { planReplaced, type ReplacedPlan } from "../../backup/replaced-retention.ts";
import { isAhead } from "../../backup/order.ts";
import { Failure, messageOf, refusal } from "../../core/failure.ts";
import { formatMoment, formatSize, plural } from "../../core/format.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Database } from "../../postgres/database.ts";
import { dropDatabase, slotsLeft } from "../../postgres/drop-database.ts";
import { type ReplacedDatabase, replacedDatabases } from "../../postgres/replaced-databases.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";
import type { BackupSettings } from "../call/sections.ts";

type ReplacedSettings = Pick<BackupSettings, "keep-replaced" | "keep-replaced-days" | "max-replaced" | "max-age-days">;

interface Thinning {
  readonly ledger: Ledger;
  readonly settings: ReplacedSettings;
  readonly now: Date;
  readonly dryRun: boolean;
}

/** Drops the replaced databases that no rule keeps any more. What goes wrong there is a warning: no backup is worse for it. */
export async function thinReplaced(environment: Environment, { ledger, settings, now, dryRun }: Thinning): Promise<void> {
  const { report } = environment.ports;
  const database = await databaseOf(environment);
  try {
    const plan = await planOf(environment, { ledger, settings, now });
    for (const note of plan.notes) report.warning(note);
    for (const { replaced, days, reason } of plan.remove) {
      if (!dryRun && !(await dropped(environment, database, replaced))) continue;
      report.say(
        `${dryRun ? "Would drop" : "Dropped"} the replaced database ${replaced.name} (${formatSize(replaced.sizeBytes)}, ${Math.floor(days)} days old): ${reason}.`,
      );
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.warning(`The replaced databases could not be looked at: ${error.message}`);
  }
}

/** Refuses a deploy that could put one more aside where there are too many already: none goes silently, nor is the disk filled. */
export async function refuseTooManyReplaced(environment: Environment, ledger: Ledger, settings: ReplacedSettings): Promise<void> {
  if ((await environment.database()) === undefined) return;
  const { keep } = await planOf(environment, { ledger, settings, now: environment.ports.clock.now() });
  const max = settings["max-replaced"];
  const [oldest] = keep.toReversed();
  if (oldest === undefined || keep.length <= max) return;
  throw refusal(`${plural(keep.length, "replaced database")} are kept, and no more than ${max} may be (max-replaced).`, {
    evidence: keep.map(({ name, replacedAt, sizeBytes }) => `${name}  put aside ${formatMoment(replacedAt)}  ${formatSize(sizeBytes)}`),
    hint: `Each holds what was written before a restore. Look into the oldest, save what is needed, and drop it; or give a larger \`max-replaced\`. Nothing was touched.`,
    ways: [
      {
        command: nextCommand(environment, "drop-replaced", ["--name", oldest.name, "--confirm", environment.name]),
        means: "Drops the oldest. What was written to it after its restore point is gone then.",
      },
    ],
    code: "too-many-replaced",
  });
}

async function planOf(
  environment: Environment,
  { ledger, settings, now }: Pick<Thinning, "ledger" | "settings" | "now">,
): Promise<ReplacedPlan> {
  return planReplaced(
    await replacedDatabases(await databaseOf(environment)),
    { keepReplaced: settings["keep-replaced"], keepReplacedDays: settings["keep-replaced-days"], maxAgeDays: settings["max-age-days"] },
    { now, journal: putAsideIn(ledger, now), ofThisRun: putAsideBy(environment, ledger) },
  );
}

/** When each was put aside, in the journal's order: not before the newest entry before it. What ran ahead says nothing. */
export function putAsideIn(ledger: Ledger, now: Date): ReadonlyMap<string, Date> {
  const found = new Map<string, Date>();
  let latest = Number.NEGATIVE_INFINITY;
  for (const entry of ledger.entries) {
    const at = new Date(entry.at);
    if (!isAhead(at, now)) latest = Math.max(latest, at.getTime());
    if (entry.kind !== "database.replaced") continue;
    found.delete(entry.replaced);
    if (latest > Number.NEGATIVE_INFINITY) found.set(entry.replaced, new Date(latest));
  }
  return found;
}

/**
 * By the open deploy, or by an earlier step of this run; a terminal's name is the same for ever, and says nothing. And what
 * the open deploy is about to bring back: a backup by schedule, which waits for no swap, must not drop that.
 */
export function putAsideBy({ owner }: Pick<Environment, "owner">, ledger: Ledger): ReadonlySet<string> {
  const sides = ledger.open?.steps.flatMap(({ intent }) => (typeof intent["side"] === "string" ? [intent["side"]] : [])) ?? [];
  const aside = ledger.entries.flatMap((entry) => {
    if (entry.kind !== "database.replaced") return [];
    const open = entry.deploy !== undefined && entry.deploy === ledger.open?.id;
    return open || (!owner.terminal && entry.owner === owner.id) ? [entry.replaced] : [];
  });
  return new Set([...sides, ...aside]);
}

async function dropped(environment: Environment, database: Database, { name }: ReplacedDatabase): Promise<boolean> {
  try {
    const slots = await dropDatabase(database, name);
    if (slots.length > 0) environment.ports.report.warning(slotsLeft(slots));
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.warning(
      `The replaced database ${name} could not be dropped, and stays: ${messageOf(error)} ${error.hint ?? ""}`.trim(),
    );
    return false;
  }
}

import { formatMoment } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { backedUpApart } from "./backed-up-apart.ts";
import { nextCommand, type CommandPlace, rollbackCommand, statusWay } from "../call/next-command.ts";
import { OF_THE_APP, PASSING, SETTLED } from "./how-failures-end.ts";
import type { WayDown } from "./decision.ts";
import type { Told, Tried, Wish } from "./tried.ts";

/** A backup that can be gone back to. */
export interface Savepoint {
  readonly id: string;
  readonly at: string;
  /** The version that ran then; where it is not known, a rollback cannot go to it. */
  readonly from: string | undefined;
  /** Whether its schema is none that its version was proven on. */
  readonly apart?: boolean;
}

/** What the ways on follow from. */
export interface WaysFacts {
  readonly place: CommandPlace;
  /** Why, in words for the journal: true of what happened, since it is pasted as it stands. */
  readonly reason: string;
  /** The deploy that is open, or failed and blocks. */
  readonly deploy: string | undefined;
  /** Where a rollback goes, as its reader knows it; undefined where it has to be told. */
  readonly target: string | undefined;
  /** What `to` was said to be, where that is to be kept to. */
  readonly to?: string | undefined;
  /** What ran before, where it is known to have failed: then only a person may choose it. */
  readonly failedBefore?: string | undefined;
  readonly database: boolean;
  /** Whether the target's schema is known, so that the live one was seen to be another; false: nobody can compare them. */
  readonly differs?: boolean;
  /** Where every migration since can go down; undefined where that was not looked at, too. */
  readonly down: Omit<WayDown, "keep"> | undefined;
  /** What a rollback to the target would restore. */
  readonly savepoint: Savepoint | undefined;
  /** Other backups, newest first. */
  readonly others: readonly Savepoint[];
  /** Oldest first. */
  readonly tried: readonly Tried[];
  /** The last rollback, where it was begun and did not end: killed, or cancelled. */
  readonly begun?: Told | undefined;
  /** Whether the database's way has to be said: a rollback that is told nothing would refuse. */
  readonly mustBeSaid?: boolean;
  /** Whether the reader has just been shown how things stand. */
  readonly seen?: boolean;
}

const MOST_OTHERS = 3;

interface Option extends Way, Told {}

/**
 * Every way that is open, the safest first. What has failed is never the first again: behind a look at how things
 * stand where it may pass, the app's own is mended, or nobody saw the database; else behind every way that was not tried. Pure.
 */
export function rankWays(facts: WaysFacts): readonly Way[] {
  const { deploy, tried, target } = facts;
  const last = tried.at(-1);
  const told = facts.begun ?? last;
  const usual: Option[] = [
    ...(told !== undefined && (told.to !== undefined || told.database !== "auto") ? [again(facts, told)] : []),
    ...(target === undefined || facts.mustBeSaid === true ? [] : [looking(facts, target)]),
  ];
  const unlock = deploy === undefined ? [] : [unlocking(facts, deploy)];
  const fresh = usual.filter((option) => !wasTried(tried, option));
  const passing = usual.filter((option) => mayPass(tried, option));
  if (fresh.length > 0) return [...fresh, ...passing, ...unlock].map(plain);
  const look = facts.seen === true ? [] : [statusWay(facts.place)];
  if (passing.length > 0) return [...look, ...passing, ...unlock].map(plain);
  const ofApp = last !== undefined && OF_THE_APP.has(last.code);
  const said = ofApp ? [] : saying(facts).filter((option) => !wasTried(tried, option));
  // What a person can mend may be tried once more after that.
  const mended = usual
    .filter((option) => !isSettled(tried, option))
    .map((option) => ({ ...option, means: `Only once what failed is mended: ${option.means}` }));
  const [looks, others] = [mended.filter(isLooking), mended.filter((option) => !isLooking(option))];
  // Nobody has seen the database: whoever mends the way in must not choose for it unseen.
  if (last?.unseen === true && looks.length > 0) return [...look, ...looks, ...others, ...said, ...unlock].map(plain);
  if (said.length === 0 && mended.length > 0) return [...look, ...mended, ...unlock].map(plain);
  return [...said, ...unlock, ...mended].map(plain);
}

function plain({ command, means }: Way): Way {
  return { command, means };
}

/** Why a deploy is taken back, in words for the journal: `deploy 20261120T143022Z-abc1234 failed at migrate`. */
export function reasonOf({ id, steps }: Pick<DeployRecord, "id" | "steps">): string {
  const last = steps.at(-1);
  if (last === undefined) return `deploy ${id} was left open`;
  const how = { running: "did not end at", done: "was left open after", failed: "failed at", cancelled: "was cancelled at" }[last.state];
  return `deploy ${id} ${how} ${last.step}`;
}

function looking(facts: WaysFacts, target: string): Option {
  const means = facts.database
    ? `Looks at what is true now, and takes code and database back to ${target} together.`
    : `Takes the code back to ${target}.`;
  return { to: facts.to, database: "auto", command: command(facts, { to: facts.to, database: "auto" }), means };
}

function again(facts: WaysFacts, { to, database }: Told): Option {
  return { to, database, command: command(facts, { to, database }), means: "Goes on with the rollback that was begun." };
}

/** What a person can say of the database, and the other backups there are; what leaves code and schema unproven is not the first. */
function saying(facts: WaysFacts): readonly Option[] {
  const { target, database, savepoint, to } = facts;
  const option = (wish: Wish, means: string, where = to): Option => ({
    to: where,
    database: wish,
    command: command(facts, { to: where, database: wish }),
    means,
  });
  /** What brings code and schema of one version together. */
  const together: Option[] = [];
  const apart: Option[] = [];
  const further: Option[] = [];
  /** Is known not to undo all that was done. */
  const partial: Option[] = [];
  /** Brings back a schema that is known not to be its version's. */
  const odd: Option[] = [];
  /** Would fail as it did. */
  const inVain: Option[] = [];
  if (target !== undefined && database) {
    if (facts.down !== undefined) {
      const [stay] = facts.down.stays;
      const means = `Takes the code to ${target} and the migrations since back by their DOWN; other rows stay${lostBy(facts.down)}${stay === undefined ? "" : `. But ${stay}`}.`;
      (stay === undefined ? together : partial).push(option("down", means));
    }
    if (savepoint !== undefined) {
      const restore = option(
        "restore",
        `Takes the code to ${target} and the database to the backup of ${formatMoment(savepoint.at)}; ${KEPT}${oddOne(savepoint)}.`,
      );
      const failed = facts.tried.some((one) => one.to === to && one.code === "restore-failed");
      (failed ? inVain : savepoint.apart === true ? odd : together).push(restore);
    }
    apart.push(
      option("keep", `Takes the code to ${target} and leaves the database as it is, with every row; nobody proved that the two fit.`),
    );
  }
  if (facts.failedBefore !== undefined) {
    const means = `Goes back to ${facts.failedBefore.slice(0, 7)}, which ran before, although it is known to have failed.`;
    further.push(option("auto", means, facts.failedBefore));
  }
  if (database)
    for (const one of facts.others
      .filter(({ id, from }) => from !== undefined && id !== savepoint?.id)
      .toSorted((a, b) => Number(a.apart === true) - Number(b.apart === true))
      .slice(0, MOST_OTHERS)) {
      const means = `Takes the database to the backup of ${formatMoment(one.at)}, and the code to ${one.from?.slice(0, 7)}, which ran then; ${KEPT}${oddOne(one)}.`;
      (one.apart === true ? odd : further).push(option("restore", means, one.id));
    }
  // To keep only declares the schema to be the target's: where it is known to be another, it is not the first.
  const first = together.length > 0 || facts.differs !== true ? [] : further.slice(0, 1);
  return [...together, ...first, ...apart, ...partial, ...further.slice(first.length), ...odd, ...inVain];
}

function lostBy({ losses }: Pick<WayDown, "losses">): string {
  return losses.length === 0 ? "" : `; what those drop is gone for good (${losses.join("; ")})`;
}

function oddOne({ apart, from }: Savepoint): string {
  return apart === true && from !== undefined ? `. But ${backedUpApart(from)}` : "";
}

const KEPT = "the live database is kept under another name";

function unlocking({ place, reason }: WaysFacts, deploy: string): Way {
  return {
    command: nextCommand(place, "unlock", ["--confirm", place.name, "--reason", reason]),
    means: `Ends deploy ${deploy} as it stands and lets the next one begin; takes nothing back. For when it was put right by hand.`,
  };
}

function command({ place, reason }: WaysFacts, { to, database }: Told): string {
  return rollbackCommand(place, reason, [
    ...(to === undefined ? [] : ["--to", to]),
    ...(database === "auto" ? [] : ["--database", database]),
  ]);
}

function wasTried(tried: readonly Tried[], option: Told): boolean {
  return tried.some((one) => isSame(one, option));
}

/** Whether it decides by what it sees. */
function isLooking({ database }: Told): boolean {
  return database === "auto";
}

/** Whether it failed with what may pass by itself, and not twice in a row with the same. */
function mayPass(tried: readonly Tried[], option: Told): boolean {
  const [last, before] = tried.filter((one) => isSame(one, option)).toReversed();
  return last !== undefined && PASSING.has(last.code) && last.code !== before?.code;
}

function isSettled(tried: readonly Tried[], option: Told): boolean {
  // A restore that was said is worth another try once its cause is mended.
  return tried.some(
    (one) => isSame(one, option) && SETTLED.has(one.code) && !(one.code === "restore-failed" && one.database === "restore"),
  );
}

function isSame(one: Told, other: Told): boolean {
  return one.to === other.to && one.database === other.database;
}

import { compactUtc, shortCommit } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import type { Hooks } from "../../core/operation.ts";
import type { RawSettings } from "../../core/settings.ts";
import type { Fact, Ran } from "../../journal/entries.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Owner } from "../call/owner.ts";

/** What the journal keeps about a deploy's beginning. */
export interface Opening {
  readonly commit: string;
  /** What ran; undefined where nothing did, or it is not known. */
  readonly from: string | undefined;
  readonly ran?: Ran | undefined;
  /** Where nothing ran: what was checked out. */
  readonly checkedOut?: string | undefined;
  readonly live: SchemaView | undefined;
  readonly settings: RawSettings;
  readonly hooks: Hooks;
  /** One command runs all of it. */
  readonly whole?: true;
  /** A rollback by hand with nothing open. */
  readonly goingBack?: true;
  /** Its version was quarantined by that deploy, and is deployed all the same. */
  readonly allowed?: { readonly deploy: string; readonly reason: string } | undefined;
  /** With `goingBack`: to before anything ran. */
  readonly toNothing?: true | undefined;
}

/** Who opened it, as the journal keeps it. */
function openedBy({ run, actor, job }: Owner): Pick<Extract<Fact, { kind: "deploy.opened" }>, "run" | "actor" | "job"> {
  return { ...(run !== undefined && { run }), ...(actor !== undefined && { actor }), ...(job !== undefined && { job }) };
}

/** `20261120T143022Z-abc1234`; a second deploy within one second waits for no clock, it gets a letter. */
export function freshId(now: Date, commit: string, ledger: Ledger): string {
  const base = `${compactUtc(now)}-${shortCommit(commit)}`;
  const taken = new Set(ledger.deploys.map((deploy) => deploy.id));
  let id = base;
  for (let letter = 98; taken.has(id); letter += 1) id = `${base}${String.fromCodePoint(letter)}`;
  return id;
}

/** The same as the journal has it. */
export function openingFact(deploy: string, opening: Opening, owner: Owner): Fact {
  return {
    kind: "deploy.opened",
    deploy,
    commit: opening.commit,
    ...(opening.whole && { whole: true as const }),
    ...(opening.goingBack && { goingBack: true as const }),
    ...(opening.toNothing && { toNothing: true as const }),
    ...(opening.from !== undefined && { from: opening.from }),
    ...(opening.ran !== undefined && { ran: opening.ran }),
    ...(opening.allowed !== undefined && { allowed: opening.allowed }),
    ...(opening.checkedOut !== undefined && { checkedOut: opening.checkedOut }),
    ...(opening.live !== undefined && { live: opening.live }),
    ...openedBy(owner),
    settings: opening.settings,
    ...(Object.keys(opening.hooks).length > 0 && { hooks: opening.hooks }),
  };
}

import type { Ports } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import type { Fact } from "../../journal/entries.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { CommandPlace } from "../call/next-command.ts";
import type { Owner } from "../call/owner.ts";

/** What an observer is made from. */
export interface ObserverWorld {
  readonly ports: Ports;
  /** `shop/production`. */
  readonly title: string;
  /** What this call says, and the journal where the call takes settings from it. */
  readonly settings: Settings;
  readonly place: CommandPlace;
  readonly owner: Owner;
  /** The journal as it is now; undefined where there is none. */
  ledger(): Promise<Ledger | undefined>;
  /** Writes into the journal beside the work, and never throws. */
  note(fact: Fact): void;
  /** The commits from one version to another, a line each, newest first; none where that is not known. */
  commits(from: string, to: string): Promise<readonly string[]>;
}

import type { FindingState } from "../../../src/core/finding.ts";
import type { RunOptions, Shop } from "../shop.ts";
import type { Sshd } from "../sshd.ts";

/** How the doctor is called, beyond the settled shop's own settings. */
export interface DoctorLook extends RunOptions {
  /** Over another server than the shop's. */
  readonly on?: Sshd;
  /** On this machine, and not over SSH. */
  readonly local?: true;
}

/** Where faults are planted: a settled shop, and the servers by which it is reached. */
export interface Site {
  readonly shop: Shop;
  readonly sshd: Sshd;
  /** The same host, for a user who is not root. */
  readonly plain: Sshd;
  /** A cluster of its own: it prepares transactions, and has logical replication. */
  readonly replicating: { url(database: string): string };
  /** Programs that are found first by whoever pastes a command. */
  readonly program: (name: string, script: string) => Promise<void>;
}

export interface Planted {
  readonly look?: DoctorLook;
  /** What whoever pastes puts in by hand: a password, another login. */
  readonly edit?: (command: string) => string;
  /** The environment of who pastes. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is done by hand: what the finding says in words, or what a command cannot do here. */
  readonly byHand?: () => Promise<void>;
  /** How it is looked at afterwards, where that is another way. */
  readonly after?: DoctorLook;
  readonly undo?: () => Promise<void>;
}

/** A fault that the doctor finds: what is planted, what it is called, and what mends it. */
export interface Fault<S = Site> {
  /** In words, for the list in docs/doctor.md. */
  readonly fault: string;
  /** By what name the doctor tells of it, how grave it is, and what it says. */
  readonly about: string;
  readonly state: FindingState;
  readonly seen: RegExp;
  /** Which of the printed commands is pasted; `false`: none is, and `byHand` does what the finding says. */
  readonly pasted: number | false;
  readonly plant: (site: S) => Promise<Planted>;
}

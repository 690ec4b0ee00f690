import type { Machine } from "../core/machine.ts";
import type { Ports } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { Database } from "../postgres/database.ts";
import type { Containers } from "./containers.ts";
import type { Takeover } from "./takeover.ts";
import type { ExpectedVersion } from "./version.ts";

/** Where and of what health is asked. */
export interface HealthWorld {
  /** The host's machine, where there is one, else `here`. `from: runner` probes from `here` all the same. */
  readonly machine: Machine;
  readonly here: Machine;
  /** What `query` asks. */
  readonly database?: Pick<Database, "connect" | "name" | "target"> | undefined;
  readonly ports: Pick<Ports, "clock" | "report" | "signal">;
  /** The version that must answer; on a rollback the target's. */
  readonly version?: ExpectedVersion | undefined;
  /** The folder on the machine that `command` runs in; with `from: runner` it runs where the run does. */
  readonly cwd?: string | undefined;
  /** Added to the environment of `command`. */
  readonly env?: Readonly<Record<string, string | Secret>> | undefined;
  /** Asked once before a failing verdict, e.g. for the containers' last log lines, while everything still runs. */
  readonly collectEvidence?: (() => Promise<readonly string[]>) | undefined;
  /** The containers of the app's compose project, where it is one. */
  readonly containers?: Containers | undefined;
  /** Who listens, where that can tell whether it is the new version that answers. */
  readonly takeover?: (() => Promise<Takeover>) | undefined;
  /** Nothing is about to start there: where nobody listens, one try is enough. */
  readonly nobodyComes?: boolean | undefined;
}

import { Failure } from "../../core/failure.ts";
import type { Command, Finished } from "../../core/machine.ts";
import type { RemoteStart } from "./remote-script.ts";
import { ending as endingOf, lastLines } from "../succeed.ts";

/** Whom to name in a message. */
interface Host {
  readonly name: string;
  readonly login: string;
}

/** The connection to a host is gone: code `connection-lost`. */
export class ConnectionLost extends Failure {
  /** Whether a command may have begun: then nobody knows how it ended. */
  readonly begun: boolean;

  constructor(message: string, details: ConstructorParameters<typeof Failure>[1] & { readonly begun: boolean }) {
    super(message, { ...details, code: "connection-lost" });
    this.begun = details.begun;
  }
}

/** The connection went away before the command began. */
export function connectionLost(name: string, why: string): ConnectionLost {
  return new ConnectionLost(`The connection to ${name} was lost: ${why}.`, { begun: false });
}

/** The connection went away while the command ran. */
export function lostDuring(host: Host, program: string, why: string, finished: Pick<Finished, "stdout" | "stderr">): ConnectionLost {
  return new ConnectionLost(`The connection to ${host.name} was lost while ${program} ran: ${why}.`, {
    begun: true,
    hint: "Nobody knows how it ended: it may have succeeded, failed, or still run there. Look before you do it again.",
    evidence: lastLines(finished),
  });
}

/** Why a command did not start; `said` is what the login shell said instead. */
export function notStarted(
  host: Host,
  command: Command,
  start: RemoteStart | undefined,
  finished: Finished,
  said: Pick<Finished, "stdout" | "stderr"> = finished,
): Failure {
  const program = command.words[0] ?? "";
  switch (start?.state) {
    case "no-folder":
      return new Failure(`The working folder ${command.cwd} does not exist on ${host.name}, or ${host.login} may not enter it.`, {
        code: "no-folder",
      });
    case "no-note":
      return new Failure(`The folder for running commands cannot be written on ${host.name}: ${command.noteIn}.`, { code: "no-folder" });
    case "not-found":
      return new Failure(`${program} is not installed on ${host.name}, or not in the PATH of ${host.login}.`, {
        code: "not-found",
        hint: `Install ${program}, or give its full path.`,
      });
    default:
      return new Failure(`The login shell of ${host.login} did not run the command (${endingOf(finished)}).`, {
        code: "no-shell",
        hint: "The user needs a login shell that runs commands: no nologin, no git-shell, no ForceCommand.",
        evidence: lastLines(said),
      });
  }
}

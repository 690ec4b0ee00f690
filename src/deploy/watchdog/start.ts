import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Clock } from "../../core/ports.ts";
import { readText, writeText } from "../../machine/files/files.ts";
import { lastLines, succeed } from "../../machine/succeed.ts";
import { PROVEN } from "./proof-script.ts";

/**
 * Starts the script of the folder `$1` so that it outlives the login: as a unit of the user's own systemd where that goes on without
 * a login (linger); else as a session of its own. A reboot of the machine ends either. What the script starts is the app's, and
 * outlives it. Prints which.
 */
const START = `
cd "$1" || exit 1
linger=$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)
if [ "$linger" = yes ] && systemd-run --user --quiet --collect --property=KillMode=process --property=UMask="$(umask)" --setenv=PATH="$PATH" --setenv=HOME="$HOME" -- sh "$1/script" 2>/dev/null; then
  echo systemd
elif command -v setsid >/dev/null 2>&1; then
  setsid sh "$1/script" </dev/null >/dev/null 2>&1 &
  echo setsid
else echo none; fi`;

/** What the script said, or whether it is still there: asked in this order, because it may say it and end between two looks. */
const LOOK = `cd "$1" || exit 1
said() { [ -e seen ] && cat seen; }
said && exit 0
pid=$(cat pid 2>/dev/null)
if [ -z "$pid" ]; then echo starting; exit 0; fi
if kill -0 "$pid" 2>/dev/null; then echo works; else said || echo dead; fi`;

/** How long it may take to try what it will need: the health check is asked a few times. Milliseconds. */
const PROVEN_WITHIN = 120_000;
const STARTED_WITHIN = 15_000;
const POLL = 500;

export type Keeper = "systemd" | "setsid";

/** Starts it over a connection of its own, which is closed then: what a host does with what a login leaves behind shows. */
export async function startApart(folder: string, connect: () => Promise<Machine>): Promise<Keeper> {
  await using apart = await connect();
  const { stdout } = await succeed(apart, { words: ["sh", "-c", START, "sh", folder] }, "Starting the watchdog");
  const keeper = stdout.trim();
  if (keeper === "systemd" || keeper === "setsid") return keeper;
  throw new Failure(`${apart.name} has neither setsid nor a systemd that outlives the login: a watchdog would end with it.`, {
    code: "watchdog",
    hint: "Install setsid (util-linux, busybox), or let the user's units run without a login: loginctl enable-linger",
  });
}

/** That it outlived the login which started it, and that all it will need is there: it tries that by itself. */
export async function proveAlive(machine: Machine, folder: string, clock: Clock): Promise<void> {
  await writeText(machine, `${folder}/ask`, "");
  for (let waited = 0; ; waited += POLL) {
    const { stdout } = await succeed(machine, { words: ["sh", "-c", LOOK, "sh", folder], repeatable: true }, "Looking at the watchdog");
    const said = stdout.trim();
    if (said === PROVEN) return;
    if (said === "dead") throw await ended(machine, folder);
    if (said !== "works" && said !== "starting") throw lacking(machine, said);
    if (waited > (said === "starting" ? STARTED_WITHIN : PROVEN_WITHIN)) throw await silent(machine, folder);
    await clock.sleep(POLL);
  }
}

function lacking(machine: Machine, said: string): Failure {
  return new Failure(`The watchdog could not do its work on ${machine.name}: ${said.split("\n").join("; ")}.`, {
    code: "watchdog",
    hint: "Mend that on the host, or deploy without `watchdog`.",
  });
}

async function ended(machine: Machine, folder: string): Promise<Failure> {
  return new Failure(`The watchdog did not outlive the login that started it on ${machine.name}.`, {
    code: "watchdog",
    evidence: await logOf(machine, folder),
    hint: "A host that ends what a login leaves running (KillUserProcesses=yes in logind.conf) keeps it where the user's units run without a login: loginctl enable-linger",
  });
}

async function silent(machine: Machine, folder: string): Promise<Failure> {
  return new Failure(`The watchdog did not say on ${machine.name} whether it could do its work.`, {
    code: "watchdog",
    evidence: await logOf(machine, folder),
    hint: "Look at the lines above, and whether the database and the app answer on the host.",
  });
}

async function logOf(machine: Machine, folder: string): Promise<readonly string[]> {
  return lastLines({ stdout: (await readText(machine, `${folder}/log`)) ?? "", stderr: "" });
}

import { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import { resolvePath } from "../../machine/files/files.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { inQuotes } from "../../machine/quote.ts";
import { clientTools } from "../../postgres/tools.ts";
import { composeIn } from "./compose-command.ts";
import { type Examination, passes, unlessRefused, unseen } from "./examination.ts";
import type { DoctorWorld } from "./world.ts";

/** Whether it runs, lets us in, and gives each session its own server process: no pooler in between. */
export const databaseExamination: Examination = {
  about: "database",
  of: "environment",
  needs: ["host"],
  why: "It is backed up, migrated and brought back in sessions of our own.",
  async look(world) {
    if (world.shared["database-url"] === undefined && world.shared["database-service"] === undefined) return [];
    // It is reached meanwhile; what comes of that is heard of below.
    world.database().catch(() => undefined);
    if (await standsInNoFolder(world)) return [unseen("Could not look: its address is in `app-dir`, which is not there.")];
    if (await isBehindCompose(world)) return [unseen("Could not look: its service is asked through compose, which does not answer.")];
    const found = await unlessRefused(async () => await world.database(), {
      pass: "",
      mends: async (failure) => await databaseMends(failure, world),
    });
    const opened = found.some(({ state }) => state !== "pass") ? undefined : await world.database();
    if (opened === undefined) return found;
    const { database, version } = opened;
    return [passes(`${database.name} runs on PostgreSQL ${Math.floor(version / 10_000)}, and lets ${database.target.user} in directly.`)];
  },
};

/** What is read from a folder that is missing is no finding of its own: the folder is. */
async function standsInNoFolder(world: DoctorWorld): Promise<boolean> {
  const { shared } = world;
  if (shared["database-service"] === undefined && shared["database-url"]?.kind !== "env") return false;
  if (shared["app-dir"] === undefined) return true;
  return await world.clone().then(
    () => false,
    (error: unknown) => error instanceof Failure && error.code === "clone-missing",
  );
}

/** What keeps compose from answering is told once, as that. */
async function isBehindCompose(world: DoctorWorld): Promise<boolean> {
  if (world.shared["database-service"] === undefined) return false;
  return await world.database().then(
    () => false,
    (error: unknown) => error instanceof Failure && NO_COMPOSE.has(error.code ?? ""),
  );
}

const NO_COMPOSE = new Set(["compose-config", "not-found"]);

/** What mostly is wrong in the address. */
const ENV_FILE = new Set(["28P01", "3D000", "28000", "env-file"]);

async function databaseMends({ code }: Failure, world: DoctorWorld): Promise<readonly Way[]> {
  const { shared } = world;
  const service = shared["database-service"];
  if (code === "service-stopped" && service !== undefined) {
    return [
      {
        command: await composeIn(world, ["up", "--detach", "--wait", service]),
        means: "Starts it, the first time as well, and waits until it is up:",
      },
      { command: await composeIn(world, ["logs", "--tail", "30", service]), means: "Shows what it says, where it does not stay up:" },
    ];
  }
  const address = shared["database-url"];
  if (address?.kind === "env" && ENV_FILE.has(code ?? "")) {
    const host = await world.host();
    const file = `${await resolvePath(host, shared["app-dir"] ?? "")}/.env`;
    return [
      {
        command: commandOn(host, ["sh", "-c", `"\${EDITOR:-vi}" ${inQuotes(file)}`], { terminal: true }),
        means: `Opens the file in which ${address.name} stands:`,
      },
    ];
  }
  return [];
}

export const toolsExamination: Examination = {
  about: "client tools",
  of: "environment",
  needs: ["host", "database"],
  why: "A pg_dump that is older than the server refuses it.",
  async look(world) {
    const opened = await world.database();
    if (opened === undefined) return [];
    const machine = opened.database.toolsOn;
    const major = Math.floor(opened.version / 10_000);
    const install = machine.holder === undefined ? ["sudo", "apt-get", "install", "--yes", `postgresql-client-${major}`] : undefined;
    return await unlessRefused(async () => await clientTools(machine, major), {
      pass: `${machine.name} has pg_dump and pg_restore for PostgreSQL ${major}.`,
      mends: () => (install === undefined ? [] : [{ command: commandOn(machine, install), means: "Installs them (Debian, Ubuntu):" }]),
    });
  },
};

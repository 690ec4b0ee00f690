import { Failure } from "../../core/failure.ts";
import { compose, type ComposeProject, type Container, isThroughSudo } from "../../machine/container/compose.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { lastLines } from "../../machine/succeed.ts";
import { servicesOf } from "../../rollout/database-services.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { refuseUnknownNames } from "../../rollout/named-services.ts";
import { watchApp } from "../../rollout/strategies.ts";
import type { Way } from "../../core/way.ts";
import { composeIn } from "./compose-command.ts";
import { type Examination, fails, passes, refused, type Sighting, warns } from "./examination.ts";
import { standingStill } from "./standing-still.ts";
import type { DoctorWorld } from "./world.ts";

/** The oldest whose answers are understood. */
const OLDEST = [2, 20] as const;

export const composeExamination: Examination = {
  about: "docker and compose",
  of: "environment",
  needs: ["host"],
  why: "The app's containers are built, started, stopped and asked through compose and the engine's client, as this user.",
  async look(world) {
    if (world.shared["app-dir"] === undefined) return [];
    const look = await projectLook(world);
    if (look === undefined) return [];
    const project = await openComposeProject(await world.host(), world.shared, "`doctor`");
    const found = await versionOf(project);
    const too = "why" in found ? await noCompose(world, project, found.why) : judgeCompose(found.version);
    if (too !== undefined) return [too];
    try {
      const containers = await look();
      const unknown = await namedServices(world, project);
      const odd = [...(unknown === undefined ? [] : [unknown]), ...(await stillIn(world, containers))];
      if (odd.length > 0) return odd;
      return [passes(`Compose ${"version" in found ? found.version : ""}; ${containers.length} of the project's containers are there.`)];
    } catch (error) {
      const mends = error instanceof Failure && error.code === "engine-failed" ? await engineMends(world, project) : [];
      return [refused(error, { mends })];
    }
  },
};

/** How the project is looked at with the engine's help; undefined where nothing here is compose's. */
async function projectLook(world: DoctorWorld): Promise<(() => Promise<readonly Container[]>) | undefined> {
  const { shared, ports } = world;
  const clone = await world.clone().catch(() => undefined);
  if (clone === undefined) {
    if (shared["database-service"] === undefined) return undefined;
    return async () => (await servicesOf(await openComposeProject(await world.host(), shared, "`database-service`"))).containers;
  }
  const environment = { SAVEPOINT_ENVIRONMENT: world.place.name, SAVEPOINT_COMMIT: (await clone.current()) ?? "" };
  // Whether there is a project is told without the engine; only what it says may fail.
  let failed: unknown;
  const watched = await watchApp({ clone, shared, environment, ports }, { needed: true }).catch((error: unknown) => {
    failed = error;
  });
  if (failed !== undefined) {
    return async () => {
      throw failed;
    };
  }
  return watched?.ask;
}

/** Services that do not run. Of `database-service` the look at the database tells. */
async function stillIn(world: DoctorWorld, containers: readonly Container[]): Promise<readonly Sighting[]> {
  const still = standingStill(containers).filter(({ service }) => service !== world.shared["database-service"]);
  return await Promise.all(
    still.map(async ({ service, how, by }) =>
      warns(`The service ${service} stands still: ${how}.`, {
        why: "What is not up answers nobody, and no deploy tells whether it was meant so.",
        mends: [
          {
            command: await composeIn(world, by === "up" ? ["up", "--detach", service] : [by, service]),
            means: "Lets it run again, as it is:",
          },
          { command: await composeIn(world, ["logs", "--tail", "30", service]), means: "Shows what it said last:" },
        ],
      }),
    ),
  );
}

async function versionOf(project: ComposeProject): Promise<{ readonly version: string } | { readonly why: readonly string[] }> {
  try {
    const finished = await compose(project, ["version", "--short"], { repeatable: true });
    return finished.code === 0 ? { version: finished.stdout.trim() } : { why: lastLines(finished) };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "not-found") throw error;
    return { why: [error.message] };
  }
}

/** Pure. */
export function judgeCompose(version: string): Sighting | undefined {
  const [, major = "0", minor = "0"] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const old = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (!old) return undefined;
  return fails(`Compose is ${version}, and ${OLDEST.join(".")} is needed at least.`, {
    advice:
      "Update it there by what installed it (of Docker's own packages it is `docker-compose-plugin`), or say in `compose-command` how a newer one is called.",
  });
}

async function noCompose(world: DoctorWorld, project: ComposeProject, why: readonly string[]): Promise<Sighting> {
  const host = await world.host();
  const called = project.command.join(" ");
  return fails(`\`${called}\` does not run on ${host.name}: ${why.join(" · ")}`, {
    advice: `Install compose ${OLDEST.join(".")} or newer there, or say how it is called in \`compose-command\`.`,
    mends: [
      {
        command: commandOn(host, ["sh", "-c", "curl -fsSL https://get.docker.com | sudo sh"]),
        means: "Installs the engine, its client and compose (Debian, Ubuntu, Fedora and others) by Docker's own script:",
      },
    ],
  });
}

/** A service in `services` that the project does not have. Only a warning: the commit that is to be deployed may bring it. */
async function namedServices({ asked }: DoctorWorld, project: ComposeProject): Promise<Sighting | undefined> {
  const { services = [] } = asked.settings.section(rolloutSection);
  if (services.length === 0) return undefined;
  try {
    await refuseUnknownNames(project, services);
    return undefined;
  } catch (error) {
    const why = "A deploy refuses it, unless the commit brings that service.";
    return { ...refused(error, { state: "warn" }), why };
  }
}

/** Why the engine's client may get no answer: this user may not ask, or there is no engine that runs. */
async function engineMends(world: DoctorWorld, project: ComposeProject): Promise<readonly Way[]> {
  const [host, { user, groups, uid }] = [await world.host(), await world.hostLook()];
  const root = (...words: readonly string[]): string => commandOn(host, ["sudo", ...words], { terminal: true });
  const may = uid === 0 || groups.includes("docker") || isThroughSudo(project);
  const access: Way = {
    command: root("usermod", "--append", "--groups", "docker", user),
    means: `Lets ${user} use the engine from its next login on (which is as much as root's rights there):`,
  };
  const start: Way = {
    command: root("systemctl", "enable", "--now", "docker"),
    means: "Starts the engine, where it does not run, now and with the host:",
  };
  return may ? [start] : [access, start];
}

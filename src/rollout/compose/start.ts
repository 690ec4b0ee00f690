import { Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Ports } from "../../core/ports.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { compose, type Container, containersNamed } from "../../machine/container/compose.ts";
import { hasFailed, because, tellContainers } from "../../machine/container/story.ts";
import { ending, lastLines } from "../../machine/succeed.ts";
import { commandOf } from "../act.ts";
import { upAct } from "./acts.ts";
import type { ComposeApp } from "./app.ts";
import { imageIds } from "./images.ts";
import type { Service } from "./model.ts";
import type { Standstill } from "../standstill.ts";
import type { Scene } from "./scene.ts";
import { noteStops } from "./stops.ts";
import { databasesAmong, servicesToStart } from "./services.ts";

/** How long and how often containers are looked at after their start: milliseconds. What falls over later, health sees. */
const WATCHED_MS = 750;
const LOOK_EVERY_MS = 250;
/** This many restarts within that time are a loop; one may be an app that waits for its database so. */
const LOOP = 2;

export interface ComposeRequest {
  readonly app: ComposeApp;
  readonly clone: Clone;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
  readonly noteIn?: string | undefined;
  readonly standstill?: Standstill | undefined;
}

/**
 * Starts what is not as its files and images say, and leaves all else alone; never the database. Throws a Failure of code
 * `service-down` with the last log lines where a container ends or restarts in a loop right away. Returns the image ids
 * that run, by service.
 */
export async function startServices(request: ComposeRequest, scene: Scene): Promise<Readonly<Record<string, string>>> {
  const { app, ports } = request;
  const names = await stale(app, scene);
  if (names.length > 0) return imagesIn(app, { ...scene, containers: await up(request, scene, names) });
  ports.report.say("Every service runs already as its files and images say.");
  return imagesIn(app, scene);
}

/** The image ids that run, by service, without databases. */
export function imagesIn(app: ComposeApp, { model, containers }: Scene): Readonly<Record<string, string>> {
  const databases = databasesAmong(app, model, containers);
  return Object.fromEntries(
    containers.flatMap(({ service, image, state }) => (state === "running" && !databases.has(service) ? [[service, image]] : [])),
  );
}

async function up(
  { app, ports, noteIn, standstill }: ComposeRequest,
  { model, containers }: Scene,
  names: readonly string[],
): Promise<readonly Container[]> {
  const { project } = app;
  const finished = await project.machine.run({
    ...commandOf(upAct(project, names)),
    signal: ports.signal,
    onLine: (line) => ports.report.detail(`compose: ${line.trim()}`),
    noteIn,
  });
  if (standstill !== undefined) await noteStops(standstill, { project, name: model.name, withinMs: finished.durationMs });
  if (finished.code !== 0) {
    const down = (await containersNamed(project, model.name)).filter(
      ({ service, state }) => names.includes(service) && state !== "running",
    );
    const said = lastLines(finished);
    throw new Failure(
      `\`compose up\` of ${names.join(", ")} failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}${because(said)}`,
      { evidence: [...said, ...(await tellContainers(project, down))], code: "service-down" },
    );
  }
  const now = await watch({ app, ports }, { model, containers }, names);
  ports.report.say(`Started ${names.join(", ")} (${formatDuration(finished.durationMs)})`);
  return now;
}

/** The services that are not yet as their files and images say. Compose looks once more, and leaves the others be. */
async function stale(app: ComposeApp, { model, containers }: Scene): Promise<readonly string[]> {
  const services = servicesToStart(app, model, containers);
  if (app.services !== undefined) return services.map(({ name }) => name);
  const ids = await imageIds(
    app.project,
    services.map(({ image }) => image),
  );
  const hashOf = services.every(({ build }) => build !== undefined) ? new Map<string, string>() : await definitionHashes(app);
  const asItShouldBe = ({ name, image, build }: Service): boolean => {
    const mine = containers.filter(({ service }) => service === name);
    return (
      build === undefined &&
      mine.length > 0 &&
      mine.every(
        (one) =>
          one.state === "running" &&
          one.imageName === image &&
          one.image === ids.get(image) &&
          one.labels["com.docker.compose.config-hash"] === hashOf.get(name),
      )
    );
  };
  return services.filter((service) => !asItShouldBe(service)).map(({ name }) => name);
}

/** Compose's own fingerprints of what the files say, by service: a container made from the same carries it as a label. */
async function definitionHashes({ project }: ComposeApp): Promise<ReadonlyMap<string, string>> {
  const hashes = await compose(project, ["config", "--hash", "*"]);
  return new Map(hashes.stdout.split("\n").map((line) => line.trim().split(/\s+/) as [string, string]));
}

/** Looks at the containers for a moment: what falls over at once need not be waited for. */
async function watch(
  { app, ports }: Pick<ComposeRequest, "app" | "ports">,
  { model, containers: before }: Scene,
  names: readonly string[],
): Promise<readonly Container[]> {
  const restartsBefore = new Map(before.map(({ id, restarts }) => [id, restarts]));
  const until = ports.clock.now().getTime() + WATCHED_MS;
  for (;;) {
    const all = await containersNamed(app.project, model.name);
    const fallen = all.filter(
      (one) => names.includes(one.service) && (hasFailed(one) || one.restarts - (restartsBefore.get(one.id) ?? 0) >= LOOP),
    );
    if (fallen.length > 0) {
      const told = await tellContainers(app.project, fallen);
      const services = [...new Set(fallen.map(({ service }) => `\`${service}\``))].join(", ");
      throw new Failure(`${services} does not stay up after the start.`, {
        evidence: told,
        hint: `What was seen has the last lines of ${services}; they say why, most often.`,
        code: "service-down",
      });
    }
    if (ports.clock.now().getTime() >= until) return all;
    await ports.clock.sleep(LOOK_EVERY_MS, ports.signal);
  }
}

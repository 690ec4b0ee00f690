import * as v from "valibot";
import { shortCommit } from "../../core/format.ts";
import { readRecord } from "../../core/record.ts";
import type { Ports } from "../../core/ports.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { COMMIT_LABEL, type Container } from "../../machine/container/compose.ts";
import type { KnownDeploy } from "../strategy.ts";
import type { ComposeApp } from "./app.ts";
import { buildImages, type Making, pullImages, refuseFullEngine } from "./build.ts";
import { imageIds, retainedName, tagImage } from "./images.ts";
import { allServices, type Model, type Service } from "./model.ts";
import { refuseOtherFolder, refuseOtherName } from "./refusals.ts";
import { lookAtProject } from "./scene.ts";
import { databasesAmong, servicesToStart } from "./services.ts";
import { exportTree } from "./tree.ts";

const IMAGES = v.record(v.string(), v.string());

/** What a prepared compose project is; the journal keeps it. */
const PREPARED = v.object({
  /** The project's name. */
  project: v.string(),
  /** Image ids by service, as they are to run. */
  images: IMAGES,
  /** Image ids by service, as they run now: retained for the way back. */
  running: IMAGES,
  /** The services that will be started anew. */
  changing: v.array(v.string()),
  /** Of these, the ones that have no container yet. */
  added: v.array(v.string()),
});

export type PreparedCompose = Readonly<v.InferOutput<typeof PREPARED>>;

/** What the prepare step of a deploy noted; undefined where it was prepared as no compose project. */
export function preparedIn(deploy: KnownDeploy | undefined): PreparedCompose | undefined {
  const noted = deploy?.prepared?.["compose"];
  if (noted === undefined) return undefined;
  return readRecord(PREPARED, noted, {
    what: "What the prepare step noted in the journal of the compose project",
    hint: "An edited line of the journal does this: put it back as it was.",
    code: "journal-damaged",
  });
}

export interface PrepareCompose {
  readonly app: ComposeApp;
  readonly clone: Clone;
  readonly commit: string;
  /** The commit that runs; undefined before the first one. */
  readonly previous: string | undefined;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
  readonly noteIn?: string | undefined;
}

/**
 * Builds and pulls what a commit needs, in a tree of its own and under names of its own, and retains the images that run.
 * Nothing that runs, and no name that the compose file gives, is changed.
 */
export async function prepareCompose({ app, clone, commit, previous, ports, noteIn }: PrepareCompose): Promise<PreparedCompose> {
  await using tree = await exportTree(clone, commit, app.project);
  const { model, containers } = await lookAtProject(tree);
  await refuseOtherName(app.project, model.name);
  await refuseOtherFolder(app.project, model.name, containers);
  tellOtherVersion(containers, previous, ports);
  const services = servicesToStart(app, model, containers);
  const running = await retainRunning(app, { model, containers, commit, previous });
  const making: Making = { project: tree.project, model, commit, ports, noteIn };
  const built = services.filter(({ build }) => build !== undefined);
  const pulled = await toPull(app, model, services);
  await refuseFullEngine(app.project, [...built, ...pulled]);
  await buildImages(making, built);
  await pullImages(making, pulled);
  await tellOrphans(making, containers);
  const images = await imagesOf(app, model, services, commit);
  const added = services.map(({ name }) => name).filter((name) => !containers.some(({ service }) => service === name));
  const changing = services
    .filter(({ name, build }) => build !== undefined || added.includes(name) || images[name] !== running[name])
    .map(({ name }) => name);
  if (changing.length === 0) ports.report.notice(`No service of ${model.name} has another image at ${shortCommit(commit)}.`);
  return { project: model.name, images, running, changing, added };
}

/** Each running image gets a name of ours, which keeps it whatever is built or pruned by hand meanwhile. */
async function retainRunning(
  app: ComposeApp,
  about: {
    readonly model: Model;
    readonly containers: readonly Container[];
    readonly commit: string;
    readonly previous: string | undefined;
  },
): Promise<Readonly<Record<string, string>>> {
  const { model, containers, commit, previous } = about;
  const databases = databasesAmong(app, model, containers);
  const running: Record<string, string> = {};
  // One that runs says more than one that stopped.
  for (const { service, image, state } of containers)
    if (!databases.has(service) && (state === "running" || running[service] === undefined)) running[service] = image;
  // Deployed over itself, the new build takes the commit's own name.
  const as = previous === undefined || previous === commit ? `${commit}-before` : previous;
  for (const [service, image] of Object.entries(running)) await tagImage(app.project, image, retainedName(model.name, service, as));
  return running;
}

/** As compose does: what is not here is pulled, and what says `pull_policy: always`. An image that a build of ours makes is not. */
async function toPull(app: ComposeApp, model: Model, services: readonly Service[]): Promise<readonly Service[]> {
  const made = new Set(model.services.filter(({ build }) => build !== undefined).map(({ image }) => image));
  const candidates = services.filter(({ build, image }) => build === undefined && !made.has(image));
  const here = await imageIds(
    app.project,
    candidates.map(({ image }) => image),
  );
  return candidates.filter(({ image, pullAlways }) => pullAlways || !here.has(image));
}

/** By service: the image that was made for the commit, else the one that has its name. */
async function imagesOf(
  app: ComposeApp,
  model: Model,
  services: readonly Service[],
  commit: string,
): Promise<Readonly<Record<string, string>>> {
  const ids = await imageIds(
    app.project,
    services.flatMap(({ name, image }) => [retainedName(model.name, name, commit), image]),
  );
  const maker = new Map(model.services.filter(({ build }) => build !== undefined).map(({ name, image }) => [image, name]));
  return Object.fromEntries(
    services.flatMap(({ name, image }) => {
      const id =
        ids.get(retainedName(model.name, name, commit)) ??
        ids.get(retainedName(model.name, maker.get(image) ?? name, commit)) ??
        ids.get(image);
      return id === undefined ? [] : [[name, id] as const];
    }),
  );
}

/** Deployed by hand, or half: what runs counts, and is what is retained. */
function tellOtherVersion(containers: readonly Container[], previous: string | undefined, { report }: Pick<Ports, "report">): void {
  for (const { service, state, labels } of containers) {
    const commit = labels[COMMIT_LABEL];
    if (state === "running" && commit !== undefined && previous !== undefined && commit !== previous)
      report.notice(
        `${service} runs an image of ${shortCommit(commit)}, and ${shortCommit(previous)} is checked out: what runs is retained.`,
      );
  }
}

/** What runs beside the services that count, and is left as it is. */
async function tellOrphans({ project, model, ports }: Making, containers: readonly Container[]): Promise<void> {
  const orphans = containers.filter(({ service, state }) => state === "running" && !model.services.some(({ name }) => name === service));
  if (orphans.length === 0) return;
  const known = await allServices(project);
  const gone = orphans.filter(({ service }) => !known.has(service));
  const profiled = orphans.filter(({ service }) => known.has(service));
  const list = (some: readonly Container[]): string => some.map(({ service, name }) => `${service} (${name})`).join(", ");
  if (gone.length > 0)
    ports.report.notice(
      `${list(gone)}: the new version has no such service; it is left running. To remove it: docker rm --force ${gone.map(({ name }) => name).join(" ")}`,
    );
  if (profiled.length > 0)
    ports.report.notice(
      `${list(profiled)}: only a profile that is not active has that service; it is left running as it is. A deploy changes it too where \`.env\` names the profile in COMPOSE_PROFILES.`,
    );
}

import { shortCommit } from "../../core/format.ts";
import type { ComposeApp } from "./app.ts";
import { buildImages, pullImages } from "./build.ts";
import { imageIds, retainedName, tagImage } from "./images.ts";
import { readModel, type Service } from "./model.ts";
import { lookAtProject, type Scene } from "./scene.ts";
import { servicesToStart } from "./services.ts";
import type { ComposeRequest } from "./start.ts";
import { exportTree } from "./tree.ts";

/** Where the images of a commit come from: the ids that are known to be its own, else what is retained of it. */
interface ImageSources {
  readonly services: readonly Service[];
  /** An image's id, or undefined: then what the compose file names is the commit's. */
  readonly of: (service: Service) => string | undefined;
  /** The services whose images of that commit are gone. */
  readonly lost: readonly Service[];
  /** The ids that the images' names stand for. */
  readonly named: ReadonlyMap<string, string>;
}

interface Placing {
  readonly commit: string;
  /** Whether it is a way back: then what ran when the deploy was prepared is the commit's. */
  readonly back: boolean;
}

/** Looks for a commit's images. */
export async function sourcesOf(app: ComposeApp, { model, containers }: Scene, { commit, back }: Placing): Promise<ImageSources> {
  const known = back ? knownImages(app, commit) : {};
  const services = servicesToStart(app, model, containers);
  const retained = ({ name }: Service): string => retainedName(model.name, name, commit);
  const ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
  const made = new Set(model.services.filter(({ build }) => build !== undefined).map(({ image }) => image));
  const of = (one: Service): string | undefined => ids.get(known[one.name] ?? "") ?? ids.get(retained(one));
  return {
    services,
    of,
    lost: services.filter((one) => of(one) === undefined && (one.build !== undefined || (!ids.has(one.image) && !made.has(one.image)))),
    named: ids,
  };
}

/**
 * Gives the images of a commit the names that its compose files ask for. What was pruned is made once more, with a warning:
 * a rollback must not end for that.
 */
export async function placeImages(request: ComposeRequest, scene: Scene, placing: Placing): Promise<void> {
  const { app } = request;
  let sources = await sourcesOf(app, scene, placing);
  if (sources.lost.length > 0) {
    await makeOnceMore(request, placing.commit, sources.lost);
    sources = await sourcesOf(app, scene, placing);
  }
  const { services, of, named } = sources;
  for (const service of services) {
    const id = of(service);
    if (id !== undefined && named.get(service.image) !== id && mayName(service)) await tagImage(app.project, id, service.image);
  }
}

/** A name with a digest is no name that anything else could have. */
export function mayName({ image }: Service): boolean {
  return !image.includes("@");
}

async function makeOnceMore({ app, clone, ports, noteIn }: ComposeRequest, commit: string, lost: readonly Service[]): Promise<void> {
  ports.report.warning(
    `The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(commit)} are gone: they are made once more, which takes longer and may differ.`,
  );
  await using tree = await exportTree(clone, commit, app.project);
  const making = { project: tree.project, model: await readModel(tree.project), commit, ports, noteIn };
  const again = making.model.services.filter(({ name }) => lost.some((one) => one.name === name));
  await buildImages(
    making,
    again.filter(({ build }) => build !== undefined),
  );
  await pullImages(
    making,
    again.filter(({ build }) => build === undefined),
  );
}

function knownImages({ before }: ComposeApp, commit: string): Readonly<Record<string, string>> {
  return before?.commit === commit ? before.images : {};
}

/** Whether a service's containers run another image than the one that is known to be the commit's. Reads only. */
export async function runsOtherImages(app: ComposeApp, commit: string): Promise<boolean> {
  const known = knownImages(app, commit);
  const { model, containers } = await lookAtProject(app);
  const services = servicesToStart(app, model, containers).map(({ name }) => name);
  const ids = await imageIds(
    app.project,
    services.map((name) => retainedName(model.name, name, commit)),
  );
  return containers.some(({ service, image }) => {
    if (!services.includes(service)) return false;
    const right = known[service] ?? ids.get(retainedName(model.name, service, commit));
    return right !== undefined && right !== image;
  });
}

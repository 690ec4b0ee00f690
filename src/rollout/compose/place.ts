import { shortCommit } from "../../core/format.ts";
import type { ComposeApp } from "./app.ts";
import { buildImages, pullImages } from "./build.ts";
import { imageIds, retainedName, tagImage } from "./images.ts";
import { readModel, type Service } from "./model.ts";
import { lookAtProject, type Scene } from "./scene.ts";
import { servicesToStart } from "./services.ts";
import type { ComposeRequest } from "./start.ts";
import { exportTree } from "./tree.ts";

/**
 * Gives the images of a commit the names that its compose files ask for. `known` are image ids that the journal tells for
 * it, by service. What was pruned is made once more, with a warning: a rollback must not end for that.
 */
export async function placeImages(
  request: ComposeRequest,
  { model, containers }: Scene,
  { commit, known = {} }: { readonly commit: string; readonly known?: Readonly<Record<string, string>> | undefined },
): Promise<void> {
  const { app, clone, ports, noteIn } = request;
  const services = servicesToStart(app, model, containers);
  const retained = ({ name }: Service): string => retainedName(model.name, name, commit);
  let ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
  const has = (one: Service): boolean => ids.has(known[one.name] ?? "") || ids.has(retained(one));
  const made = new Set(model.services.filter(({ build }) => build !== undefined).map(({ image }) => image));
  const lost = services.filter((one) => !has(one) && (one.build !== undefined || (!ids.has(one.image) && !made.has(one.image))));
  if (lost.length > 0) {
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
    ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
  }
  for (const service of services) {
    const id = ids.get(known[service.name] ?? "") ?? ids.get(retained(service));
    if (id !== undefined && ids.get(service.image) !== id && !service.image.includes("@")) await tagImage(app.project, id, service.image);
  }
}

/** Whether a service's containers run another image than the one that is known to be the commit's. Reads only. */
export async function runsOtherImages(
  app: ComposeApp,
  commit: string,
  known: Readonly<Record<string, string>> | undefined = {},
): Promise<boolean> {
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

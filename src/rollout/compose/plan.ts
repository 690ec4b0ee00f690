import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { containersNamed } from "../../machine/container/compose.ts";
import type { Act } from "../act.ts";
import { actsOf } from "../commands.ts";
import { fileAct } from "../files.ts";
import type { AppOnHost, PlanRequest } from "../strategy.ts";
import { removeAct, stopAct, tagAct, upAct } from "./acts.ts";
import { retainedName } from "./images.ts";
import { readModel } from "./model.ts";
import { mayName, sourcesOf } from "./place.ts";
import { lookAtProject, type Scene } from "./scene.ts";
import { databasesAmong, servicesToStart, servicesToStop } from "./services.ts";
import type { ComposeRequest } from "./start.ts";
import { addedOnly, modelIfReadable } from "./stop.ts";
import { exportTree } from "./tree.ts";

/** What stops the app, as data; with `foreseen` also the services that the open deploy will have brought by then. */
export async function stopActs(
  { app, ports }: ComposeRequest,
  on: AppOnHost,
  { foreseen }: { readonly foreseen: boolean } = { foreseen: false },
): Promise<readonly Act[]> {
  const given = actsOf(on, ["stop-command"]);
  const model = await modelIfReadable(app, ports);
  const name = model?.name ?? app.name;
  if (given.length === 0 && name === undefined) return [];
  const there = name === undefined ? [] : await containersNamed(app.project, name);
  const databases = databasesAmong(app, model, there);
  const brought = foreseen ? app.added.filter((service) => !databases.has(service)) : [];
  const services = name === undefined ? [] : [...new Set([...servicesToStop(app, model, there), ...brought])];
  const stop = given.length > 0 || name === undefined || services.length === 0 ? given : [stopAct(app.project, name, services)];
  return stop.map((act) => ({ ...act, mayFail: true, undo: startActs(app, on, services) }));
}

/** What starts the app again with the code that is there, as data. */
export async function againActs({ app }: ComposeRequest, on: AppOnHost): Promise<readonly Act[]> {
  const { model, containers } = await lookAtProject(app);
  return startActs(
    app,
    on,
    servicesToStart(app, model, containers).map(({ name }) => name),
  );
}

/** What puts the app onto a commit, as data. Throws a Failure of code `images-gone` where images would have to be made. */
export async function switchActs(request: ComposeRequest, on: AppOnHost, about: PlanRequest): Promise<readonly Act[]> {
  const { app } = request;
  const { commit } = about;
  const scene = await foresee(request, about);
  const back = about.edits === "keep";
  const added = back && about.removesNothing !== true ? addedOnly(app, scene.model) : [];
  const services = servicesToStart(app, scene.model, scene.containers).map(({ name }) => name);
  return [
    ...(about.stopped === true ? [] : actsOf(on, ["stop-command"])),
    await fileAct(on, about),
    ...(await imageActs(request, scene, { commit, back })),
    ...actsOf(on, ["command"]),
    ...startActs(app, on, services),
    ...(added.length === 0 ? [] : [removeAct(app.project, scene.model.name, added)]),
  ];
}

function startActs({ project }: ComposeRequest["app"], on: AppOnHost, services: readonly string[]): readonly Act[] {
  const given = actsOf(on, ["start-command"]);
  return given.length > 0 || services.length === 0 ? given : [upAct(project, services)];
}

/** The project as the commit's own files say it; where those are not to be written out, as what is checked out does. */
async function foresee({ app, clone }: ComposeRequest, { commit, exact }: PlanRequest): Promise<Scene> {
  if (exact && (await clone.current()) !== commit) {
    await using tree = await exportTree(clone, commit, app.project);
    const model = await readModel(tree.project);
    return { model, containers: await containersNamed(app.project, model.name) };
  }
  return await lookAtProject(app);
}

async function imageActs(
  { app }: ComposeRequest,
  scene: Scene,
  placing: { readonly commit: string; readonly back: boolean },
): Promise<readonly Act[]> {
  const { services, of, lost } = await sourcesOf(app, scene, placing);
  if (placing.back && lost.length > 0) {
    throw new Failure(
      `The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(placing.commit)} are gone: they would be made once more.`,
      { code: "images-gone" },
    );
  }
  return services.flatMap((service) => {
    // What is to be built has its name beforehand.
    const made = service.build === undefined ? undefined : retainedName(scene.model.name, service.name, placing.commit);
    const source = of(service) ?? made;
    return source === undefined || !mayName(service) ? [] : [tagAct(app.project, source, service.image)];
  });
}

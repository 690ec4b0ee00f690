import { Failure, refusal } from "../../core/failure.ts";
import { formatDuration, formatSize, plural, shortCommit } from "../../core/format.ts";
import type { Ports } from "../../core/ports.ts";
import { COMMIT_LABEL, type ComposeProject, dockerWords } from "../../machine/container/compose.ts";
import { freeBytes } from "../../machine/files/files.ts";
import { ending, lastLines } from "../../machine/succeed.ts";
import { imageIds, retainedName, tagImage, untagImage } from "./images.ts";
import type { Model, Service } from "./model.ts";

/** What must be free where the engine keeps its images before anything is built or pulled: bytes. */
const SPARE_BYTES = 256 * 1024 * 1024;
const FULL_BYTES = 16 * 1024 * 1024;
const EVIDENCE_LINES = 30;

export interface Making {
  /** The project in the commit's own tree. */
  readonly project: ComposeProject;
  readonly model: Model;
  readonly commit: string;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
  readonly noteIn?: string | undefined;
}

/**
 * Builds services' images under names of ours, so that the names which the compose file gives stay with the running version.
 * What fails or is cancelled leaves no image behind. Throws a Failure of code `build-failed` or `disk-full`.
 */
export async function buildImages(making: Making, services: readonly Service[]): Promise<void> {
  if (services.length === 0) return;
  const { project, model, commit, ports } = making;
  const names = services.map(({ name }) => retainedName(model.name, name, commit));
  const before = await imageIds(project, names);
  const started = ports.clock.now().getTime();
  try {
    await build(making, services);
  } catch (error) {
    for (const name of names) if (!before.has(name)) await untagImage(project, name);
    throw error;
  }
  const took = formatDuration(ports.clock.now().getTime() - started);
  ports.report.say(`Built ${services.map(({ name }) => name).join(", ")} of ${shortCommit(commit)} (${took})`);
}

/** Compose builds from its own reading of the files, which we hand it with other names: no file of the user's is rewritten. */
async function build({ project, model, commit, ports, noteIn }: Making, services: readonly Service[]): Promise<void> {
  const document = {
    name: model.name,
    services: Object.fromEntries(
      services.map((service) => [
        service.name,
        {
          build: ours(service.build ?? {}, commit),
          image: retainedName(model.name, service.name, commit),
          ...(service.platform !== undefined && { platform: service.platform }),
        },
      ]),
    ),
    ...(model.secrets !== undefined && { secrets: model.secrets }),
  };
  const said: string[] = [];
  let step: string | undefined;
  const finished = await project.machine.run({
    words: [
      ...project.command,
      "--project-name",
      model.name,
      "--project-directory",
      project.directory,
      "--file",
      "-",
      "build",
      "--",
      ...services.map(({ name }) => name),
    ],
    cwd: project.directory,
    env: { ...project.environment, BUILDKIT_PROGRESS: "plain" },
    stdin: JSON.stringify(document),
    signal: ports.signal,
    noteIn,
    onLine: (line) => {
      said.push(line);
      if (said.length > EVIDENCE_LINES) said.shift();
      ports.report.detail(`build: ${line}`);
      step = buildStep(line) ?? step;
      if (step !== undefined) ports.report.progress?.(`build: ${step}`);
    },
  });
  if (finished.code === 0) return;
  if ((await engineRoom(project)) < FULL_BYTES || said.some((line) => /no space left on device/i.test(line)))
    throw refusal(`The disk of ${project.machine.name} was full while ${shortCommit(commit)} was built.`, {
      evidence: said,
      hint: "Nothing that runs was changed. Make room (`docker system df` shows what images and build cache hold), then deploy again.",
      code: "disk-full",
    });
  throw new Failure(`Building ${shortCommit(commit)} failed (${ending(finished)}) on ${project.machine.name}.`, {
    evidence: said.length > 0 ? said : lastLines(finished),
    hint: "Correct what it says and deploy again; nothing that runs was changed.",
    code: "build-failed",
  });
}

/** `web, step 3 of 7: RUN npm ci`, from BuildKit's plain `#12 [web 3/7] RUN npm ci`; undefined where a line begins no step. */
export function buildStep(line: string): string | undefined {
  const [, name, at, of, what] = /^#\d+ \[(?:([^\]]+?) )?\s*(\d+)\/(\d+)\] (.+)$/.exec(line) ?? [];
  return what === undefined ? undefined : `${name === undefined ? "" : `${name}, `}step ${at} of ${of}: ${what}`;
}

function ours(build: Readonly<Record<string, unknown>>, commit: string): Readonly<Record<string, unknown>> {
  const { labels, tags: _, ...rest } = build;
  // More tags would be moved by the build, while the version that they name still runs.
  return { ...rest, labels: { ...(labels as Readonly<Record<string, string>> | undefined), [COMMIT_LABEL]: commit } };
}

/**
 * Pulls what the services need and the engine has not. A name that another image has now goes back to that one until the
 * switch. Throws a Failure of code `pull-failed`.
 */
export async function pullImages(making: Making, services: readonly Service[]): Promise<void> {
  const { project, model, commit, ports, noteIn } = making;
  for (const { name, image } of services) {
    const before = (await imageIds(project, [image])).get(image);
    const layers = new Map<string, boolean>();
    const finished = await project.machine.run({
      words: dockerWords(project, "image", "pull", "--", image),
      signal: ports.signal,
      noteIn,
      onLine: (line) => {
        ports.report.detail(`pull: ${line}`);
        const [, layer, state] = /^([0-9a-f]{12}): (.+)$/.exec(line) ?? [];
        if (layer === undefined) return;
        layers.set(layer, state === "Pull complete" || state === "Already exists");
        const done = [...layers.values()].filter(Boolean).length;
        ports.report.progress?.(`pull: ${done} of ${plural(layers.size, "layer")} of ${image}`);
      },
    });
    if (finished.code !== 0)
      throw new Failure(`Pulling ${image} for ${name} failed (${ending(finished)}) on ${project.machine.name}.`, {
        evidence: lastLines(finished),
        hint: `Nothing that runs was changed. Can ${project.machine.login} pull it there (\`docker pull ${image}\`, \`docker login\`)?`,
        code: "pull-failed",
      });
    const now = (await imageIds(project, [image])).get(image);
    if (now !== undefined) await tagImage(project, now, retainedName(model.name, name, commit));
    if (before !== undefined && now !== before && !image.includes("@")) await tagImage(project, before, image);
    ports.report.say(`Pulled ${image} for ${name}${before === now ? ": it was here already" : ""}`);
  }
}

/** Refuses to begin where the engine's disk is nearly full: a build that stops half-way helps nobody. */
export async function refuseFullEngine(project: ComposeProject, services: readonly Service[]): Promise<void> {
  if (services.length === 0) return;
  const free = await engineRoom(project);
  if (free >= SPARE_BYTES) return;
  throw refusal(
    `The engine's disk on ${project.machine.name} has ${formatSize(free)} free; ${plural(services.length, "image")} to build or pull need ${formatSize(SPARE_BYTES)} at least.`,
    { hint: "Make room there: `docker system df` shows what images and build cache hold.", code: "disk-full" },
  );
}

/** Free bytes where images live; of the project's folder where the engine's own cannot be seen (Docker Desktop, rootless). */
async function engineRoom(project: ComposeProject): Promise<number> {
  const { machine, directory } = project;
  const asked = await machine.run({ words: dockerWords(project, "info", "--format", "{{.DockerRootDir}}") });
  const root = asked.stdout.trim();
  try {
    if (asked.code === 0 && root.startsWith("/")) return await freeBytes(machine, root);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  return await freeBytes(machine, directory);
}

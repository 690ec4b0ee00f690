import * as v from "valibot";
import { refusal } from "../../core/failure.ts";
import { readJsonRecord } from "../../core/record.ts";
import { type ComposeProject, compose, engineHint, isThroughSudo } from "../../machine/container/compose.ts";
import { ending, lastLines } from "../../machine/succeed.ts";

/** A service of a compose project, as far as a deploy needs it. */
export interface Service {
  readonly name: string;
  /** What the file calls its image; compose's own name where it says nothing. */
  readonly image: string;
  /** Absent where the image is only pulled. */
  readonly build: Readonly<Record<string, unknown>> | undefined;
  readonly platform: string | undefined;
  readonly pullAlways: boolean;
}

/** A compose project as compose itself understands its files. May hold secrets: it is never shown. */
export interface Model {
  readonly name: string;
  readonly services: readonly Service[];
  /** The top-level `secrets`, which builds may use. */
  readonly secrets: unknown;
}

const configuration = v.object({
  name: v.string(),
  services: v.nullish(
    v.record(
      v.string(),
      v.object({
        image: v.nullish(v.string()),
        build: v.nullish(v.record(v.string(), v.unknown())),
        platform: v.nullish(v.string()),
        pull_policy: v.nullish(v.string()),
      }),
    ),
  ),
  secrets: v.optional(v.unknown()),
});

/** Reads a project's files by `compose config`. Refuses what compose cannot read, in compose's own words. */
export async function readModel(project: ComposeProject): Promise<Model> {
  const finished = await compose(project, ["config", "--format", "json"]);
  if (finished.code !== 0) {
    const called = project.command.join(" ");
    throw refusal(`\`${called} config\` failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}.`, {
      evidence: lastLines(finished),
      hint:
        finished.code === 127
          ? `${called} is not there for ${project.machine.login}: install compose (v2.20 or newer), or say how it is called in \`compose-command\`.`
          : `Compose v2.20 or newer must be able to read the files: correct them, or name them in \`compose-file\` and how compose is called in \`compose-command\`.${isThroughSudo(project) ? ` ${engineHint(project)}` : ""}`,
      code: "compose-config",
    });
  }
  const configured = readJsonRecord(configuration, finished.stdout, {
    what: `What \`${project.command.join(" ")} config\` says on ${project.machine.name}`,
    hint: "Is it compose v2.20 or newer, and nothing else that prints on its standard output?",
    code: "compose-config",
  });
  return {
    name: configured.name,
    services: Object.entries(configured.services ?? {}).map(([name, service]) => ({
      name,
      image: service.image ?? `${configured.name}-${name}`,
      build: service.build ?? undefined,
      platform: service.platform ?? undefined,
      pullAlways: service.pull_policy === "always",
    })),
    secrets: configured.secrets,
  };
}

/** The services that the files name, also those of profiles which are not active. */
export async function allServices(project: ComposeProject): Promise<ReadonlySet<string>> {
  const listed = await compose(project, ["--profile", "*", "config", "--services"]);
  return new Set(listed.stdout.split("\n").map((line) => line.trim()));
}

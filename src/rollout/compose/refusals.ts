import { refusal } from "../../core/failure.ts";
import { type ComposeProject, type Container, dockerWords } from "../../machine/container/compose.ts";
import { succeed } from "../../machine/succeed.ts";

const FOLDER = "com.docker.compose.project.working_dir";

/** The real paths of \`$1\` and of each other folder, a line each; one that is gone stays as it is written. */
const REAL = `for folder do (cd "$folder" 2>/dev/null && pwd -P) || printf '%s\\n' "$folder"; done`;

/** Refuses a project of this name that runs from another folder: its volumes and its containers would be taken over. */
export async function refuseOtherFolder(project: ComposeProject, name: string, containers: readonly Container[]): Promise<void> {
  const folders = [
    ...new Set(
      containers.flatMap(({ state, labels }) =>
        state === "running" || state === "restarting" ? [labels[FOLDER] ?? project.directory] : [],
      ),
    ),
  ];
  const { machine, directory } = project;
  const { stdout } = await succeed(
    machine,
    { words: ["sh", "-c", REAL, "sh", directory, ...folders], repeatable: true },
    "Comparing folders",
  );
  const [here = directory, ...real] = stdout.split("\n");
  const other = folders.find((_, at) => real[at] !== here && !real[at]?.startsWith(`${here}/`));
  if (other === undefined) return;
  throw refusal(`The compose project ${name} on ${machine.name} runs from ${other}, not from ${directory}.`, {
    hint: `Give that folder as \`app-dir\`; or, where it is to move, stop it there first (\`docker compose --project-name ${name} down\`: volumes stay, and keep their names); or give this project another \`name:\`.`,
    code: "other-folder",
  });
}

/** Refuses a commit that gives the project another name: it would start beside the running one, on empty volumes. */
export async function refuseOtherName(project: ComposeProject, name: string): Promise<void> {
  const { machine, directory } = project;
  const words = dockerWords(
    project,
    "ps",
    "--filter",
    `label=${FOLDER}=${directory}`,
    "--format",
    '{{.Label "com.docker.compose.project"}}',
  );
  const { stdout } = await succeed(machine, { words, repeatable: true }, "Listing the compose projects");
  const running = [...new Set(stdout.split("\n").filter((line) => line !== ""))];
  if (running.length === 0 || running.includes(name)) return;
  throw refusal(
    `The compose project in ${directory} runs as ${running.join(", ")}, and this commit would start it as ${name}, on volumes of that name.`,
    {
      hint: `Keep its name: \`name: ${running[0] ?? ""}\` in the compose file, or COMPOSE_PROJECT_NAME=${running[0] ?? ""} in .env.`,
      code: "other-name",
    },
  );
}

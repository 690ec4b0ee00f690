import { type ComposeProject, type Container, dockerWords } from "./compose.ts";

const MOST_IN_HEADLINE = 200;
const LOG_LINES = 30;
/**
 * The first lines and the last. A container that was started again and again says the cause when it first ends; later it
 * may say only what came of it (a migration that is already marked as failed).
 */
const FIRST_AND_LAST =
  '"$@" 2>&1 | awk -v n=' +
  `${LOG_LINES} 'NR <= n { print; next } { last[NR % n] = $0 }` +
  ` END { from = NR - n + 1; if (from > n + 1) print "…"; else from = n + 1; for (i = from; i <= NR; i++) print last[i % n] }'`;

/** `web (shop-web-1): exited with code 1, after 3 restarts`. */
export function describeContainer({ service, name, state, health, exitCode, restarts, outOfMemory }: Container): string {
  const how = state === "exited" || state === "dead" ? `${state} with code ${exitCode}` : state;
  const said = health === undefined || state !== "running" ? how : `${how}, ${health}`;
  const again = restarts === 0 ? "" : `, after ${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
  return `${service} (${name}): ${said}${again}${outOfMemory ? ", killed for its memory (OOMKilled)" : ""}`;
}

/** Whether it stopped by a failure, and nobody starts it again. */
export function hasFailed({ state, exitCode }: Container): boolean {
  return (state === "exited" && exitCode !== 0) || state === "dead";
}

/** What containers are doing and the last lines they said, for the evidence of a failure. To be asked while they still exist. */
export async function tellContainers(
  project: Pick<ComposeProject, "machine" | "command">,
  containers: readonly Container[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const container of containers) {
    const lines = await lastLogLines(project, container);
    told.push(describeContainer(container), ...(lines.length === 0 ? ["| (it said nothing)"] : lines.map((line) => `| ${line}`)));
  }
  return told;
}

async function lastLogLines(
  { machine, command }: Pick<ComposeProject, "machine" | "command">,
  { id, restarts }: Pick<Container, "id" | "restarts">,
): Promise<readonly string[]> {
  // Both streams as one: apart, their order would be lost.
  const [script, tail] = restarts > 0 ? [FIRST_AND_LAST, []] : ['exec "$@" 2>&1', ["--tail", String(LOG_LINES)]];
  const words = dockerWords({ command }, "logs", ...tail, id);
  const finished = await machine.run({ words: ["sh", "-c", script, "sh", ...words], timeout: 15_000 });
  return finished.stdout.split(/\r?\n/).filter((line) => line.trim() !== "");
}

/** Of what a program said before it ended, the line that tells why, as far as one does: for a headline; what is beside it is evidence. */
export function tellingLine(lines: readonly string[]): string | undefined {
  const said = lines.map((line) => line.replace(/^\|\s?/, "").trim()).filter((line) => line !== "" && line !== "(it said nothing)");
  const line = said.findLast((one) => /\b(?:\w*error|fatal|panic|exception|cannot|failed)\b/iu.test(one)) ?? said.at(-1);
  return line === undefined || line.length <= MOST_IN_HEADLINE ? line : withoutMiddle(line);
}

/** What failed stands first in such a line, and why at its end: `Error response from daemon: … bind: address already in use`. */
function withoutMiddle(line: string): string {
  const half = Math.floor(MOST_IN_HEADLINE / 2);
  return `${line.slice(0, half).trimEnd()} … ${line.slice(-half).trimStart()}`;
}

/** The line as what follows a sentence's end: `: bind: address already in use`. */
export function because(lines: readonly string[]): string {
  const line = tellingLine(lines);
  return line === undefined ? "." : `: ${line}`;
}

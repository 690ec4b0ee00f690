import { formatDuration } from "../../core/format.ts";
import type { HookPoint } from "../../core/operation.ts";
import { succeed } from "../../machine/succeed.ts";
import { resolvePath } from "../../machine/files/files.ts";
import type { Environment } from "./environment.ts";

/** What every command of the user's is told about the deploy. */
export type CommandEnvironment = Readonly<Record<`SAVEPOINT_${"ENVIRONMENT" | "COMMIT" | "PREVIOUS_COMMIT" | "ID"}`, string>>;

export function commandEnvironment(
  environment: Environment,
  about: { readonly commit: string; readonly previous?: string | undefined; readonly id?: string | undefined },
): CommandEnvironment {
  return {
    SAVEPOINT_ENVIRONMENT: environment.name,
    SAVEPOINT_COMMIT: about.commit,
    SAVEPOINT_PREVIOUS_COMMIT: about.previous ?? "",
    SAVEPOINT_ID: about.id ?? "",
  };
}

/** Runs the commands that `savepoint.yml` names for this moment, in `app-dir` on the host. A failing one fails the step. */
export async function runHooks(
  environment: Environment,
  name: HookPoint,
  run: { readonly env: CommandEnvironment; readonly noteIn: string; readonly signal: AbortSignal },
): Promise<void> {
  const directory = environment.shared["app-dir"];
  const cwd = directory === undefined ? undefined : await resolvePath(environment.machine, directory);
  for (const command of environment.hooks[name] ?? []) {
    const done = await succeed(environment.machine, { words: ["sh", "-c", command], cwd, ...run }, `The hook ${name} (${command})`);
    environment.ports.report.say(`Hook ${name}: ${command} (${formatDuration(done.durationMs)})`);
  }
}

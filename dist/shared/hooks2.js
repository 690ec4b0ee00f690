import { t as HOOKS } from "./hooks.js";
import { N as formatDuration, y as succeed } from "./output.js";
import { it as resolvePath } from "./github.js";
// src/deploy/hooks.ts
function commandEnvironment(environment, about) {
	return {
		SAVEPOINT_ENVIRONMENT: environment.name,
		SAVEPOINT_COMMIT: about.commit,
		SAVEPOINT_PREVIOUS_COMMIT: about.previous ?? "",
		SAVEPOINT_ID: about.id ?? ""
	};
}
async function runHooks(environment, name, run) {
	const text = environment.settings.text(HOOKS, name);
	const commands = text === void 0 ? [] : JSON.parse(text);
	const directory = environment.shared["app-dir"];
	const cwd = directory === void 0 ? void 0 : await resolvePath(environment.machine, directory);
	for (const command of commands) {
		const done = await succeed(environment.machine, {
			words: [
				"sh",
				"-c",
				command
			],
			cwd,
			...run
		}, `the hook ${name} (${command})`);
		environment.ports.report.say(`Hook ${name}: ${command} (${formatDuration(done.durationMs)})`);
	}
}
export { runHooks as n, commandEnvironment as t };

import { kn as healthSection } from "./github.js";
import { g as hasChecks } from "./gate.js";
// src/deploy/known-health.ts
function readHealthSettings(settings) {
	const { health } = settings.read({ health: healthSection });
	return hasChecks(health) ? health : void 0;
}
function withoutForeignCommand({ machine, settings, ports }, health) {
	if (health?.command === void 0 || health.from !== "runner" || machine.local) return health;
	if (settings.saidHere().text("health", "command") === health.command) return health;
	ports.report.warning(`The health command of this version runs here (\`from: runner\`), and only the journal on ${machine.name} says what it is: it is left out. To have it run, say it in savepoint.yml or SAVEPOINT_HEALTH_COMMAND.`);
	const rest = {
		...health,
		command: void 0
	};
	return hasChecks(rest) ? rest : void 0;
}
export { withoutForeignCommand as n, readHealthSettings as t };

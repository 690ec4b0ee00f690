import { h as healthSection, w as isHarmless } from "./owner.js";
import { t as hasChecks } from "./plan.js";
// src/deploy/environment/known-health.ts
function readHealthSettings(settings) {
	const health = settings.section(healthSection);
	return hasChecks(health) ? health : void 0;
}
function withoutForeign(environment, health) {
	return withoutForeignSecrets(environment, withoutForeignCommand(environment, health));
}
function withoutForeignSecrets({ machine, settings, ports }, health) {
	const secret = (health?.headers ?? []).filter(({ name }) => !isHarmless(name));
	if (health?.url === void 0 || secret.length === 0 || machine.local) return health;
	const said = settings.saidHere();
	const url = said.text("health", "url");
	const sameOrigin = url !== void 0 && URL.canParse(url) && new URL(url).origin === health.url.origin;
	if (sameOrigin && said.text("health", "tls-ca") === health["tls-ca"]) return health;
	const names = secret.map(({ name }) => name).join(", ");
	ports.report.warning(`Only the journal on ${machine.name} says ${sameOrigin ? "which authority is trusted for" : "that the health check asks"} ${health.url.origin}, so the secret headers (${names}) are not sent there. To have them sent, say it in savepoint.yml or ${sameOrigin ? "SAVEPOINT_HEALTH_TLS_CA" : "SAVEPOINT_HEALTH_URL"}.`);
	return {
		...health,
		headers: health.headers?.filter(({ name }) => isHarmless(name))
	};
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
export { withoutForeign as n, readHealthSettings as t };

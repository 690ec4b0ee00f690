import { g as refusal } from "./secret.js";
import { Nn as trustIn, Sn as missingSettings, bn as NO_HEALTH } from "./text.js";
import { d as refuseMisfits, f as rolloutSection, h as healthSection, m as migrateSection } from "./owner.js";
import { n as healthProblems, t as hasChecks } from "./plan.js";
import { n as refuseUncommitted } from "./migration-source.js";
// src/deploy/steps/preflight.ts
async function preflight(environment, commit) {
	const values = environment.settings.read({
		rollout: rolloutSection,
		migrate: migrateSection
	});
	refuseMisfits(values.rollout);
	if (values.migrate.run === void 0 && await environment.database() !== void 0) await refuseUncommitted(environment, commit, values.migrate.directory);
	await refuseUnaskable(environment, commit);
}
async function refuseUnaskable(environment, commit) {
	const values = environment.settings.read({ health: healthSection });
	if (!hasChecks(values.health)) throw await missingSettings(environment.shared, environment.ports, [NO_HEALTH]);
	const problems = healthProblems(values.health, {
		database: await environment.database(),
		version: {
			commit,
			names: []
		},
		containers: await environment.clone()
	});
	if (problems.length > 0) throw refusal(`The health check cannot be done: ${problems.map((one) => `\`health-${one.input}\` ${one.message}`).join("; ")}.`, {
		code: "health-settings",
		evidence: problems.flatMap((one) => one.form === void 0 ? [] : [`health-${one.input}: ${one.form}`])
	});
	const authority = values.health["tls-ca"];
	if (authority !== void 0) await trustIn(authority, environment.ports.here);
}
export { refuseUnaskable as n, preflight as t };

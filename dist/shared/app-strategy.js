import { f as Failure } from "./secret.js";
import { ct as commandEnvironment, en as appCloneOf } from "./text.js";
import { S as showAddress, b as hostPortOf, f as rolloutSection, x as isLoopback } from "./owner.js";
import { t as openStrategy } from "./strategies.js";
import { t as processesIn } from "./work-in.js";
import { t as readHealthSettings } from "./known-health.js";
// src/deploy/environment/known-down.ts
async function knownDown(environment) {
	const health = readHealthSettings(environment.settings);
	const clone = await environment.clone();
	if (health?.url === void 0 || clone === void 0) return void 0;
	const address = hostPortOf(health.url);
	const { machine, ports } = environment;
	const asked = health.from === "runner" ? ports.here : machine;
	try {
		(await asked.dial(address)).destroy();
		return;
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "refused") return void 0;
		if (error.evidence.length > 0 && !isLoopback(address.host)) return void 0;
	}
	return (await processesIn(machine, clone.directory)).length > 0 ? void 0 : `nothing listens on ${showAddress(address)}, and no process works in ${clone.directory}`;
}
// src/deploy/environment/app-strategy.ts
async function strategyOf(environment, about) {
	return await openStrategy(await aboutApp(environment, about));
}
async function aboutApp(environment, about) {
	const { shared, ports } = environment;
	const { settings, commit, previous, deploy, signal, noteIn, standstill } = about;
	return {
		clone: await appCloneOf(environment),
		settings,
		shared,
		commit,
		environment: commandEnvironment(environment, {
			commit,
			previous,
			id: deploy?.id
		}),
		ports: signal === void 0 ? ports : {
			...ports,
			signal
		},
		said: Object.keys(environment.settings.effective(rolloutSection)).length > 0,
		deploy: deploy && knownOf(deploy),
		knownDown: async () => await knownDown(environment),
		...noteIn !== void 0 && { noteIn },
		...standstill !== void 0 && { standstill }
	};
}
function knownOf({ from, steps }) {
	return {
		from,
		prepared: steps.findLast((one) => one.step === "prepare" && one.state === "done")?.result
	};
}
export { strategyOf as t };

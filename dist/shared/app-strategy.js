import { Zt as appCloneOf, ct as commandEnvironment } from "./text.js";
import { f as rolloutSection } from "./owner.js";
import { t as openStrategy } from "./strategies.js";
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

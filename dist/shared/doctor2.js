import "./rolldown-runtime.js";
import { Ar as Failure, Cr as plural, Tn as _usingCtx, Yn as sharedSection, c as operation, m as FINDING_STATES, qn as OF_DEPLOYS } from "./start.js";
import { t as pLimit } from "./p-limit.js";
import { i as EXAMINATIONS, n as openWorld, t as examine } from "./examine.js";
// src/deploy/operations/doctor.ts
const sections = { shared: sharedSection };
const AT_ONCE = 4;
const doctor = operation({
	name: "doctor",
	description: "Looks at everything a deploy needs, all at once, and changes nothing: what is seen, why it matters, what mends it.",
	sections,
	passesOver: [...OF_DEPLOYS, "dry-run"],
	own: void 0,
	examines: true,
	outputs: {
		failed: "How many findings would stop a deploy, or its way back.",
		warned: "How many findings should be mended.",
		unseen: "How many things could not be looked at.",
		passed: "How many things are in order.",
		findings: "All findings as JSON: `environment`, `state` (`fail`, `warn`, `unseen`, `pass`), `about`, `seen`, `why`, `advice`, `mends`."
	},
	example: {
		flags: "--environment all",
		about: ["Before the first deploy, and whenever something is odd. `all` are all environments of savepoint.yml."]
	},
	branding: {
		icon: "search",
		color: "green"
	},
	async run(call) {
		const { asked = [] } = call;
		const limit = pLimit(AT_ONCE);
		return concluded(await Promise.all(asked.map(async (one, at) => await limit(async () => await lookAt(one, call.ports, at === 0)))));
	}
});
async function lookAt(asked, ports, first) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { app, environment } = asked.profile;
		const world = _usingCtx$1.a(openWorld(asked, ports));
		const findings = await examine(EXAMINATIONS.filter(({ of }) => first || of === "environment"), world);
		return {
			title: `${app ?? "app"}/${environment}`,
			environment,
			findings
		};
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
function concluded(looked) {
	const all = looked.flatMap(({ environment, findings }) => findings.map((finding) => ({
		environment,
		...finding
	})));
	const { fail = 0, warn = 0, unseen = 0, pass = 0 } = Object.fromEntries(FINDING_STATES.map((state) => [state, all.filter((one) => one.state === state).length]));
	const outputs = {
		failed: fail,
		warned: warn,
		unseen,
		passed: pass,
		findings: JSON.stringify(all)
	};
	const blocks = looked.map(({ title, findings }) => ({
		kind: "findings",
		title,
		findings
	}));
	const names = looked.map(({ title }) => title).join(", ");
	const beside = [
		...warn > 0 ? [plural(warn, "warning")] : [],
		...unseen > 0 ? [`${unseen} could not be looked at`] : [],
		`${pass} in order`
	].join(", ");
	if (fail === 0) return {
		outputs,
		headline: `${names}: nothing stands in a deploy's way; ${beside}`,
		blocks,
		details: { findings: all }
	};
	throw new Failure(`${names}: ${fail === 1 ? "1 finding stands" : `${fail} findings stand`} in a deploy's way; ${beside}.`, {
		exit: 3,
		code: "unfit",
		outputs,
		blocks
	});
}
export { doctor as t };

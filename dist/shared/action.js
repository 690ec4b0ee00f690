import { f as Failure, h as messageOf } from "./secret.js";
import { n as nearest, r as externalName } from "./nearest.js";
import { a as sharedSection, t as inert } from "./printable.js";
import { Cr as _usingCtx, a as stopOnSignals, c as endingOf, d as sectionsFor, f as suspiciousVariables, i as leaveSoon, l as prepareCall, o as Masker, p as sections, r as Story, s as endingLines, t as outcomeLines, u as secretsIn } from "./text.js";
import { N as githubSection } from "./owner.js";
import { _ as readerIn, b as wayLines, g as inheritable, l as readOnLine, p as PROGRAM, v as realPorts, y as systemClock } from "./findings.js";
import { a as notice, c as startGroup, i as info, l as warning, n as endGroup, o as setOutput, r as error, s as setSecret, t as debug, u as summary } from "./actions-core.js";
import { c as linksTo, i as endingSummary, l as remembering, n as workflowVoice, o as outcomeSummary, s as handsOf, t as annotation } from "./voice.js";
// src/faces/workflow/with.ts
const PREFIX = "INPUT_";
function withLayer(operation, env) {
	const raw = {};
	const known = new Map();
	for (const section of Object.values(operation.sections)) for (const name of Object.keys(section.inputs)) {
		const external = externalName(section.name, name, operation.own);
		const variable = variableOf(external);
		known.set(variable, external);
		const value = env[variable];
		if (value !== void 0 && value !== "") (raw[section.name] ??= {})[name] = value;
	}
	const problems = Object.keys(env).filter((variable) => variable.startsWith(PREFIX) && !known.has(variable)).map((variable) => {
		const name = variable.slice(6).toLowerCase();
		const near = nearest(name, known.values());
		return {
			input: name,
			message: `is not an input of ${operation.name}${near === void 0 ? "" : `; did you mean \`${near}\`?`}`
		};
	});
	return {
		given: {
			source: "with:",
			raw
		},
		problems
	};
}
function variableOf(name) {
	return `${PREFIX}${name.toUpperCase().replaceAll(" ", "_")}`;
}
// src/faces/workflow/commands.ts
const runner = {
	group: (title) => startGroup(title),
	endGroup: () => endGroup(),
	line: (text) => info(text),
	debug: (text) => debug(text),
	notice: (text) => notice(text),
	warning: (text) => warning(text),
	error: (text, about) => error(text, about),
	mask: (form) => setSecret(form),
	output: (name, value) => setOutput(name, value),
	summary: async (markdown) => {
		await summary.addRaw(markdown).write();
	}
};
// src/faces/workflow/result.ts
const MOST_PLACES = 9;
const IN_SUMMARY = { rest: "in the summary of this step" };
async function reportOutcome({ outcome, workflow, masker, mentioned, env }) {
	const line = (text) => workflow.line(inert(text));
	const { outputs, ...words } = outcome;
	const told = masker.maskAll(words);
	line(`✓ ${told.headline}`);
	const details = outcomeLines({ blocks: told.blocks });
	if (details.length > 0) {
		workflow.group("Details");
		for (const text of details) line(text);
		workflow.endGroup();
	}
	const hands = await handsOf(env);
	for (const text of wayLines(told.ways ?? [], (way) => hands.press(way)?.line)) line(text);
	if ((told.ways ?? []).length > 0 || mentioned()) line(hands.program);
	if (told.summary !== false) await writeSummary(outcomeSummary(told, hands, linksTo(env, outputs)), {
		workflow,
		masker
	});
	setOutputs(outputs, {
		workflow,
		masker
	});
}
async function reportEnding({ name, error, workflow, masker, mentioned, env }) {
	const { outputs, ...words } = endingOf(error);
	const ending = masker.maskAll(words);
	const line = (text) => workflow.line(inert(text));
	if (ending.state === "cancelled") line(`⏹ ${ending.message}`);
	else tellError(name, ending, workflow);
	for (const text of outcomeLines({ blocks: ending.blocks.filter(({ kind }) => kind === "findings") })) line(text);
	const said = ending.state !== "cancelled" && ending.evidence.length === 0 && ending.now.length === 0;
	const hands = await handsOf(env);
	for (const text of endingLines(said ? {
		...ending,
		hint: void 0
	} : ending, (way) => hands.press(way)?.line, IN_SUMMARY)) line(text);
	if (ending.ways.length > 0 || mentioned()) line(hands.program);
	if (ending.code !== void 0) line(readOnLine(ending.code));
	workflow.debug(inert(ending.trace));
	await writeSummary(endingSummary(name, ending, hands, linksTo(env, outputs)), {
		workflow,
		masker
	});
	try {
		setOutputs(outputs, {
			workflow,
			masker
		});
	} catch (cause) {
		line(masker.mask(`Besides: ${messageOf(cause)}`));
	}
}
function tellError(title, ending, workflow) {
	const only = ending.places.find((place) => place.message === ending.message);
	workflow.error(annotation(annotated(ending)), {
		title,
		...lineOf(only)
	});
	if (only !== void 0) return;
	for (const place of ending.places.slice(0, MOST_PLACES)) workflow.error(annotation(place.message), {
		title,
		...lineOf(place)
	});
}
function lineOf(place) {
	return place === void 0 ? {} : {
		file: place.file,
		startLine: place.line
	};
}
function annotated({ message, hint }) {
	return hint === void 0 ? message : `${message}\n${hint}`;
}
function setOutputs(outputs, { workflow, masker }) {
	try {
		for (const [name, value] of Object.entries(outputs)) {
			if (value === void 0) continue;
			const text = outputText(value);
			if (masker.touches(text)) workflow.warning(`The output \`${name}\` holds what is also a secret; GitHub empties it where another job reads it.`);
			workflow.output(name, text);
		}
	} catch (cause) {
		throw new Failure("The step's outputs could not be set, although its work is done.", {
			code: "outputs-not-set",
			cause,
			evidence: [messageOf(cause)]
		});
	}
}
function outputText(value) {
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
async function writeSummary(markdown, { workflow, masker }) {
	try {
		await workflow.summary(markdown);
	} catch (error) {
		workflow.warning(annotation(masker.mask(`The summary could not be written: ${messageOf(error)}`)));
	}
}
// src/faces/workflow/action.ts
const JOB_TOKENS = [
	"GITHUB_TOKEN",
	"GH_TOKEN",
	"ACTIONS_RUNTIME_TOKEN",
	"ACTIONS_ID_TOKEN_REQUEST_TOKEN"
];
async function runAction(operation, world = {
	process,
	workflow: runner,
	sections
}) {
	const masker = new Masker();
	const { workflow, mentioned } = remembering(world.workflow);
	const place = {
		workflow,
		mentioned,
		masker,
		env: world.process.env
	};
	let prepared;
	let dryRun;
	try {
		const outcome = await perform(operation, {
			...world,
			workflow,
			prepared: (call) => prepared = call
		}, masker);
		const { outputs, ...told } = outcome;
		dryRun = {
			kind: "plan",
			outputs,
			told: masker.maskAll(told)
		};
		await reportOutcome({
			outcome,
			...place
		});
	} catch (error) {
		world.process.exitCode = 1;
		await reportEnding({
			name: operation.name,
			error,
			...place
		});
		const { outputs, ...ending } = endingOf(error);
		dryRun ??= {
			kind: "refused",
			name: operation.name,
			outputs,
			told: masker.maskAll(ending)
		};
	}
	if (prepared !== void 0 && operation.plans === true) await tellPullRequest({
		prepared,
		dryRun,
		...place
	});
	leaveSoon(world.process);
}
async function tellPullRequest(asked) {
	const { dryRun, env, prepared, workflow, masker } = asked;
	if (env["GITHUB_EVENT_NAME"] !== "pull_request" || !prepared.settings.section(sharedSection)["dry-run"]) return;
	if (dryRun.kind === "refused" && dryRun.told.state === "cancelled") return;
	try {
		if (!prepared.settings.section(githubSection)["pull-request"]) return;
		const { commentOnPullRequest: comment } = await import("./pull-request-comment.js");
		await comment(asked);
	} catch (error) {
		workflow.warning(annotation(masker.mask(`The pull request was not told: ${messageOf(error)}`)));
	}
}
async function perform(operation, world, masker) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { env, stdout } = world.process;
		const cwd = world.process.cwd();
		const sources = {
			operation,
			env,
			sections: sectionsFor(operation, world.sections),
			...withLayer(operation, env)
		};
		const story = _usingCtx$1.u(new Story({
			voice: workflowVoice(world.workflow),
			masker,
			clock: systemClock
		}));
		for (const secret of secretsIn(sources)) story.mask(secret);
		for (const name of JOB_TOKENS) masker.add(env[name] ?? "");
		for (const text of suspiciousVariables(sources)) story.warning(text);
		const stopping = _usingCtx$1.u(stopOnSignals(world.process, {
			first: (why) => story.say(`${why}: stopping safely.`),
			again: (why) => story.detail(`${why}, while stopping already.`)
		}));
		stdout.on("error", () => stopping.stop("The log cannot be written"));
		const ports = realPorts({
			env: inheritable(env, sources.sections),
			cwd,
			terminal: false,
			program: [PROGRAM],
			report: story,
			signal: stopping.signal
		});
		_usingCtx$1.a(ports.here);
		const file = {
			read: readerIn(cwd),
			fallbackApp: env["GITHUB_REPOSITORY"]?.split("/").at(-1)
		};
		const prepared = await prepareCall(sources, file, async (call, failure) => await operation.unread?.({
			...call,
			ports
		}, failure));
		world.prepared(prepared);
		return await stopping.guard(async () => await operation.run({
			...prepared,
			ports
		}));
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
export { runAction as t };

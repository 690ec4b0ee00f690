import { A as systemClock, Ar as Failure, C as programNote, D as inheritable, E as stopOnSignals, Er as externalName, G as wayLines, H as endingLines, J as secretsIn, K as waysTitle, Nn as quote, Nr as messageOf, O as readerIn, Pn as unquote, Q as inert, S as PROGRAM, T as leaveSoon, Tn as _usingCtx, Tr as shortCommit, U as endingOf, V as Masker, W as hiddenLines, X as suspiciousVariables, Y as sectionsFor, Yn as sharedSection, Z as sections, _ as readOnLine, d as FINDING_MARKS, f as FINDING_WORDS, g as readOn, h as mermaidTimeline, ir as nearest, jn as withoutRepeats, k as realPorts, l as outcomeLines, ln as githubSection, p as worstFirst, q as prepareCall, tt as readable, x as Story } from "./start.js";
import { C as markdownFence, T as markdownText, ra as isFullCommit, w as markdownTable, x as joinedWithin } from "./work.js";
import { a as notice, c as startGroup, i as info, l as warning, n as endGroup, o as setOutput, r as error, s as setSecret, t as debug, u as summary } from "./actions-core.js";
import { join } from "node:path";
import { readFile, readdir, stat } from "node:fs/promises";
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
	warning: (text, at) => warning(text, at),
	error: (text, about) => error(text, about),
	mask: (form) => setSecret(form),
	output: (name, value) => setOutput(name, value),
	summary: async (markdown) => {
		await summary.addRaw(markdown).write();
	}
};
// src/faces/workflow/mentions.ts
const COMMAND = /\bsavepoint [a-z]+(?:-[a-z]+)* --[a-z]/;
function mentionsProgram(text) {
	return COMMAND.test(text);
}
function remembering(workflow) {
	let mentioned = false;
	const read = (text) => {
		mentioned ||= mentionsProgram(text);
		return text;
	};
	return {
		mentioned: () => mentioned,
		workflow: {
			group: (title) => workflow.group(title),
			endGroup: () => workflow.endGroup(),
			line: (text) => workflow.line(read(text)),
			debug: (text) => workflow.debug(text),
			notice: (text) => workflow.notice(read(text)),
			warning: (text, at) => workflow.warning(read(text), at),
			error: (text, about) => workflow.error(read(text), about),
			mask: (form) => workflow.mask(form),
			output: (name, value) => workflow.output(name, value),
			summary: async (markdown) => await workflow.summary(markdown)
		}
	};
}
// src/faces/workflow/button.ts
const PLACES = new Set([
	"host",
	"jump-host",
	"state-dir",
	"app",
	"environment"
]);
function filledFor(button, { command }, repository) {
	const [program, operation, ...words] = unquote(command);
	if (program !== "savepoint" || operation !== "rollback") return void 0;
	const values = new Map();
	for (let at = 0; at < words.length; at += 2) {
		const [flag = "", value] = [words[at], words[at + 1]];
		if (!flag.startsWith("--") || value === void 0) return void 0;
		const name = flag.slice(2);
		const place = button.inputs.get(name);
		if (place === void 0) {
			if (!PLACES.has(name)) return void 0;
		} else if ("fixed" in place) {
			if (place.fixed !== value && !PLACES.has(name)) return void 0;
		} else if (needed(button, {
			name,
			field: place.field,
			value,
			repository
		})) {
			if ((values.get(place.field) ?? value) !== value) return void 0;
			values.set(place.field, value);
		}
	}
	return button.fields.flatMap(({ name }) => {
		const value = values.get(name);
		return value === void 0 ? [] : [{
			field: name,
			value
		}];
	});
}
function needed(button, { name, field, value, repository }) {
	if (!PLACES.has(name) || name === "environment") return true;
	return name === "app" ? value !== repository : button.fields.some((one) => one.name === field && one.required);
}
function pressedLine({ name }, filled) {
	return `Actions → ${name} → Run workflow: ${filled.map(({ field, value }) => `${field} ${quote(["", value]).slice(3)}`).join(", ")}`;
}
// src/faces/workflow/find-buttons.ts
const LARGEST$1 = 262144;
const MOST_FILES = 200;
async function findButtons(env) {
	const folder = join(env["GITHUB_WORKSPACE"] ?? "", ".github", "workflows");
	if (!folder.startsWith("/")) return [];
	const workflows = (await readdir(folder).catch(() => [])).filter((name) => /^[\w.-]+\.ya?ml$/.test(name)).toSorted();
	const candidates = (await Promise.all(workflows.slice(0, MOST_FILES).map(async (file) => ({
		file,
		text: await read(join(folder, file))
	})))).filter(({ text }) => text.includes("rollback"));
	if (candidates.length === 0) return [];
	const { buttonIn } = await import("./button-in.js");
	return candidates.flatMap(({ file, text }) => buttonIn(file, text) ?? []);
}
async function read(path) {
	const found = await stat(path).catch(() => void 0);
	return found?.isFile() === true && found.size <= LARGEST$1 ? await readFile(path, "utf8").catch(() => "") : "";
}
// src/faces/workflow/links.ts
const COMMITS = [
	["commit", "commit"],
	["previous-commit", "before"],
	["previous-stable", "stable before"]
];
function linksTo(env, outputs) {
	const { GITHUB_RUN_ID: run = "" } = env;
	const attempt = env["GITHUB_RUN_ATTEMPT"] ?? "1";
	const home = homeOf(env);
	if (home === void 0) return "";
	const runs = /^\d+$/.test(run) && /^\d+$/.test(attempt) ? [`[run ${run}.${attempt}](${home}/actions/runs/${run}/attempts/${attempt})`] : [];
	const commits = COMMITS.flatMap(([output, name]) => {
		const commit = outputs[output];
		return typeof commit === "string" && isFullCommit(commit) && (output === "commit" || commit !== outputs["commit"]) ? [`${output === "commit" && String(outputs["rolled-back"]) === "true" ? "back on" : name} [${shortCommit(commit)}](${home}/commit/${commit})`] : [];
	});
	return [...runs, ...commits].join(" · ");
}
function homeOf(env) {
	const { GITHUB_SERVER_URL: server = "https://github.com", GITHUB_REPOSITORY: repository = "" } = env;
	return /^https?:\/\/[\w.-]+(?::\d+)?$/.test(server) && /^[\w.-]+\/[\w.-]+$/.test(repository) ? `${server}/${repository}` : void 0;
}
// src/faces/workflow/hands.ts
async function handsOf(env) {
	const buttons = await findButtons(env);
	const repository = env["GITHUB_REPOSITORY"]?.split("/").at(-1) ?? "";
	const home = homeOf(env);
	return {
		program: programNote(env),
		press: (way) => {
			for (const button of buttons) {
				const filled = filledFor(button, way, repository);
				if (filled === void 0 || filled.length === 0) continue;
				const url = home === void 0 ? void 0 : `${home}/actions/workflows/${button.file}`;
				return {
					name: button.name,
					url,
					filled,
					line: pressedLine(button, filled)
				};
			}
		}
	};
}
// src/faces/workflow/summary.ts
const LARGEST = 1e6;
const MOST_ROWS = 500;
const MOST_LINES = 300;
function outcomeSummary(outcome, hands, links = "") {
	return capped(outcomeParts(outcome, hands, links));
}
function outcomeParts(outcome, hands, links = "") {
	return [
		`## ✓ ${markdownText(outcome.headline)}`,
		...outcome.blocks.map((block) => blockMarkdown(block)),
		...waysMarkdown(outcome.ways ?? [], hands),
		...programMarkdown(outcome, hands),
		links
	];
}
function endingSummary(name, ending, hands, links = "") {
	return capped(endingParts(name, ending, hands, links));
}
function endingParts(name, ending, hands, links = "") {
	const [first = "", ...rest] = ending.message.split("\n");
	return [
		`## ${ending.state === "cancelled" ? "⏹" : "✗"} ${markdownText(name)}: ${markdownText(first)}`,
		...rest.length === 0 ? [] : [rest.map((line) => line.startsWith("- ") ? `- ${markdownText(line.slice(2))}` : markdownText(line)).join("\n")],
		...ending.hint === void 0 ? [] : [`**What to do:** ${ending.hint.split("\n").map((line) => markdownText(line)).join("<br>\n")}`],
		...waysMarkdown(ending.ways, hands),
		...ending.now.length === 0 ? [] : ["**How things stand:**", ending.now.map((line) => `- ${markdownText(line)}`).join("\n")],
		...ending.evidence.length === 0 ? [] : [folded("What was seen", ending.evidence)],
		...ending.blocks.map((block) => blockMarkdown(block)),
		...programMarkdown(ending, hands),
		...ending.code === void 0 ? [] : [`[\`${ending.code}\`](${readOn(ending.code)}) in the list of failures.`],
		links
	];
}
function waysMarkdown(ways, hands) {
	if (ways.length === 0) return [];
	const each = ways.flatMap((way, at) => [
		ways.length === 1 ? markdownText(way.means) : `${at + 1}. ${markdownText(way.means)}`,
		...pressMarkdown(hands.press(way)),
		markdownFence([way.command], "sh")
	]);
	return [
		`**${waysTitle(ways)}**`,
		...each,
		...hiddenLines(ways).map((line) => markdownText(line)),
		markdownText(hands.program)
	];
}
function pressMarkdown(press) {
	if (press === void 0) return [];
	return [
		`Actions → ${press.url === void 0 ? markdownText(press.name) : `[${markdownText(press.name)}](${press.url})`} → Run workflow:`,
		markdownTable(["field", "value"], press.filled.map(({ field, value }) => [field, value])),
		"Or at a terminal:"
	];
}
function programMarkdown(told, { program }) {
	const texts = [told.hint ?? "", ...told.blocks.flatMap((block) => wordsOf(block))];
	return (told.ways ?? []).length === 0 && texts.some(mentionsProgram) ? [markdownText(program)] : [];
}
function wordsOf(block) {
	if (block.kind === "findings") return block.findings.flatMap(({ mends = [] }) => mends.map(({ command }) => command));
	return block.kind === "text" ? [block.text] : [];
}
function blockMarkdown(block) {
	switch (block.kind) {
		case "text": return block.text.split("\n").map((line) => markdownText(line)).join("<br>\n");
		case "table": return tableMarkdown(block);
		case "code": return folded(block.title, block.lines);
		case "findings": return findingsMarkdown(block);
		case "timeline": return block.spans.length < 2 ? "" : markdownFence(mermaidTimeline(block.title, block.spans), "mermaid");
	}
}
function tableMarkdown({ title, head, rows }) {
	const shown = rows.slice(0, MOST_ROWS);
	const more = rows.length > shown.length ? `\n\n… and ${rows.length - shown.length} more` : "";
	return `### ${markdownText(title)}\n\n${markdownTable(head, shown)}${more}`;
}
function findingsMarkdown({ title, findings }) {
	const sorted = worstFirst(findings);
	const rows = sorted.map(({ state, about, seen, why }) => [
		`${FINDING_MARKS[state]} ${FINDING_WORDS[state]}`,
		about,
		seen,
		state === "pass" ? "" : why ?? ""
	]);
	const mends = sorted.flatMap(({ about, advice, mends: ways = [] }) => advice === void 0 && ways.length === 0 ? [] : [`**${markdownText(about)}.** ${markdownText(advice ?? "")}`.trimEnd(), ...ways.flatMap(({ means, command }) => [markdownText(means), markdownFence([command], "sh")])]);
	return [tableMarkdown({
		kind: "table",
		title,
		head: [
			"",
			"what",
			"seen",
			"why it matters"
		],
		rows
	}), ...mends].join("\n\n");
}
function folded(title, lines) {
	const all = withoutRepeats(lines.flatMap((text) => text.split("\n")));
	const dropped = all.length > MOST_LINES ? [`… ${all.length - MOST_LINES} earlier lines`] : [];
	const body = markdownFence([...dropped, ...all.slice(-300).map((line) => readable(line))]);
	return `<details${lines.length <= 12 ? " open" : ""}><summary>${markdownText(title)}</summary>\n\n${body}\n\n</details>`;
}
function capped(parts) {
	return joinedWithin(LARGEST, parts, "… the rest is too long for a summary; see the log.");
}
// src/faces/workflow/voice.ts
const MOST_ANNOTATIONS = 9;
const LONGEST_ANNOTATION = 4e3;
const MARKS = {
	done: "✓",
	failed: "✗",
	cancelled: "⏹"
};
function workflowVoice(workflow) {
	const left = {
		notice: MOST_ANNOTATIONS,
		warning: MOST_ANNOTATIONS
	};
	const annotate = (kind, text, at) => {
		left[kind] -= 1;
		if (left[kind] < 0) workflow.line(inert(`${kind === "warning" ? "Warning" : "Notice"}: ${text}`));
		else if (kind === "warning" && at !== void 0) workflow.warning(annotation(text), {
			file: at.file,
			startLine: at.line
		});
		else workflow[kind](annotation(text));
	};
	return {
		open: (title) => workflow.group(inert(title)),
		close: () => workflow.endGroup(),
		line: (text, depth) => workflow.line(indented(text, Math.max(0, depth - 1))),
		headline: (text, state, depth) => workflow.line(indented(`${MARKS[state]} ${text}`, Math.max(0, depth - 1))),
		detail: (text) => workflow.debug(inert(text)),
		notice: (text) => annotate("notice", text),
		warning: (text, at) => annotate("warning", text, at),
		hide: (forms) => {
			for (const form of forms) workflow.mask(form);
		}
	};
}
function annotation(text) {
	const clean = inert(text);
	return clean.length <= LONGEST_ANNOTATION ? clean : `${clean.slice(0, LONGEST_ANNOTATION)} …`;
}
function indented(text, depth) {
	return inert(text).split("\n").map((line) => "  ".repeat(depth) + line).join("\n");
}
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
		if (operation.afterwards === true && prepared === void 0) {
			workflow.line(inert(masker.mask(`Nothing is done at the end of the job: ${messageOf(error)}`)));
			return leaveSoon(world.process);
		}
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
		for (const name of JOB_TOKENS) masker.add(env[name] ?? "", name);
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
export { handsOf as a, outcomeParts as i, annotation as n, linksTo as o, endingParts as r, runAction as t };

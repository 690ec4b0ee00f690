import { u as shortCommit } from "./secret.js";
import { i as unquote, r as quote } from "./within.js";
import { i as readable, n as oneLine, t as inert } from "./printable.js";
import { C as withoutRepeats } from "./lane.js";
import { T as isFullCommit, c as readOn, i as worstFirst, m as programNote, n as FINDING_WORDS, o as mermaidTimeline, t as FINDING_MARKS, x as waysTitle } from "./findings.js";
import { t as require_dist } from "./yaml.js";
import { a as markdownText, i as markdownTable, r as markdownFence, t as joinedWithin } from "./markdown.js";
import { join } from "node:path";
import { readFile, readdir, stat } from "node:fs/promises";
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
			warning: (text) => workflow.warning(read(text)),
			error: (text, about) => workflow.error(read(text), about),
			mask: (form) => workflow.mask(form),
			output: (name, value) => workflow.output(name, value),
			summary: async (markdown) => await workflow.summary(markdown)
		}
	};
}
// src/faces/workflow/button.ts
var import_dist = require_dist();
const PLACES = new Set([
	"host",
	"jump-host",
	"state-dir",
	"app",
	"environment"
]);
const LARGEST$1 = 262144;
const MOST_FILES = 200;
async function findButtons(env) {
	const folder = join(env["GITHUB_WORKSPACE"] ?? "", ".github", "workflows");
	if (!folder.startsWith("/")) return [];
	const workflows = (await readdir(folder).catch(() => [])).filter((name) => /^[\w.-]+\.ya?ml$/.test(name)).toSorted();
	return (await Promise.all(workflows.slice(0, MOST_FILES).map(async (file) => ({
		file,
		text: await read(join(folder, file))
	})))).flatMap(({ file, text }) => buttonIn(file, text) ?? []);
}
async function read(path) {
	const found = await stat(path).catch(() => void 0);
	return found?.isFile() === true && found.size <= LARGEST$1 ? await readFile(path, "utf8").catch(() => "") : "";
}
function buttonIn(file, text) {
	const workflow = record(parsed(text));
	const on = record(workflow["on"]);
	if (!("workflow_dispatch" in on)) return void 0;
	const given = Object.values(record(workflow["jobs"])).flatMap((job) => rollbacksOf(record(job)))[0];
	if (given === void 0) return void 0;
	const inputs = new Map();
	for (const [input, value] of Object.entries(given)) {
		if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
		const said = String(value);
		const field = /^\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*(?:\|\|[^}]*)?\}\}$/.exec(said.trim())?.[1];
		if (field !== void 0) inputs.set(input, { field });
		else if (!said.includes("${{")) inputs.set(input, { fixed: said });
	}
	const fields = Object.entries(record(record(on["workflow_dispatch"])["inputs"])).map(([name, about]) => ({
		name,
		required: record(about)["required"] === true
	}));
	const name = workflow["name"];
	return {
		file,
		name: typeof name === "string" && name !== "" ? oneLine(name) : file,
		inputs,
		fields
	};
}
function rollbacksOf(job) {
	return [job, ...Array.isArray(job["steps"]) ? job["steps"].map((step) => record(step)) : []].filter(({ uses }) => typeof uses === "string" && /\/(?:actions\/rollback|\.github\/workflows\/rollback\.ya?ml)(?:@|$)/.test(uses)).map((one) => record(one["with"]));
}
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
function parsed(text) {
	try {
		return (0, import_dist.parse)(text, { maxAliasCount: 100 });
	} catch {
		return;
	}
}
function record(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
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
		return typeof commit === "string" && isFullCommit(commit) && (output === "commit" || commit !== outputs["commit"]) ? [`${name} [${shortCommit(commit)}](${home}/commit/${commit})`] : [];
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
	const annotate = (kind, text) => {
		left[kind] -= 1;
		if (left[kind] >= 0) workflow[kind](annotation(text));
		else workflow.line(inert(`${kind === "warning" ? "Warning" : "Notice"}: ${text}`));
	};
	return {
		open: (title) => workflow.group(inert(title)),
		close: () => workflow.endGroup(),
		line: (text, depth) => workflow.line(indented(text, Math.max(0, depth - 1))),
		headline: (text, state, depth) => workflow.line(indented(`${MARKS[state]} ${text}`, Math.max(0, depth - 1))),
		detail: (text) => workflow.debug(inert(text)),
		notice: (text) => annotate("notice", text),
		warning: (text) => annotate("warning", text),
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
export { outcomeParts as a, linksTo as c, endingSummary as i, remembering as l, workflowVoice as n, outcomeSummary as o, endingParts as r, handsOf as s, annotation as t };

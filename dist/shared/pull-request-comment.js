import "./rolldown-runtime.js";
import { A as systemClock, Xn as tokenOf, Yn as sharedSection, jr as clauseOf, kr as Cancelled, lr as Secret } from "./start.js";
import { Bt as openGithubApi, S as markdownCode, T as markdownText, i as Untold, ki as repositoryOf, o as statusOf, s as tellingTrouble, x as joinedWithin, zt as githubAddresses } from "./work.js";
import { a as handsOf, i as outcomeParts, n as annotation, o as linksTo, r as endingParts } from "./workflow.js";
import { n as patient, r as listedAt, t as quietMarkdown } from "./quiet-markdown.js";
import { readFile } from "node:fs/promises";
// src/github/author.ts
const OF_THE_JOB = { login: "github-actions[bot]" };
async function authorBehind(api) {
	try {
		const { data } = await api.graphql("query { viewer { login databaseId } }", {});
		const { login, databaseId } = data?.viewer ?? {
			...OF_THE_JOB,
			databaseId: null
		};
		return {
			login,
			id: databaseId ?? void 0
		};
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return OF_THE_JOB;
	}
}
function isWrittenBy(own, author) {
	return own.id === void 0 ? author?.login === own.login : author?.id === own.id;
}
// src/github/comment.ts
const ROUNDS = 4;
async function keepComment(api, repository, wanted) {
	let own = await authorBehind(api);
	let written = false;
	for (let round = 0; round < ROUNDS; round += 1) {
		const [newest, ...doubles] = await commentsOf(api, repository, wanted, own);
		const newer = newest !== void 0 && order(newest, wanted.by) > 0;
		if (written || newer) {
			for (const { id } of doubles) await unlessGone(api.request(`DELETE ${COMMENT}`, {
				...repository,
				comment_id: id
			}));
			return newer ? "a newer run wrote it" : "written";
		}
		const body = `${markerOf(wanted)}\n${wanted.text}`;
		if (newest === void 0) {
			const { data } = await api.request(`POST ${COMMENTS}`, {
				...repository,
				issue_number: wanted.at,
				body
			});
			own = data.user ?? own;
			written = true;
		} else written = await unlessGone(api.request(`PATCH ${COMMENT}`, {
			...repository,
			comment_id: newest.id,
			body
		}));
	}
	throw new Untold("the comment was removed each time it was to be changed", {
		cause: void 0,
		evidence: []
	});
}
const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
async function commentsOf(api, repository, { at, about }, own) {
	const found = [];
	const all = listedAt(api, `GET ${COMMENTS}`, {
		...repository,
		issue_number: at
	});
	for await (const { id, body = "", user } of all) {
		const by = isWrittenBy(own, user) ? runIn(body, about) : void 0;
		if (by !== void 0) found.push({
			id,
			...by
		});
	}
	return found.toSorted((one, other) => order(other, one) || other.id - one.id);
}
function markerOf({ about, by }) {
	return `${beginningOf(about)}${by.run}.${by.attempt} -->`;
}
function beginningOf(about) {
	return `<!-- savepoint ${encodeURIComponent(about)} run `;
}
function runIn(body, about) {
	const beginning = beginningOf(about);
	const numbers = body.startsWith(beginning) ? /^(\d+)\.(\d+) -->/.exec(body.slice(beginning.length)) : null;
	return numbers === null ? void 0 : {
		run: Number(numbers[1]),
		attempt: Number(numbers[2])
	};
}
function order(one, other) {
	return one.run - other.run || one.attempt - other.attempt;
}
async function unlessGone(asked) {
	try {
		await asked;
		return true;
	} catch (error) {
		if (statusOf(error) !== 404) throw error;
		return false;
	}
}
// src/github/pull-request.ts
function pullRequestIn(event) {
	const { pull_request: told } = Object(event);
	const { number, head, base } = told ?? {};
	if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1) return void 0;
	return {
		number,
		head: typeof head?.sha === "string" && /^[0-9a-f]{40,64}$/.test(head.sha) ? head.sha : void 0,
		fork: head?.repo?.full_name !== base?.repo?.full_name
	};
}
// src/faces/workflow/pull-request-comment.ts
const LARGEST = 65e3;
const MOST_ROWS = 60;
const LIMIT_MS = 2e4;
async function commentOnPullRequest(asked) {
	const { workflow, masker, env, prepared } = asked;
	let at;
	try {
		at = pullRequestIn(JSON.parse(await readFile(env["GITHUB_EVENT_PATH"] ?? "", "utf8")));
		const token = (tokenOf(prepared.settings.section(sharedSection), env) ?? "").trim();
		const repository = repositoryOf(env);
		if (at === void 0 || repository === void 0) throw new Error("the workflow's event names no pull request");
		if (token === "") throw new Error("there is no `token`");
		const said = await keep(asked, {
			at,
			repository,
			token: new Secret(token)
		});
		workflow.line(`Pull request #${at.number}: ${said === "written" ? "the comment says what a merge would do" : `${said}, and it stays`}.`);
	} catch (error) {
		const text = `The pull request was not told (\`github.pull-request\`): ${at?.fork === true && statusOf(error) === 403 ? "a run for a fork gets no token that may write" : clauseOf(error)}. The summary of this run says the same.`;
		workflow.warning(annotation(masker.mask(text)));
		if (error instanceof Untold) for (const line of error.evidence) workflow.debug(masker.mask(line));
	}
}
async function keep({ prepared, dryRun, env, masker }, { at, repository, token }) {
	const signal = AbortSignal.timeout(LIMIT_MS);
	const api = await openGithubApi({
		token,
		...githubAddresses(env),
		signal,
		trouble: tellingTrouble("pull-requests: write")
	});
	const { app = repository.repo, environment } = prepared.profile;
	const title = `${app}/${environment}`;
	const hands = await handsOf(env);
	const links = linksTo(env, dryRun.outputs);
	const parts = dryRun.kind === "plan" ? outcomeParts({
		...dryRun.told,
		blocks: dryRun.told.blocks.map(shortened)
	}, hands, links) : endingParts(dryRun.name, {
		...dryRun.told,
		blocks: dryRun.told.blocks.map(shortened)
	}, hands, links);
	const head = at.head === void 0 ? "" : `, as of ${markdownCode(at.head.slice(0, 7))}`;
	const text = [`**What a merge would do** on ${markdownText(title)}${head}`, ...parts].map((part) => quietMarkdown(part));
	try {
		return await keepComment(patient(api, systemClock, signal), repository, {
			at: at.number,
			about: `plan ${title}`,
			by: {
				run: Number(env["GITHUB_RUN_ID"] ?? 0),
				attempt: Number(env["GITHUB_RUN_ATTEMPT"] ?? 1)
			},
			text: masker.mask(joinedWithin(LARGEST, text, "… the rest is too long for a comment; the summary of the run has it."))
		});
	} catch (error) {
		throw signal.aborted ? new Error("GitHub did not answer in time", { cause: error }) : error;
	}
}
function shortened(block) {
	if (block.kind === "table" && block.rows.length > MOST_ROWS) return {
		...block,
		rows: [...block.rows.slice(0, MOST_ROWS), [`… and ${block.rows.length - MOST_ROWS} more`]]
	};
	if (block.kind === "code" && block.lines.length > MOST_ROWS) return {
		...block,
		lines: [...block.lines.slice(0, MOST_ROWS), `… and ${block.lines.length - MOST_ROWS} more`]
	};
	return block;
}
export { commentOnPullRequest };

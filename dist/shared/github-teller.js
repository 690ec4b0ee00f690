import "./rolldown-runtime.js";
import { In as JOURNAL, Tr as shortCommit, br as formatDuration, ht as settingsOfDeploy, jr as clauseOf, ln as githubSection, xr as formatMoment } from "./start.js";
import { Bi as quietMoment, Bt as openGithubApi, C as markdownFence, Fi as statusWay, Mi as listWay, S as markdownCode, T as markdownText, hi as runOf, i as Untold, ji as withoutSecrets, s as tellingTrouble, w as markdownTable, x as joinedWithin, zt as githubAddresses } from "./work.js";
import { n as patient, r as listedAt, t as quietMarkdown } from "./quiet-markdown.js";
// src/github/issue.ts
const ISSUES = "/repos/{owner}/{repo}/issues";
const EARLIER_MS = 864e5;
const OF_THE_HOUSE = new Set([
	"OWNER",
	"MEMBER",
	"COLLABORATOR"
]);
async function ensureIssue(api, repository, wanted) {
	const [found] = await issuesOf(api, repository, wanted);
	if (found !== void 0) return found;
	const { data } = await api.request(`POST ${ISSUES}`, {
		...repository,
		title: wanted.title,
		body: `${markerOf(wanted)}\n${wanted.text}`,
		labels: wanted.labels
	});
	const [first = data.number] = await issuesOf(api, repository, wanted);
	if (first >= data.number) return data.number;
	await api.request(`PATCH ${ISSUES}/{issue_number}`, {
		...repository,
		issue_number: data.number,
		state: "closed",
		state_reason: "not_planned"
	});
	return first;
}
async function issuesOf(api, repository, wanted) {
	const found = [];
	const all = listedAt(api, `GET ${ISSUES}`, {
		...repository,
		state: "all",
		since: new Date(wanted.notBefore.getTime() - EARLIER_MS).toISOString()
	});
	for await (const { number, body, user, author_association: association = "", pull_request: pull } of all) if (pull === void 0 && body?.startsWith(markerOf(wanted)) === true && (user?.type === "Bot" || OF_THE_HOUSE.has(association))) found.push(number);
	return found.toSorted((one, other) => one - other);
}
function markerOf({ about }) {
	return `<!-- savepoint ${encodeURIComponent(about)} -->`;
}
// src/github/short-text.ts
function shortText(text, longest) {
	const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
	if (line.length <= longest) return line;
	const kept = line.slice(0, longest - 1);
	return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
const MOST_LOOKED_AT = 5;
async function ensureDeployment(api, repository, wanted) {
	const there = [];
	const all = listedAt(api, "GET /repos/{owner}/{repo}/deployments", {
		...repository,
		sha: wanted.commit,
		environment: wanted.environment
	});
	for await (const one of all) {
		if (savepointOf(one.payload) === wanted.id) return one.id;
		there.push(one);
	}
	const found = await ofTheJob(api, repository, wanted, there);
	if (found !== void 0) return found.id;
	const { data } = await api.request("POST /repos/{owner}/{repo}/deployments", {
		...repository,
		ref: wanted.commit,
		environment: wanted.environment,
		task: wanted.task,
		description: shortText(wanted.description, 140),
		payload: { savepoint: wanted.id },
		auto_merge: false,
		required_contexts: []
	});
	return data.id;
}
async function ofTheJob(api, repository, { run, task }, there) {
	if (run === void 0 || task !== "deploy") return void 0;
	const unnamed = there.filter((one) => one.task === "deploy" && savepointOf(one.payload) === void 0);
	for (const one of unnamed.slice(0, MOST_LOOKED_AT)) {
		const statuses = listedAt(api, "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
			...repository,
			deployment_id: one.id
		});
		for await (const { log_url: log, target_url: target } of statuses) if ([log, target].some((url) => url?.includes(`/actions/runs/${run}/`))) return one;
	}
}
function savepointOf(payload) {
	const { savepoint } = Object(payload);
	return typeof savepoint === "string" ? savepoint : void 0;
}
async function addDeploymentStatus(api, repository, status) {
	await api.request("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
		...repository,
		deployment_id: status.deployment,
		state: status.state,
		description: shortText(status.description, 140),
		...status.log !== void 0 && { log_url: status.log },
		...status.url !== void 0 && { environment_url: status.url },
		auto_inactive: status.state === "success"
	});
}
async function setCommitStatus(api, repository, status) {
	await api.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
		...repository,
		sha: status.commit,
		state: status.state,
		context: status.context,
		description: shortText(status.description, 140),
		...status.log !== void 0 && { target_url: status.log }
	});
}
// src/deploy/telling/issue-text.ts
const LARGEST = 65e3;
const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 4e3;
const MOST_ROWS = 50;
function issueText({ deploy, title, ways, hidden }) {
	const failed = deploy.steps.filter(({ state }) => state === "failed" || state === "cancelled");
	const parts = [
		markdownText(storyOf(deploy)),
		markdownTable(["", ""], factsOf(deploy).map(([name, value]) => [name, hidden(value)])),
		...runLink(deploy.run),
		...failed.flatMap((step) => failureOf(step, hidden)),
		...rowsOf(deploy, hidden),
		"### Steps",
		markdownTable([
			"step",
			"began",
			"took",
			"ended"
		], deploy.steps.map(stepRow)),
		...ways.length === 0 ? [] : ["### Next"],
		...ways.flatMap(({ means, command }) => [markdownText(means), markdownFence([hidden(command)], "sh")]),
		"### Cause",
		"_To be filled in: why did it fail, and why was it not seen before?_",
		[
			"- [ ] The cause is known",
			"- [ ] Rows that were written meanwhile are looked at",
			"- [ ] A check would see it earlier next time"
		].join("\n")
	];
	return {
		title: shortText(hidden(`${title}: ${titleOf(deploy)}`), LONGEST_TITLE),
		text: joinedWithin(LARGEST, parts.map((part) => quietMarkdown(part)), "… the rest is too long for an issue; the run's log and the journal have it.")
	};
}
function titleOf(deploy) {
	const commit = shortCommit(deploy.commit);
	const rolledBack = deploy.end?.as === "rolled-back";
	if (deploy.goingBack) return deploy.toNothing ? "rolled back by hand, to nothing" : `rolled back by hand to ${commit}`;
	return `the deploy of ${commit} failed and ${rolledBack ? "was rolled back" : "needs a person"}`;
}
function storyOf(deploy) {
	const sentence = titleOf(deploy);
	return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
function factsOf(deploy) {
	const back = deploy.steps.findLast(({ step, state }) => step === "rollback" && state === "done");
	return [
		["deploy", deploy.id],
		["commit", deploy.commit],
		["before", deploy.from],
		["why", deploy.end?.why],
		["runs now", deploy.end?.on],
		["by", deploy.actor],
		["reason", told(back?.intent["reason"])],
		["database", told(back?.result?.["database"])],
		["replaced database", told(back?.result?.["replaced"])],
		["health after it", told(back?.result?.["health"])]
	].flatMap(([name, value]) => value === void 0 ? [] : [[name, value]]);
}
function failureOf({ step, state, message = "", code }, hidden) {
	const said = hidden(message);
	const lines = (said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)} …` : said).split("\n");
	return [
		`### ${state === "cancelled" ? "Cancelled" : "Failed"}: ${markdownText(step)}`,
		...code === void 0 ? [] : [`Code ${markdownCode(code)}`],
		markdownFence(lines)
	];
}
function rowsOf(deploy, hidden) {
	const counted = deploy.steps.findLast(({ step }) => step === "rollback")?.result?.["tables"];
	const rows = (Array.isArray(counted) ? counted : []).flatMap((row) => {
		const { table, live, savepoint } = Object(row);
		return typeof table === "string" ? [[
			hidden(table),
			countOf(live),
			countOf(savepoint)
		]] : [];
	});
	if (rows.length === 0) return [];
	const more = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more tables`] : [];
	return [
		"### Rows in the replaced database against the restored one",
		markdownTable([
			"table",
			"replaced",
			"restored"
		], rows.slice(0, MOST_ROWS)),
		...more
	];
}
function countOf(count) {
	return typeof count === "number" ? String(count) : "no such table";
}
function stepRow({ step, state, startedAt, endedAt }) {
	const took = endedAt === void 0 ? "" : formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
	return [
		step,
		formatMoment(startedAt),
		took,
		state
	];
}
function runLink(run) {
	return run !== void 0 && /^https?:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+\/attempts\/\d+$/.test(run) ? [`[The run and its log](${run})`] : [];
}
function told(value) {
	return typeof value === "string" && value !== "" ? value : void 0;
}
// src/deploy/telling/owed.ts
const MOST = 10;
function owedTo(ledger) {
	const told = toldIn(ledger);
	const first = ledger.deploys.findIndex(({ id }) => told.has(id));
	const from = first === -1 ? ledger.deploys.length - 1 : first;
	const live = liveDeploy(ledger.deploys);
	return ledger.deploys.slice(Math.max(from, ledger.deploys.length - MOST, 0)).map((deploy) => ({
		deploy,
		...shown(deploy, ledger, live),
		issue: isWorthAnIssue(deploy, ledger),
		told: told.get(deploy.id)
	}));
}
function toldIn(ledger) {
	const told = new Map();
	for (const entry of ledger.entries) {
		if (entry.kind !== "github.told") continue;
		const { about, deployment, state, status, issue } = entry;
		told.set(about, {
			...told.get(about),
			about,
			...deployment !== void 0 && { deployment },
			...state !== void 0 && { state },
			...status !== void 0 && { status },
			...issue !== void 0 && { issue }
		});
	}
	return told;
}
function isWorthAnIssue(deploy, { deploys }) {
	const { end } = deploy;
	return (end?.as === "rolled-back" || end?.as === "failed" && end.blocks) && (deploy === deploys.at(-1) || deploy.settings[githubSection.name]?.["issue"] === "true");
}
function liveDeploy(deploys) {
	let live;
	for (const deploy of deploys) if (deploy.end?.as === "confirmed") live = deploy;
	else if (deploy.goingBack && deploy.end?.as === "rolled-back") live = deploy.toNothing ? void 0 : deploy;
	return live;
}
function shown(deploy, ledger, live) {
	const { end, goingBack } = deploy;
	const commit = shortCommit(deploy.commit);
	if (end === void 0) return {
		state: "in_progress",
		description: goingBack ? `Going back to ${commit}` : `Deploying ${commit}`,
		status: "pending"
	};
	switch (end.as) {
		case "confirmed":
			if (deploy === live) return {
				state: "success",
				description: `${commit} is live and stable`,
				status: "success"
			};
			return ledger.stable.some((one) => one.commit === deploy.commit) ? {
				state: "inactive",
				description: `Replaced${by(live)}`,
				status: "success"
			} : {
				state: "inactive",
				description: `Taken back by hand${by(live)}`,
				status: "failure"
			};
		case "rolled-back":
			if (!goingBack) return {
				state: "failure",
				description: `Failed, and rolled back${end.on === void 0 ? "" : ` to ${shortCommit(end.on)}`}: ${end.why}`,
				status: "failure"
			};
			if (deploy === live) return {
				state: "success",
				description: `Back on ${commit}`,
				status: "success"
			};
			return {
				state: "inactive",
				description: `Replaced${by(live)}`,
				status: void 0
			};
		case "failed": return {
			state: "error",
			description: `Failed, and needs a person: ${end.why}`,
			status: "error"
		};
		case "abandoned": return {
			state: "inactive",
			description: "Abandoned before it changed anything",
			status: "error"
		};
	}
}
function by(live) {
	return live === void 0 ? "" : ` by ${shortCommit(live.commit)}`;
}
// src/deploy/telling/github-teller.ts
const BUDGET_MS = 1e4;
const NEEDS = {
	deployments: "deployments: write",
	status: "statuses: write",
	issue: "issues: write"
};
var GithubTeller = class {
	#world;
	#to;
	#leftMs = BUDGET_MS;
	#given = new Set();
	#noted = [];
	constructor(world, to) {
		this.#world = world;
		this.#to = to;
	}
	async bring(news, signal) {
		if (this.#leftMs <= 0) return;
		const ledger = await this.#world.ledger();
		if (ledger === void 0 || news.kind === "notice" && ledger.open !== void 0) return;
		const last = ledger.deploys.at(-1);
		const raw = last === void 0 ? {} : settingsOfDeploy(last);
		const settings = this.#world.settings.withFallback({
			source: JOURNAL,
			raw
		}).section(githubSection);
		const owed = owedTo({
			...ledger,
			entries: [...ledger.entries, ...this.#noted]
		});
		for (const feature of Object.keys(NEEDS)) {
			if (!settings[feature] || this.#given.has(feature)) continue;
			await this.#inTime(feature, signal, async (api, now) => {
				for (const one of owed) await this.#tell(feature, {
					api,
					one,
					settings,
					signal: now
				});
			});
		}
	}
	async #inTime(feature, signal, body) {
		const { ports } = this.#world;
		await quietMoment();
		const started = performance.now();
		const bound = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(this.#leftMs)))]);
		try {
			const api = await openGithubApi({
				token: this.#to.token,
				...githubAddresses(ports.env),
				signal: bound,
				trouble: tellingTrouble(NEEDS[feature])
			});
			await body(patient(api, ports.clock, bound), bound);
		} catch (error) {
			this.#given.add(feature);
			const why = bound.aborted ? "it did not answer in time" : this.#hidden(clauseOf(error));
			const evidence = error instanceof Untold ? error.evidence.map((line) => this.#hidden(line)).join("; ") : "";
			ports.report.warning(`GitHub was not told (\`github.${feature}\`): ${why}. The deploy does not depend on it, and the next run that can tells it.`);
			if (evidence !== "") ports.report.detail(evidence);
		} finally {
			this.#leftMs -= performance.now() - started;
		}
	}
	async #tell(feature, request) {
		const { api, one, settings } = request;
		const { deploy, told, state, status } = one;
		const { repository } = this.#to;
		const description = this.#hidden(one.description);
		const environment = this.#world.title.slice(this.#world.title.indexOf("/") + 1);
		if (feature === "issue") {
			if (!one.issue || told?.issue !== void 0) return;
			const { title, place } = this.#world;
			const issue = await ensureIssue(api, repository, {
				...issueText({
					deploy,
					title,
					ways: [statusWay(place), listWay(place)],
					hidden: (words) => this.#hidden(words)
				}),
				about: `rollback ${deploy.id}`,
				labels: settings["issue-labels"] ?? [],
				notBefore: new Date(deploy.openedAt)
			});
			this.#note({
				about: deploy.id,
				issue
			});
			return;
		}
		if (feature === "status") {
			if (status === void 0 || status === told?.status) return;
			await setCommitStatus(api, repository, {
				commit: deploy.commit,
				state: status,
				context: `savepoint/${environment}`,
				description,
				log: deploy.run
			});
			this.#note({
				about: deploy.id,
				status
			});
			return;
		}
		if (state === told?.state || state === "inactive" && told?.deployment === void 0) return;
		let deployment = told?.deployment;
		if (deployment === void 0) {
			const own = deploy.owner === this.#world.owner.id;
			deployment = await ensureDeployment(api, repository, {
				id: deploy.id,
				commit: deploy.commit,
				environment: settings.environment ?? environment,
				task: deploy.goingBack ? "rollback" : "deploy",
				description,
				run: own ? runOf(deploy.run)?.number.toString() : void 0
			});
			this.#note({
				about: deploy.id,
				deployment
			});
		}
		await addDeploymentStatus(api, repository, {
			deployment,
			state,
			description,
			log: deploy.run,
			url: settings.url
		});
		this.#note({
			about: deploy.id,
			state
		});
	}
	#note(told) {
		const fact = {
			kind: "github.told",
			...told
		};
		const { owner, ports } = this.#world;
		this.#noted.push({
			v: 1,
			at: ports.clock.now().toISOString(),
			owner: owner.id,
			...fact
		});
		this.#world.note(fact);
	}
	#hidden(text) {
		return withoutSecrets(this.#world.settings)(text).replaceAll(this.#to.token.reveal(), "***");
	}
};
export { GithubTeller };

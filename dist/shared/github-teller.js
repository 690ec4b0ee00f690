import "./rolldown-runtime.js";
import { p as clauseOf, u as shortCommit } from "./secret.js";
import { n as JOURNAL } from "./settings.js";
import { N as githubSection, a as runOf, l as settingsOfDeploy, o as withoutSecrets } from "./owner.js";
import { i as openGithubApi, n as githubAddresses } from "./api.js";
import { n as retryAfter, r as tellingTrouble, t as Untold } from "./trouble.js";
// src/github/short-text.ts
function shortText(text, longest) {
	const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
	if (line.length <= longest) return line;
	const kept = line.slice(0, longest - 1);
	return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
const MOST_LOOKED_AT = 5;
async function ensureDeployment(api, repository, wanted) {
	const { data: there } = await api.request("GET /repos/{owner}/{repo}/deployments", {
		...repository,
		sha: wanted.commit,
		environment: wanted.environment,
		per_page: 100
	});
	const found = there.find(({ payload }) => savepointOf(payload) === wanted.id) ?? await ofTheJob(api, repository, wanted, there);
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
		const { data } = await api.request("GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
			...repository,
			deployment_id: one.id,
			per_page: 100
		});
		if (data.some(({ log_url: log, target_url: target }) => [log, target].some((url) => url?.includes(`/actions/runs/${run}/`)))) return one;
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
		told: told.get(deploy.id)
	}));
}
function toldIn(ledger) {
	const told = new Map();
	for (const entry of ledger.entries) {
		if (entry.kind !== "github.told") continue;
		const { about, deployment, state, status } = entry;
		told.set(about, {
			...told.get(about),
			about,
			...deployment !== void 0 && { deployment },
			...state !== void 0 && { state },
			...status !== void 0 && { status }
		});
	}
	return told;
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
	status: "statuses: write"
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
		const started = performance.now();
		const bound = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(this.#leftMs)))]);
		try {
			await body(patient(await openGithubApi({
				token: this.#to.token,
				...githubAddresses(ports.env),
				signal: bound,
				trouble: tellingTrouble(NEEDS[feature])
			}), ports.clock, bound), bound);
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
		const repository = {
			owner: this.#to.owner,
			repo: this.#to.repo
		};
		const description = this.#hidden(one.description);
		const environment = this.#world.title.slice(this.#world.title.indexOf("/") + 1);
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
function patient(api, clock, signal) {
	return {
		...api,
		request: async (route, parameters) => {
			try {
				return await api.request(route, parameters);
			} catch (error) {
				const ms = retryAfter(error);
				if (ms === void 0 || ms > SOON_MS) throw error;
				await clock.sleep(ms, signal);
				return await api.request(route, parameters);
			}
		}
	};
}
const SOON_MS = 3e3;
export { GithubTeller };

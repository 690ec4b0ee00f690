import { f as Failure, h as messageOf, o as formatDuration, t as Secret, u as shortCommit } from "./secret.js";
import "./nearest.js";
import { o as tokenOf } from "./printable.js";
import { Yt as checkoutOf, _n as stableTag, br as gitLines, fn as annotate, gn as markOf, hn as latestTag, hr as openAppClone, mn as isStableTag, nn as ledgerOf, pn as checkPrefix } from "./text.js";
import { H as nextCommand, W as statusWay } from "./owner.js";
import { T as isFullCommit, w as fullCommit } from "./findings.js";
import { a as tagFailure, i as refusalHint, n as graphqlTrouble, o as tagTrouble, r as TAGGER, t as githubTrouble } from "./github-trouble.js";
import { i as openGithubApi } from "./api.js";
// src/release/stable.ts
const ATTEMPTS = 5;
async function readStableTags(remote, name) {
	checkPrefix(name.prefix);
	const latestName = latestTag(name);
	const tags = await remote.list({
		names: [latestName],
		prefixes: [`${name.prefix}stable-`]
	});
	const ours = tags.flatMap((tag) => {
		const mark = markOf(name, tag.annotation);
		return mark === void 0 ? [] : [{
			...tag,
			mark
		}];
	});
	const latest = ours.find((tag) => tag.name === latestName);
	return {
		latest,
		foreign: latest === void 0 ? tags.find((tag) => tag.name === latestName) : void 0,
		stable: ours.filter((tag) => isStableTag(name, tag.name)).toSorted((a, b) => a.name < b.name ? -1 : 1),
		taken: new Set(tags.map((tag) => tag.name))
	};
}
async function moveStable(request) {
	const { result, count } = await retryConflicts(async () => await moveOnce(request));
	return {
		...result,
		...result.moved && count > request.keepTags ? await pruneStable(request) : { pruned: [] }
	};
}
async function moveOnce(request) {
	const { remote, name, commit, deploy } = request;
	const tags = await readStableTags(remote, name);
	refuseForeign(tags, request);
	const mine = tags.stable.find((tag) => tag.mark.deploy === deploy && tag.commit === commit);
	const known = {
		stableTag: mine?.name,
		latestTag: latestTag(name),
		previous: tags.latest?.commit
	};
	const count = tags.stable.length;
	if (tags.latest?.mark.deploy === deploy && tags.latest.commit === commit) return {
		result: {
			...known,
			stableTag: mine?.name ?? tags.latest.mark.tag,
			moved: false,
			reason: `${shortCommit(commit)} is already marked by this deploy`
		},
		count
	};
	const overtaken = await request.overtaken?.(tags.latest?.mark);
	if (overtaken instanceof Failure) throw overtaken;
	if (overtaken !== void 0) return {
		result: {
			...known,
			moved: false,
			reason: overtaken,
			overtaken: true
		},
		count
	};
	const tag = mine?.name ?? freeName(name, request.at, tags.taken);
	const mark = markFor(request, tag);
	const changes = [moveLatest(tags, name, mark)];
	if (mine === void 0) changes.unshift({
		name: tag,
		expected: void 0,
		set: {
			commit,
			message: annotate(mark)
		}
	});
	await remote.update(changes, request.at);
	return {
		result: {
			...known,
			stableTag: tag,
			moved: true
		},
		count: mine === void 0 ? count + 1 : count
	};
}
async function withdrawStable(request) {
	return await retryConflicts(async () => {
		const { remote, name, commit, to, since } = request;
		const tags = await readStableTags(remote, name);
		refuseForeign(tags, request);
		const gone = commit === to ? [] : tags.stable.filter((tag) => tag.commit === commit);
		const changes = gone.map((tag) => ({
			name: tag.name,
			expected: tag.oid,
			set: void 0
		}));
		const moved = tags.latest?.commit !== to;
		const stale = tags.latest !== void 0 && since !== void 0 && Date.parse(tags.latest.mark.at) <= since.getTime();
		if (moved || stale) {
			const known = tags.stable.findLast((tag) => tag.commit === to);
			const mark = {
				...markFor(request, known?.name ?? freeName(name, request.at, tags.taken)),
				commit: to
			};
			changes.push(moveLatest(tags, name, mark));
			if (known === void 0) changes.push({
				name: mark.tag,
				expected: void 0,
				set: {
					commit: to,
					message: annotate(mark)
				}
			});
		}
		if (changes.length > 0) await remote.update(changes, request.at);
		return {
			latestTag: latestTag(name),
			removed: gone.map((tag) => tag.name),
			moved
		};
	});
}
async function pruneStable(request) {
	try {
		const { latest, stable } = await readStableTags(request.remote, request.name);
		const old = stable.slice(0, Math.max(0, stable.length - request.keepTags)).filter((tag) => tag.commit !== latest?.commit);
		if (old.length > 0) await request.remote.update(old.map((tag) => ({
			name: tag.name,
			expected: tag.oid,
			set: void 0
		})), request.at);
		return { pruned: old.map((tag) => tag.name) };
	} catch (error) {
		if (tagTrouble(error) === void 0) throw error;
		return {
			pruned: [],
			pruneProblem: messageOf(error)
		};
	}
}
async function retryConflicts(body) {
	for (let attempt = 1;; attempt += 1) try {
		return await body();
	} catch (error) {
		if (tagTrouble(error) !== "tags-conflict" || attempt === ATTEMPTS) throw error;
	}
}
function markFor(request, tag) {
	const { name, commit, deploy, at, runUrl } = request;
	return {
		app: name.app,
		environment: name.environment,
		commit,
		deploy,
		tag,
		at: at.toISOString(),
		...runUrl === void 0 ? {} : { runUrl }
	};
}
function moveLatest(tags, name, mark) {
	return {
		name: latestTag(name),
		expected: tags.latest?.oid,
		set: {
			commit: mark.commit,
			message: annotate(mark)
		}
	};
}
function freeName(name, at, taken) {
	for (let ms = at.getTime();; ms += 1e3) {
		const tag = stableTag(name, new Date(ms));
		if (!taken.has(tag)) return tag;
	}
}
function refuseForeign(tags, request) {
	if (tags.foreign === void 0) return;
	const { app, environment } = request.name;
	throw new Failure(`The tag ${tags.foreign.name} in ${request.remote.place} is not ${app}/${environment}'s: it is left as it is.`, {
		hint: `If this is the same app under another name, give \`app\` and \`environment\` as its annotation has them. Else give \`tag-prefix\`, e.g. \`${app}-${environment}/\`, in all actions alike; or, if nobody needs it, remove the tag: git push origin :refs/tags/${tags.foreign.name}`,
		evidence: [`${tags.foreign.name} → ${tags.foreign.commit}`, ...(tags.foreign.annotation ?? "a lightweight tag, without annotation").trim().split("\n")],
		code: "foreign-tag",
		exit: 1
	});
}
// src/release/api-remote.ts
const NOTHING = "0".repeat(40);
const OBJECTS_AT_ONCE = 100;
async function apiRemote(access) {
	const [owner = "", repo = ""] = access.repository.split("/");
	return tagsOverApi(await openGithubApi({
		token: access.token,
		apiUrl: access.apiUrl || "https://api.github.com",
		graphqlUrl: access.graphqlUrl || "https://api.github.com/graphql",
		serverUrl: access.serverUrl || "https://github.com",
		signal: access.signal,
		trouble: githubTrouble
	}), {
		owner,
		repo
	});
}
function tagsOverApi(api, repository) {
	return {
		place: `${api.serverUrl}/${repository.owner}/${repository.repo}`,
		list: async ({ names, prefixes }) => {
			const found = new Map();
			for (const start of [...names, ...prefixes]) for (const one of await matchingRefs(api, repository, start)) {
				const name = one.ref.slice(10);
				if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) found.set(name, one);
			}
			return await withAnnotations(api, repository, found);
		},
		update: async (changes, at) => {
			const updates = [];
			for (const { name, expected, set } of changes) {
				const after = set === void 0 ? NOTHING : await makeTagObject$1(api, repository, {
					name,
					...set,
					at
				});
				updates.push({
					name: `refs/tags/${name}`,
					beforeOid: expected ?? NOTHING,
					afterOid: after,
					force: true
				});
			}
			const answer = await api.graphql("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", { input: {
				repositoryId: await repositoryId(api, repository),
				refUpdates: updates
			} });
			if (answer.errors !== void 0 || !answer.data) await explainUpdate(api, repository, changes, answer);
		}
	};
}
async function matchingRefs(api, repository, start) {
	const all = [];
	for (let page = 1;; page += 1) {
		const { data, next } = await api.request("GET /repos/{owner}/{repo}/git/matching-refs/{+ref}", {
			...repository,
			ref: `tags/${start.split("/").map(encodeURIComponent).join("/")}`,
			per_page: 100,
			page
		});
		all.push(...data);
		if (!next) return all;
	}
}
async function withAnnotations(api, { owner, repo }, refs) {
	const annotated = [...refs.values()].filter(({ object }) => object.type === "tag" && isFullCommit(object.sha)).map(({ object }) => object.sha);
	const objects = new Map();
	for (let at = 0; at < annotated.length; at += OBJECTS_AT_ONCE) {
		const wanted = annotated.slice(at, at + OBJECTS_AT_ONCE);
		const fields = wanted.map((oid, index) => `o${index}: object(oid: "${oid}") { ... on Tag { message target { __typename oid } } }`);
		const answer = await api.graphql(`query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(" ")} } }`, {
			owner,
			repo
		});
		if (answer.errors !== void 0) throw graphqlTrouble(answer.errors, "reading the stable tags");
		wanted.forEach((oid, index) => {
			const object = answer.data?.repository?.[`o${index}`];
			if (object) objects.set(oid, object);
		});
	}
	return [...refs].map(([name, { object }]) => {
		const tag = objects.get(object.sha);
		const plain = tag === void 0 || tag.target.__typename !== "Commit";
		return {
			name,
			oid: object.sha,
			commit: tag?.target.oid ?? object.sha,
			annotation: plain ? void 0 : tag.message
		};
	});
}
async function makeTagObject$1(api, repository, tag) {
	const tagger = {
		...TAGGER,
		date: tag.at.toISOString().replace(/\.\d+Z$/, "Z")
	};
	const parameters = {
		...repository,
		tag: tag.name,
		message: tag.message,
		object: tag.commit,
		type: "commit",
		tagger
	};
	return (await api.request("POST /repos/{owner}/{repo}/git/tags", parameters)).data.sha;
}
async function repositoryId(api, repository) {
	return (await api.request("GET /repos/{owner}/{repo}", { ...repository })).data.node_id;
}
async function explainUpdate(api, repository, changes, answer) {
	const moved = [];
	for (const { name, expected } of changes) if ((await matchingRefs(api, repository, name)).find(({ ref }) => ref === `refs/tags/${name}`)?.object.sha !== expected) moved.push(name);
	const errors = answer.errors ?? [];
	const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
	if (moved.length > 0) throw tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} meanwhile.`, { evidence });
	throw graphqlTrouble(errors, "moving the stable tags");
}
// src/release/git-remote.ts
const TIMEOUT_MS = 12e4;
const LIST_TIMEOUT_MS = 15e3;
function gitRemote(clone, options) {
	return {
		place: options.place,
		list: async ({ names, prefixes }) => {
			const refs = await remoteRefs(clone, [...names.flatMap((name) => [`refs/tags/${name}`, `refs/tags/${name}^{}`]), ...prefixes.map((prefix) => `refs/tags/${prefix}*`)], options.signal);
			await bringTagObjects(clone, refs, options.signal);
			const annotations = await readAnnotations(clone, refs);
			return [...refs].map(([name, ref]) => ({
				name,
				...ref,
				annotation: annotations.get(ref.oid)
			}));
		},
		update: async (changes, at) => {
			const sources = new Map();
			for (const commit of new Set(changes.flatMap(({ set }) => set?.commit ?? []))) await bringCommit(clone, commit, options.signal);
			for (const { name, set } of changes) if (set !== void 0) sources.set(name, await makeTagObject(clone, {
				name,
				...set,
				at
			}));
			await push(clone, changes, sources, options);
		}
	};
}
async function openGitRemote(clone, options = {}) {
	return gitRemote(clone, {
		...options,
		place: await clone.origin() ?? `the remote of ${clone.directory}`
	});
}
async function remoteRefs(clone, patterns, signal) {
	const finished = await inTime(clone, [
		"ls-remote",
		"origin",
		...patterns
	], LIST_TIMEOUT_MS, signal);
	if (finished.code !== 0) throw tagFailure("tags-unreachable", `The tags of ${await clone.origin() ?? "origin"} cannot be read from ${clone.machine.name}.`, {
		evidence: gitLines(finished),
		hint: `Try it: git -C ${clone.directory} ls-remote origin`
	});
	const refs = new Map();
	for (const line of finished.stdout.split("\n")) {
		const [oid = "", ref = ""] = line.split("	");
		if (!ref.startsWith("refs/tags/")) continue;
		const name = ref.slice(10);
		const peeled = name.endsWith("^{}");
		const tag = peeled ? name.slice(0, -3) : name;
		refs.set(tag, {
			oid: peeled ? refs.get(tag)?.oid ?? oid : oid,
			commit: oid
		});
	}
	return refs;
}
async function bringTagObjects(clone, refs, signal) {
	const annotated = [...refs.values()].filter((ref) => ref.oid !== ref.commit);
	const here = await present(clone, annotated.flatMap((ref) => [ref.oid, ref.commit]));
	const missing = annotated.filter((ref) => !here.has(ref.oid));
	const near = missing.filter((ref) => here.has(ref.commit));
	const far = missing.filter((ref) => !here.has(ref.commit));
	const shallow = far.length > 0 && await clone.isShallow();
	if (near.length > 0) await fetchObjects(clone, near.map((ref) => ref.oid), near.map((ref) => `--negotiation-tip=${ref.commit}`), signal);
	if (far.length > 0) await fetchObjects(clone, far.map((ref) => ref.oid), shallow ? ["--depth=1"] : [], signal);
}
async function fetchObjects(clone, oids, flags, signal) {
	const finished = await inTime(clone, [
		"fetch",
		"--quiet",
		"--no-tags",
		"--no-recurse-submodules",
		"--no-auto-gc",
		...new Set(flags),
		"origin",
		...new Set(oids)
	], TIMEOUT_MS, signal);
	if (finished.code === 0) return;
	throw tagFailure("tags-unreachable", `The stable tags cannot be fetched from ${await clone.origin() ?? "origin"}.`, { evidence: gitLines(finished) });
}
async function inTime(clone, words, timeout, signal) {
	try {
		return await clone.git.run(words, {
			timeout,
			...signal && { signal }
		});
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "timeout") throw error;
		const place = await clone.origin() ?? "origin";
		throw tagFailure("tags-unreachable", `${place} does not answer ${clone.machine.name} within ${formatDuration(timeout)}.`, {
			evidence: error.evidence,
			cause: error,
			hint: `Try it: git -C ${clone.directory} ls-remote origin`
		});
	}
}
async function bringCommit(clone, commit, signal) {
	if (await clone.has(fullCommit(commit))) return;
	await fetchObjects(clone, [commit], await clone.isShallow() ? ["--depth=1"] : [], signal);
}
async function present(clone, oids) {
	if (oids.length === 0) return new Set();
	const text = await clone.git.say(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "looking for the tags", { stdin: `${oids.join("\n")}\n` });
	return new Set(text.split("\n").filter((line) => / (?:tag|commit|tree|blob)$/.test(line)).map((line) => line.split(" ")[0] ?? ""));
}
async function readAnnotations(clone, refs) {
	const oids = [...refs.values()].filter((ref) => ref.oid !== ref.commit).map((ref) => ref.oid);
	const found = new Map();
	if (oids.length === 0) return found;
	const text = await clone.git.say(["cat-file", "--batch"], "reading the tags", { stdin: `${oids.join("\n")}\n` });
	let rest = Buffer.from(text, "utf8");
	for (const oid of oids) {
		const end = rest.indexOf(10);
		const [, type, size] = rest.subarray(0, end).toString().split(" ");
		if (type !== "tag") throw tagFailure("tags-unreachable", `The tag object ${oid} did not arrive in ${clone.directory}.`);
		const object = rest.subarray(end + 1, end + 1 + Number(size)).toString();
		found.set(oid, object.slice(object.indexOf("\n\n") + 2));
		rest = rest.subarray(end + 1 + Number(size) + 1);
	}
	return found;
}
async function makeTagObject(clone, tag) {
	const seconds = Math.floor(tag.at.getTime() / 1e3);
	const stdin = `object ${tag.commit}\ntype commit\ntag ${tag.name}\ntagger ${TAGGER.name} <${TAGGER.email}> ${seconds} +0000\n\n${tag.message}`;
	return (await clone.git.say(["mktag"], `making the tag ${tag.name}`, { stdin })).trim();
}
async function push(clone, changes, sources, options) {
	const leases = changes.map(({ name, expected }) => `--force-with-lease=refs/tags/${name}:${expected ?? ""}`);
	const refspecs = changes.map(({ name }) => `${sources.get(name) ?? ""}:refs/tags/${name}`);
	const finished = await inTime(clone, [
		"push",
		"--porcelain",
		"--atomic",
		...[
			"--no-verify",
			"--no-follow-tags",
			"--recurse-submodules=no",
			"--no-signed"
		],
		...leases,
		"origin",
		...refspecs
	], TIMEOUT_MS, options.signal);
	if (finished.code !== 0) throw await explainPush(clone, changes, finished, options);
}
async function explainPush(clone, changes, push, { place, signal }) {
	const evidence = gitLines(push);
	const refs = await remoteRefs(clone, changes.map(({ name }) => `refs/tags/${name}`), signal);
	const moved = changes.filter(({ name, expected }) => refs.get(name)?.oid !== expected).map(({ name }) => name);
	if (moved.length > 0) return tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} in ${place} meanwhile.`, { evidence });
	if (push.stdout.split("\n").some((line) => line.startsWith("!	"))) return tagFailure("tags-refused", `${place} refuses to move the stable tags.`, {
		evidence,
		hint: refusalHint(evidence)
	});
	return tagFailure("tags-permission", `${clone.machine.name} may read ${place}, but not push to it.`, {
		evidence,
		hint: "The login that git uses there needs write access. In a workflow: `permissions: contents: write`, and a checkout that keeps its credentials (no `persist-credentials: false`), or give `token`."
	});
}
// src/deploy/environment/tag-remotes.ts
async function tagRemotes(environment, token) {
	const { env, signal } = environment.ports;
	const remotes = [];
	const checkout = await checkoutOf(environment);
	if (checkout !== void 0 && await checkout.origin() !== void 0) remotes.push(await openGitRemote(checkout, { signal }));
	const repository = env["GITHUB_REPOSITORY"];
	if (token !== void 0 && repository !== void 0) remotes.push(await apiRemote({
		token,
		repository,
		apiUrl: env["GITHUB_API_URL"],
		graphqlUrl: env["GITHUB_GRAPHQL_URL"],
		serverUrl: env["GITHUB_SERVER_URL"],
		signal
	}));
	const clone = await environment.clone() ?? await journaledClone(environment);
	if (clone !== void 0 && await clone.origin() !== void 0) remotes.push(await openGitRemote(clone, { signal }));
	return remotes;
}
async function journaledClone(environment) {
	const directory = (await ledgerOf(environment))?.deploys.at(-1)?.settings[""]?.["app-dir"];
	return directory === void 0 ? void 0 : await openAppClone(environment.machine, { "app-dir": directory });
}
// src/deploy/steps/tags.ts
const KEEP_ALL = Number.MAX_SAFE_INTEGER;
const TAKEN_BACK = "taken-back";
async function moveTags(environment, wish, ledger, note) {
	const tag = stableTag(stableName(environment), wish.at);
	try {
		const moved = await firstThatWorks(environment, async (remote) => {
			return await moveStable({
				remote,
				name: stableName(environment),
				commit: wish.commit,
				at: wish.at,
				deploy: wish.deploy,
				runUrl: environment.owner.run,
				keepTags: wish.keepTags,
				overtaken: async (latest) => {
					const now = environment.state === void 0 ? ledger : await environment.state.journal.read();
					if (now === void 0) return void 0;
					if (environment.state !== void 0 && !now.stable.some((one) => one.commit === wish.commit)) return takenBack(environment, now, wish.commit);
					return latest !== void 0 && markedAfter(now, latest.commit, wish.commit) ? `${latestTag(stableName(environment))} is at ${shortCommit(latest.commit)} of the later deploy ${latest.deploy}` : void 0;
				}
			});
		});
		if (moved.overtaken === true) return moved;
		await note({
			kind: "tags.moved",
			commit: wish.commit,
			tag: moved.stableTag ?? tag
		});
		if (moved.pruneProblem !== void 0) environment.ports.report.warning(`Old stable tags could not be removed: ${moved.pruneProblem}`);
		return moved;
	} catch (error) {
		if (error instanceof Failure && error.code === TAKEN_BACK) throw error;
		await note({
			kind: "tags.pending",
			commit: wish.commit,
			tag,
			why: messageOf(error)
		});
		throw pendingFailure(environment, wish, error, waitedBefore(ledger, wish));
	}
}
async function moveWaitingTags(environment, ledger) {
	const stable = ledger.stable.at(-1);
	if (stable === void 0 || ledger.withdrawn.length === 0 && !ledger.pendingTags.some((tag) => tag.commit === stable.commit)) return;
	for (const left of ledger.withdrawn) await withdrawTags(environment, ledger, {
		commit: left,
		to: stable.commit,
		deploy: stable.deploy ?? stable.tag
	});
	const wish = {
		commit: stable.commit,
		deploy: stable.deploy ?? stable.tag,
		at: new Date(stable.at),
		keepTags: KEEP_ALL
	};
	try {
		const moved = await moveTags(environment, wish, ledger, noteTo(environment));
		environment.ports.report.say(`Moved the stable tags that waited for ${shortCommit(stable.commit)}: ${moved.stableTag ?? ""}, ${moved.latestTag}.`);
	} catch (error) {
		environment.ports.report.warning(`The stable tags of ${shortCommit(stable.commit)} still cannot be moved: ${messageOf(error)}`);
	}
}
function noteTo(environment) {
	return async (fact) => {
		await environment.state?.journal.write(fact, {
			at: environment.ports.clock.now(),
			owner: environment.owner.id
		});
	};
}
async function withdrawTags(environment, ledger, request) {
	const { report, clock } = environment.ports;
	try {
		const done = await firstThatWorks(environment, async (remote) => await withdrawStable({
			remote,
			name: stableName(environment),
			commit: request.commit,
			to: request.to,
			deploy: request.deploy,
			at: clock.now(),
			runUrl: environment.owner.run,
			since: withdrawnAt(ledger, request.commit)
		}));
		if (done.removed.length > 0) report.say(`${shortCommit(request.commit)} is not stable any more: removed ${done.removed.join(", ")}.`);
	} catch (error) {
		report.warning(`The stable tags of ${shortCommit(request.commit)} could not be removed: ${messageOf(error)}`);
	}
}
function stableName(environment) {
	return {
		app: environment.app,
		environment: environment.name,
		prefix: environment.tagPrefix
	};
}
const unreachable = new WeakMap();
async function firstThatWorks(environment, use) {
	const token = tokenOf(environment.shared, environment.ports.env);
	const remotes = await tagRemotes(environment, token === void 0 ? void 0 : new Secret(token));
	if (remotes.length === 0) throw new Failure("There is no way to the repository's tags from here: no checkout, no token for the API, no clone with a remote on the host.", {
		code: "no-tag-remote",
		hint: "Run actions/checkout first, or give `token`."
	});
	let last;
	const silent = unreachable.get(environment) ?? new Map();
	unreachable.set(environment, silent);
	for (const [at, remote] of remotes.entries()) {
		if (silent.has(at)) {
			last ??= silent.get(at);
			continue;
		}
		try {
			return await use(remote);
		} catch (error) {
			const trouble = tagTrouble(error);
			if (trouble === void 0 || trouble === "tags-conflict") throw error;
			if (trouble === "tags-unreachable") silent.set(at, error);
			environment.ports.report.detail(`Not by ${remote.place}: ${messageOf(error)}`);
			last ??= error;
		}
	}
	throw last;
}
function markedAfter(ledger, a, b) {
	const position = (commit) => ledger.stable.findLastIndex((one) => one.commit === commit);
	return position(a) > position(b);
}
function takenBack(environment, ledger, commit) {
	const entry = ledger.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
	return new Failure(`${shortCommit(commit)} was confirmed, and is not stable any more${entry === void 0 ? "" : `: ${entry.owner} took it back at ${entry.at}`}. Its tags are not moved.`, {
		code: TAKEN_BACK,
		ways: [statusWay(environment)]
	});
}
function withdrawnAt(ledger, commit) {
	const entry = ledger?.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
	return entry === void 0 ? void 0 : new Date(entry.at);
}
function waitedBefore(ledger, wish) {
	return ledger?.entries.some((entry) => entry.kind === "tags.pending" && entry.commit === wish.commit) === true;
}
function pendingFailure(environment, wish, error, again) {
	const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error
	});
	const commit = shortCommit(wish.commit);
	return new Failure(`${commit} is stable in the journal, and its tags could not be moved: ${failure.message}`, {
		cause: failure,
		hint: failure.hint,
		evidence: failure.evidence,
		code: failure.code,
		outputs: {
			...failure.outputs,
			commit: wish.commit
		},
		exit: 3,
		state: [`deploy: confirmed in the journal; ${commit} is stable and stays`, "tags: not moved; the next command that can will move them"],
		ways: waysToMove(environment, wish.commit, again)
	});
}
function waysToMove(environment, wanted, again) {
	const move = {
		command: nextCommand(environment, "mark-stable", [
			"--commit",
			wanted,
			"--confirm",
			environment.name
		]),
		means: `Moves the stable tags to ${shortCommit(wanted)}.`
	};
	if (!again) return [move];
	return [statusWay(environment), {
		...move,
		means: `Only once what stands in their way is mended: ${move.means}`
	}];
}
export { withdrawTags as a, stableName as i, moveWaitingTags as n, noteTo as r, moveTags as t };

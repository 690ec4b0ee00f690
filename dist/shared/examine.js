import { r as __toESM } from "./rolldown-runtime.js";
import { Ar as Failure, Cr as plural, Dn as lastLines, Gt as healthSection, Mn as inQuotes, Nn as quote, Nr as messageOf, Sr as formatSize, St as migrateSection, Tn as _usingCtx, Xn as tokenOf, Yn as sharedSection, _n as notifySection, _t as refuseMisfits, br as formatDuration, it as deploySection, jr as clauseOf, kn as succeed, kr as Cancelled, ln as githubSection, lr as Secret, or as identifier, pn as provenBy, un as backupSection, vt as rolloutSection, zn as refuseProblems } from "./start.js";
import { $i as openAppClone, A as refuseUnaskable, Bt as openGithubApi, Ei as statePaths, Fi as statusWay, Gi as openComposeProject, Hi as openConfiguredDatabase, Ji as readModel, Jn as backupStore, Jr as damageOf, Ki as servicesOf, Lr as newestFirst, Ni as nextCommand, O as noWatchdog, Qi as isThroughSudo, Ri as openChannels, Rt as githubTrouble, Si as hasChecks, Ti as commandOn, Tt as refuseUncommitted, Ur as checkoutOf, Vi as freeBytesOnServer, Vr as refusedAsQuarantined, Wr as incomingCommit, Xi as compose, Zi as composePasted, _i as NO_DATABASE, ar as othersRestored, bi as missingSettings, da as readText, ea as openClone, gr as pathDependent, gt as refuseUnmigratable, hn as refuseLocalEdits, hr as clientTools, ii as refuseUnsafeState, k as watchdogObstacles, ki as repositoryOf, la as listFolder, ma as resolvePath, mn as watchApp, mr as requireRoom, na as unreachableOrigin, ni as openEnvironment, nr as restoreRemarks, o as statusOf, oi as refuseOthersWorkTree, or as proofsOf, pi as checkPrefix, qi as refuseUnknownServices, rn as isFresh, rr as findRestoreObstacles, s as tellingTrouble, sa as exists, si as findState, ta as silentOrigin, ti as machineOf, vt as refuseTooManyReplaced, wi as refuseOtherState, xi as refuseMissing, yi as missingForDeploy, yr as chooseReader, zi as whyClosed, zt as githubAddresses } from "./work.js";
import { t as pLimit } from "./p-limit.js";
// src/deploy/doctor/examination.ts
const seenAs = (state) => (seen, details = {}) => ({
	state,
	seen,
	...details
});
const passes = seenAs("pass");
const warns = seenAs("warn");
const fails = seenAs("fail");
const unseen = seenAs("unseen");
const NO_VERDICT = new Set(["connection-lost"]);
function refused(error, details = {}) {
	if (!(error instanceof Failure) || NO_VERDICT.has(error.code ?? "")) throw error;
	const [first = "", ...more] = error.message.split("\n");
	const evidence = [...more, ...error.evidence].map((line) => line.trim()).filter((line) => line !== "" && !first.includes(line));
	return {
		state: details.state ?? "fail",
		seen: [first, ...evidence.slice(0, EVIDENCE)].join(" · "),
		advice: error.hint,
		mends: [...error.ways, ...details.mends ?? []]
	};
}
const EVIDENCE = 3;
async function unlessRefused(act, { pass, mends = () => [] }) {
	try {
		await act();
		return [passes(pass)];
	} catch (error) {
		return [refused(error, { mends: error instanceof Failure ? await mends(error) : [] })];
	}
}
// src/deploy/doctor/channels.ts
const channelsExamination = {
	about: "notifications",
	of: "environment",
	needs: [],
	why: "A channel that lacks something hears of nothing, also of what goes wrong at night.",
	async look({ asked, ports, told }) {
		const settings = asked.settings.section(notifySection);
		if (settings.channels === void 0 || settings.channels.length === 0) return [];
		const { open, closed, problems } = openChannels(settings);
		for (const problem of problems) told.add(problem);
		const withheld = ports.terminal || ports.env["GITHUB_EVENT_NAME"] === "pull_request";
		const lacking = closed.map(whyClosed);
		const found = problems.filter((problem) => !withheld || !lacking.includes(problem)).map((problem) => warns(problem));
		if (withheld && closed.length > 0) {
			const missing = closed.map(({ name, lacks }) => `${lacks.join(", ")} of the channel ${name}`).join("; ");
			found.push(unseen(`Could not look: not given here: ${missing}.`, { advice: "Where a deploy runs, they are its `notify-secrets`." }));
		}
		if (found.length > 0) return found;
		return [passes(`${plural(open.length, "channel")} can be told.`)];
	}
};
// src/deploy/doctor/clock.ts
const ODD_MS = 1e4;
const WRONG_MS = 3e5;
const clockExamination = {
	about: "clock",
	of: "environment",
	needs: ["host"],
	why: "By the clocks it is told whether a deploy's owner is still alive, and which backups are old enough to go.",
	async look(world) {
		const host = await world.host();
		const { aheadMs } = await world.hostLook();
		return [judgeClock(aheadMs, { mends: [{
			command: commandOn(host, [
				"sudo",
				"timedatectl",
				"set-ntp",
				"true"
			]),
			means: "Lets the host keep its clock right by itself:"
		}, {
			command: commandOn(host, ["timedatectl"]),
			means: "Shows how it stands:"
		}] })];
	}
};
function judgeClock(aheadMs, details = {}) {
	const off = Math.abs(aheadMs);
	if (off < ODD_MS) return passes("The host's clock and this machine's agree.");
	const seen = `The host's clock is ${formatDuration(off)} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's.`;
	const advice = "One of the two is wrong: compare both with another clock first.";
	return off < WRONG_MS ? warns(seen, {
		...details,
		advice
	}) : fails(seen, {
		...details,
		advice
	});
}
// src/machine/git/ask-origin.ts
async function askOrigin(clone, { timeout }) {
	try {
		const finished = await clone.git.run([
			"ls-remote",
			"--quiet",
			"origin",
			"HEAD"
		], { timeout });
		if (finished.code !== 0) throw await unreachableOrigin(clone, finished);
	} catch (error) {
		throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(clone, error) : error;
	}
}
// src/deploy/doctor/settings.ts
const settingsExamination = {
	about: "settings",
	of: "environment",
	needs: [],
	why: "Each command refuses settings that it cannot read, and what is not given is not done.",
	async look({ asked, shared, ports }) {
		const problems = asked.problems.map((problem) => refused(refuseProblems([problem]), { mends: opened(problem) }));
		const missing = [];
		for (const one of problems.length > 0 ? [] : missingForDeploy(shared, asked.settings)) missing.push(refused(await missingSettings(shared, ports, [one])));
		if (shared["database-url"] === void 0 && shared["database-service"] === void 0) missing.push(warns(NO_DATABASE.message, {
			why: "Nothing is backed up without it, and a rollback brings back code alone.",
			advice: NO_DATABASE.hint
		}));
		const prefix = shared["tag-prefix"];
		const unnamed = prefix === void 0 ? [] : await unlessRefused(async () => checkPrefix(prefix), { pass: "" });
		problems.push(...unnamed.filter(({ state }) => state !== "pass"));
		if (problems.length + missing.length > 0) return [...problems, ...missing];
		return [passes(`${asked.profile.app ?? "The app"}/${asked.profile.environment} says where the app and its database are.`)];
	}
};
function opened({ place }) {
	if (place === void 0) return [];
	return [{
		command: `"\${EDITOR:-vi}" +${place.line} ${quote([place.file])}`,
		means: "Opens the file at that line:"
	}];
}
const healthSettingsExamination = {
	about: "health check",
	of: "environment",
	needs: ["host", "environment"],
	why: "A deploy that is never checked cannot become stable.",
	async look(world) {
		if (await comesWithTheFirstDeploy(world)) return [];
		const environment = await world.environment();
		if (!hasChecks(environment.settingsOf(healthSection))) return [];
		if (!await world.database().then(() => true, () => false)) return [unseen("Could not look: the database is not reached.")];
		const commit = await (await world.clone())?.current();
		if (commit === void 0) return [];
		return await unlessRefused(async () => {
			refuseMisfits(environment.settingsOf(rolloutSection));
			await refuseUnaskable(environment, commit);
		}, { pass: "It can be asked as the settings say it." });
	}
};
const watchdogExamination = {
	about: "watchdog",
	of: "environment",
	needs: [],
	why: "A watchdog that cannot do its work is refused before a deploy begins.",
	async look({ shared, asked: { settings, problems } }) {
		if (problems.length > 0 || settings.section(deploySection).watchdog === void 0) return [];
		const obstacles = watchdogObstacles({
			shared,
			settings
		});
		if (obstacles.length > 0) return obstacles.map((one) => fails(noWatchdog({ settings }, [one]), { advice: one.way }));
		return [passes("The host could take a deploy back by itself, as far as the settings tell; what it needs on the host is tried when it is armed.")];
	}
};
async function comesWithTheFirstDeploy(world) {
	const directory = world.shared["app-dir"];
	if (directory === void 0 || world.asked.settings.section(rolloutSection).transport !== "push") return false;
	const host = await world.host();
	return await isFresh(host, await resolvePath(host, directory));
}
// src/deploy/doctor/clone.ts
const ORIGIN_MS = 1e4;
const cloneExamination = {
	about: "clone",
	of: "environment",
	needs: ["host"],
	why: "The app's files are a git clone in `app-dir`: a deploy checks a commit out there, a rollback the one before.",
	async look(world) {
		if (world.shared["app-dir"] === void 0) return [];
		const { git } = await world.hostLook();
		const host = await world.host();
		if (git === void 0) return [fails(`git is not installed on ${host.name}.`, { mends: [{
			command: commandOn(host, [
				"sudo",
				"apt-get",
				"install",
				"--yes",
				"git"
			]),
			means: "Installs it (Debian, Ubuntu):"
		}] })];
		if (await comesWithTheFirstDeploy(world)) return [passes(`Nothing is in ${world.shared["app-dir"]} yet: the first deploy makes the clone (\`transport: push\`).`)];
		return await unlessRefused(async () => await (await world.clone())?.head(), {
			pass: `${world.shared["app-dir"]} is a clone with a commit checked out (git ${git}).`,
			mends: async (failure) => await cloneMends(failure, world)
		});
	}
};
async function cloneMends({ code }, world) {
	const host = await world.host();
	const path = await resolvePath(host, world.shared["app-dir"] ?? "");
	if (code === "clone-foreign") return [{
		command: commandOn(host, [
			"git",
			"config",
			"--global",
			"--add",
			"safe.directory",
			path
		]),
		means: "Tells git that another user's clone is meant; what it holds must then be writable for this user:"
	}];
	const url = await ownOrigin(world);
	if (url === void 0) return [];
	if (code === "clone-missing") {
		const { folders, user } = await world.hostLook();
		const make = folders.find((one) => one.path === path)?.writable === true ? "" : `${quote([
			"sudo",
			"install",
			"-d",
			"-o",
			user,
			path
		])} && `;
		return [{
			command: commandOn(host, [
				"sh",
				"-c",
				`${make}${quote([
					"git",
					"clone",
					url,
					path
				])}`
			]),
			means: "Makes the clone:"
		}];
	}
	if (code === "clone-plain") {
		const words = `cd ${quote([path])} && git init --quiet && git remote add origin ${inQuotes(url)} && git fetch --quiet origin && git checkout --detach FETCH_HEAD`;
		return [{
			command: commandOn(host, [
				"sh",
				"-c",
				words
			]),
			means: "Makes a clone of what is there; files in the way are named, and left:"
		}];
	}
	return [];
}
async function ownOrigin({ ports: { here, cwd } }) {
	return await (await openClone(here, cwd).catch(() => void 0))?.origin();
}
const fetchExamination = {
	about: "fetch",
	of: "environment",
	needs: ["host", "clone"],
	why: "A deploy brings the commit to the host by the host's own `git fetch`.",
	async look(world) {
		const clone = await world.clone();
		if (clone === void 0) return [];
		if (world.asked.settings.section(rolloutSection).transport === "push") return [passes("The code is pushed from the checkout (`transport: push`); the host need not reach the repository.")];
		const url = await clone.origin();
		return await unlessRefused(async () => await askOrigin(clone, { timeout: ORIGIN_MS }), {
			pass: `The host reads ${url}.`,
			mends: async () => await fetchMends(world, url)
		});
	}
};
async function fetchMends(world, url) {
	const [host, clone, own] = [
		await world.host(),
		await world.clone(),
		await ownOrigin(world)
	];
	if (clone === void 0) return [];
	const git = (...words) => commandOn(host, [
		"git",
		"-C",
		clone.directory,
		...words
	]);
	const ways = [];
	if (url === void 0 && own !== void 0) ways.push({
		command: git("remote", "add", "origin", own),
		means: "Names the repository that this checkout comes from:"
	});
	if (url !== void 0 && own !== void 0 && own !== url) ways.push({
		command: git("remote", "set-url", "origin", own),
		means: "Names the repository that this checkout comes from instead:"
	});
	if (url !== void 0 && /^(?:ssh:|[^/]+@[^/]+:)/.test(url)) ways.push({
		command: `${commandOn(host, [
			"sh",
			"-c",
			"test -f ~/.ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N \"\" -f ~/.ssh/id_ed25519; cat ~/.ssh/id_ed25519.pub"
		])} | gh repo deploy-key add - --title ${inQuotes(host.name)}`,
		means: "Makes the host a key, where it has none, that may read this repository and no more:"
	});
	return ways;
}
const workTreeExamination = {
	about: "work tree",
	of: "environment",
	needs: ["host", "clone"],
	why: "A deploy overwrites no edit that was made on the host by hand: it stops instead.",
	async look(world) {
		const [host, clone] = [await world.host(), await world.clone()];
		if (clone === void 0 || await clone.current() === void 0) return [];
		const git = (...words) => commandOn(host, [
			"git",
			"-C",
			clone.directory,
			...words
		]);
		return await unlessRefused(async () => await refuseLocalEdits(clone), {
			pass: "No tracked file was edited by hand.",
			mends: () => [{
				command: git("diff"),
				means: "Shows the edits:"
			}, {
				command: git("stash"),
				means: "Puts them aside (`git stash list` there shows them):"
			}]
		});
	}
};
// src/rollout/named-services.ts
async function refuseUnknownNames(project, services) {
	refuseUnknownServices(services, await readModel(project));
}
// src/deploy/doctor/compose-command.ts
async function composeIn(world, words) {
	const host = await world.host();
	const project = await openComposeProject(host, world.shared, "this");
	return commandOn(host, [
		"sh",
		"-c",
		composePasted(project, ...words)
	]);
}
// src/deploy/doctor/standing-still.ts
const LIVE = new Set([
	"running",
	"restarting",
	"removing"
]);
const WAITS_FOR = "com.docker.compose.depends_on";
function standingStill(containers) {
	const jobs = new Set(containers.flatMap(({ labels }) => completedFor(labels[WAITS_FOR] ?? "")));
	const live = new Set(containers.filter(({ state }) => LIVE.has(state)).map(({ service }) => service));
	const found = new Map();
	for (const container of containers) {
		const { service, state, exitCode, staysUp } = container;
		if (live.has(service) || found.has(service)) continue;
		if (state === "exited" && exitCode === 0 && (jobs.has(service) || !staysUp)) continue;
		found.set(service, {
			service,
			how: howOf(container),
			by: state === "paused" ? "unpause" : state === "dead" ? "up" : "start"
		});
	}
	return [...found.values()];
}
function completedFor(dependsOn) {
	return dependsOn.split(",").flatMap((one) => {
		const [service = "", condition] = one.split(":");
		return condition === "service_completed_successfully" ? [service] : [];
	});
}
function howOf({ state, exitCode, outOfMemory }) {
	if (state === "created") return "it was made, and never started";
	if (state === "exited") return outOfMemory ? "it was ended for its memory" : `it ended with ${exitCode}`;
	return `it is ${state}`;
}
// src/deploy/doctor/compose.ts
const OLDEST = [2, 20];
const composeExamination = {
	about: "docker and compose",
	of: "environment",
	needs: ["host"],
	why: "The app's containers are built, started, stopped and asked through compose and the engine's client, as this user.",
	async look(world) {
		if (world.shared["app-dir"] === void 0) return [];
		const look = await projectLook(world);
		if (look === void 0) return [];
		const project = await openComposeProject(await world.host(), world.shared, "`doctor`");
		const found = await versionOf(project);
		const too = "why" in found ? await noCompose(world, project, found.why) : judgeCompose(found.version);
		if (too !== void 0) return [too];
		try {
			const containers = await look();
			const unknown = await namedServices(world, project);
			const odd = [...unknown === void 0 ? [] : [unknown], ...await stillIn(world, containers)];
			if (odd.length > 0) return odd;
			return [passes(`Compose ${"version" in found ? found.version : ""}; ${containers.length} of the project's containers are there.`)];
		} catch (error) {
			return [refused(error, { mends: error instanceof Failure && error.code === "engine-failed" ? await engineMends(world, project) : [] })];
		}
	}
};
async function projectLook(world) {
	const { shared, ports } = world;
	const clone = await world.clone().catch(() => void 0);
	if (clone === void 0) {
		if (shared["database-service"] === void 0) return void 0;
		return async () => (await servicesOf(await openComposeProject(await world.host(), shared, "`database-service`"))).containers;
	}
	const environment = {
		SAVEPOINT_ENVIRONMENT: world.place.name,
		SAVEPOINT_COMMIT: await clone.current() ?? ""
	};
	let failed;
	const watched = await watchApp({
		clone,
		shared,
		environment,
		ports
	}, { needed: true }).catch((error) => {
		failed = error;
	});
	if (failed !== void 0) return async () => {
		throw failed;
	};
	return watched?.ask;
}
async function stillIn(world, containers) {
	const still = standingStill(containers).filter(({ service }) => service !== world.shared["database-service"]);
	return await Promise.all(still.map(async ({ service, how, by }) => warns(`The service ${service} stands still: ${how}.`, {
		why: "What is not up answers nobody, and no deploy tells whether it was meant so.",
		mends: [{
			command: await composeIn(world, by === "up" ? [
				"up",
				"--detach",
				service
			] : [by, service]),
			means: "Lets it run again, as it is:"
		}, {
			command: await composeIn(world, [
				"logs",
				"--tail",
				"30",
				service
			]),
			means: "Shows what it said last:"
		}]
	})));
}
async function versionOf(project) {
	try {
		const finished = await compose(project, ["version", "--short"], { repeatable: true });
		return finished.code === 0 ? { version: finished.stdout.trim() } : { why: lastLines(finished) };
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "not-found") throw error;
		return { why: [error.message] };
	}
}
function judgeCompose(version) {
	const [, major = "0", minor = "0"] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
	if (!(Number(major) < OLDEST[0] || Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) return void 0;
	return fails(`Compose is ${version}, and ${OLDEST.join(".")} is needed at least.`, { advice: "Update it there by what installed it (of Docker's own packages it is `docker-compose-plugin`), or say in `compose-command` how a newer one is called." });
}
async function noCompose(world, project, why) {
	const host = await world.host();
	const called = project.command.join(" ");
	return fails(`\`${called}\` does not run on ${host.name}: ${why.join(" · ")}`, {
		advice: `Install compose ${OLDEST.join(".")} or newer there, or say how it is called in \`compose-command\`.`,
		mends: [{
			command: commandOn(host, [
				"sh",
				"-c",
				"curl -fsSL https://get.docker.com | sudo sh"
			]),
			means: "Installs the engine, its client and compose (Debian, Ubuntu, Fedora and others) by Docker's own script:"
		}]
	});
}
async function namedServices({ asked }, project) {
	const { services = [] } = asked.settings.section(rolloutSection);
	if (services.length === 0) return void 0;
	try {
		await refuseUnknownNames(project, services);
		return;
	} catch (error) {
		const why = "A deploy refuses it, unless the commit brings that service.";
		return {
			...refused(error, { state: "warn" }),
			why
		};
	}
}
async function engineMends(world, project) {
	const [host, { user, groups, uid }] = [await world.host(), await world.hostLook()];
	const root = (...words) => commandOn(host, ["sudo", ...words], { terminal: true });
	const may = uid === 0 || groups.includes("docker") || isThroughSudo(project);
	const access = {
		command: root("usermod", "--append", "--groups", "docker", user),
		means: `Lets ${user} use the engine from its next login on (which is as much as root's rights there):`
	};
	const start = {
		command: root("systemctl", "enable", "--now", "docker"),
		means: "Starts the engine, where it does not run, now and with the host:"
	};
	return may ? [start] : [access, start];
}
// src/deploy/doctor/database.ts
const databaseExamination = {
	about: "database",
	of: "environment",
	needs: ["host"],
	why: "It is backed up, migrated and brought back in sessions of our own.",
	async look(world) {
		if (world.shared["database-url"] === void 0 && world.shared["database-service"] === void 0) return [];
		world.database().catch(() => void 0);
		if (await standsInNoFolder(world)) return [unseen("Could not look: its address is in `app-dir`, which is not there.")];
		if (await isBehindCompose(world)) return [unseen("Could not look: its service is asked through compose, which does not answer.")];
		const found = await unlessRefused(async () => await world.database(), {
			pass: "",
			mends: async (failure) => await databaseMends(failure, world)
		});
		const opened = found.some(({ state }) => state !== "pass") ? void 0 : await world.database();
		if (opened === void 0) return found;
		const { database, version } = opened;
		return [passes(`${database.name} runs on PostgreSQL ${Math.floor(version / 1e4)}, and lets ${database.target.user} in directly.`)];
	}
};
async function standsInNoFolder(world) {
	const { shared } = world;
	if (shared["database-service"] === void 0 && shared["database-url"]?.kind !== "env") return false;
	if (shared["app-dir"] === void 0) return true;
	return await world.clone().then(() => false, (error) => error instanceof Failure && error.code === "clone-missing");
}
async function isBehindCompose(world) {
	if (world.shared["database-service"] === void 0) return false;
	return await world.database().then(() => false, (error) => error instanceof Failure && NO_COMPOSE.has(error.code ?? ""));
}
const NO_COMPOSE = new Set(["compose-config", "not-found"]);
const ENV_FILE = new Set([
	"28P01",
	"3D000",
	"28000",
	"env-file"
]);
async function databaseMends({ code }, world) {
	const { shared } = world;
	const service = shared["database-service"];
	if (code === "service-stopped" && service !== void 0) return [{
		command: await composeIn(world, [
			"up",
			"--detach",
			"--wait",
			service
		]),
		means: "Starts it, the first time as well, and waits until it is up:"
	}, {
		command: await composeIn(world, [
			"logs",
			"--tail",
			"30",
			service
		]),
		means: "Shows what it says, where it does not stay up:"
	}];
	const address = shared["database-url"];
	if (address?.kind === "env" && ENV_FILE.has(code ?? "")) {
		const host = await world.host();
		const file = `${await resolvePath(host, shared["app-dir"] ?? "")}/.env`;
		return [{
			command: commandOn(host, [
				"sh",
				"-c",
				`"\${EDITOR:-vi}" ${inQuotes(file)}`
			], { terminal: true }),
			means: `Opens the file in which ${address.name} stands:`
		}];
	}
	return [];
}
const toolsExamination = {
	about: "client tools",
	of: "environment",
	needs: ["host", "database"],
	why: "A pg_dump that is older than the server refuses it.",
	async look(world) {
		const opened = await world.database();
		if (opened === void 0) return [];
		const machine = opened.database.toolsOn;
		const major = Math.floor(opened.version / 1e4);
		const install = machine.holder === void 0 ? [
			"sudo",
			"apt-get",
			"install",
			"--yes",
			`postgresql-client-${major}`
		] : void 0;
		return await unlessRefused(async () => await clientTools(machine, major), {
			pass: `${machine.name} has pg_dump and pg_restore for PostgreSQL ${major}.`,
			mends: () => install === void 0 ? [] : [{
				command: commandOn(machine, install),
				means: "Installs them (Debian, Ubuntu):"
			}]
		});
	}
};
// src/deploy/doctor/disk.ts
const FULL_PERCENT = 90;
const PLENTY_BYTES = 1e10;
const diskExamination = {
	about: "disk",
	of: "environment",
	needs: ["host"],
	why: "A backup, new images and a copy of the database beside the live one need room; a full disk stops the database itself.",
	async look(world) {
		const host = await world.host();
		const { folders } = await world.hostLook();
		const mend = ({ near }) => ({
			command: commandOn(host, [
				"sh",
				"-c",
				`du -xk ${near} 2>/dev/null | sort -n | tail -n 20`
			]),
			means: "Shows what takes the room there:"
		});
		const low = folders.flatMap((folder) => judgeDisk(folder, { mends: [mend(folder)] }) ?? []);
		const room = await roomForBackup(world);
		if (low.length + room.length > 0) return [...room, ...low];
		return [passes(folders.map(({ path, freeBytes }) => `${path}: ${formatSize(freeBytes)} free`).join("; ") || "There is room.")];
	}
};
function judgeDisk({ path, usedPercent, freeBytes }, details = {}) {
	if (usedPercent < FULL_PERCENT || freeBytes > PLENTY_BYTES) return void 0;
	return warns(`The disk of ${path} is ${usedPercent}% full, and ${formatSize(freeBytes)} are free.`, details);
}
async function roomForBackup(world) {
	try {
		var _usingCtx$2 = _usingCtx();
		const opened = await world.database().catch(() => void 0);
		const environment = await world.environment().catch(() => void 0);
		if (opened === void 0 || environment?.state === void 0) return [];
		const store = backupStore(environment, environment.state);
		const looking = Promise.all([exists(environment.machine, store.directory), store.all()]);
		looking.catch(() => void 0);
		const connection = _usingCtx$2.a(await opened.database.connect("look", { signal: world.ports.signal }));
		const [there, { manifests }] = await looking;
		if (!there) return [];
		const last = manifests.filter((one) => one.database.name === opened.database.name).toSorted(newestFirst)[0];
		try {
			await requireRoom(store, connection, last);
			return [];
		} catch (error) {
			return [refused(error)];
		}
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
// src/deploy/doctor/journal.ts
const journalExamination = {
	about: "journal",
	of: "environment",
	needs: ["host", "environment"],
	why: "Nothing is begun on a journal that cannot be read, while a deploy is open, or with a version that was taken back.",
	async look(world) {
		const environment = await world.environment();
		if (environment.state === void 0) return [passes("Nothing was deployed yet.")];
		const ledger = await environment.state.journal.read();
		const damage = damageOf(environment, ledger);
		if (damage !== void 0) return [refused(damage)];
		const { open } = ledger;
		const mends = [statusWay(environment)];
		if (open?.end !== void 0) return [fails(`Deploy ${open.id} failed and blocks the next one: ${open.end.why}`, { mends })];
		if (open !== void 0) return [warns(`Deploy ${open.id} of ${open.owner} is open.`, { mends })];
		const commit = await incomingCommit(environment).catch(() => void 0);
		const quarantined = commit === void 0 ? void 0 : refusedAsQuarantined(environment, ledger, {
			commit,
			opener: void 0
		});
		if (quarantined !== void 0) return [refused(quarantined, { state: "warn" })];
		return [passes("It can be read, and nothing is open.")];
	}
};
const restoreProofExamination = {
	about: "restore proven",
	of: "environment",
	needs: ["host", "environment"],
	why: "A dump that was never restored is a hope: what stands in its way shows when it is tried.",
	async look(world) {
		const environment = await world.environment();
		if (environment.state === void 0) return [];
		const ledger = await environment.state.journal.read();
		const store = backupStore(environment, environment.state);
		const { manifests, broken } = await store.all();
		const found = broken.map(({ file, problem }) => {
			const [from, to] = [`${store.directory}/${file}`, `${store.directory}/${file}.unusable`];
			const command = commandOn(environment.machine, [
				"mv",
				"--",
				from,
				to
			]);
			return warns(`The backup ${file} is not usable: ${problem}`, { mends: [{
				command,
				means: "Puts it aside, for whoever looks into it:"
			}] });
		});
		const [newest] = manifests.toSorted(newestFirst);
		if (newest === void 0) return [...found, passes("There is no backup yet.")];
		const proofs = proofsOf(ledger, manifests);
		const proven = provenBy({
			fingerprint: newest.schema.fingerprint,
			serverVersion: newest.database.serverVersion
		}, proofs);
		if (proven !== void 0) return [...found, passes(`${proven.backup}, of the newest backup's schema, was restored and compared.`)];
		return [...found, warns(`The newest backup, ${newest.id}, was never restored, ${othersRestored(newest.schema.fingerprint, proofs)}.`, { mends: [{
			command: nextCommand(environment, "restore", [
				"--backup",
				newest.id,
				"--drill"
			]),
			means: "Restores it beside the live database, compares it, and takes the copy away again:"
		}] })];
	}
};
const replacedExamination = {
	about: "replaced databases",
	of: "environment",
	needs: [
		"host",
		"database",
		"environment"
	],
	why: "Each holds what was written before a restore; beyond `max-replaced` the next deploy is refused.",
	async look(world) {
		const environment = await world.environment();
		if (environment.state === void 0) return [];
		const ledger = await environment.state.journal.read();
		const settings = environment.settingsOf(backupSection);
		return await unlessRefused(async () => await refuseTooManyReplaced(environment, ledger, settings), { pass: "There is room for one more." });
	}
};
// src/deploy/doctor/login.ts
const loginExamination = {
	about: "login",
	of: "environment",
	needs: [],
	why: "Every step works on the host over this one login, and goes on only where the host's key is the known one.",
	async look(world) {
		const { host } = world.shared;
		const pass = host === void 0 ? "No `host` is given: the app and its state are on this machine." : `${host.user}@${host.host} lets us in, its key is the known one, and its shell runs commands.`;
		try {
			const machine = await world.host();
			if (host !== void 0) await machine.run({
				words: ["true"],
				repeatable: true
			});
			return [passes(pass)];
		} catch (error) {
			return [withheldFrom(world, error) ?? refused(error, { mends: error instanceof Failure ? mendsOf(error, world) : [] })];
		}
	}
};
function withheldFrom({ ports }, error) {
	if (ports.env["GITHUB_EVENT_NAME"] !== "pull_request" || !(error instanceof Failure) || error.code !== "inputs") return void 0;
	const [first = "", ...more] = error.message.split("\n");
	return unseen(`Could not look: ${[first, ...more.map((line) => line.replace(/^- /, ""))].join(" ")}`, {
		why: "GitHub gives the runs of pull requests from forks, and of Dependabot's, no secrets. That is no fault of theirs.",
		advice: "What the repository holds was looked at. For all else, look from a run on the default branch, or at a terminal, with the command `doctor`."
	});
}
const UNKNOWN = new Set([
	"host-key-unknown",
	"host-key-type",
	"known-hosts-missing",
	"known-hosts-malformed"
]);
const NO_KEY = new Set(["no-key", "auth-refused"]);
const NOT_THE_KEY = new Set([
	"key-public",
	"key-malformed",
	"no-file"
]);
const SEALED_KEY = new Set(["key-encrypted", "bad-passphrase"]);
function mendsOf({ code, message }, { shared: { host }, ports }) {
	if (host === void 0) return [];
	const port = host.port === 22 ? [] : ["-p", String(host.port)];
	const scan = quote([
		"ssh-keyscan",
		...port,
		"-t",
		"ed25519,ecdsa,rsa",
		host.host
	]);
	if (UNKNOWN.has(code) || code === "inputs" && message.includes("ssh-known-hosts")) return [ports.terminal ? {
		command: `mkdir -p ~/.ssh && ${scan} 2>/dev/null | tee -a ~/.ssh/known_hosts | ssh-keygen -lf -`,
		means: "Notes the host's keys and shows their fingerprints. Compare them with the server's own before you go on:"
	} : {
		command: `${scan} 2>/dev/null | tee /dev/stderr | gh variable set SSH_KNOWN_HOSTS`,
		means: "Sets the variable that `ssh-known-hosts` is given by. Compare the keys with the server's own:"
	}];
	if (code === "host-key-changed") {
		const name = host.port === 22 ? host.host : `[${host.host}]:${host.port}`;
		return [{
			command: quote([
				"ssh-keygen",
				"-R",
				name
			]),
			means: "Once you know why it changed, forgets the old key; then look again:"
		}];
	}
	if (NO_KEY.has(code)) return [{
		command: quote([
			"ssh-copy-id",
			...port,
			`${host.user}@${host.host}`
		]),
		means: "From where you can log in: lets your own key in. For a deploy's own key, its public half with -i:"
	}];
	if (NOT_THE_KEY.has(code) || SEALED_KEY.has(code)) return keyMends(code, ports);
	if (code === "no-shell") return [{
		command: quote([
			"sudo",
			"usermod",
			"--shell",
			"/bin/sh",
			host.user
		]),
		means: `On ${host.host}, as somebody who may: gives ${host.user} a shell that runs commands:`
	}];
	return [];
}
function keyMends(code, { terminal }) {
	if (SEALED_KEY.has(code)) return terminal ? [{
		command: "ssh-add",
		means: "Gives your keys to the agent, which asks for the passphrase once; then leave `ssh-key` out:"
	}] : [{
		command: "gh secret set SSH_PASSPHRASE",
		means: "Asks for the passphrase and keeps it; give it as `ssh-passphrase`:"
	}];
	const file = "~/.ssh/savepoint_deploy";
	return [terminal ? {
		command: `mkdir -p ~/.ssh && ${`test -f ${file} || ssh-keygen -q -t ed25519 -N "" -C savepoint -f ${file}`}`,
		means: `Makes a key pair for the deploy, where there is none; give \`ssh-key: ${file}\`:`
	} : {
		command: `gh secret set SSH_KEY < ${file}`,
		means: "Sets the secret that `ssh-key` is given by, from the private key's file:"
	}];
}
const userExamination = {
	about: "user",
	of: "environment",
	needs: ["host"],
	why: "What logs in as root can do everything on the host, and leaves files there that nobody else may change.",
	async look(world) {
		const { user, uid, groups } = await world.hostLook();
		if (uid !== 0 || world.shared.host === void 0) return [passes(`${user} (${groups.join(", ")}).`)];
		return [warns("The login is root's.", { advice: "Give the deploy a user of its own who owns `app-dir` and is in the group docker, and name that one in `host`." })];
	}
};
// src/deploy/doctor/migrations.ts
const migrationsExamination = {
	about: "migrations",
	of: "environment",
	needs: [
		"host",
		"database",
		"environment"
	],
	why: "What a commit's migrations and the database's history do not agree on stops its deploy.",
	async look(world) {
		const environment = await world.environment();
		const { directory, run } = environment.settingsOf(migrateSection);
		const checkout = await checkoutOf(environment);
		const commit = await checkout?.current();
		if (checkout === void 0 || commit === void 0 || run !== void 0) return [];
		const allowAhead = environment.settingsOf(rolloutSection)["allow-ahead"];
		return await unlessRefused(async () => {
			await refuseUncommitted(environment, commit, directory);
			await refuseUnmigratable(environment, checkout, commit, {
				allowAhead,
				migrates: false
			});
		}, { pass: `What is in ${directory} of ${commit.slice(0, 7)}, which is checked out here, goes with the database's history.` });
	}
};
// src/deploy/doctor/psql.ts
async function psqlCommand(world, target, { sql, user, database }) {
	const host = await world.host();
	const { "database-service": service, "database-from": from } = world.shared;
	if (service !== void 0) return await composeIn(world, [
		"exec",
		"-T",
		service,
		"psql",
		"-U",
		user,
		"-d",
		database,
		"-c",
		sql
	]);
	const words = [
		"psql",
		"-h",
		target.socket ?? target.host,
		"-p",
		String(target.port),
		"-U",
		user,
		"-d",
		database,
		"-c",
		sql
	];
	return from === "runner" ? quote(words) : commandOn(host, words, { terminal: true });
}
async function superuserOf(connection) {
	const [row] = await connection.query("SELECT rolname::text AS name FROM pg_roles WHERE rolsuper AND rolcanlogin ORDER BY rolname <> 'postgres', oid LIMIT 1");
	return row?.name ?? "postgres";
}
// src/deploy/doctor/rights.ts
const wayBackExamination = {
	about: "way back",
	of: "environment",
	needs: ["host", "database"],
	why: "A restore is made beside the live database and takes its place: what is in its way stops a deploy before it changes anything.",
	async look(world) {
		const opened = await world.database();
		if (opened === void 0) return [];
		const { database } = opened;
		const dependent = pathsOf(database);
		dependent.catch(() => void 0);
		const [obstacles, remarks] = await Promise.all([freeBytesOnServer(database).then(async (free) => await findRestoreObstacles(database, {
			freeBytesOnServer: free,
			detachSubscriptions: world.shared["detach-subscriptions"],
			dependent
		})), restoreRemarks(database, dependent).catch(() => [])]);
		const found = [];
		const about = {
			world,
			database,
			means: "Lifts that:"
		};
		for (const { problem, fix, choices } of obstacles) {
			const mends = choices === void 0 ? await statementIn(fix, about) : await statementsOf(choices, about);
			found.push(fails(problem, {
				advice: fix,
				mends
			}));
		}
		for (const { text, fix } of remarks) found.push(warns(text, {
			why: "It is in no way back's way, and should be known.",
			mends: await remedyOf(fix, about)
		}));
		if (found.length > 0) return found;
		return [passes(`${database.adminTarget.user} may make a database beside ${database.name}, fill it, and put it in its place.`)];
	}
};
async function pathsOf(database) {
	try {
		var _usingCtx$1 = _usingCtx();
		const connection = _usingCtx$1.a(await database.connect("look", { admin: true }));
		return await pathDependent(database, connection);
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
const readingExamination = {
	about: "reading for backups",
	of: "environment",
	needs: ["host", "database"],
	why: "A backup that may not read everything would not be whole, and is not made.",
	async look(world) {
		const opened = await world.database();
		if (opened === void 0) return [];
		const { database } = opened;
		try {
			const { admin } = await chooseReader(database, world.ports.signal);
			return [passes(`${(admin ? database.adminTarget : database.target).user} may read all of ${database.name}.`)];
		} catch (error) {
			return [refused(error, { mends: await statementIn(error instanceof Failure ? error.hint ?? "" : "", {
				world,
				database,
				means: "Lets it:"
			}) })];
		}
	}
};
const roleExamination = {
	about: "application's role",
	of: "environment",
	needs: ["host", "database"],
	why: "What an application's superuser can be made to do by a hole in it ends at nothing: neither at other databases, nor at the server's files.",
	async look(world) {
		try {
			var _usingCtx3 = _usingCtx();
			const opened = await world.database();
			if (opened === void 0) return [];
			const { database } = opened;
			const connection = _usingCtx3.a(await database.connect("look", { signal: world.ports.signal }));
			const [role] = await connection.query("SELECT rolname::text AS name, rolsuper AS superuser, oid = 10 AS first FROM pg_roles WHERE rolname = current_user");
			if (role?.superuser !== true) return [passes(`${role?.name ?? database.target.user} is no superuser.`)];
			const quoted = identifier(role.name);
			const sql = role.first ? `CREATE ROLE app LOGIN` : `ALTER ROLE ${quoted} NOSUPERUSER CREATEDB`;
			const user = role.first ? role.name : await anotherSuperuser(role.name, await superuserOf(connection));
			const command = await psqlCommand(world, database.adminTarget, {
				sql,
				user,
				database: database.name
			});
			return [warns(`${role.name} is a superuser.`, {
				advice: role.first ? `Give the application a role of its own in \`database-url\`${world.shared["database-service"] === void 0 ? " and this one in `database-admin-url`" : " beside `database-service`"}; it then needs a password, and the rights on its tables.` : `What is restored keeps its owners; extensions that only a superuser may install then need \`database-admin-url\`.`,
				mends: [{
					command,
					means: role.first ? "Makes such a role, without a password as yet:" : "Takes that away, and leaves what a deploy needs:"
				}]
			})];
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	}
};
async function anotherSuperuser(name, found) {
	return found === name ? "postgres" : found;
}
async function statementIn(fix, about) {
	const [, sql] = /^(?:In the database: )?((?:(?:ALTER|GRANT|CREATE|REASSIGN)\b[^;]*; ?)+)/.exec(fix) ?? [];
	return await remedyOf(sql?.trim(), about);
}
async function remedyOf(sql, about) {
	return sql === void 0 ? [] : await statementsOf([{
		sql,
		does: about.means
	}], about);
}
async function statementsOf(all, { world, database }) {
	try {
		var _usingCtx4 = _usingCtx();
		const user = await superuserOf(_usingCtx4.a(await database.connect("look", {
			admin: true,
			signal: world.ports.signal
		})));
		const ways = [];
		for (const { sql, does } of all) ways.push({
			command: await psqlCommand(world, database.adminTarget, {
				sql,
				user,
				database: database.name
			}),
			means: does
		});
		return ways;
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
// src/deploy/doctor/state-directory.ts
const stateDirectoryExamination = {
	about: "state directory",
	of: "environment",
	needs: ["host"],
	why: "Backups, journal and lock live there: without it there is no way back, and whoever may write there decides what a rollback does.",
	async look(world) {
		const unread = await unlessRefused(async () => await world.state(), { pass: "" });
		if (unread.some(({ state }) => state !== "pass")) return unread;
		const root = await world.stateRoot();
		return root === void 0 ? [] : await lookAtRoot(world, root);
	}
};
async function lookAtRoot(world, root) {
	const [host, found, { folders, user }] = [
		await world.host(),
		await world.state(),
		await world.hostLook()
	];
	const folder = folders.find(({ path }) => path === root);
	const there = folder?.near === root;
	if (folder !== void 0 && !there && !folder.writable) return [fails(`${root} is not there, and ${user} may not make it: ${folder.near} is not ${user}'s to write in.`, { mends: [{
		command: commandOn(host, [
			"sudo",
			"install",
			"-d",
			"-o",
			user,
			"-m",
			"700",
			root
		]),
		means: "Makes it, for that user alone:"
	}] })];
	const { shared, ports } = world;
	const { profile } = world.asked;
	return await unlessRefused(async () => {
		await refuseUnsafeState(host, statePaths(root));
		await refuseOtherState(host, statePaths(root), {
			app: found.app,
			environment: profile.environment
		});
		await refuseOthersWorkTree({
			machine: host,
			shared,
			profile,
			found,
			ports
		});
	}, { pass: there ? `${root} is ${user}'s alone to write in.` : `${root} is made by the first deploy.` });
}
// src/deploy/doctor/tag-rules.ts
const STANDS_IN_THE_WAY = {
	creation: "made",
	update: "moved",
	non_fast_forward: "moved back",
	required_signatures: "made unsigned"
};
const tagRulesExamination = {
	about: "token and tag rules",
	of: "environment",
	needs: ["host", "environment"],
	why: "A deploy is marked stable by tags; where a rule keeps them, it is confirmed all the same, and its tags wait.",
	async look(world) {
		const { env, signal } = world.ports;
		const token = tokenOf(world.shared, env);
		const repository = env["GITHUB_REPOSITORY"];
		if (token === void 0 || token === "" || repository === void 0) throw new Error("GitHub is asked in a workflow, or with GITHUB_REPOSITORY and a `token`.");
		const { tagPrefix } = await world.environment();
		const [owner = "", repo = ""] = repository.split("/");
		const api = await openGithubApi({
			token: new Secret(token),
			...githubAddresses(env),
			signal,
			trouble: githubTrouble
		});
		const { data: listed } = await api.request("GET /repos/{owner}/{repo}/rulesets", {
			owner,
			repo,
			includes_parents: true,
			targets: "tag",
			per_page: 100
		});
		const active = listed.filter(({ enforcement }) => enforcement === "active");
		const found = (await Promise.all(active.map(async ({ id }) => (await api.request("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
			owner,
			repo,
			ruleset_id: id
		})).data))).flatMap((ruleset) => judgeRuleset(ruleset, tagPrefix, repository) ?? []);
		return found.length > 0 ? found : [passes(`The token reads ${repository}, and no tag rule is in the way.`)];
	}
};
function judgeRuleset(ruleset, prefix, repository) {
	const { include = [], exclude = [] } = ruleset.conditions?.ref_name ?? {};
	const covers = [`refs/tags/${prefix}latest-stable`, `refs/tags/${prefix}stable-20260101-000000`].some((ref) => include.some((pattern) => matches(pattern, ref)) && !exclude.some((pattern) => matches(pattern, ref)));
	const kept = (ruleset.rules ?? []).flatMap(({ type }) => STANDS_IN_THE_WAY[type] ?? []);
	if (!covers || kept.length === 0 || ruleset.current_user_can_bypass === "always") return void 0;
	return fails(`The ruleset ${JSON.stringify(ruleset.name)} keeps the stable tags from being ${kept.join(" or ")}.`, {
		advice: `Leave \`${prefix}latest-stable\` and \`${prefix}stable-*\` out of it (its exclusions), or give \`token\` of an app that may pass it by.`,
		mends: [{
			command: quote([
				"gh",
				"api",
				`repos/${repository}/rulesets/${ruleset.id}`
			]),
			means: "Shows it:"
		}]
	});
}
function matches(pattern, ref) {
	if (pattern === "~ALL") return true;
	const body = pattern.split(/(\*\*\/?|\*|\?)/).map((part) => part.startsWith("**") ? ".*" : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : part.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)).join("");
	return new RegExp(`^${body}$`).test(ref);
}
// src/deploy/doctor/token-permissions.ts
const REPOSITORY = "/repos/{owner}/{repo}";
const SHOWN = {
	deployments: {
		permission: "deployments: write",
		list: `GET ${REPOSITORY}/deployments`
	},
	status: {
		permission: "statuses: write",
		list: `GET ${REPOSITORY}/commits/{ref}/statuses`
	},
	issue: {
		permission: "issues: write",
		list: `GET ${REPOSITORY}/issues`
	},
	"pull-request": {
		permission: "pull-requests: write",
		list: `GET ${REPOSITORY}/pulls`
	}
};
const tokenPermissionsExamination = {
	about: "token's permissions",
	of: "environment",
	needs: [],
	why: "What GitHub is to show of a deploy it shows only to a token that may write it; the deploy itself does not depend on it.",
	async look({ ports, shared, asked }) {
		const settings = asked.settings.section(githubSection);
		const wanted = Object.keys(SHOWN).filter((name) => settings[name]);
		if (wanted.length === 0) return [];
		const token = (tokenOf(shared, ports.env) ?? "").trim();
		const repository = repositoryOf(ports.env);
		if (token === "" || repository === void 0) throw new Error("GitHub is asked in a workflow, or with GITHUB_REPOSITORY and a `token`.");
		const access = {
			token: new Secret(token),
			...githubAddresses(ports.env),
			signal: ports.signal
		};
		const ref = ports.env["GITHUB_SHA"] || "HEAD";
		return await Promise.all(wanted.map(async (name) => {
			return await lookedAt(await openGithubApi({
				...access,
				trouble: tellingTrouble(SHOWN[name].permission)
			}), {
				name,
				repository,
				ref
			});
		}));
	}
};
async function lookedAt(api, { name, repository, ref }) {
	const { permission, list } = SHOWN[name];
	try {
		await api.request(list, {
			...repository,
			...list.includes("{ref}") && { ref },
			per_page: 1
		});
		return passes(`\`github.${name}\`: the token reads what is there. Whether it may write shows when it does: \`${permission}\`.`);
	} catch (error) {
		const status = statusOf(error);
		if (status !== 401 && status !== 403 && status !== 404) throw error;
		const { response } = error.cause;
		const accepted = response?.headers?.["x-accepted-github-permissions"];
		const needs = accepted === void 0 ? "" : ` GitHub wants ${String(accepted)} to read it.`;
		return warns(`\`github.${name}\`: ${clauseOf(error)}.${needs}`, { advice: `Give the job \`permissions: { ${permission} }\`, or switch \`github.${name}\` off. A called workflow has no more than its caller gives.` });
	}
}
// src/deploy/doctor/judge-workflow.ts
const OURS = /^[\w.-]+\/savepoint(?:\/actions\/([\w-]+))?@/;
const CHANGING = new Set([
	"",
	"migrate",
	"rollout"
]);
const TAGGING = new Set([
	"",
	"mark-stable",
	"rollback"
]);
const FULL_SHA = /@[0-9a-f]{40}$/;
async function judgeWorkflow(path, text) {
	const { parse } = await import("./dist.js").then((m) => __toESM(m.default, 1));
	const document = parsed(() => parse(text));
	if (document === void 0) return text.includes("/savepoint") ? [fails(`${path} is no YAML that can be read.`)] : void 0;
	const jobs = Object.entries(mapIn(document["jobs"])).map(([name, job]) => {
		const steps = mapIn(job)["steps"];
		return {
			name,
			job: mapIn(job),
			steps: Array.isArray(steps) ? steps.map((step) => mapIn(step)) : []
		};
	});
	const ours = jobs.filter(({ steps }) => steps.some((step) => actionOf(step) !== void 0));
	if (ours.length === 0) return void 0;
	const place = {
		path,
		text
	};
	return [...ours.map(withoutPlans).flatMap((job) => [
		...rights(place, document, job),
		...turn(place, document, job),
		...wayBack(place, job)
	]), ...pins(place, jobs)];
}
function withoutPlans(job) {
	return {
		...job,
		steps: job.steps.filter((step) => mapIn(step["with"])["dry-run"] !== true)
	};
}
function rights({ path, text }, document, { name, job, steps }) {
	if (!steps.some((step) => TAGGING.has(actionOf(step) ?? "-"))) return [];
	const said = job["permissions"] ?? document["permissions"];
	if (said === "write-all" || typeof said === "object" && mapIn(said)["contents"] === "write") return [];
	const what = said === void 0 ? "says no `permissions`" : "may not write to the repository (`contents: write`)";
	const mend = job["permissions"] === void 0 ? below(path, jobLine(text, name), "permissions: { contents: write }") : `sed -i ${quote([String.raw`/^ *${name}:/,$ s/contents: *read/contents: write/`])} ${quote([path])}`;
	return [fails(`${path}: job ${name} ${what}.`, {
		why: "The stable tags are moved by the job's token: without the right the deploy is confirmed, and its tags wait.",
		mends: [{
			command: mend,
			means: "Gives it that one right:"
		}]
	})];
}
function turn({ path, text }, document, { name, job, steps }) {
	if (!steps.some((step) => CHANGING.has(actionOf(step) ?? "-"))) return [];
	const said = job["concurrency"] ?? document["concurrency"];
	if (said === void 0) return [warns(`${path}: job ${name} has no \`concurrency\`.`, {
		why: "Two deploys at once are held apart by the lock, but the second one is refused where it could have waited for its turn.",
		mends: [{
			command: below(path, jobLine(text, name), `concurrency: { group: deploy-${name}, queue: max }`),
			means: "Lets deploys wait for each other:"
		}]
	})];
	if (mapIn(said)["cancel-in-progress"] !== true) return [];
	return [fails(`${path}: job ${name} is cancelled by the next one (\`cancel-in-progress: true\`).`, {
		why: "A deploy that is cut off in its middle is taken back: with every push in a row there would be none.",
		mends: [{
			command: `sed -i ${quote(["s/cancel-in-progress: *true/cancel-in-progress: false/"])} ${quote([path])}`,
			means: "Lets each one end:"
		}]
	})];
}
function wayBack({ path, text }, { name, steps }) {
	const actions = steps.map((step) => actionOf(step));
	if (!actions.some((action) => action !== void 0 && CHANGING.has(action))) return [];
	const step = steps[actions.lastIndexOf("rollback")];
	const uses = textIn(step?.["uses"]);
	if (step === void 0) return [warns(`${path}: job ${name} has no rollback step.`, {
		why: "At its end a job takes back what it left open, where all of the chain is its own. Over several jobs nobody does, and no step hears of it by outputs.",
		advice: "Let its last step be `actions/rollback` with `if: failure() || cancelled()`, and with what the others are given."
	})];
	const condition = textIn(step["if"]).replaceAll(/^\$\{\{|\}\}$|\s/g, "");
	if (condition === "always()" || condition.includes("failure()") && condition.includes("cancelled()")) return [];
	const line = lineOf(text, (one) => one.includes(uses) && /^\s*(?:- )?uses:/.test(one));
	const why = "Without a condition it is skipped as soon as a step before it fails; with `failure()` alone, where the run is cancelled.";
	if (step["if"] === void 0) return [fails(`${path}: the rollback step of job ${name} has no \`if:\`.`, {
		why,
		mends: [{
			command: below(path, line, "if: failure() || cancelled()"),
			means: "Lets it run where it is needed:"
		}]
	})];
	return [fails(`${path}: the rollback step of job ${name} runs \`if: ${textIn(step["if"])}\`.`, {
		why,
		advice: "`if: failure() || cancelled()` is always safe: where there is nothing to take back, it does nothing."
	})];
}
function pins({ path }, jobs) {
	const loose = jobs.flatMap(({ job, steps }) => [job["uses"], ...steps.map((step) => step["uses"])]).filter((uses) => typeof uses === "string" && /^[\w.-]+\/[^@\s]+@/.test(uses) && !OURS.test(uses));
	return [...new Set(loose)].filter((uses) => !FULL_SHA.test(uses) && !/^[\w.-]+\/savepoint\//.test(uses)).map((uses) => {
		const [action = "", ref = ""] = uses.split("@");
		const command = `sha=$(${`git ls-remote https://github.com/${action.split("/").slice(0, 2).join("/")} ${quote([
			`refs/tags/${ref}`,
			`refs/tags/${ref}^{}`,
			`refs/heads/${ref}`
		])} | tail -n 1 | cut -c 1-40`}) && test -n "$sha" && sed -i "s|${escaped(action)}@${escaped(ref)}\\( *\\)\\$|${action}@$sha # ${ref}|" ${quote([path])}`;
		return warns(`${path}: ${uses} is not pinned to a commit.`, {
			why: "A tag can be moved to other code, which then runs beside the deploy's secrets.",
			mends: [{
				command,
				means: "Pins it to what the name means today; look at that commit first:"
			}]
		});
	});
}
function actionOf(step) {
	const match = OURS.exec(textIn(step["uses"]));
	return match === null ? void 0 : match[1] ?? "";
}
function lineOf(text, fits) {
	return text.split("\n").findLast(fits) ?? "";
}
function jobLine(text, name) {
	return lineOf(text, (line) => new RegExp(`^ +["']?${escaped(name)}["']?: *(?:#.*)?$`).test(line));
}
function below(path, line, more) {
	const indent = /^ */.exec(line)?.[0] ?? "";
	const replacement = `&\\n${/ *- /.test(line.slice(0, indent.length + 2)) || !/^ *uses:/.test(line) ? `${indent}  ` : indent}${more}`.replaceAll("|", String.raw`\|`);
	return `sed -i ${inQuotes(`s|^${escaped(line)}$|${replacement}|`)} ${quote([path])}`;
}
function escaped(text) {
	return text.replaceAll(/[\\.*[\]^$|]/g, String.raw`\$&`);
}
function textIn(value) {
	return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}
function mapIn(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
function parsed(read) {
	try {
		return mapIn(read());
	} catch {
		return;
	}
}
// src/deploy/doctor/workflow-files.ts
const FOLDER = ".github/workflows";
const workflowsExamination = {
	about: "workflow files",
	of: "repository",
	needs: [],
	why: "They decide with what rights a deploy runs, what runs beside it, and whether it is taken back when it fails.",
	async look({ ports: { here, cwd } }) {
		const folder = `${cwd}/${FOLDER}`;
		const names = (await listFolder(here, folder).catch(nothingThere)).filter(({ name }) => /\.ya?ml$/.test(name)).map(({ name }) => name);
		const found = [];
		const ours = [];
		for (const name of names.toSorted()) {
			const judged = await judgeWorkflow(`${FOLDER}/${name}`, await readText(here, `${folder}/${name}`) ?? "");
			if (judged === void 0) continue;
			ours.push(name);
			found.push(...judged);
		}
		if (ours.length === 0) return [warns(`No workflow in ${FOLDER} of this checkout uses Savepoint.`)];
		return found.length > 0 ? found : [passes(`${ours.join(", ")}: rights, turn, rollback step and pins are in order.`)];
	}
};
function nothingThere(error) {
	if (error instanceof Failure) return [];
	throw error;
}
// src/deploy/doctor/examinations.ts
const EXAMINATIONS = [
	settingsExamination,
	loginExamination,
	userExamination,
	clockExamination,
	diskExamination,
	stateDirectoryExamination,
	cloneExamination,
	fetchExamination,
	workTreeExamination,
	composeExamination,
	databaseExamination,
	toolsExamination,
	readingExamination,
	wayBackExamination,
	roleExamination,
	migrationsExamination,
	healthSettingsExamination,
	watchdogExamination,
	channelsExamination,
	journalExamination,
	restoreProofExamination,
	replacedExamination,
	workflowsExamination,
	tagRulesExamination,
	tokenPermissionsExamination
];
// src/deploy/doctor/host-look.ts
const SCRIPT = `
LC_ALL=C; export LC_ALL
printf 'now\\t%s\\n' "$(date +%s)"
printf 'user\\t%s\\t%s\\n' "$(id -u)" "$(id -un)"
printf 'groups\\t%s\\n' "$(id -Gn)"
printf 'git\\t%s\\n' "$(git --version 2>/dev/null)"
for folder do
  case $folder in "~") folder=$HOME ;; "~/"*) folder=$HOME/\${folder#"~/"} ;; /*) ;; *) folder=$HOME/$folder ;; esac
  near=$folder
  while [ ! -e "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
  may=no
  if [ -d "$near" ] && [ -w "$near" ] && [ -x "$near" ]; then may=yes; fi
  df -Pk "$near" | { read -r head; read -r system blocks used free percent mount; printf 'folder\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$folder" "$near" "$may" "$free" "$percent"; }
done`;
async function lookAtHost(machine, folders, clock) {
	const before = clock.now().getTime();
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			SCRIPT,
			"sh",
			...folders
		],
		repeatable: true
	}, "Looking at the host");
	return readHostLook(stdout, {
		before,
		after: clock.now().getTime()
	});
}
function readHostLook(text, { before, after }) {
	const lines = text.split("\n").map((line) => line.split("	"));
	const of = (name) => lines.find(([key]) => key === name)?.slice(1) ?? [];
	const [uid = "", user = ""] = of("user");
	return {
		user,
		uid: Number(uid),
		groups: (of("groups")[0] ?? "").split(" ").filter((group) => group !== ""),
		git: /\d+(?:\.\d+)+/.exec(of("git")[0] ?? "")?.[0],
		aheadMs: aheadOf(Number(of("now")[0]) * 1e3, {
			before,
			after
		}),
		folders: lines.filter(([key]) => key === "folder").map(([, path = "", near = "", may = "", free = "", percent = ""]) => ({
			path,
			near,
			writable: may === "yes",
			freeBytes: Number(free) * 1024,
			usedPercent: Number.parseInt(percent, 10)
		}))
	};
}
function aheadOf(second, { before, after }) {
	if (second > after) return second - after;
	return second + 1e3 < before ? second + 1e3 - before : 0;
}
// src/deploy/doctor/world.ts
const NEEDS = {
	host: {
		get: async (world) => await world.host(),
		lacking: "the host is not reached"
	},
	clone: {
		get: async (world) => await world.clone(),
		lacking: "the clone cannot be read"
	},
	database: {
		get: async (world) => await world.database(),
		lacking: "the database is not reached"
	},
	environment: {
		get: async (world) => await world.environment(),
		lacking: "the state cannot be read"
	}
};
function openWorld(asked, outer) {
	const shared = asked.settings.section(sharedSection);
	const heard = [];
	const ports = {
		...outer,
		report: quiet(outer, heard)
	};
	const { profile, settings } = asked;
	let connected;
	const open = [];
	const goodbyes = [];
	const host = memo(async () => {
		await refuseMissing(shared, ports, { state: "required" });
		const machine = await machineOf(shared, ports);
		if (machine !== ports.here) connected = machine;
		return machine;
	});
	const found = memo(async () => await findState({
		machine: await host(),
		shared,
		profile,
		need: { state: "required" },
		ports
	}));
	const stateRoot = async () => (await found()).root;
	const clone = memo(async () => await openAppClone(await host(), shared));
	const database = memo(async () => {
		const machine = await host();
		const named = await openConfiguredDatabase({
			shared,
			machine,
			here: ports.here,
			mask: (secret) => ports.report.mask(secret),
			say: (text) => ports.report.say(text)
		});
		if (named === void 0) return void 0;
		const connection = await named.connect("look", { signal: ports.signal });
		goodbyes.push(connection[Symbol.asyncDispose]());
		return {
			database: named,
			version: connection.serverVersion
		};
	});
	return {
		ports,
		heard,
		told: new Set(),
		asked,
		shared,
		place: {
			app: profile.app ?? "app",
			name: profile.environment,
			shared,
			ports
		},
		host,
		state: found,
		stateRoot,
		hostLook: memo(async () => {
			const folders = [await stateRoot().catch(() => void 0), shared["app-dir"]].filter((folder) => folder !== void 0);
			return await lookAtHost(await host(), folders, ports.clock);
		}),
		clone,
		database,
		environment: memo(async () => {
			const machine = await host();
			const lent = machine === ports.here ? machine : {
				...machine,
				[Symbol.asyncDispose]: async () => void 0
			};
			const call = {
				settings,
				profile,
				inputs: { shared },
				ports: {
					...ports,
					connect: async () => lent
				}
			};
			const environment = await openEnvironment(call, { state: "optional" });
			open.push(environment);
			if (!LENT.every((name) => environment.settings.text("", name) === settings.text("", name))) return environment;
			return {
				...environment,
				clone,
				database: async () => (await database())?.database
			};
		}),
		async [Symbol.asyncDispose]() {
			await Promise.all([...goodbyes, ...open.map(async (one) => await one[Symbol.asyncDispose]())]);
			await connected?.[Symbol.asyncDispose]();
		}
	};
}
const LENT = [
	"app-dir",
	"compose-command",
	"compose-file",
	"database-admin-url",
	"database-from",
	"database-service",
	"database-url",
	"detach-subscriptions",
	"schema"
];
function memo(make) {
	let made;
	return async () => await (made ??= make());
}
function quiet({ report }, heard) {
	return {
		step: async (_title, body) => await body(),
		say: (text) => report.detail(text),
		detail: (text) => report.detail(text),
		notice: (text) => report.detail(text),
		warning: (text) => void heard.push(text),
		mask: (secret) => report.mask(secret)
	};
}
// src/deploy/doctor/examine.ts
const AT_ONCE = 24;
async function examine(examinations, world) {
	const limit = pLimit(AT_ONCE);
	const found = await Promise.all(examinations.map(async (one) => await limit(async () => await lookFor(one, world))));
	const heard = [...new Set(world.heard)].filter((text) => !world.told.has(text)).map((text) => ({
		state: "warn",
		about: "besides",
		seen: text
	}));
	return [...found.flat(), ...heard];
}
async function lookFor(examination, world) {
	const { about, why } = examination;
	const unseen = (seen) => [{
		state: "unseen",
		about,
		seen: `Could not look: ${seen}`,
		why
	}];
	const needed = examination.needs.map(async (need) => await NEEDS[need].get(world));
	for (const one of needed) one.catch(() => void 0);
	for (const [at, need] of examination.needs.entries()) try {
		if (await needed[at] === void 0) return [];
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return unseen(`${NEEDS[need].lacking}.`);
	}
	try {
		return (await examination.look(world)).map((one) => ({
			about,
			...one.state !== "pass" && { why },
			...one
		}));
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return unseen(messageOf(error));
	}
}
export { EXAMINATIONS as i, openWorld as n, lookAtHost as r, examine as t };

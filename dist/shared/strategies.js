import { _ as stopIfCancelled, c as plural, f as Failure, g as refusal, o as formatDuration, s as formatSize, u as shortCommit } from "./secret.js";
import { r as quote } from "./within.js";
import { Cr as _usingCtx, Dr as freeBytes, Fn as because, Fr as LOOK_AGAIN, In as hasFailed, Ln as tellContainers, Un as commandOn, ar as servicesToStop, br as gitLines, cr as COMMIT_LABEL, dr as composeWords, fr as containersNamed, ir as servicesToStart, jr as remove$1, lr as compose, mr as readRecord, or as allServices, pr as dockerWords, rr as databasesAmong, sr as readModel, tr as openComposeProject } from "./text.js";
import { d as refuseMisfits } from "./owner.js";
import { m as IDENTIFY, v as ending, x as succeed, y as lastLines } from "./lane.js";
import { C as string, p as object, t as array, y as record } from "./valibot.js";
import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, join, relative } from "node:path/posix";
// src/rollout/act.ts
function commandOf({ words, folder, variables, timeLimit }) {
	return {
		words,
		...folder !== void 0 && { cwd: folder },
		...variables !== void 0 && { env: variables },
		...timeLimit !== void 0 && { timeout: timeLimit }
	};
}
function tellAct({ what, words, told }) {
	const [first = "", ...rest] = (told ?? quote(words)).trimEnd().split("\n");
	return [`${what}: ${first}`, ...rest.map((line) => `  ${line}`)];
}
// src/rollout/shell.ts
const PATIENCE_MS = 6e4;
const TAIL_BYTES = 65536;
const RUN = `${IDENTIFY}
since=$(started "$$")
rm -f "$2/$4.last"
(umask 077 && mkdir -p "$2" && rm -f "$2/$3" && : > "$2/$3") || exit 1
tail -n +1 -f "$2/$3" 2>/dev/null &
follow=$!
sh -e -c "$1" </dev/null >>"$2/$3" 2>&1
code=$?
last=$(cat "$2/$4.last" 2>/dev/null)
# Who listens is told from who listened before by this (health/takeover.ts); the starts of one deploy stay together.
if [ -n "$since" ]; then
  { grep "^\${SAVEPOINT_ID:--} " "$2/$4.started" 2>/dev/null; printf '%s %s %s %s %s\n' "\${SAVEPOINT_ID:--}" "$(boot)" "$since" "\${last:--}" "$(started "$last")"; } >"$2/$4.started.new" && mv -f "$2/$4.started.new" "$2/$4.started"
fi
kill "$follow" 2>/dev/null
# What is started next, on the way back, writes over the log of what failed.
if [ "$code" -ne 0 ]; then
  cp -f "$2/$3" "$2/$5" 2>/dev/null
  ls -t "$2/$4".failed-*.log 2>/dev/null | tail -n +11 | while IFS= read -r old; do rm -f "$old"; done
fi
# Its end, for whoever followed and missed it.
tail -c ${TAIL_BYTES} "$2/$3" >&2
exit "$code"
`;
function shellAct({ clone, name, text, what, environment }) {
	const folder = folderOf(clone);
	return {
		what,
		words: [
			"sh",
			"-c",
			RUN,
			"sh",
			`${noteLast(`${folder}/${name}.last`)}${text}`,
			folder,
			`${name}.log`,
			name,
			keptLog(name, environment)
		],
		folder: clone.directory,
		variables: environment,
		told: text
	};
}
function folderOf({ gitDirectory }) {
	return `${gitDirectory}/savepoint`;
}
function keptLog(name, variables = {}) {
	return `${name}.failed-${shortCommit(String(variables["SAVEPOINT_COMMIT"] ?? "")) || "version"}.log`;
}
async function runShell(run) {
	try {
		var _usingCtx$4 = _usingCtx();
		const { act, clone, name, ports } = run;
		let shown = 0;
		const show = (line) => {
			shown += 1;
			ports.report.detail(`${name}: ${line}`);
		};
		_usingCtx$4.u(remarkWhenSlow(name, ports));
		const finished = await clone.machine.run({
			...commandOf(act),
			signal: ports.signal,
			onLine: (line, from) => from === "stdout" ? show(line) : void 0,
			...run.noteIn !== void 0 && { noteIn: run.noteIn }
		});
		const { lines, whole } = endOf(finished);
		if (whole) for (const line of lines.slice(shown)) show(line);
		if (finished.code !== 0) throw failed(run, finished, lines, `${folderOf(clone)}/${keptLog(name, act.variables)}`);
		ports.report.say(`${name} done (${formatDuration(finished.durationMs)})`);
	} catch (_) {
		_usingCtx$4.e = _;
	} finally {
		_usingCtx$4.d();
	}
}
function noteLast(file) {
	return `savepoint_last() { set +u; printf '%s' "$!" >${quote([file])}; }; trap savepoint_last EXIT; `;
}
function endOf(finished) {
	const lines = finished.stderr.split(/\r?\n/);
	if (lines.at(-1) === "") lines.pop();
	return {
		lines,
		whole: Buffer.byteLength(finished.stderr) < TAIL_BYTES
	};
}
function failed(run, finished, lines, log) {
	const said = lines.filter((line) => line.trim() !== "");
	const name = run.name === "command" ? "The rollout's command" : run.name;
	return new Failure(`${name} failed (${ending(finished)}) in ${run.clone.directory} on ${run.clone.machine.name}.`, {
		evidence: said.slice(-20),
		hint: `All it said is in ${log} there.`,
		code: "command-failed"
	});
}
function remarkWhenSlow(name, ports) {
	const over = new AbortController();
	ports.clock.sleep(PATIENCE_MS, over.signal).then(() => ports.report.notice(`${name} has been running for ${formatDuration(PATIENCE_MS)}. If it is the app itself that runs, let it run in the background: \`nohup … &\`, or a service manager.`), () => void 0);
	return { [Symbol.dispose]: () => over.abort() };
}
// src/rollout/commands.ts
const NAMES = [
	"stop-command",
	"command",
	"start-command"
];
function givenCommands(settings) {
	return NAMES.filter((name) => settings[name] !== void 0);
}
async function runIfGiven(app, name) {
	const act = actOf(app, name);
	if (act === void 0) return false;
	const { clone, ports, noteIn } = app;
	if (name !== "command") app.standstill?.begin();
	await timed(app, act.what, async () => await runShell({
		act,
		name,
		clone,
		ports,
		noteIn
	}));
	return true;
}
function actsOf(app, names) {
	return names.map((name) => actOf(app, name)).filter((act) => act !== void 0);
}
function actOf(app, name) {
	const text = app.settings[name];
	if (text === void 0) return void 0;
	const version = versionOf(app, name);
	const what = version === void 0 ? name : `${name} of ${version}`;
	return shellAct({
		clone: app.clone,
		name,
		text,
		what,
		environment: app.environment
	});
}
function versionOf({ environment }, name) {
	const previous = environment["SAVEPOINT_PREVIOUS_COMMIT"];
	const commit = name === "stop-command" && previous !== void 0 && previous !== "" ? previous : environment["SAVEPOINT_COMMIT"];
	return commit === void 0 || commit === "" ? void 0 : shortCommit(commit);
}
function tellStarted(app) {
	const version = versionOf(app, "start-command");
	if (version !== void 0) app.standstill?.started(version);
}
async function timed({ standstill }, what, body) {
	return standstill === void 0 ? await body() : await standstill.timed(what, body);
}
async function stopByCommand(app) {
	try {
		await runIfGiven(app, "stop-command");
	} catch (error) {
		if (!isOfCommand(error) || !await downAnyway(app, error)) throw error;
	}
}
async function orWarn(app, stop) {
	try {
		return await stop();
	} catch (error) {
		if (!isOfCommand(error)) throw error;
		if (await downAnyway(app, error)) return "stopped";
		app.ports.report.warning(`${whatItSaid(error)} Going on as if the app were down; if it still runs, the next start may fail.`);
		return "failed";
	}
}
function isOfCommand(error) {
	return error instanceof Failure && error.code === "command-failed";
}
async function downAnyway({ knownDown, ports }, failure) {
	const why = await knownDown?.();
	if (why === void 0) return false;
	ports.report.warning(`${whatItSaid(failure)} The app is down all the same: ${why}. So this goes on.`);
	return true;
}
function whatItSaid({ message, evidence }) {
	const said = evidence.slice(-3).join(" / ");
	return said === "" ? message : `${message} It said: ${said}.`;
}
// src/rollout/obstacles.ts
const NAMED_FILES = 20;
async function refuseObstacles(clone, commit) {
	if (await clone.interruptedCheckout() !== void 0) return;
	await refuseLocalEdits(clone);
	await refuseFilesInTheWay(clone, commit);
}
async function refuseLocalEdits(clone) {
	const files = await clone.dirtyFiles();
	if (files.length === 0) return;
	throw inTheWay(`${plural(files.length, "tracked file")} in ${clone.directory} on ${clone.machine.name} ${files.length === 1 ? "was" : "were"} edited by hand.`, files, { hint: `See \`git -C ${clone.directory} diff\`; commit and push what is meant, and \`git -C ${clone.directory} checkout HEAD -- .\` for what is not. Files that a build rewrites are better not tracked.` });
}
async function refuseFilesInTheWay(clone, commit) {
	const files = await clone.untrackedInTheWay(commit);
	if (files.length === 0) return;
	throw inTheWay(`${shortCommit(commit)} has ${plural(files.length, "file")} where ${clone.directory} on ${clone.machine.name} has untracked ones of the same name.`, files, { hint: "Move them away on the host, or take them out of the commit; they would be overwritten." });
}
function inTheWay(message, files, details) {
	const more = files.length > NAMED_FILES ? [`… and ${plural(files.length - NAMED_FILES, "more file", "more files")}`] : [];
	return refusal(message, {
		...details,
		evidence: [...files.slice(0, NAMED_FILES), ...more],
		code: "work-tree"
	});
}
// src/rollout/files.ts
async function putFiles(app, request) {
	const { clone, ports } = app;
	const previous = await clone.current();
	stopIfCancelled(ports.signal);
	if (request.stopped !== true) {
		if (request.edits !== "keep") await refuseObstacles(clone, request.commit);
		await clone.awaitOthers(request.commit, (which) => ports.report.say(`Waiting, while the app still runs: ${which}.`));
		await stopByCommand(app);
	}
	stopIfCancelled(ports.signal);
	await timed(app, "putting the files in place", async () => await placeFiles(app, request));
	return previous;
}
async function placeFiles({ clone, ports, noteIn }, { commit, edits }) {
	const options = noteIn === void 0 ? {} : { noteIn };
	if (edits !== "keep") {
		await clone.checkout(commit, options);
		return;
	}
	const kept = await clone.restoreTo(commit, {
		...options,
		at: ports.clock.now()
	});
	if (kept.edits !== void 0) ports.report.warning(`Tracked files in ${clone.directory} had been edited; they are kept: git -C ${clone.directory} show ${kept.edits}`);
	if (kept.renamed.length > 0) ports.report.warning(`Untracked files stood in the way in ${clone.directory} and were renamed: ${kept.renamed.slice(0, 10).join(", ")}${kept.renamed.length > 10 ? ", …" : ""}`);
}
async function fileAct(app, { commit, edits }) {
	const previous = await app.clone.current();
	return {
		...filesOf(app, commit, edits),
		...previous !== void 0 && { undo: [filesOf(app, previous, "keep")] }
	};
}
function filesOf({ clone, ports }, commit, edits) {
	const { words, cwd, env } = clone.placing(commit, edits === "keep" ? ports.clock.now() : void 0);
	return {
		what: `the files of ${shortCommit(commit)}`,
		words,
		folder: cwd,
		variables: env,
		told: `git checkout --detach ${commit}${edits === "keep" ? ", what stands in the way kept aside" : ""}`
	};
}
// src/rollout/command/command.ts
const commandKind = {
	said: (settings) => settings.command !== void 0 || settings["start-command"] !== void 0,
	seen: async () => await Promise.resolve(true),
	open: async (about) => await Promise.resolve(byCommands(about))
};
function byCommands(app) {
	const { settings } = app;
	refuseMisfits(settings);
	const commands = givenCommands(settings);
	return {
		kind: "command",
		stops: settings["stop-command"] !== void 0,
		starts: settings["start-command"] !== void 0,
		tellsApart: false,
		concluded: {},
		summary: commands.length === 0 ? "no command is given: the code is put in place" : `by ${commands.join(", ")}`,
		prepare: async () => await Promise.resolve({}),
		switchTo: async (request) => await switchTo$1(app, request),
		stop: async () => await orWarn(app, async () => await runIfGiven(app, "stop-command") ? "stopped" : "unknown"),
		start: async () => await start(app),
		clearAway: async (about) => await Promise.resolve(about.stopped ? void 0 : mayBeUp(app, about)),
		runs: async () => await Promise.resolve({ state: "unknown" }),
		builtFrom: async () => await Promise.resolve([]),
		runsOtherImages: async () => await Promise.resolve(false),
		thinOut: async () => await Promise.resolve([]),
		plan: {
			stop: async () => await Promise.resolve(stopActs$1(app)),
			start: async () => await Promise.resolve(actsOf(app, [starter(app)])),
			switchTo: async (request) => await switchActs$1(app, request)
		}
	};
}
async function switchTo$1(app, request) {
	const previous = await putFiles(app, request);
	await runIfGiven(app, "command");
	await runIfGiven(app, "start-command");
	app.standstill?.started(shortCommit(request.commit));
	const { command: makes, "start-command": starts } = app.settings;
	if (makes === void 0 && starts === void 0) app.ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
	return {
		commit: request.commit,
		previous,
		images: void 0
	};
}
async function start(app) {
	await runIfGiven(app, starter(app));
	tellStarted(app);
}
function starter({ settings }) {
	return settings["start-command"] === void 0 && settings["stop-command"] !== void 0 ? "command" : "start-command";
}
function stopActs$1(app) {
	return actsOf(app, ["stop-command"]).map((act) => ({
		...act,
		mayFail: true,
		undo: actsOf(app, [starter(app)])
	}));
}
async function switchActs$1(app, request) {
	return [
		...request.stopped === true ? [] : actsOf(app, ["stop-command"]),
		await fileAct(app, request),
		...actsOf(app, ["command", "start-command"])
	];
}
function mayBeUp({ clone: { machine, directory }, settings }, { startedBy }) {
	const stop = settings["stop-command"];
	if (stop !== void 0) return {
		what: "still up, as far as is known: its `stop-command` failed",
		ways: [{
			command: commandOn(machine, [
				"sh",
				"-c",
				`cd ${quote([directory])} && { ${stop}\n}`
			]),
			means: "Runs `stop-command` again."
		}]
	};
	if (startedBy === void 0) return void 0;
	return {
		what: `still up, as far as is known: no \`stop-command\` is given, and this started it: ${startedBy}`,
		ways: []
	};
}
// src/rollout/compose/acts.ts
const NAMED_WITHIN = 12e4;
function tagAct(engine, image, name) {
	return {
		what: `the image ${name}`,
		words: dockerWords(engine, "image", "tag", image, name),
		timeLimit: NAMED_WITHIN
	};
}
function upAct(project, services) {
	return {
		what: `starting ${services.join(", ")}`,
		words: composeWords(project, "up", "--detach", "--no-build", "--pull", "never", "--no-deps", "--", ...services),
		folder: project.directory,
		variables: project.environment
	};
}
const WITH_CONTAINERS = `
list=$1 engine=$2; shift 2
ids=
# shellcheck disable=SC2034 # It is read by what eval runs.
for service do
  found=$(eval "$list --filter \\"label=com.docker.compose.service=\\$service\\"") || exit 1
  ids="$ids $found"
done
set -f
# shellcheck disable=SC2086
set -- $ids
[ "$#" -gt 0 ] || exit 0
${LOOK_AGAIN}
eval "$engine \\"\\$@\\""
`;
function stopAct(engine, project, services) {
	return {
		what: `stopping ${services.join(", ")}`,
		words: withContainers(engine, {
			project,
			services,
			list: [],
			act: ["stop"]
		}),
		told: `${quote(dockerWords(engine, "stop"))} <the containers of ${services.join(", ")}>`
	};
}
function removeAct(engine, project, services) {
	return {
		what: `removing ${services.join(", ")}`,
		words: withContainers(engine, {
			project,
			services,
			list: ["--all"],
			act: ["rm", "--force"]
		}),
		told: `${quote(dockerWords(engine, "rm", "--force"))} <the containers of ${services.join(", ")}>`,
		mayFail: true
	};
}
function withContainers(engine, about) {
	const filters = [`label=com.docker.compose.project=${about.project}`, "label=com.docker.compose.oneoff=False"];
	const list = quote(dockerWords(engine, "ps", ...about.list, "--quiet", "--no-trunc", ...filters.flatMap((filter) => ["--filter", filter])));
	return [
		"sh",
		"-c",
		WITH_CONTAINERS,
		"sh",
		list,
		quote(dockerWords(engine, ...about.act)),
		...about.services
	];
}
// src/rollout/compose/images.ts
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
function retainedName(project, service, commit) {
	return `${retainedRepository(project, service)}:${commit}`;
}
function retainedRepository(project, service) {
	const name = `${project}-${service}`;
	if (COMPONENT.test(name)) return `savepoint/${name}`;
	return `savepoint/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}
async function imageIds(engine, names) {
	if (names.length === 0) return new Map();
	const script = `for name do id=$(${quote(dockerWords(engine, "image", "inspect", "--format", "{{.Id}}"))} "$name" 2>/dev/null) || id=; printf '%s\\n' "$id"; done`;
	const { stdout } = await succeed(engine.machine, {
		words: [
			"sh",
			"-c",
			script,
			"sh",
			...names
		],
		repeatable: true
	}, "Looking at the images");
	const ids = stdout.split("\n").map((line) => line.trim());
	return new Map(names.flatMap((name, at) => ids[at]?.startsWith("sha256:") === true ? [[name, ids[at] ?? ""]] : []));
}
async function tagImage(engine, image, name) {
	await succeed(engine.machine, commandOf(tagAct(engine, image, name)), `Naming an image ${name}`);
}
async function untagImage(engine, name) {
	return (await engine.machine.run({ words: dockerWords(engine, "image", "rm", name) })).code === 0;
}
async function retainedImages(engine, project, services) {
	const words = dockerWords(engine, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=savepoint/*");
	const finished = await engine.machine.run({ words });
	if (finished.code !== 0) throw new Failure(`Listing the images failed (${ending(finished)}).`, {
		code: "engine-failed",
		evidence: lastLines(finished)
	});
	const repositories = new Set(services.map((service) => retainedRepository(project, service)));
	return finished.stdout.split("\n").flatMap((line) => {
		const at = line.lastIndexOf(":");
		return repositories.has(line.slice(0, at)) ? [{
			name: line.trim(),
			commit: line.slice(at + 1).trim()
		}] : [];
	});
}
// src/rollout/compose/build.ts
const SPARE_BYTES = 268435456;
const FULL_BYTES = 16777216;
const EVIDENCE_LINES = 30;
async function buildImages(making, services) {
	if (services.length === 0) return;
	const { project, model, commit, ports } = making;
	const names = services.map(({ name }) => retainedName(model.name, name, commit));
	const before = await imageIds(project, names);
	const started = ports.clock.now().getTime();
	try {
		await build(making, services);
	} catch (error) {
		for (const name of names) if (!before.has(name)) await untagImage(project, name);
		throw error;
	}
	const took = formatDuration(ports.clock.now().getTime() - started);
	ports.report.say(`Built ${services.map(({ name }) => name).join(", ")} of ${shortCommit(commit)} (${took})`);
}
async function build({ project, model, commit, ports, noteIn }, services) {
	const document = {
		name: model.name,
		services: Object.fromEntries(services.map((service) => [service.name, {
			build: ours(service.build ?? {}, commit),
			image: retainedName(model.name, service.name, commit),
			...service.platform !== void 0 && { platform: service.platform }
		}])),
		...model.secrets !== void 0 && { secrets: model.secrets }
	};
	const said = [];
	let step;
	const finished = await project.machine.run({
		words: [
			...project.command,
			"--project-name",
			model.name,
			"--project-directory",
			project.directory,
			"--file",
			"-",
			"build",
			"--",
			...services.map(({ name }) => name)
		],
		cwd: project.directory,
		env: {
			...project.environment,
			BUILDKIT_PROGRESS: "plain"
		},
		stdin: JSON.stringify(document),
		signal: ports.signal,
		noteIn,
		onLine: (line) => {
			said.push(line);
			if (said.length > EVIDENCE_LINES) said.shift();
			ports.report.detail(`build: ${line}`);
			step = buildStep(line) ?? step;
			if (step !== void 0) ports.report.progress?.(`build: ${step}`);
		}
	});
	if (finished.code === 0) return;
	if (await engineRoom(project) < FULL_BYTES || said.some((line) => /no space left on device/i.test(line))) throw refusal(`The disk of ${project.machine.name} was full while ${shortCommit(commit)} was built.`, {
		evidence: said,
		hint: "Nothing that runs was changed. Make room (`docker system df` shows what images and build cache hold), then deploy again.",
		code: "disk-full"
	});
	throw new Failure(`Building ${shortCommit(commit)} failed (${ending(finished)}) on ${project.machine.name}.`, {
		evidence: said.length > 0 ? said : lastLines(finished),
		hint: "Correct what it says and deploy again; nothing that runs was changed.",
		code: "build-failed"
	});
}
function buildStep(line) {
	const [, name, at, of, what] = /^#\d+ \[(?:([^\]]+?) )?\s*(\d+)\/(\d+)\] (.+)$/.exec(line) ?? [];
	return what === void 0 ? void 0 : `${name === void 0 ? "" : `${name}, `}step ${at} of ${of}: ${what}`;
}
function ours(build, commit) {
	const { labels, tags: _, ...rest } = build;
	return {
		...rest,
		labels: {
			...labels,
			[COMMIT_LABEL]: commit
		}
	};
}
async function pullImages(making, services) {
	const { project, model, commit, ports, noteIn } = making;
	for (const { name, image } of services) {
		const before = (await imageIds(project, [image])).get(image);
		const layers = new Map();
		const finished = await project.machine.run({
			words: dockerWords(project, "image", "pull", "--", image),
			signal: ports.signal,
			noteIn,
			onLine: (line) => {
				ports.report.detail(`pull: ${line}`);
				const [, layer, state] = /^([0-9a-f]{12}): (.+)$/.exec(line) ?? [];
				if (layer === void 0) return;
				layers.set(layer, state === "Pull complete" || state === "Already exists");
				const done = [...layers.values()].filter(Boolean).length;
				ports.report.progress?.(`pull: ${done} of ${plural(layers.size, "layer")} of ${image}`);
			}
		});
		if (finished.code !== 0) throw new Failure(`Pulling ${image} for ${name} failed (${ending(finished)}) on ${project.machine.name}.`, {
			evidence: lastLines(finished),
			hint: `Nothing that runs was changed. Can ${project.machine.login} pull it there (\`docker pull ${image}\`, \`docker login\`)?`,
			code: "pull-failed"
		});
		const now = (await imageIds(project, [image])).get(image);
		if (now !== void 0) await tagImage(project, now, retainedName(model.name, name, commit));
		if (before !== void 0 && now !== before && !image.includes("@")) await tagImage(project, before, image);
		ports.report.say(`Pulled ${image} for ${name}${before === now ? ": it was here already" : ""}`);
	}
}
async function refuseFullEngine(project, services) {
	if (services.length === 0) return;
	const free = await engineRoom(project);
	if (free >= SPARE_BYTES) return;
	throw refusal(`The engine's disk on ${project.machine.name} has ${formatSize(free)} free; ${plural(services.length, "image")} to build or pull need ${formatSize(SPARE_BYTES)} at least.`, {
		hint: "Make room there: `docker system df` shows what images and build cache hold.",
		code: "disk-full"
	});
}
async function engineRoom(project) {
	const { machine, directory } = project;
	const asked = await machine.run({ words: dockerWords(project, "info", "--format", "{{.DockerRootDir}}") });
	const root = asked.stdout.trim();
	try {
		if (asked.code === 0 && root.startsWith("/")) return await freeBytes(machine, root);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
	}
	return await freeBytes(machine, directory);
}
// src/rollout/compose/scene.ts
async function lookAtProject({ project }) {
	const model = await readModel(project);
	return {
		model,
		containers: await containersNamed(project, model.name)
	};
}
// src/rollout/compose/tree.ts
const FILES_IN_A_FOLDER = 64;
const PATHS_AT_ONCE = 100;
const NO_COMPOSE_FILE = 78;
const EXPORT = `
umask 022
rm -rf "$1" && (umask 077 && mkdir -p "$1") && mkdir "$3" || exit 1
export GIT_INDEX_FILE="$1/index"
git read-tree "$2" && git checkout-index --all --quiet --prefix="$3/" || exit 1
rm -f "$1/index"
`;
const COPY = `
tree=$1; shift
small() { [ -z "$(find "$1" -prune -type f -size +2048)" ]; }
few() { [ "$(find "$1" ! -type d 2>/dev/null | head -n 65 | wc -l)" -le ${FILES_IN_A_FOLDER} ] && [ "$(du -sk "$1" 2>/dev/null | cut -f 1)" -le 1024 ]; }
# The commit has a folder of that name too: what is in this one and not in that.
beside='tree=$0; for file do [ -e "$tree/$file" ] || { mkdir -p "$tree/\${file%/*}" && cp -pP "$file" "$tree/$file"; }; done'
for path do
  plain=\${path%/}
  if [ -d "$path" ] && [ ! -L "$plain" ]; then
    few "$path" || continue
    if [ -e "$tree/$plain" ]; then find "./$plain" ! -type d -exec sh -c "$beside" "$tree" {} + 2>/dev/null; continue; fi
  else
    [ ! -e "$tree/$plain" ] && small "./$path" || continue
  fi
  case $plain in */*) mkdir -p "$tree/\${plain%/*}" ;; esac
  cp -pPR "./$plain" "$tree/$plain" 2>/dev/null || rm -rf "$tree/$plain"
done
:
`;
const FIND_FILE = `
for name in compose.yaml compose.yml docker-compose.yml docker-compose.yaml; do [ -e "$1/$name" ] && exit 0; done
grep -Eq '^[[:space:]]*(export[[:space:]]+)?COMPOSE_FILE[[:space:]]*=' "$1/.env" 2>/dev/null && exit 0
exit ${NO_COMPOSE_FILE}
`;
async function holdsCompose({ machine }, directory) {
	return (await machine.run({
		words: [
			"sh",
			"-c",
			FIND_FILE,
			"sh",
			directory
		],
		repeatable: true
	})).code === 0;
}
async function exportTree(clone, commit, project) {
	const { machine, directory } = clone;
	const folder = `${clone.gitDirectory}/savepoint/tree`;
	const tree = `${folder}/${basename(directory)}`;
	const dispose = async () => await remove$1(machine, folder);
	try {
		const exported = await clone.git.script(EXPORT, [
			folder,
			commit,
			tree
		]);
		if (exported.code !== 0) throw new Failure(`${shortCommit(commit)} cannot be written into ${folder} on ${machine.name} (${ending(exported)}).`, {
			code: "git-failed",
			evidence: gitLines(exported),
			hint: "Is there room on the disk?"
		});
		await copyUntracked(clone, tree);
		if (project.files.length === 0 && !await holdsCompose(clone, tree)) throw refusal(`${shortCommit(commit)} has no compose file (compose.yaml, docker-compose.yml) at its top.`, {
			hint: "Name it in `compose-file`, or give `strategy: command` where this is no compose project.",
			code: "no-compose-file"
		});
		const files = project.files.map((file) => fileIn(file, directory, tree));
		return {
			project: {
				...project,
				directory: tree,
				files: await existingOr(clone, files, project.files)
			},
			[Symbol.asyncDispose]: dispose
		};
	} catch (error) {
		await dispose();
		throw error;
	}
}
async function copyUntracked(clone, tree) {
	const listed = await clone.git.say([
		"ls-files",
		"--others",
		"--directory",
		"--no-empty-directory",
		"-z"
	], "looking for untracked files");
	const byFolder = new Map();
	for (const path of listed.split("\0").filter((one) => one !== "")) {
		const folder = dirname(path.replace(/\/$/, ""));
		byFolder.set(folder, [...byFolder.get(folder) ?? [], path]);
	}
	const paths = [...byFolder.values()].filter((names) => names.length <= FILES_IN_A_FOLDER).flat();
	for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) await clone.git.script(COPY, [tree, ...paths.slice(at, at + PATHS_AT_ONCE)]);
}
function fileIn(file, directory, tree) {
	const inside = relative(directory, isAbsolute(file) ? file : join(directory, file));
	return inside === ".." || inside.startsWith("../") ? join(directory, inside) : join(tree, inside);
}
async function existingOr(clone, files, given) {
	const { stdout } = await clone.machine.run({ words: [
		"sh",
		"-c",
		"for file do [ -e \"$file\" ] && echo yes || echo no; done",
		"sh",
		...files
	] });
	const there = stdout.split("\n");
	return files.map((file, at) => {
		const original = given[at] ?? file;
		if (there[at] === "yes") return file;
		return isAbsolute(original) ? original : join(clone.directory, original);
	});
}
// src/rollout/compose/place.ts
async function sourcesOf(app, { model, containers }, { commit, back }) {
	const known = back ? knownImages(app, commit) : {};
	const services = servicesToStart(app, model, containers);
	const retained = ({ name }) => retainedName(model.name, name, commit);
	const ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
	const made = new Set(model.services.filter(({ build }) => build !== void 0).map(({ image }) => image));
	const of = (one) => ids.get(known[one.name] ?? "") ?? ids.get(retained(one));
	return {
		services,
		of,
		lost: services.filter((one) => of(one) === void 0 && (one.build !== void 0 || !ids.has(one.image) && !made.has(one.image))),
		named: ids
	};
}
async function placeImages(request, scene, placing) {
	const { app } = request;
	let sources = await sourcesOf(app, scene, placing);
	if (sources.lost.length > 0) {
		await makeOnceMore(request, placing.commit, sources.lost);
		sources = await sourcesOf(app, scene, placing);
	}
	const { services, of, named } = sources;
	for (const service of services) {
		const id = of(service);
		if (id !== void 0 && named.get(service.image) !== id && mayName(service)) await tagImage(app.project, id, service.image);
	}
}
function mayName({ image }) {
	return !image.includes("@");
}
async function makeOnceMore({ app, clone, ports, noteIn }, commit, lost) {
	try {
		var _usingCtx$3 = _usingCtx();
		ports.report.warning(`The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(commit)} are gone: they are made once more, which takes longer and may differ.`);
		const tree = _usingCtx$3.a(await exportTree(clone, commit, app.project));
		const making = {
			project: tree.project,
			model: await readModel(tree.project),
			commit,
			ports,
			noteIn
		};
		const again = making.model.services.filter(({ name }) => lost.some((one) => one.name === name));
		await buildImages(making, again.filter(({ build }) => build !== void 0));
		await pullImages(making, again.filter(({ build }) => build === void 0));
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
}
function knownImages({ before }, commit) {
	return before?.commit === commit ? before.images : {};
}
async function runsOtherImages(app, commit) {
	const known = knownImages(app, commit);
	const { model, containers } = await lookAtProject(app);
	const services = servicesToStart(app, model, containers).map(({ name }) => name);
	const ids = await imageIds(app.project, services.map((name) => retainedName(model.name, name, commit)));
	return containers.some(({ service, image }) => {
		if (!services.includes(service)) return false;
		const right = known[service] ?? ids.get(retainedName(model.name, service, commit));
		return right !== void 0 && right !== image;
	});
}
// src/rollout/compose/stops.ts
const MARGIN_MS = 2e3;
async function noteStops(standstill, { project, name, withinMs }) {
	const filters = [
		"type=container",
		`label=com.docker.compose.project=${name}`,
		"event=kill",
		"event=die"
	];
	const words = [
		"events",
		"--since",
		`${Math.ceil(withinMs) + MARGIN_MS}ms`,
		"--format",
		"{{json .}}"
	];
	const events = dockerWords(project, ...words, ...filters.flatMap((filter) => ["--filter", filter]));
	const finished = await inTime(async () => await project.machine.run({
		words: [
			"sh",
			"-c",
			EVENTS,
			"sh",
			...events
		],
		timeout: 15e3,
		repeatable: true
	}));
	if (finished?.code !== 0) return;
	const lines = finished.stdout.trim().split("\n");
	const now = Number(lines.pop()) * 1e9;
	const told = describeStops(readStops(lines).filter(({ toldAt }) => toldAt > standstill.countedUntil));
	if (told === void 0 || !Number.isFinite(now)) return;
	standstill.countedUntil = told.to;
	standstill.begin((now - told.from) / 1e6);
	standstill.add(told.what, (told.to - told.from) / 1e6);
}
async function inTime(ask) {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof Failure && error.code === "timeout") return void 0;
		throw error;
	}
}
const EVENTS = `
now=$(date +%s.%N)
case $now in *N*) now=$(($(date +%s) + 1));; esac
"$@" --until "$now" && echo "$now"
`;
function readStops(lines) {
	const stops = new Map();
	for (const line of lines) {
		const event = parse(line);
		if (event === void 0) continue;
		const { id, action, signal, service, at } = event;
		const known = stops.get(id);
		if (known === void 0) {
			if (action === "kill") stops.set(id, {
				service,
				signal,
				toldAt: at,
				endedAt: void 0,
				killed: false
			});
		} else if (action === "die") known.endedAt ??= at;
		else if (signal === "9" && known.signal !== "9") known.killed = true;
	}
	return [...stops.values()].filter(({ endedAt }) => endedAt !== void 0);
}
function describeStops(stops) {
	if (stops.length === 0) return void 0;
	const killed = stops.filter((stop) => stop.killed).map((stop) => `${stop.service} did not end on ${signalName(stop.signal)} within ${seconds(stop)} s and was killed`);
	return {
		what: killed.length > 0 ? killed.join("; ") : `stopping ${[...new Set(stops.map(({ service }) => service))].join(", ")}`,
		from: Math.min(...stops.map(({ toldAt }) => toldAt)),
		to: Math.max(...stops.map(({ endedAt, toldAt }) => endedAt ?? toldAt))
	};
}
function seconds({ toldAt, endedAt = toldAt }) {
	return Math.round((endedAt - toldAt) / 1e9);
}
const SIGNALS = {
	"1": "SIGHUP",
	"2": "SIGINT",
	"3": "SIGQUIT",
	"10": "SIGUSR1",
	"12": "SIGUSR2",
	"15": "SIGTERM"
};
function signalName(number) {
	return SIGNALS[number] ?? `signal ${number}`;
}
function parse(line) {
	try {
		const { Action: action = "", Actor, timeNano: at } = JSON.parse(line);
		const { ID: id, Attributes = {} } = Actor ?? {};
		if (id === void 0 || at === void 0) return void 0;
		return {
			id,
			action,
			signal: Attributes["signal"] ?? "",
			service: Attributes["com.docker.compose.service"] ?? "",
			at
		};
	} catch {
		return;
	}
}
// src/rollout/compose/stop.ts
const LIVE$1 = new Set([
	"running",
	"restarting",
	"paused"
]);
async function stopServices({ app, ports, noteIn, standstill }) {
	const { project } = app;
	const model = await modelIfReadable(app, ports);
	const called = model?.name ?? app.name;
	if (called === void 0) return void 0;
	const containers = await containersNamed(project, called);
	const services = servicesToStop(app, model, containers);
	const live = containers.filter(({ service, state }) => services.includes(service) && LIVE$1.has(state));
	if (live.length === 0) return [];
	const finished = await project.machine.run({
		...commandOf(stopAct(project, called, namesOf(live))),
		noteIn
	});
	if (standstill !== void 0) await noteStops(standstill, {
		project,
		name: called,
		withinMs: finished.durationMs
	});
	const stopped = namesOf(live);
	const still = finished.code === 0 ? [] : namesOf(await among(app, called, { live }));
	if (still.length > 0) {
		const down = stopped.filter((name) => !still.includes(name));
		throw new Failure(`Stopping ${still.join(", ")} failed (${ending(finished)}) on ${project.machine.name}${down.length === 0 ? "." : `; ${down.join(", ")} ${down.length === 1 ? "is" : "are"} stopped.`}`, {
			evidence: lastLines(finished),
			code: "command-failed"
		});
	}
	ports.report.say(`Stopped ${stopped.join(", ")} (${formatDuration(finished.durationMs)})`);
	return stopped;
}
async function removeBrought({ app, ports }) {
	const model = await modelIfReadable(app, ports);
	const called = model?.name ?? app.name;
	if (called === void 0) return [];
	const containers = await containersNamed(app.project, called);
	const databases = databasesAmong(app, model, containers);
	const brought = containers.filter(({ service }) => app.added.includes(service) && !databases.has(service));
	await remove(app, ports, {
		name: called,
		containers: brought,
		why: "this deploy brought them"
	});
	const services = servicesToStop(app, model, containers);
	return await among(app, called, {
		there: brought,
		live: containers.filter(({ service }) => services.includes(service))
	});
}
async function removeAdded({ app, ports }, { model, containers }) {
	const strays = containers.filter(({ service }) => addedOnly(app, model).includes(service));
	await remove(app, ports, {
		name: model.name,
		containers: strays,
		why: "the failed version brought them"
	});
}
function addedOnly(app, model) {
	return app.added.filter((added) => !model.services.some(({ name }) => name === added));
}
function removal({ project }, containers) {
	return commandOn(project.machine, dockerWords(project, "rm", "--force", ...containers.map(({ name }) => name)));
}
async function remove(app, { report }, { name, containers, why }) {
	if (containers.length === 0) return;
	const names = containers.map((one) => one.name).join(", ");
	const finished = await app.project.machine.run(commandOf(removeAct(app.project, name, namesOf(containers))));
	if (finished.code === 0) report.say(`Removed ${names}: ${why}.`);
	else report.warning(`${names} could not be removed (${ending(finished)}): ${why}, and what runs of them may work on a database that is not theirs. Remove them by hand: ${removal(app, containers)}`);
}
async function among({ project }, name, { there = [], live }) {
	const has = (all, id) => all.some((one) => one.id === id);
	return (await containersNamed(project, name)).filter(({ id, state }) => has(there, id) || has(live, id) && LIVE$1.has(state));
}
function namesOf(containers) {
	return [...new Set(containers.map(({ service }) => service))];
}
async function modelIfReadable(app, { report }) {
	try {
		return await readModel(app.project);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		report.detail(error.message);
		return;
	}
}
// src/rollout/compose/plan.ts
async function stopActs({ app, ports }, on) {
	const given = actsOf(on, ["stop-command"]);
	const model = await modelIfReadable(app, ports);
	const name = model?.name ?? app.name;
	if (given.length === 0 && name === void 0) return [];
	const services = name === void 0 ? [] : servicesToStop(app, model, await containersNamed(app.project, name));
	return (given.length > 0 || name === void 0 || services.length === 0 ? given : [stopAct(app.project, name, services)]).map((act) => ({
		...act,
		mayFail: true,
		undo: startActs(app, on, services)
	}));
}
async function againActs({ app }, on) {
	const { model, containers } = await lookAtProject(app);
	return startActs(app, on, servicesToStart(app, model, containers).map(({ name }) => name));
}
async function switchActs(request, on, about) {
	const { app } = request;
	const { commit } = about;
	const scene = await foresee(request, about);
	const back = about.edits === "keep";
	const added = back ? addedOnly(app, scene.model) : [];
	const services = servicesToStart(app, scene.model, scene.containers).map(({ name }) => name);
	return [
		...about.stopped === true ? [] : actsOf(on, ["stop-command"]),
		await fileAct(on, about),
		...await imageActs(request, scene, {
			commit,
			back
		}),
		...actsOf(on, ["command"]),
		...startActs(app, on, services),
		...added.length === 0 ? [] : [removeAct(app.project, scene.model.name, added)]
	];
}
function startActs({ project }, on, services) {
	const given = actsOf(on, ["start-command"]);
	return given.length > 0 || services.length === 0 ? given : [upAct(project, services)];
}
async function foresee({ app, clone }, { commit, exact }) {
	if (exact && await clone.current() !== commit) try {
		var _usingCtx$2 = _usingCtx();
		const tree = _usingCtx$2.a(await exportTree(clone, commit, app.project));
		const model = await readModel(tree.project);
		return {
			model,
			containers: await containersNamed(app.project, model.name)
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
	return await lookAtProject(app);
}
async function imageActs({ app }, scene, placing) {
	const { services, of, lost } = await sourcesOf(app, scene, placing);
	if (placing.back && lost.length > 0) throw new Failure(`The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(placing.commit)} are gone: they would be made once more.`, { code: "images-gone" });
	return services.flatMap((service) => {
		const made = service.build === void 0 ? void 0 : retainedName(scene.model.name, service.name, placing.commit);
		const source = of(service) ?? made;
		return source === void 0 || !mayName(service) ? [] : [tagAct(app.project, source, service.image)];
	});
}
// src/rollout/compose/refusals.ts
const FOLDER = "com.docker.compose.project.working_dir";
const REAL = `for folder do (cd "$folder" 2>/dev/null && pwd -P) || printf '%s\\n' "$folder"; done`;
async function refuseOtherFolder(project, name, containers) {
	const folders = [...new Set(containers.flatMap(({ state, labels }) => state === "running" || state === "restarting" ? [labels[FOLDER] ?? project.directory] : []))];
	const { machine, directory } = project;
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			REAL,
			"sh",
			directory,
			...folders
		],
		repeatable: true
	}, "Comparing folders");
	const [here = directory, ...real] = stdout.split("\n");
	const other = folders.find((_, at) => real[at] !== here && !real[at]?.startsWith(`${here}/`));
	if (other === void 0) return;
	throw refusal(`The compose project ${name} on ${machine.name} runs from ${other}, not from ${directory}.`, {
		hint: `Give that folder as \`app-dir\`; or, where it is to move, stop it there first (\`docker compose --project-name ${name} down\`: volumes stay, and keep their names); or give this project another \`name:\`.`,
		code: "other-folder"
	});
}
async function refuseOtherName(project, name) {
	const { machine, directory } = project;
	const words = dockerWords(project, "ps", "--filter", `label=${FOLDER}=${directory}`, "--format", "{{.Label \"com.docker.compose.project\"}}");
	const { stdout } = await succeed(machine, {
		words,
		repeatable: true
	}, "Listing the compose projects");
	const running = [...new Set(stdout.split("\n").filter((line) => line !== ""))];
	if (running.length === 0 || running.includes(name)) return;
	throw refusal(`The compose project in ${directory} runs as ${running.join(", ")}, and this commit would start it as ${name}, on volumes of that name.`, {
		hint: `Keep its name: \`name: ${running[0] ?? ""}\` in the compose file, or COMPOSE_PROJECT_NAME=${running[0] ?? ""} in .env.`,
		code: "other-name"
	});
}
// src/rollout/compose/prepare.ts
const IMAGES = record(string(), string());
const PREPARED = object({
	project: string(),
	images: IMAGES,
	running: IMAGES,
	changing: array(string()),
	added: array(string())
});
function preparedIn(deploy) {
	const noted = deploy?.prepared?.["compose"];
	if (noted === void 0) return void 0;
	return readRecord(PREPARED, noted, {
		what: "What the prepare step noted in the journal of the compose project",
		hint: "An edited line of the journal does this: put it back as it was.",
		code: "journal-damaged"
	});
}
async function prepareCompose({ app, clone, commit, previous, ports, noteIn }) {
	try {
		var _usingCtx$1 = _usingCtx();
		const tree = _usingCtx$1.a(await exportTree(clone, commit, app.project));
		const { model, containers } = await lookAtProject(tree);
		await refuseOtherName(app.project, model.name);
		await refuseOtherFolder(app.project, model.name, containers);
		tellOtherVersion(containers, previous, ports);
		const services = servicesToStart(app, model, containers);
		const running = await retainRunning(app, {
			model,
			containers,
			commit,
			previous
		});
		const making = {
			project: tree.project,
			model,
			commit,
			ports,
			noteIn
		};
		const built = services.filter(({ build }) => build !== void 0);
		const pulled = await toPull(app, model, services);
		await refuseFullEngine(app.project, [...built, ...pulled]);
		await buildImages(making, built);
		await pullImages(making, pulled);
		await tellOrphans(making, containers);
		const images = await imagesOf(app, model, services, commit);
		const added = services.map(({ name }) => name).filter((name) => !containers.some(({ service }) => service === name));
		const changing = services.filter(({ name, build }) => build !== void 0 || added.includes(name) || images[name] !== running[name]).map(({ name }) => name);
		if (changing.length === 0) ports.report.notice(`No service of ${model.name} has another image at ${shortCommit(commit)}.`);
		return {
			project: model.name,
			images,
			running,
			changing,
			added
		};
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
async function retainRunning(app, about) {
	const { model, containers, commit, previous } = about;
	const databases = databasesAmong(app, model, containers);
	const running = {};
	for (const { service, image, state } of containers) if (!databases.has(service) && (state === "running" || running[service] === void 0)) running[service] = image;
	const as = previous === void 0 || previous === commit ? `${commit}-before` : previous;
	for (const [service, image] of Object.entries(running)) await tagImage(app.project, image, retainedName(model.name, service, as));
	return running;
}
async function toPull(app, model, services) {
	const made = new Set(model.services.filter(({ build }) => build !== void 0).map(({ image }) => image));
	const candidates = services.filter(({ build, image }) => build === void 0 && !made.has(image));
	const here = await imageIds(app.project, candidates.map(({ image }) => image));
	return candidates.filter(({ image, pullAlways }) => pullAlways || !here.has(image));
}
async function imagesOf(app, model, services, commit) {
	const ids = await imageIds(app.project, services.flatMap(({ name, image }) => [retainedName(model.name, name, commit), image]));
	const maker = new Map(model.services.filter(({ build }) => build !== void 0).map(({ name, image }) => [image, name]));
	return Object.fromEntries(services.flatMap(({ name, image }) => {
		const id = ids.get(retainedName(model.name, name, commit)) ?? ids.get(retainedName(model.name, maker.get(image) ?? name, commit)) ?? ids.get(image);
		return id === void 0 ? [] : [[name, id]];
	}));
}
function tellOtherVersion(containers, previous, { report }) {
	for (const { service, state, labels } of containers) {
		const commit = labels[COMMIT_LABEL];
		if (state === "running" && commit !== void 0 && previous !== void 0 && commit !== previous) report.notice(`${service} runs an image of ${shortCommit(commit)}, and ${shortCommit(previous)} is checked out: what runs is retained.`);
	}
}
async function tellOrphans({ project, model, ports }, containers) {
	const orphans = containers.filter(({ service, state }) => state === "running" && !model.services.some(({ name }) => name === service));
	if (orphans.length === 0) return;
	const known = await allServices(project);
	const gone = orphans.filter(({ service }) => !known.has(service));
	const profiled = orphans.filter(({ service }) => known.has(service));
	const list = (some) => some.map(({ service, name }) => `${service} (${name})`).join(", ");
	if (gone.length > 0) ports.report.notice(`${list(gone)}: the new version has no such service; it is left running. To remove it: docker rm --force ${gone.map(({ name }) => name).join(" ")}`);
	if (profiled.length > 0) ports.report.notice(`${list(profiled)}: only a profile that is not active has that service; it is left running as it is. A deploy changes it too where \`.env\` names the profile in COMPOSE_PROFILES.`);
}
// src/rollout/compose/prune.ts
async function pruneImages(project, { name, services, keep }) {
	const gone = [];
	for (const image of await retainedImages(project, name, services)) {
		if (keep.has(image.commit.replace(/-before$/, ""))) continue;
		if (await untagImage(project, image.name)) gone.push(image.name);
	}
	return gone;
}
// src/rollout/compose/running.ts
const LIVE = new Set([
	"running",
	"restarting",
	"paused"
]);
async function runningContainers(app, { detail }) {
	let model;
	try {
		model = await readModel(app.project);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		detail(error.message);
		return [];
	}
	const containers = await containersNamed(app.project, model.name);
	const databases = databasesAmong(app, model, containers);
	const built = model.services.filter(({ build }) => build !== void 0).map(({ name }) => name);
	const named = app.services ?? (built.length > 0 ? built : model.services.map(({ name }) => name));
	return containers.filter(({ service, state }) => LIVE.has(state) && named.includes(service) && !databases.has(service));
}
// src/rollout/compose/start.ts
const WATCHED_MS = 750;
const LOOK_EVERY_MS = 250;
const LOOP = 2;
async function startServices(request, scene) {
	const { app, ports } = request;
	const names = await stale(app, scene);
	if (names.length > 0) return imagesIn(app, {
		...scene,
		containers: await up(request, scene, names)
	});
	ports.report.say("Every service runs already as its files and images say.");
	return imagesIn(app, scene);
}
function imagesIn(app, { model, containers }) {
	const databases = databasesAmong(app, model, containers);
	return Object.fromEntries(containers.flatMap(({ service, image, state }) => state === "running" && !databases.has(service) ? [[service, image]] : []));
}
async function up({ app, ports, noteIn, standstill }, { model, containers }, names) {
	const { project } = app;
	const finished = await project.machine.run({
		...commandOf(upAct(project, names)),
		signal: ports.signal,
		onLine: (line) => ports.report.detail(`compose: ${line.trim()}`),
		noteIn
	});
	if (standstill !== void 0) await noteStops(standstill, {
		project,
		name: model.name,
		withinMs: finished.durationMs
	});
	if (finished.code !== 0) {
		const down = (await containersNamed(project, model.name)).filter(({ service, state }) => names.includes(service) && state !== "running");
		const said = lastLines(finished);
		throw new Failure(`\`compose up\` of ${names.join(", ")} failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}${because(said)}`, {
			evidence: [...said, ...await tellContainers(project, down)],
			code: "service-down"
		});
	}
	const now = await watch({
		app,
		ports
	}, {
		model,
		containers
	}, names);
	ports.report.say(`Started ${names.join(", ")} (${formatDuration(finished.durationMs)})`);
	return now;
}
async function stale(app, { model, containers }) {
	const services = servicesToStart(app, model, containers);
	if (app.services !== void 0) return services.map(({ name }) => name);
	const ids = await imageIds(app.project, services.map(({ image }) => image));
	const hashOf = services.every(({ build }) => build !== void 0) ? new Map() : await definitionHashes(app);
	const asItShouldBe = ({ name, image, build }) => {
		const mine = containers.filter(({ service }) => service === name);
		return build === void 0 && mine.length > 0 && mine.every((one) => one.state === "running" && one.imageName === image && one.image === ids.get(image) && one.labels["com.docker.compose.config-hash"] === hashOf.get(name));
	};
	return services.filter((service) => !asItShouldBe(service)).map(({ name }) => name);
}
async function definitionHashes({ project }) {
	const hashes = await compose(project, [
		"config",
		"--hash",
		"*"
	]);
	return new Map(hashes.stdout.split("\n").map((line) => line.trim().split(/\s+/)));
}
async function watch({ app, ports }, { model, containers: before }, names) {
	const restartsBefore = new Map(before.map(({ id, restarts }) => [id, restarts]));
	const until = ports.clock.now().getTime() + WATCHED_MS;
	for (;;) {
		const all = await containersNamed(app.project, model.name);
		const fallen = all.filter((one) => names.includes(one.service) && (hasFailed(one) || one.restarts - (restartsBefore.get(one.id) ?? 0) >= LOOP));
		if (fallen.length > 0) {
			const told = await tellContainers(app.project, fallen);
			const services = [...new Set(fallen.map(({ service }) => `\`${service}\``))].join(", ");
			throw new Failure(`${services} does not stay up after the start.`, {
				evidence: told,
				hint: `What was seen has the last lines of ${services}; they say why, most often.`,
				code: "service-down"
			});
		}
		if (ports.clock.now().getTime() >= until) return all;
		await ports.clock.sleep(LOOK_EVERY_MS, ports.signal);
	}
}
// src/rollout/compose/compose.ts
function composeStrategy(app, on) {
	const { settings, commit, ports } = on;
	const services = app.services ?? [];
	const request = {
		app,
		clone: on.clone,
		ports,
		noteIn: on.noteIn,
		standstill: on.standstill
	};
	return {
		kind: "compose",
		stops: true,
		starts: true,
		tellsApart: true,
		concluded: { strategy: "compose" },
		summary: `compose: ${services.length === 0 ? "what changed is built and replaced" : services.join(", ")}`,
		prepare: async ({ previous }) => ({ compose: await prepareCompose({
			...request,
			commit,
			previous
		}) }),
		switchTo: async (about) => await switchTo(request, on, about),
		stop: async () => await orWarn({
			...on,
			knownDown: void 0
		}, async () => {
			if (await runIfGiven(on, "stop-command")) return "stopped";
			return await stopServices(request) === void 0 ? "unknown" : "stopped";
		}),
		start: async () => {
			if (settings["start-command"] === void 0) await startServices(request, await lookAtProject(app));
			else await runIfGiven(on, "start-command");
			tellStarted(on);
		},
		clearAway: async () => await clearAway(request),
		runs: async () => await runs(app, on),
		builtFrom: async () => {
			const containers = await runningContainers(app, ports.report);
			return [...new Set(containers.map(({ labels }) => labels[COMMIT_LABEL]).filter((label) => label !== void 0))];
		},
		runsOtherImages: async () => await runsOtherImages(app, commit),
		thinOut: async ({ parts, keep }) => app.name === void 0 ? [] : await pruneImages(app.project, {
			name: app.name,
			services: parts,
			keep
		}),
		plan: {
			stop: async () => await stopActs(request, on),
			start: async () => await againActs(request, on),
			switchTo: async (about) => await switchActs(request, on, about)
		}
	};
}
async function switchTo(request, on, { commit, ...how }) {
	const { app } = request;
	const previous = await putFiles({
		...on,
		knownDown: void 0
	}, {
		commit,
		...how
	});
	const scene = await lookAtProject(app);
	await placeImages(request, scene, {
		commit,
		back: how.edits === "keep"
	});
	await runIfGiven(on, "command");
	const started = await runIfGiven(on, "start-command");
	on.standstill?.started(shortCommit(commit));
	const images = started ? imagesIn(app, await lookAtProject(app)) : await startServices(request, scene);
	if (how.edits === "keep") await removeAdded(request, scene);
	return {
		commit,
		previous,
		images
	};
}
async function clearAway({ app, ports }) {
	const left = await removeBrought({
		app,
		ports
	});
	if (left.length === 0) return void 0;
	const names = left.map(({ name }) => name).join(", ");
	const means = `Removes ${names}: nothing of the app ran before.`;
	return {
		what: `still up or not removed: ${names}`,
		ways: [{
			command: removal(app, left),
			means
		}]
	};
}
async function runs(app, { decides, ports }) {
	if ((await runningContainers(app, ports.report)).length > 0) return { state: "runs" };
	return decides ? {
		state: "nothing",
		why: "no container of the app's compose project runs"
	} : { state: "unknown" };
}
// src/rollout/compose/signs.ts
const COMPOSE_FILES = new Set([
	"compose.yaml",
	"compose.yml",
	"docker-compose.yml",
	"docker-compose.yaml"
]);
function namesProject(shared) {
	return shared["compose-file"] !== void 0 || shared["database-service"] !== void 0;
}
async function isThere({ shared, clone }) {
	return namesProject(shared) || await holdsCompose(clone, clone.directory);
}
async function comesOrIsThere(about) {
	if (await isThere(about)) return true;
	const { clone, commit } = about;
	return (await clone.has(commit) ? await clone.listFiles(commit, "") : void 0)?.some((name) => COMPOSE_FILES.has(name)) === true;
}
// src/rollout/compose/watch.ts
async function watchProject(place, { needed }) {
	const { shared, clone, environment } = place;
	if (!await isThere(place)) return void 0;
	const project = {
		...await openComposeProject(clone.machine, shared, "a compose project"),
		environment
	};
	const model = await read(place, project, needed);
	if (model === void 0) return void 0;
	const ask = async () => await containersNamed(project, model.name);
	const tell = async () => {
		const all = await ask();
		const databases = databasesAmong({ databaseService: shared["database-service"] }, model, all);
		const mine = all.filter(({ service }) => !databases.has(service));
		return await tellContainers(project, mine.toSorted((a, b) => rank(a) - rank(b)));
	};
	return {
		ask,
		tell
	};
}
async function read({ ports }, project, needed) {
	try {
		return await readModel(project);
	} catch (error) {
		if (needed || !(error instanceof Failure)) throw error;
		ports.report.detail(`The containers are not looked at: ${error.message}`);
		return;
	}
}
function rank({ state, health, restarts }) {
	if (state !== "running") return 0;
	return health === "unhealthy" || restarts > 0 ? 1 : 2;
}
// src/rollout/strategies.ts
const KINDS = {
	compose: {
		said: ({ services }) => services !== void 0 && services.length > 0,
		seen: comesOrIsThere,
		watch: watchProject,
		async open(about) {
			const { shared, clone, settings, deploy } = about;
			const project = await openComposeProject(clone.machine, shared, "`strategy: compose`");
			const prepared = preparedIn(deploy);
			return composeStrategy({
				project: {
					...project,
					environment: about.environment
				},
				name: prepared?.project,
				services: settings.services,
				databaseService: shared["database-service"],
				changing: prepared?.changing ?? [],
				added: prepared?.added ?? [],
				before: prepared && deploy?.from !== void 0 ? {
					commit: deploy.from,
					images: prepared.running
				} : void 0
			}, {
				...about,
				decides: about.said || namesProject(shared)
			});
		}
	},
	command: commandKind
};
async function openStrategy(about) {
	return await (await kindOf(about)).open(about);
}
async function watchApp(place, about) {
	for (const { watch } of Object.values(KINDS)) {
		const watched = await watch?.(place, about);
		if (watched !== void 0) return watched;
	}
}
async function kindOf(about) {
	const { settings } = about;
	if (settings.strategy !== void 0) return KINDS[settings.strategy];
	const kinds = Object.values(KINDS);
	const said = kinds.find((kind) => kind.said(settings));
	if (said !== void 0) return said;
	for (const kind of kinds) if (await kind.seen(about)) return kind;
	return commandKind;
}
export { refuseLocalEdits as a, refuseFilesInTheWay as i, watchApp as n, tellAct as o, placeFiles as r, openStrategy as t };

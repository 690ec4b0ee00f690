import { C as quote, F as plural, H as refusal, L as shortCommit, N as formatDuration, P as formatSize, U as stopIfCancelled, _ as lastLines, d as IDENTIFY, g as ending, y as succeed, z as Failure } from "./output.js";
import { Fr as compose, Gr as _usingCtx, Ir as containersNamed, Kr as commandOn, Lr as dockerWords, Pr as COMMIT_LABEL, Yr as freeBytes, er as refuseMisfits } from "./text.js";
import { h as tellContainers, m as hasFailed, p as because } from "./known-health.js";
import { a as databasesAmong, i as exportTree, l as readModel, o as servicesToStart, s as servicesToStop } from "./compose-app.js";
import { createHash } from "node:crypto";
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
	}, "looking at the images");
	const ids = stdout.split("\n").map((line) => line.trim());
	return new Map(names.flatMap((name, at) => ids[at]?.startsWith("sha256:") === true ? [[name, ids[at] ?? ""]] : []));
}
async function tagImage(engine, image, name) {
	await succeed(engine.machine, { words: dockerWords(engine, "image", "tag", image, name) }, `naming an image ${name}`);
}
async function untagImage(engine, name) {
	return (await engine.machine.run({ words: dockerWords(engine, "image", "rm", name) })).code === 0;
}
async function retainedImages(engine, project, services) {
	const words = dockerWords(engine, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=savepoint/*");
	const finished = await engine.machine.run({ words });
	if (finished.code !== 0) throw new Failure(`listing the images failed (${ending(finished)})`, { evidence: lastLines(finished) });
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
		const finished = await project.machine.run({
			words: dockerWords(project, "image", "pull", "--quiet", "--", image),
			signal: ports.signal,
			noteIn,
			onLine: (line) => ports.report.detail(`pull: ${line}`)
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
// src/rollout/compose/place.ts
async function placeImages(request, { model, containers }, { commit, known = {} }) {
	const { app, clone, ports, noteIn } = request;
	const services = servicesToStart(app, model, containers);
	const retained = ({ name }) => retainedName(model.name, name, commit);
	let ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
	const has = (one) => ids.has(known[one.name] ?? "") || ids.has(retained(one));
	const made = new Set(model.services.filter(({ build }) => build !== void 0).map(({ image }) => image));
	const lost = services.filter((one) => !has(one) && (one.build !== void 0 || !ids.has(one.image) && !made.has(one.image)));
	if (lost.length > 0) try {
		var _usingCtx$2 = _usingCtx();
		ports.report.warning(`The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(commit)} are gone: they are made once more, which takes longer and may differ.`);
		const tree = _usingCtx$2.a(await exportTree(clone, commit, app.project));
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
		ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
	for (const service of services) {
		const id = ids.get(known[service.name] ?? "") ?? ids.get(retained(service));
		if (id !== void 0 && ids.get(service.image) !== id && !service.image.includes("@")) await tagImage(app.project, id, service.image);
	}
}
async function runsOtherImages(app, commit, known = {}) {
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
	const words = [
		"up",
		"--detach",
		"--no-build",
		"--pull",
		"never",
		"--no-deps",
		"--",
		...names
	];
	const finished = await compose(project, words, {
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
				hint: "The last lines of its log say why, most often.",
				code: "service-down"
			});
		}
		if (ports.clock.now().getTime() >= until) return all;
		await ports.clock.sleep(LOOK_EVERY_MS, ports.signal);
	}
}
// src/rollout/compose/stop.ts
const LIVE = new Set([
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
	const live = containers.filter(({ service, state }) => services.includes(service) && LIVE.has(state));
	if (live.length === 0) return [];
	const finished = await project.machine.run({
		words: dockerWords(project, "stop", ...live.map(({ id }) => id)),
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
	await remove(app, ports, brought, "this deploy brought them");
	const services = servicesToStop(app, model, containers);
	return await among(app, called, {
		there: brought,
		live: containers.filter(({ service }) => services.includes(service))
	});
}
async function removeAdded({ app, ports }, { model, containers }) {
	await remove(app, ports, containers.filter(({ service }) => app.added.includes(service) && !model.services.some(({ name }) => name === service)), "the failed version brought them");
}
function removal({ project }, containers) {
	return commandOn(project.machine, dockerWords(project, "rm", "--force", ...containers.map(({ name }) => name)));
}
async function remove(app, { report }, containers, why) {
	if (containers.length === 0) return;
	const names = containers.map(({ name }) => name).join(", ");
	const finished = await app.project.machine.run({ words: dockerWords(app.project, "rm", "--force", ...containers.map(({ id }) => id)) });
	if (finished.code === 0) report.say(`Removed ${names}: ${why}.`);
	else report.warning(`${names} could not be removed (${ending(finished)}): ${why}, and what runs of them may work on a database that is not theirs. Remove them by hand: ${removal(app, containers)}`);
}
async function among({ project }, name, { there = [], live }) {
	const has = (all, id) => all.some((one) => one.id === id);
	return (await containersNamed(project, name)).filter(({ id, state }) => has(there, id) || has(live, id) && LIVE.has(state));
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
async function runShell(run) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { clone, name, text, environment, ports } = run;
		const folder = `${clone.gitDirectory}/savepoint`;
		const log = `${name}.log`;
		const kept = `${name}.failed-${shortCommit(environment["SAVEPOINT_COMMIT"] ?? "") || "version"}.log`;
		let shown = 0;
		const show = (line) => {
			shown += 1;
			ports.report.detail(`${name}: ${line}`);
		};
		_usingCtx$1.u(remarkWhenSlow(name, ports));
		const finished = await clone.machine.run({
			words: [
				"sh",
				"-c",
				RUN,
				"sh",
				`${noteLast(`${folder}/${name}.last`)}${text}`,
				folder,
				log,
				name,
				kept
			],
			cwd: clone.directory,
			env: environment,
			signal: ports.signal,
			onLine: (line, from) => from === "stdout" ? show(line) : void 0,
			...run.noteIn !== void 0 && { noteIn: run.noteIn }
		});
		const { lines, whole } = endOf(finished);
		if (whole) for (const line of lines.slice(shown)) show(line);
		if (finished.code !== 0) throw failed(run, finished, lines, `${folder}/${kept}`);
		ports.report.say(`${name} done (${formatDuration(finished.durationMs)})`);
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		_usingCtx$1.d();
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
// src/rollout/switch.ts
async function switchTo(request) {
	const { clone, commit, settings, ports } = request;
	refuseMisfits(settings);
	const previous = await clone.current();
	stopIfCancelled(ports.signal);
	if (request.stopped !== true) {
		if (request.edits !== "keep") await refuseObstacles(clone, commit);
		await runIfGiven(request, "stop-command");
	}
	stopIfCancelled(ports.signal);
	await timed(request, "putting the files in place", async () => await placeFiles(request));
	const compose = composeRequest(request);
	const scene = compose && await lookAtProject(compose.app);
	if (compose && scene) await placeImages(compose, scene, {
		commit,
		known: request.images
	});
	await runIfGiven(request, "command");
	const started = await runIfGiven(request, "start-command");
	request.standstill?.started(shortCommit(commit));
	if (compose && scene) {
		const images = started ? imagesIn(compose.app, await lookAtProject(compose.app)) : await startServices(compose, scene);
		if (request.edits === "keep") await removeAdded(compose, scene);
		return {
			commit,
			previous,
			images
		};
	}
	if (settings.command === void 0 && settings["start-command"] === void 0) ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
	return {
		commit,
		previous,
		images: void 0
	};
}
async function stopApp(request) {
	refuseMisfits(request.settings);
	try {
		if (await runIfGiven(request, "stop-command")) return "stopped";
		const compose = composeRequest(request);
		return compose === void 0 || await stopServices(compose) === void 0 ? "unknown" : "stopped";
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "command-failed") throw error;
		const said = error.evidence.at(-1);
		request.ports.report.warning(`${error.message}${said === void 0 ? "" : ` It said: ${said}.`} Going on as if the app were down; if it still runs, the next start may fail.`);
		return "failed";
	}
}
async function startApp(request) {
	const { settings } = request;
	refuseMisfits(settings);
	const compose = composeRequest(request);
	if (settings["start-command"] !== void 0) await runIfGiven(request, "start-command");
	else if (compose !== void 0) await startServices(compose, await lookAtProject(compose.app));
	else if (settings["stop-command"] !== void 0) await runIfGiven(request, "command");
	const version = versionOf(request, "start-command");
	if (version !== void 0) request.standstill?.started(version);
}
function composeRequest({ compose: app, clone, ports, noteIn, standstill }) {
	return app === void 0 ? void 0 : {
		app,
		clone,
		ports,
		noteIn,
		standstill
	};
}
async function timed({ standstill }, what, body) {
	return standstill === void 0 ? await body() : await standstill.timed(what, body);
}
async function placeFiles(request) {
	const { clone, commit, ports } = request;
	const options = request.noteIn === void 0 ? {} : { noteIn: request.noteIn };
	if (request.edits !== "keep") {
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
function versionOf({ environment }, name) {
	const previous = environment["SAVEPOINT_PREVIOUS_COMMIT"];
	const commit = name === "stop-command" && previous !== void 0 && previous !== "" ? previous : environment["SAVEPOINT_COMMIT"];
	return commit === void 0 || commit === "" ? void 0 : shortCommit(commit);
}
async function runIfGiven(request, name) {
	const text = request.settings[name];
	if (text === void 0) return false;
	const { clone, environment, ports, noteIn } = request;
	if (name !== "command") request.standstill?.begin();
	const version = versionOf(request, name);
	await timed(request, version === void 0 ? name : `${name} of ${version}`, async () => await runShell({
		clone,
		name,
		text,
		environment,
		ports,
		noteIn
	}));
	return true;
}
export { tagImage as _, removal as a, refuseFilesInTheWay as c, buildImages as d, pullImages as f, retainedName as g, retainedImages as h, switchTo as i, refuseLocalEdits as l, imageIds as m, startApp as n, removeBrought as o, refuseFullEngine as p, stopApp as r, runsOtherImages as s, placeFiles as t, lookAtProject as u, untagImage as v };

import { H as refusal, L as shortCommit, _ as lastLines, g as ending, z as Failure } from "./output.js";
import { $r as remove, Br as readJsonRecord, Fr as compose, Nr as openComposeProject, Rr as engineHint, Ur as gitLines, zr as isThroughSudo } from "./text.js";
import { C as string, d as nullish, h as optional, p as object, w as unknown, y as record } from "./valibot.js";
import { basename, dirname, isAbsolute, join, relative } from "node:path/posix";
// src/rollout/compose/model.ts
const configuration = object({
	name: string(),
	services: nullish(record(string(), object({
		image: nullish(string()),
		build: nullish(record(string(), unknown())),
		platform: nullish(string()),
		pull_policy: nullish(string())
	}))),
	secrets: optional(unknown())
});
async function readModel(project) {
	const finished = await compose(project, [
		"config",
		"--format",
		"json"
	]);
	if (finished.code !== 0) {
		const called = project.command.join(" ");
		throw refusal(`\`${called} config\` failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}.`, {
			evidence: lastLines(finished),
			hint: finished.code === 127 ? `${called} is not there for ${project.machine.login}: install compose (v2.20 or newer), or say how it is called in \`compose-command\`.` : `Compose v2.20 or newer must be able to read the files: correct them, or name them in \`compose-file\` and how compose is called in \`compose-command\`.${isThroughSudo(project) ? ` ${engineHint(project)}` : ""}`,
			code: "compose-config"
		});
	}
	const configured = readJsonRecord(configuration, finished.stdout, {
		what: `What \`${project.command.join(" ")} config\` says on ${project.machine.name}`,
		hint: "Is it compose v2.20 or newer, and nothing else that prints on its standard output?",
		code: "compose-config"
	});
	return {
		name: configured.name,
		services: Object.entries(configured.services ?? {}).map(([name, service]) => ({
			name,
			image: service.image ?? `${configured.name}-${name}`,
			build: service.build ?? void 0,
			platform: service.platform ?? void 0,
			pullAlways: service.pull_policy === "always"
		})),
		secrets: configured.secrets
	};
}
async function allServices(project) {
	const listed = await compose(project, [
		"--profile",
		"*",
		"config",
		"--services"
	]);
	return new Set(listed.stdout.split("\n").map((line) => line.trim()));
}
// src/rollout/compose/services.ts
const DATABASE_VARIABLES = new Set([
	"PGDATA",
	"POSTGRESQL_VOLUME_DIR",
	"MYSQL_VERSION",
	"MARIADB_VERSION",
	"MONGO_VERSION"
]);
const DATABASE_IMAGES = /(?:^|\/)(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|mysql|mysql-server|mariadb|percona|mongo|mongodb)(?:[:@]|$)/;
function databasesAmong(app, model, containers) {
	const found = new Set(app.databaseService === void 0 ? [] : [app.databaseService]);
	for (const { service, variables } of containers) if (variables.some((name) => DATABASE_VARIABLES.has(name))) found.add(service);
	for (const { name, image, build } of model?.services ?? []) if (build === void 0 && DATABASE_IMAGES.test(image)) found.add(name);
	return found;
}
function servicesToStart(app, model, containers) {
	const databases = databasesAmong(app, model, containers);
	if (app.services !== void 0) {
		refuseWrongServices(app.services, model, databases);
		return model.services.filter(({ name }) => app.services?.includes(name));
	}
	const existing = new Set(containers.map(({ service }) => service));
	return model.services.filter(({ name }) => !databases.has(name) || !existing.has(name));
}
function servicesToStop(app, model, containers) {
	const databases = databasesAmong(app, model, containers);
	const named = (name) => model === void 0 || app.changing.includes(name) || model.services.some((service) => service.name === name);
	const mine = [...new Set(containers.map(({ service }) => service))].filter((name) => !databases.has(name) && named(name));
	if (app.services !== void 0) return mine.filter((name) => app.services?.includes(name));
	const built = new Set(model?.services.filter(({ build }) => build !== void 0).map(({ name }) => name));
	for (const { service, labels } of containers) if (labels["savepoint.commit"] !== void 0) built.add(service);
	const changing = mine.filter((name) => built.has(name) || app.changing.includes(name));
	return changing.length > 0 ? changing : mine;
}
function refuseWrongServices(services, model, databases) {
	const unknown = services.filter((name) => !model.services.some((service) => service.name === name));
	if (unknown.length > 0) throw refusal(`\`services\` names ${unknown.join(", ")}, and the compose project ${model.name} has no such service.`, {
		hint: `It has ${model.services.map(({ name }) => name).join(", ")}. (Services of a profile count where \`.env\` names it in COMPOSE_PROFILES.)`,
		code: "unknown-service"
	});
	const kept = services.filter((name) => databases.has(name));
	if (kept.length > 0) throw refusal(`\`services\` names ${kept.join(", ")}, which is a database: a deploy never stops or recreates one.`, {
		hint: "Take it out of `services`, and change a database service by hand, after a backup.",
		code: "database-service"
	});
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
	const dispose = async () => await remove(machine, folder);
	try {
		const exported = await clone.git.script(EXPORT, [
			folder,
			commit,
			tree
		]);
		if (exported.code !== 0) throw new Failure(`${shortCommit(commit)} cannot be written into ${folder} on ${machine.name} (${ending(exported)}).`, {
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
// src/deploy/environment/compose-app.ts
const COMPOSE_FILES = new Set([
	"compose.yaml",
	"compose.yml",
	"docker-compose.yml",
	"docker-compose.yaml"
]);
async function composeAppOf(environment, about) {
	const clone = await environment.clone();
	if (clone === void 0 || await strategyOf(environment, clone, about) === "command") return void 0;
	const { shared, machine } = environment;
	const project = await openComposeProject(machine, shared, "`strategy: compose`");
	const prepared = preparedIn(about.deploy);
	return {
		project: {
			...project,
			environment: about.env
		},
		name: prepared?.project,
		services: about.settings.services,
		databaseService: shared["database-service"],
		changing: prepared?.changing ?? [],
		added: prepared?.added ?? []
	};
}
async function composeProjectIn(environment, env) {
	const clone = await environment.clone();
	if (clone === void 0) return void 0;
	const { shared, machine } = environment;
	if (!namesCompose(environment) && !await holdsCompose(clone, clone.directory)) return void 0;
	return {
		...await openComposeProject(machine, shared, "a compose project"),
		environment: env
	};
}
function preparedIn(deploy) {
	return (deploy?.steps.findLast((one) => one.step === "prepare" && one.state === "done"))?.result?.["compose"];
}
async function strategyOf(environment, clone, { settings, commit }) {
	if (settings.strategy !== void 0) return settings.strategy;
	if (settings.services !== void 0 && settings.services.length > 0) return "compose";
	if (settings.command !== void 0 || settings["start-command"] !== void 0) return "command";
	if (namesCompose(environment) || await holdsCompose(clone, clone.directory)) return "compose";
	return (await clone.has(commit) ? await clone.listFiles(commit, "") : void 0)?.some((name) => COMPOSE_FILES.has(name)) === true ? "compose" : "command";
}
function namesCompose({ shared }) {
	return shared["compose-file"] !== void 0 || shared["database-service"] !== void 0;
}
export { databasesAmong as a, allServices as c, exportTree as i, readModel as l, composeProjectIn as n, servicesToStart as o, preparedIn as r, servicesToStop as s, composeAppOf as t };

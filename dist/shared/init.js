import { r as __toESM } from "./rolldown-runtime.js";
import { Ar as Failure, Cr as plural, Dn as lastLines, Dr as input, Fn as FLAGS, Gt as healthSection, Mn as inQuotes, Nn as quote, Nr as messageOf, Pr as refusal, St as migrateSection, Tn as _usingCtx, Yn as sharedSection, c as operation, dr as formatTarget, fr as parseTarget, gr as line, hr as flag, kn as succeed, lr as Secret, pr as isPath, vt as rolloutSection } from "./start.js";
import { Ci as kindNames, E as deploy, Kr as givenWords, Ti as commandOn, da as readText, ha as writeText, ma as resolvePath, rn as isFresh, sa as exists, ti as machineOf, ua as makeDirectory } from "./work.js";
import { i as EXAMINATIONS, n as openWorld, r as lookAtHost, t as examine } from "./examine.js";
import { n as hostName, t as fingerprintOf } from "./known-hosts.js";
import { isDeepStrictEqual } from "node:util";
// src/deploy/init/apply-todos.ts
const MOST_ROUNDS = 12;
async function applyTodos(look, ports, cwd) {
	const ran = new Set();
	for (let round = 0; round < MOST_ROUNDS; round += 1) {
		const todos = await look();
		const ways = todos.flatMap((todo) => todo.ways);
		const theirs = ways.findIndex(({ person }) => person === true);
		const mine = theirs < 0 ? ways : ways.slice(0, theirs);
		if (mine.length === 0) return todos;
		for (const { command, means } of mine) {
			if (ran.has(command)) throw new Failure(`This ran and changed nothing: ${means}`, {
				exit: 3,
				ways: [{
					command,
					means
				}],
				code: "tool-failed"
			});
			ran.add(command);
			await ports.report.step(means.replace(/\.$/, ""), async () => {
				const finished = await ports.here.run({
					words: [
						"sh",
						"-c",
						command
					],
					cwd,
					signal: ports.signal
				});
				if (finished.code === 0) return;
				throw new Failure(`This failed with ${finished.code}: ${means}`, {
					exit: 3,
					evidence: lastLines(finished),
					ways: [{
						command,
						means
					}],
					code: "tool-failed"
				});
			});
		}
	}
	return await look();
}
// src/deploy/init/todo.ts
function done(about, seen) {
	return {
		about,
		seen,
		done: true,
		ways: []
	};
}
function open(about, seen, ways) {
	return {
		about,
		seen,
		done: false,
		ways
	};
}
// src/deploy/init/deploy-key.ts
async function keyPath(here, given, names) {
	return await resolvePath(here, given ?? `~/.ssh/savepoint-${names.join("-").replaceAll(/[^\w.-]+/g, "_")}`);
}
async function makeKey(here, path, comment) {
	if (await exists(here, path)) return false;
	await makeDirectory(here, path.replace(/\/[^/]*$/, ""));
	const script = [
		"umask 077",
		"rm -f -- \"$1.new\" \"$1.new.pub\"",
		"ssh-keygen -q -t ed25519 -N \"\" -C \"$2\" -f \"$1.new\"",
		"mv -f -- \"$1.new.pub\" \"$1.pub\"",
		"mv -- \"$1.new\" \"$1\""
	].join(" && ");
	await succeed(here, { words: [
		"sh",
		"-c",
		script,
		"sh",
		path,
		comment
	] }, "Making a key with ssh-keygen");
	return true;
}
async function keyTodo(ports, { name, local, target }, path) {
	const key = await readText(ports.here, path);
	if (key === void 0) return open("deploy key", `${path} is not made yet.`, []);
	const secret = new Secret(key);
	ports.report.mask(secret);
	try {
		try {
			var _usingCtx$3 = _usingCtx();
			await _usingCtx$3.a(await ports.connect({
				...target,
				key: secret,
				passphrase: void 0
			})).run({
				words: ["true"],
				repeatable: true
			});
			return done("deploy key", `${name} lets the key in ${path} in.`);
		} catch (_) {
			_usingCtx$3.e = _;
		} finally {
			await _usingCtx$3.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "auth-refused") throw error;
	}
	const append = commandOn({
		name,
		local
	}, [
		"sh",
		"-c",
		"umask 077; mkdir -p ~/.ssh; { echo; cat; } >> ~/.ssh/authorized_keys"
	], { jump: target.jump });
	return open("deploy key", `${name} does not let the key in ${path} in yet.`, [{
		command: `{ printf 'restrict,port-forwarding '; cat ${quotePath(`${path}.pub`)}; } | ${append}`,
		means: "Lets the deploy's key in, for commands and forwarded connections alone."
	}]);
}
function quotePath(path) {
	return /^[\w/.-]+$/.test(path) ? quote(["x", path]).slice(2) : inQuotes(path);
}
// src/deploy/init/draft.ts
const WRITTEN = {
	[""]: [
		"host",
		"jump-host",
		"app-dir",
		"state-dir",
		"compose-file",
		"compose-command",
		"database-service",
		"database-url",
		"database-admin-url",
		"schema"
	],
	rollout: [
		"command",
		"stop-command",
		"start-command",
		"transport"
	],
	migrate: ["directory", "run"],
	health: [
		...kindNames,
		"expect-version",
		"timeout"
	]
};
async function draftSettings(about) {
	const { settings, profile, repository, file } = about;
	const app = profile.app ?? "app";
	const said = saidValues(settings);
	const guessed = guesses(repository, app, knowsEnvironment(settings, file)).filter(({ section, name }) => !has(said, section, name) && fits(said, section, name));
	const known = [...said, ...guessed];
	const answers = await answer(questions(known, repository), about.ports);
	const values = ordered([...known, ...answers]);
	for (const { name, text } of [
		...values,
		{
			name: "environment",
			text: profile.environment
		},
		{
			name: "app",
			text: app
		}
	]) if (text.includes("${{")) throw refusal(`\`${name}\` holds an expression of GitHub's, \${{ … }}, and would be one in a workflow.`, { code: "inputs" });
	const changes = values.filter((one) => !inFile(settings, file, one));
	return {
		app,
		environment: profile.environment,
		values,
		changes
	};
}
function saidValues(settings) {
	return Object.entries(WRITTEN).flatMap(([section, names]) => names.flatMap((name) => {
		const text = settings.text(section, name);
		if (text === void 0) return [];
		const spec = section === "" ? Object.entries(sharedSection.inputs).find(([one]) => one === name)?.[1] : void 0;
		if (spec?.secret === true && spec.plainWhen?.(text) !== true) throw refusal(`\`${name}\` holds a password, and files are no place for one.`, {
			code: "inputs",
			hint: `Let it stand in app-dir's .env on the host, and say only its name: --${name} env:DATABASE_URL`
		});
		return [{
			section,
			name,
			text
		}];
	}));
}
function guesses({ project, migrations }, app, known) {
	const databases = project?.services.filter(({ database }) => database) ?? [];
	const checked = project?.services.filter((one) => one.checked && !one.database) ?? [];
	const one = (section, name, text) => text === void 0 ? [] : [{
		section,
		name,
		text
	}];
	return [
		...one("", "app-dir", /^[\w.-]+$/.test(app) ? `/srv/${app}` : void 0),
		...one("", "database-service", databases.length === 1 ? databases[0]?.name : void 0),
		...one("health", "service", checked.length === 1 ? checked[0]?.name : void 0),
		...known ? [] : [...one("rollout", "transport", "push"), ...Object.entries(migrations?.settings ?? {}).flatMap(([name, text]) => one("migrate", name, text))]
	];
}
function fits(said, section, name) {
	if (name === "database-service") return !has(said, "", "database-url");
	if (section === "health") return !kindNames.some((one) => has(said, "health", one));
	if (section === "migrate") return !has(said, "migrate", "directory") && !has(said, "migrate", "run");
	return true;
}
function questions(known, { project }) {
	const port = project?.services.find((one) => !one.database && one.port !== void 0)?.port;
	const lacks = (section, ...names) => !names.some((name) => has(known, section, name));
	return [
		lacks("", "host") && {
			section: "",
			name: "host",
			flag: "--host deploy@shop.example",
			ask: "Where does the app run? (user@server, and :port where it is not 22)"
		},
		lacks("", "app-dir") && {
			section: "",
			name: "app-dir",
			flag: "--app-dir /srv/shop",
			ask: "In which folder of the host?"
		},
		lacks("", "database-service", "database-url") && {
			section: "",
			name: "database-url",
			flag: "--database-service postgres, or --database-url env:DATABASE_URL",
			ask: "Which variable of app-dir's .env on the host holds the database's address? (env:NAME)",
			guess: "env:DATABASE_URL"
		},
		lacks("health", ...kindNames) && {
			section: "health",
			name: "url",
			flag: `--health-url http://localhost:${port ?? 3e3}/health`,
			ask: "Which address tells, on the host, that the app is healthy?",
			guess: port === void 0 ? void 0 : `http://localhost:${port}/`
		},
		project === void 0 && lacks("rollout", "start-command") && {
			section: "rollout",
			name: "start-command",
			flag: "--rollout-start-command 'sudo systemctl start shop' (no compose file is here)",
			ask: "There is no compose file. What starts the app on the host?"
		}
	].filter((one) => one !== false);
}
async function answer(asked, { ask }) {
	if (asked.length === 0) return [];
	if (ask === void 0) throw refusal(`Nobody can be asked here, and ${asked.length === 1 ? "this is" : "these are"} not said. Nothing was touched.`, {
		code: "inputs",
		evidence: asked.map(({ ask: question, flag }) => `${question} ${flag}`),
		hint: "Give what is listed as flags, or call this at a terminal and answer."
	});
	const answers = [];
	for (const { section, name, ask: question, guess } of asked) {
		const text = ((await ask(`${question}${guess === void 0 ? "" : ` [${guess}]`}`)).trim() || guess) ?? "";
		if (text === "") throw refusal(`\`${name}\` was not answered. Nothing was touched.`, { code: "inputs" });
		answers.push({
			section,
			name,
			text
		});
	}
	return answers;
}
function has(values, section, name) {
	return values.some((one) => one.section === section && one.name === name);
}
function ordered(values) {
	return Object.entries(WRITTEN).flatMap(([section, names]) => names.flatMap((name) => values.filter((one) => one.section === section && one.name === name)));
}
function knowsEnvironment({ layers }, file) {
	return layers.some(({ source, raw }) => source === file && Object.keys(raw).length > 0);
}
function inFile({ layers }, file, { section, name, text }) {
	return layers.some(({ source, raw }) => source === file && raw[section]?.[name]?.replace(/[\r\n]+$/, "") === text);
}
// src/deploy/init/planned-files.ts
async function planFile({ here, root }, { path, text, keep }) {
	const there = await readText(here, `${root}/${path}`);
	if (there === void 0) return {
		path,
		text,
		state: "new",
		difference: []
	};
	if (there === text) return {
		path,
		text,
		state: "same",
		difference: []
	};
	if (keep(there)) return {
		path,
		text,
		state: "kept",
		difference: []
	};
	return {
		path,
		text,
		state: "differs",
		difference: await differenceOf({
			here,
			root
		}, path, text)
	};
}
async function writePlanned({ here, root }, { path, text }) {
	const folder = path.replace(/\/?[^/]*$/, "");
	if (folder !== "") await makeDirectory(here, `${root}/${folder}`, { mode: 493 });
	await writeText(here, `${root}/${path}`, text, { mode: 420 });
}
async function differenceOf({ here, root }, path, text) {
	const words = [
		"git",
		"diff",
		"--no-index",
		"--no-color",
		"--no-ext-diff",
		"--no-textconv",
		"--",
		path,
		"-"
	];
	const { code, stdout, stderr } = await here.run({
		words,
		cwd: root,
		stdin: text,
		whole: true
	});
	if (code !== 1) throw new Failure(`Git cannot compare ${path} with what it is to be (exit ${code}).`, {
		code: "git-failed",
		evidence: stderr.split("\n")
	});
	const lines = stdout.trimEnd().split("\n");
	return [
		`--- ${path}, as it is`,
		`+++ ${path}, as it is to be`,
		...lines.slice(lines.findIndex((line) => line.startsWith("@@")))
	];
}
function differenceBlock({ path, difference }) {
	return {
		kind: "code",
		title: `${path} is there, and stays as it is. It would be changed so`,
		lines: difference
	};
}
function textBlock({ path, text }) {
	return {
		kind: "code",
		title: path,
		lines: text.trimEnd().split("\n")
	};
}
// src/deploy/init/insert-settings.ts
function insertSettings(yaml, text, values) {
	const wanted = yaml.parseDocument(text, { stringKeys: true });
	for (const { path, value } of values) wanted.setIn(path, wanted.createNode(value));
	let changed = text;
	for (const one of values) changed = changed === void 0 ? void 0 : insertOne(yaml, changed, one);
	if (changed === void 0) return void 0;
	const made = yaml.parseDocument(changed, { stringKeys: true });
	return made.errors.length === 0 && isDeepStrictEqual(made.toJS(), wanted.toJS()) ? changed : void 0;
}
function insertOne(yaml, text, { path, value }) {
	const document = yaml.parseDocument(text, { stringKeys: true });
	if (document.errors.length > 0) return void 0;
	const { map, depth } = deepest(yaml, document, path);
	if (map === void 0 || map.flow === true || map.items.length === 0) return void 0;
	const there = pairOf(map, path[depth] ?? "");
	if (there !== void 0) return depth === path.length - 1 ? replaced(yaml, text, there, value) : void 0;
	const start = (map.items[0]?.key)?.range?.[0];
	if (start === void 0) return void 0;
	const column = start - (text.lastIndexOf("\n", start - 1) + 1);
	const tree = path.slice(depth).reduceRight((inner, key) => ({ [key]: inner }), value);
	const lines = yaml.stringify(tree, { lineWidth: 0 }).replace(/^(?=.)/gm, " ".repeat(column));
	const at = endOf(yaml, text, map, column);
	const before = text.slice(0, at);
	return `${before}${before.endsWith("\n") ? "" : "\n"}${lines}${text.slice(at)}`;
}
function deepest(yaml, document, path) {
	let map = yaml.isMap(document.contents) ? document.contents : void 0;
	for (let depth = 0; depth < path.length - 1; depth += 1) {
		const next = map === void 0 ? void 0 : pairOf(map, path[depth] ?? "")?.value;
		if (!yaml.isMap(next)) return {
			map,
			depth
		};
		map = next;
	}
	return {
		map,
		depth: path.length - 1
	};
}
function pairOf(map, key) {
	return map.items.find((pair) => String(pair.key) === key);
}
function replaced(yaml, text, { value: there }, value) {
	if (typeof value !== "string" || !yaml.isScalar(there) || !there.range || there.anchor !== void 0) return void 0;
	const [from, to] = there.range;
	const written = yaml.stringify(value, { lineWidth: 0 }).trimEnd();
	return written.includes("\n") || text.slice(from, to).includes("\n") ? void 0 : text.slice(0, from) + written + text.slice(to);
}
function endOf(yaml, text, map, column) {
	let at = lastByte(yaml, map);
	if (at > 0 && text[at - 1] !== "\n") at = lineEnd(text, at);
	for (let line = at; line < text.length;) {
		const end = lineEnd(text, line);
		const [, space = "", rest = ""] = /^( *)(.*)/.exec(text.slice(line, end)) ?? [];
		if (rest.startsWith("#") && space.length >= column && column > 0) at = end;
		else if (rest !== "") break;
		line = end;
	}
	return at;
}
function lastByte(yaml, node) {
	if ((yaml.isMap(node) || yaml.isSeq(node)) && node.flow !== true && node.items.length > 0) {
		const last = node.items.at(-1);
		return lastByte(yaml, yaml.isMap(node) ? last.value ?? last.key : last);
	}
	return node.range?.[1] ?? 0;
}
function lineEnd(text, from) {
	const end = text.indexOf("\n", from);
	return end < 0 ? text.length : end + 1;
}
// src/deploy/init/settings-text.ts
const SCHEMA = "# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/savepoint/v1/savepoint.schema.json\n";
async function newSettings({ app, environment, values }) {
	const { stringify } = await import("./dist.js").then((m) => __toESM(m.default, 1));
	const settings = {};
	for (const { section, name, text } of values) if (section === "") settings[name] = valueOf(text);
	else settings[section] = {
		...settings[section],
		[name]: valueOf(text)
	};
	return SCHEMA + stringify({
		app,
		environments: { [environment]: settings }
	}, { lineWidth: 0 });
}
async function environmentsIn(text) {
	if (text === void 0) return [];
	const { parse } = await import("./dist.js").then((m) => __toESM(m.default, 1));
	const said = parse(text, { stringKeys: true });
	const named = typeof said === "object" && said !== null && "environments" in said ? said.environments : void 0;
	return typeof named === "object" && named !== null ? Object.keys(named) : [];
}
async function changedSettings(text, { environment, values }) {
	if (values.length === 0) return text;
	const yaml = await import("./dist.js").then((m) => __toESM(m.default, 1));
	const wanted = values.map(({ section, name, text: value }) => ({
		path: [
			"environments",
			environment,
			...section === "" ? [name] : [section, name]
		],
		value: valueOf(value)
	}));
	const inserted = insertSettings(yaml, text, wanted);
	if (inserted !== void 0) return inserted;
	const document = yaml.parseDocument(text, { stringKeys: true });
	for (const { path, value } of wanted) document.setIn(path, document.createNode(value));
	return document.toString({ lineWidth: 0 });
}
function valueOf(text) {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	return lines.length > 1 ? lines : text;
}
// src/deploy/init/yaml-text.ts
const PLAIN$1 = /^[A-Za-z/][\w./@-]*(?:[:=][\w./@-]+)*$/;
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i;
function inYaml(text) {
	return PLAIN$1.test(text) && !WORDS.test(text) ? text : JSON.stringify(text);
}
// src/deploy/init/workflow-texts.ts
const CHECKOUT = "actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6.0.3";
const LOGIN = ["          ssh-key: ${{ secrets.SSH_KEY }}", "          ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}"];
function deployWorkflow({ environment, branch, given, place, pressed = false }) {
	const push = ["  push:", `    branches: [${inYaml(branch)}]`];
	return file([
		`# ${pressed ? besidePath("deploy", environment) : ".github/workflows/deploy.yml"}`,
		`name: ${pressed ? inYaml(`Deploy to ${environment}`) : "Deploy"}`,
		"on:",
		...pressed ? ["  workflow_dispatch: # in its place, or beside it, as deploy.yml has it: push"] : push,
		"",
		"permissions: {}",
		"",
		"jobs:",
		"  deploy:",
		"    runs-on: ubuntu-latest",
		`    environment: ${inYaml(environment)}`,
		"    permissions:",
		"      contents: write # moves the stable tags",
		"      actions: read # asks whether an earlier run is still alive",
		"    concurrency:",
		`      group: ${inYaml(`deploy-${environment}`)}`,
		"      queue: max # one after the other; none is dropped",
		"    steps:",
		`      - uses: ${CHECKOUT}`,
		"        with:",
		"          fetch-depth: 0",
		"      - uses: OWNER/savepoint@v1",
		"        with:",
		...withLogin(environment, given, "host"),
		"      - name: Take back what was cancelled",
		"        if: failure() || cancelled()",
		"        uses: OWNER/savepoint/actions/rollback@v1",
		"        with:",
		...withLogin(environment, place, "host")
	]);
}
function rollbackWorkflow(environments, app) {
	return file([
		"# .github/workflows/rollback.yml",
		"name: Rollback",
		"on:",
		"  workflow_dispatch:",
		"    inputs:",
		`      environment: { description: "Which environment", type: choice, options: [${environments.map(inYaml).join(", ")}], required: true }`,
		"      to: { description: \"A stable tag, commit or savepoint (empty: the version before)\" }",
		"      database: { description: \"Asked for where it would be restored\", type: choice, options: [auto, restore, keep, down] }",
		"      reason: { description: \"Why\", required: true }",
		`      confirm: { description: "The environment's name, typed in (not needed for a dry run)" }`,
		"      dry-run: { description: \"Only show what it would do\", type: boolean }",
		"",
		`run-name: "Rollback of \${{ inputs.environment }}\${{ inputs.dry-run && ', dry run' || '' }}"`,
		"",
		"permissions: {}",
		"",
		"jobs:",
		"  rollback:",
		"    runs-on: ubuntu-latest",
		"    environment:",
		"      name: ${{ inputs.environment }}",
		"      deployment: false # this run's commit is not the one that will run",
		"    permissions:",
		"      contents: write # moves latest-stable",
		"      actions: read # asks whether the deploy that it ends is still alive",
		"    concurrency:",
		"      group: rollback-${{ inputs.environment }}",
		"      queue: max",
		"    steps:",
		"      - uses: OWNER/savepoint/actions/rollback@v1",
		"        with:",
		"          environment: ${{ inputs.environment }}",
		"          host: ${{ vars.SSH_HOST }}",
		...LOGIN,
		...app === void 0 ? [] : [`          app: ${inYaml(app)}`],
		...[
			"to",
			"database",
			"reason",
			"confirm",
			"dry-run"
		].map((name) => `          ${name}: \${{ inputs.${name} }}`)
	]);
}
function backupWorkflow({ environment, place, pressed = false }) {
	return file([
		`# ${pressed ? besidePath("backup", environment) : ".github/workflows/backup.yml"}`,
		`name: ${pressed ? inYaml(`Backup of ${environment}`) : "Backup"}`,
		"on:",
		"  schedule:",
		"    - cron: \"0 3 * * *\" # UTC",
		"  workflow_dispatch:",
		"",
		"permissions: {}",
		"",
		"jobs:",
		"  backup:",
		"    runs-on: ubuntu-latest",
		"    environment:",
		`      name: ${inYaml(`${environment}-backup`)} # an environment of its own, that nobody has to approve`,
		"      deployment: false",
		"    permissions: {}",
		"    concurrency:",
		`      group: ${inYaml(`backup-${environment}`)}`,
		"      queue: max",
		"    steps:",
		"      - uses: OWNER/savepoint/actions/backup@v1",
		"        with:",
		"          purpose: ${{ github.event_name == 'schedule' && 'scheduled' || 'manual' }}",
		"          verify: restore",
		...withLogin(environment, place, "host")
	]);
}
function doctorWorkflow({ environment, place }) {
	return file([
		"# .github/workflows/doctor.yml",
		"name: Doctor",
		"on: pull_request",
		"",
		"permissions: {}",
		"",
		"jobs:",
		"  doctor:",
		"    # A fork's pull request gets no secrets, and nothing could be looked at.",
		"    if: github.event.pull_request.head.repo.full_name == github.repository",
		"    runs-on: ubuntu-latest",
		"    environment:",
		`      name: ${inYaml(`${environment}-doctor`)} # an environment of its own, open to every branch: whoever may push one can use its key`,
		"      deployment: false",
		"    permissions:",
		"      contents: read # the settings and the workflow files of the pull request",
		"    concurrency:",
		"      group: doctor-${{ github.ref }}",
		"      queue: max",
		"    steps:",
		`      - uses: ${CHECKOUT}`,
		"        with:",
		"          persist-credentials: false",
		"      - uses: OWNER/savepoint/actions/doctor@v1",
		"        with:",
		...withLogin(environment, place, "host")
	]);
}
function besidePath(kind, environment) {
	return `.github/workflows/${kind}-${environment.replaceAll(/[^\w.-]+/g, "-")}.yml`;
}
function withLogin(environment, given, before) {
	const line = (name, value) => `          ${name}: ${inYaml(value)}`;
	const entries = Object.entries(given);
	const first = entries.filter(([name]) => name === before);
	const rest = entries.filter(([name]) => name !== before);
	return [
		line("environment", environment),
		...first.map(([name, value]) => line(name, value)),
		...LOGIN,
		...rest.map(([name, value]) => line(name, value))
	];
}
function file(lines) {
	return `${lines.join("\n")}\n`;
}
// src/deploy/init/files.ts
async function planFiles({ here, root, settingsFile, draft, branch, backup, doctor }) {
	const there = await readText(here, `${root}/${settingsFile}`);
	const text = there === void 0 ? await newSettings(draft) : await changedSettings(there, {
		...draft,
		values: draft.changes
	});
	const { environment, app } = draft;
	const before = await environmentsIn(there);
	const all = before.includes(environment) ? before : [...before, environment];
	const place = {
		here,
		root
	};
	const beside = async (kind) => {
		const known = await readText(here, `${root}/.github/workflows/${kind}.yml`);
		return all.length > 1 && known !== void 0 && usesSavepoint(known) && !namesEnvironment(known, environment);
	};
	const [deploys, backsUp] = [await beside("deploy"), await beside("backup")];
	const config = configOf(settingsFile);
	const workflows = {
		[deploys ? besidePath("deploy", environment) : ".github/workflows/deploy.yml"]: deployWorkflow({
			environment,
			branch,
			given: config,
			place: config,
			pressed: deploys
		}),
		".github/workflows/rollback.yml": rollbackWorkflow(all, app),
		...backup && { [backsUp ? besidePath("backup", environment) : ".github/workflows/backup.yml"]: backupWorkflow({
			environment,
			place: {
				app,
				...backupPlace(draft)
			},
			pressed: backsUp
		}) },
		...doctor && { ".github/workflows/doctor.yml": doctorWorkflow({
			environment,
			place: config
		}) }
	};
	const earlier = new Set(all.map((_, count) => rollbackWorkflow(all.slice(0, count), app)));
	const keep = (known) => usesSavepoint(known) && !earlier.has(known);
	return await Promise.all([planFile(place, {
		path: settingsFile,
		text,
		keep: () => false
	}), ...Object.entries(workflows).map(async ([path, workflow]) => await planFile(place, {
		path,
		text: workflow,
		keep
	}))]);
}
function namesEnvironment(workflow, environment) {
	return workflow.split("\n").some((line) => /^\s*(?:environment|name):/.test(line) && line.includes(environment));
}
function usesSavepoint(text) {
	return /^\s*(?:- )?uses:\s*[\w.-]+\/savepoint(?:\/|@)/m.test(text);
}
function configOf(settingsFile) {
	return settingsFile === "savepoint.yml" ? {} : { config: settingsFile };
}
function backupPlace({ values }) {
	return Object.fromEntries(values.filter(({ section }) => section === "").map(({ name, text }) => [name, text]));
}
// src/deploy/init/ask-github.ts
const NOBODY = [127, 4];
async function askGithub(here, words) {
	const finished = await here.run({
		words: [
			"sh",
			"-c",
			"command -v gh >/dev/null 2>&1 || exit 127; exec gh \"$@\"",
			"sh",
			...words
		],
		repeatable: true,
		timeout: 3e4
	});
	const { code, stdout, stderr } = finished;
	if (code === 0) return stdout.trim();
	if (NOBODY.includes(code ?? 0) || /\bHTTP 40[134]\b/.test(stderr)) return void 0;
	throw new Failure("GitHub did not answer `gh`, so what it has is not known.", {
		code: "tool-failed",
		evidence: lastLines(finished),
		hint: "Run the same command again."
	});
}
// src/deploy/init/github-rules.ts
const TAG_RULES = {
	name: "Release tags stay",
	target: "tag",
	enforcement: "active",
	conditions: { ref_name: {
		include: ["refs/tags/v*"],
		exclude: []
	} },
	rules: [{ type: "update" }, { type: "deletion" }]
};
async function ruleWays(here, repository, environment) {
	if (repository === void 0) return [];
	const place = `repos/${repository}/environments/${encodeURIComponent(environment)}`;
	const [there, targets] = await Promise.all([ifAnswered(askGithub(here, ["api", place])), ifAnswered(askGithub(here, [
		"api",
		`repos/${repository}/rulesets`,
		"--jq",
		".[].target"
	]))]);
	return [...approval(there, place, environment), ...tagRules(targets, repository)];
}
async function ifAnswered(asked) {
	return await asked.catch((error) => {
		if (error instanceof Failure) return void 0;
		throw error;
	});
}
function approval(there, place, environment) {
	if (there === void 0 || there.includes("\"required_reviewers\"")) return [];
	const { deployment_branch_policy: branches } = JSON.parse(there);
	const kept = Object.entries(branches ?? {}).flatMap(([name, value]) => ["-F", `deployment_branch_policy[${name}]=${value}`]);
	return [{
		command: `${quote([
			"gh",
			"api",
			"--method",
			"PUT",
			place,
			...kept,
			"-F",
			"reviewers[][type]=User"
		])} -F "reviewers[][id]=$(gh api user --jq .id)"`,
		means: `Only if wanted: you approve each deploy to ${environment}; others are added in its settings. Some plans have no such rule for private repositories.`
	}];
}
function tagRules(targets, repository) {
	if (targets === void 0 || targets.split("\n").includes("tag")) return [];
	return [{
		command: `printf %s ${inQuotes(JSON.stringify(TAG_RULES))} | ${quote([
			"gh",
			"api",
			"--method",
			"POST",
			`repos/${repository}/rulesets`,
			"--input",
			"-"
		])}`,
		means: "Only if wanted: tags such as v1.2 never move once they are made. The stable tags, which do, are called otherwise."
	}];
}
// src/deploy/init/found.ts
function foundBlock(repository, { values }) {
	const { project, migrations, packageManager, oldSteps } = repository;
	const value = (section, name) => values.find((one) => one.section === section && one.name === name)?.text;
	return {
		kind: "table",
		title: "What was found",
		head: ["what", "seen"],
		rows: [
			["host", `${value("", "host")}, ${value("", "app-dir")}`],
			["app", project === void 0 ? "no compose file" : `${project.path}: ${project.services.map(({ name }) => name).join(", ") || "no service"}`],
			["database", value("", "database-service") ?? value("", "database-url") ?? "none"],
			["migrations", migrations?.what ?? "none found"],
			["health", kindNames.flatMap((name) => value("health", name) === void 0 ? [] : [`${name} ${value("health", name)}`]).join(", ")],
			...packageManager === void 0 ? [] : [["packages", packageManager]],
			...oldSteps.map(({ file, line, does, instead }) => [`${file}:${line}`, `${does}; from now on: ${instead}`])
		]
	};
}
// src/deploy/init/given-known-hosts.ts
async function givenKnownHosts({ here }, given) {
	if (given === void 0 || given.trim() === "") return void 0;
	return (isPath(given.trim()) ? await readText(here, await resolvePath(here, given.trim())) : given)?.trimEnd();
}
// src/deploy/init/github.ts
async function githubTodos(asked) {
	const { repository, environment, backup, doctor } = asked;
	if (repository === void 0) return [done("GitHub", `origin is not on github.com. Where the workflows run, they want: the secret SSH_KEY (the text of ${asked.keyFile}), the variables SSH_KNOWN_HOSTS and SSH_HOST.`)];
	const all = [
		{
			name: environment,
			deploys: true,
			branches: true
		},
		...backup ? [{
			name: `${environment}-backup`,
			deploys: false,
			branches: true
		}] : [],
		...doctor ? [{
			name: `${environment}-doctor`,
			deploys: false,
			branches: false
		}] : []
	];
	return await Promise.all(all.map(async (one) => await environmentTodo(asked, repository, one)));
}
async function environmentTodo(asked, repository, { name, deploys, branches }) {
	const { here, host, knownHosts, keyFile, branch } = asked;
	const about = `GitHub, ${name}`;
	const place = `repos/${repository}/environments/${encodeURIComponent(name)}`;
	const there = await askGithub(here, ["api", place]);
	const policies = there === void 0 ? void 0 : await askGithub(here, [
		"api",
		`${place}/deployment-branch-policies?per_page=100`,
		"--jq",
		".branch_policies[].name"
	]);
	const secrets = there === void 0 ? [] : names(await askGithub(here, [
		"secret",
		"list",
		"--env",
		name,
		"--repo",
		repository,
		"--json",
		"name"
	]));
	const variables = there === void 0 ? [] : names(await askGithub(here, [
		"variable",
		"list",
		"--env",
		name,
		"--repo",
		repository,
		"--json",
		"name"
	]));
	const at = [
		"--env",
		name,
		"--repo",
		repository
	];
	const ways = [];
	if (there === void 0) ways.push({
		command: quote([
			"gh",
			"api",
			"--method",
			"PUT",
			place,
			...branches ? [
				"-F",
				"deployment_branch_policy[protected_branches]=false",
				"-F",
				"deployment_branch_policy[custom_branch_policies]=true"
			] : []
		]),
		means: branches ? `Makes the environment ${name}, for named branches alone.` : `Makes the environment ${name}, for pull requests: whoever may push a branch can use its key.`
	});
	if (branches && deploysFromNamed(there) && !(policies ?? "").split("\n").includes(branch)) ways.push({
		command: quote([
			"gh",
			"api",
			"--method",
			"POST",
			`${place}/deployment-branch-policies`,
			"-f",
			`name=${branch}`
		]),
		means: `Lets ${branch} deploy to it.`
	});
	if (!secrets.includes("SSH_KEY")) ways.push({
		command: `${quote([
			"gh",
			"secret",
			"set",
			"SSH_KEY",
			...at
		])} < ${inQuotes(keyFile)}`,
		means: "Gives it the deploy's key, from the file."
	});
	if (!variables.includes("SSH_KNOWN_HOSTS")) ways.push({
		command: quote([
			"gh",
			"variable",
			"set",
			"SSH_KNOWN_HOSTS",
			...at,
			"--body",
			knownHosts
		]),
		means: "Gives it the host's own key, as it was compared."
	});
	if (deploys && !variables.includes("SSH_HOST")) ways.push({
		command: quote([
			"gh",
			"variable",
			"set",
			"SSH_HOST",
			...at,
			"--body",
			formatTarget(host)
		]),
		means: "Says where the rollback button logs in."
	});
	if (ways.length === 0) return done(about, `${repository} has the environment, its secret and its variables.`);
	return open(about, there === void 0 ? `${repository} has no such environment, or \`gh\` may not see it (gh auth login).` : "It lacks something.", ways);
}
function deploysFromNamed(there) {
	return there === void 0 || /"custom_branch_policies"\s*:\s*true/.test(there);
}
function names(json) {
	const listed = json === void 0 || json === "" ? [] : JSON.parse(json);
	return Array.isArray(listed) ? listed.map((one) => String(one.name)) : [];
}
// src/deploy/init/host-key.ts
function offeredKey(error) {
	if (!(error instanceof Failure) || error.code !== "host-key-unknown" && error.code !== "host-key-type") return void 0;
	const [, type, fingerprint] = /^offered: (\S+) (SHA256:\S+)$/.exec(error.evidence[0] ?? "") ?? [];
	return type === void 0 || fingerprint === void 0 ? void 0 : {
		type,
		fingerprint
	};
}
async function noteHostKey(here, { host, port }, fingerprint) {
	const found = (await scan(here, {
		host,
		port
	})).find((line) => lineFingerprint(line) === fingerprint);
	if (found === void 0) throw refusal(`${hostName(host, port)} offers no key whose fingerprint is ${fingerprint}. Nothing was noted.`, {
		code: "host-key-changed",
		hint: "Compare again: either it is another host, or somebody stands in between."
	});
	const file = await knownHostsFile(here);
	const there = await readText(here, file) ?? "";
	await makeDirectory(here, file.replace(/\/[^/]*$/, ""));
	await writeText(here, file, `${there}${there === "" || there.endsWith("\n") ? "" : "\n"}${found}\n`);
}
async function knownLines(here, { host, port }) {
	const name = hostName(host, port);
	const words = [
		"ssh-keygen",
		"-f",
		await knownHostsFile(here),
		"-F",
		name
	];
	const { stdout } = await here.run({
		words,
		repeatable: true
	});
	return stdout.split("\n").filter((line) => /^[^#@\s]\S* \S+ \S+/.test(line)).map((line) => [name, ...line.split(" ").slice(1, 3)].join(" "));
}
async function scan(here, { host, port }) {
	const { stdout } = await succeed(here, {
		words: [
			"ssh-keyscan",
			"-p",
			String(port),
			"-t",
			"ed25519,ecdsa,rsa",
			host
		],
		repeatable: true
	}, `Asking ${host} for its keys`);
	return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
function lineFingerprint(line) {
	return fingerprintOf(Buffer.from(line.split(" ")[2] ?? "", "base64"));
}
async function knownHostsFile(here) {
	return await resolvePath(here, "~/.ssh/known_hosts");
}
// src/deploy/init/host-todos.ts
async function hostTodos(asked) {
	const directory = await resolvePath(asked.host, asked.appDir);
	const todos = [];
	for (const look of [
		firstClone,
		variables,
		database
	]) {
		const todo = await look(asked, directory);
		if (todo === void 0) continue;
		todos.push(todo);
		if (!todo.done) break;
	}
	return todos;
}
async function firstClone({ ports, host, jump, repository, pushed }, directory) {
	const { code } = await host.run({
		words: [
			"git",
			"-C",
			directory,
			"rev-parse",
			"--verify",
			"--quiet",
			"HEAD"
		],
		repeatable: true
	});
	if (code === 0) return done("clone", `${directory} has a commit checked out.`);
	const made = (await host.run({
		words: [
			"git",
			"-C",
			directory,
			"rev-parse",
			"--git-dir"
		],
		repeatable: true
	})).stdout.trim() === ".git";
	if (!pushed || !made && !await isFresh(host, directory)) return void 0;
	if (repository.head === void 0) return open("clone", "This checkout has no commit yet.", [{
		command: "git add --all && git commit --message 'First version'",
		means: "Makes the first commit.",
		person: true
	}]);
	const { user, folders } = await lookAtHost(host, [directory], ports.clock);
	const ways = [];
	if (folders[0]?.writable !== true) ways.push({
		command: commandOn(host, [
			"sudo",
			"install",
			"-d",
			"-o",
			user,
			directory
		], {
			terminal: true,
			jump
		}),
		means: `Makes ${directory}, and gives it to ${user}.`,
		person: true
	});
	const init = commandOn(host, [
		"git",
		"init",
		"--quiet",
		directory
	], { jump });
	const push = (jump === void 0 ? "" : `GIT_SSH_COMMAND=${quote([`ssh -J ${formatTarget(jump)}`])} `) + quote([
		"git",
		"push",
		"--quiet",
		urlOf(host, directory),
		"+HEAD:refs/savepoint/first"
	]);
	const out = commandOn(host, [
		"git",
		"-C",
		directory,
		"checkout",
		"--quiet",
		"--detach",
		"refs/savepoint/first"
	], { jump });
	ways.push({
		command: `${init} && ${push} && ${out}`,
		means: `Makes a clone in ${directory} and checks this commit out there. Nothing is started.`
	});
	return open("clone", `${directory} is not there yet, or empty.`, ways);
}
function urlOf(host, directory) {
	if (host.local) return directory;
	const { user, host: server, port } = parseTarget(host.name);
	const name = server.includes(":") ? `[${server}]` : server;
	return `ssh://${encodeURIComponent(user)}@${name}${port === 22 ? "" : `:${port}`}${encodeURI(directory)}`;
}
const NAMES = String.raw`[ ! -e .env ] || sed -n 's/^\(export \)\{0,1\}\([A-Za-z_][A-Za-z0-9_]*\)=.*/\2/p' .env`;
const SECRET = /PASS|SECRET|TOKEN|_KEY$|^KEY$/i;
async function variables({ host, jump, repository }, directory) {
	const wanted = repository.project?.variables ?? [];
	if (wanted.length === 0) return void 0;
	const { stdout } = await host.run({
		words: [
			"sh",
			"-c",
			NAMES
		],
		cwd: directory,
		repeatable: true
	});
	const there = new Set(stdout.split("\n"));
	const missing = wanted.filter((name) => !there.has(name));
	const file = `${directory}/.env`;
	if (missing.length === 0) return done(".env", `${file} says ${wanted.join(", ")}.`);
	const secrets = missing.filter((name) => SECRET.test(name));
	const others = missing.filter((name) => !SECRET.test(name));
	return open(".env", `${file} does not say ${missing.join(", ")}, which ${repository.project?.path} wants.`, [...secrets.map((name) => ({
		command: commandOn(host, [
			"sh",
			"-c",
			randomLine(name, file)
		], { jump }),
		means: `Makes up ${name} there, where nobody sees it.`
	})), ...others.length === 0 ? [] : [{
		command: commandOn(host, [
			"sh",
			"-c",
			`"\${EDITOR:-vi}" ${inQuotes(file)}`
		], {
			terminal: true,
			jump
		}),
		means: `Opens it: add a line NAME=value for ${others.join(", ")}.`,
		person: true
	}]]);
}
function randomLine(name, file) {
	return `umask 077; printf '${name}=%s\\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \\n')" >> ${inQuotes(file)}`;
}
async function database({ host, jump, composeCommand, composeFiles, databaseService }, directory) {
	if (databaseService === void 0) return void 0;
	const compose = [...composeCommand.split(" ").filter((word) => word !== ""), ...composeFiles.flatMap((file) => ["--file", file])];
	const { code, stdout } = await host.run({
		words: [
			...compose,
			"ps",
			"--services",
			"--status",
			"running"
		],
		cwd: directory
	});
	if (code !== 0) return void 0;
	if (stdout.split("\n").includes(databaseService)) return done("database", `${databaseService} runs.`);
	const start = `cd ${quote([directory])} && ${quote([
		...compose,
		"up",
		"--detach",
		"--wait",
		databaseService
	])}`;
	return open("database", `${databaseService} does not run yet.`, [{
		command: commandOn(host, [
			"sh",
			"-c",
			start
		], { jump }),
		means: "Starts the database alone, the first time as well, and waits until it is up."
	}]);
}
// src/deploy/init/look-for-todos.ts
async function lookForTodos(asked) {
	try {
		var _usingCtx$2 = _usingCtx();
		const { shared, address, ports, environment, repository, keyFile } = asked;
		const known = await trustHost(asked);
		if (known !== void 0) return [known];
		const host = _usingCtx$2.a(await machineOf(shared, ports, { told: true }));
		const todos = [done("host", `${host.name} lets you in, and its key is the known one.`)];
		const target = targetOf(asked);
		const { jump } = target;
		if (jump !== void 0) {
			const first = await keyTodo(ports, {
				name: formatTarget(jump),
				local: false,
				target: {
					...target,
					...jump,
					jump: void 0
				}
			}, keyFile);
			todos.push({
				...first,
				about: `${first.about}, jump host`
			});
			if (!first.done) return todos;
		}
		todos.push(await keyTodo(ports, {
			name: host.name,
			local: host.local,
			target
		}, keyFile));
		const appDir = shared["app-dir"];
		if (appDir !== void 0) {
			const composeFiles = shared["compose-file"] ?? [];
			const place = {
				composeCommand: shared["compose-command"],
				composeFiles,
				databaseService: shared["database-service"]
			};
			todos.push(...await hostTodos({
				ports,
				host,
				jump,
				repository,
				appDir,
				pushed: asked.pushed,
				...place
			}));
		}
		const knownHosts = await givenKnownHosts(ports, shared["ssh-known-hosts"]) ?? (await linesOf(ports, [jump, address])).join("\n");
		todos.push(...await githubTodos({
			...asked,
			here: ports.here,
			repository: repository.github,
			branch: repository.branch,
			environment,
			host: address,
			knownHosts,
			keyFile
		}));
		return todos;
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function linesOf({ here }, places) {
	return (await Promise.all(places.map(async (place) => place === void 0 ? [] : await knownLines(here, place)))).flat();
}
function targetOf({ shared, address }) {
	const passphrase = shared["ssh-passphrase"];
	return {
		...address,
		passphrase: passphrase === void 0 ? void 0 : new Secret(passphrase),
		knownHosts: shared["ssh-known-hosts"],
		jump: shared["jump-host"]
	};
}
async function trustHost(asked) {
	const { shared, address, ports, trust, called, dryRun } = asked;
	const offered = await knock(asked);
	if (offered === void 0) return void 0;
	const name = formatTarget(address);
	const jump = shared["jump-host"];
	if (jump !== void 0) return throughJump(name, formatTarget(jump), offered);
	const told = trust ?? await ask(ports, name, offered);
	if (told !== void 0 && !dryRun) {
		await noteHostKey(ports.here, address, told);
		if (await knock(asked, { told: true }) === void 0) return void 0;
	}
	const file = `/etc/ssh/ssh_host_${offered.type.startsWith("ecdsa") ? "ecdsa" : offered.type.replace("ssh-", "")}_key.pub`;
	return open("host", `${name} offers a key that is not known here: ${offered.type} ${offered.fingerprint}. Compare it with what \`ssh-keygen -lf ${file}\` says on the host itself (its console): whoever stands in between would show another.`, [{
		command: quote([
			...called,
			"--trust",
			offered.fingerprint
		]),
		means: "Only once it is compared: notes that key in ~/.ssh/known_hosts, and goes on.",
		person: true
	}]);
}
function throughJump(name, jump, { type, fingerprint }) {
	return open("host", `On the way to ${name} a key is offered that is not known here: ${type} ${fingerprint}.`, [{
		command: quote([
			"ssh",
			"-J",
			jump,
			...sshWords(name),
			"true"
		]),
		means: `Shows the keys of ${jump} and ${name}, and asks: say yes only to what \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` says on the machine itself.`,
		person: true
	}]);
}
function sshWords(target) {
	const { user, host, port } = parseTarget(target);
	return [...port === 22 ? [] : ["-p", String(port)], `${user}@${host}`];
}
async function knock({ shared, ports }, { told = false } = {}) {
	try {
		try {
			var _usingCtx3 = _usingCtx();
			await _usingCtx3.a(await machineOf(shared, ports, { told })).run({
				words: ["true"],
				repeatable: true
			});
			return;
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	} catch (error) {
		const offered = offeredKey(error);
		if (offered === void 0) throw error;
		return offered;
	}
}
async function ask({ ask: asks }, name, { type, fingerprint }) {
	return (await asks?.(`${name} shows ${type} ${fingerprint}. Did you compare it on the host itself, and is it the same? (yes or no)`))?.trim().toLowerCase() === "yes" ? fingerprint : void 0;
}
// src/deploy/init/compose-file.ts
const COMPOSE_NAMES = [
	"compose.yaml",
	"compose.yml",
	"docker-compose.yml",
	"docker-compose.yaml"
];
const POSTGRES = /(?:^|\/)(?:postgres|postgis|postgresql|timescaledb(?:-ha)?|pgvector)(?::|@|$)/i;
async function readComposeFile(path, text) {
	const { parse } = await import("./dist.js").then((m) => __toESM(m.default, 1));
	let document;
	try {
		document = parse(text, { merge: true });
	} catch (error) {
		const [first = ""] = messageOf(error).split("\n");
		throw refusal(`${path} cannot be read: ${first.replace(/[.:]?$/, ".")}`, {
			code: "compose-config",
			cause: error,
			hint: "Mend it, and call this again."
		});
	}
	return {
		path,
		services: Object.entries(mapOf(mapOf(document)["services"])).map(([name, value]) => serviceOf(name, mapOf(value))),
		variables: variablesIn(text)
	};
}
function serviceOf(name, service) {
	const ports = Array.isArray(service["ports"]) ? service["ports"] : [];
	const health = mapOf(service["healthcheck"]);
	return {
		name,
		database: POSTGRES.test(textOf(service["image"])),
		built: service["build"] !== void 0 && service["build"] !== null,
		checked: health["test"] !== void 0 && health["disable"] !== true,
		port: ports.map((one) => publishedPort(one)).find((port) => port !== void 0),
		command: [service["command"], service["entrypoint"]].flat().map(textOf).join(" ")
	};
}
function publishedPort(port) {
	const published = typeof port === "object" ? textOf(mapOf(port)["published"]) : /^(.*):[^:]*$/.exec(withDefaults(textOf(port)))?.[1];
	const number = Number(withDefaults(published ?? "").split(":").at(-1));
	return Number.isInteger(number) && number > 0 && number < 65536 ? number : void 0;
}
function withDefaults(text) {
	return text.replaceAll(/\$\{\w+:?-([^}]*)\}/g, "$1");
}
function variablesIn(text) {
	const found = [...text.replaceAll(/^\s*#.*$|\s#\s.*$/gm, "").replaceAll("$$", "").matchAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?=\}|:?\?))/g)].map(([, bare, braced]) => bare ?? braced ?? "");
	return [...new Set(found)].filter((name) => !name.startsWith("SAVEPOINT_"));
}
function mapOf(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
function textOf(value) {
	return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
// src/deploy/init/migration-tools.ts
const TOOLS = [
	{
		name: "Prisma",
		find: async ({ names }) => folderOf(names, /(^|\/)schema\.prisma$/),
		run: () => "npx prisma migrate deploy"
	},
	{
		name: "Flyway",
		find: async ({ names }) => folderOf(names, /(^|\/)V\d[\d._]*__[^/]+\.sql$/),
		run: (folder) => `flyway -locations=filesystem:${folder} migrate`
	},
	{
		name: "golang-migrate",
		find: async ({ names }) => folderOf(names, /(^|\/)\d+_[^/]*\.up\.sql$/),
		run: (folder) => `migrate -path ${folder} -database "$DATABASE_URL" up`
	},
	{
		name: "dbmate",
		find: async (files) => await folderSaying(files, /^--\s*migrate:up\b/m),
		run: (folder) => `dbmate --migrations-dir ${folder} --no-dump-schema up`
	},
	{
		name: "goose",
		find: async (files) => await folderSaying(files, /^--\s*\+goose Up\b/m),
		run: (folder) => `goose -dir ${folder} postgres "$DATABASE_URL" up`
	},
	{
		name: "node-pg-migrate",
		find: async (files) => await dependency(files, "node-pg-migrate"),
		run: () => "npx node-pg-migrate up"
	},
	{
		name: "knex",
		find: async ({ names }) => folderOf(names, /(^|\/)knexfile\.[cm]?[jt]s$/),
		run: () => "npx knex migrate:latest"
	}
];
const PLAIN = /(^|\/)\d+_[^/]+\.sql$/;
async function findMigrations(files, starts) {
	for (const tool of TOOLS) {
		const folder = await tool.find(files);
		if (folder === void 0) continue;
		const run = tool.run(quote(["--", folder]).slice(3));
		if (tool.name === "Prisma" && /prisma\s+migrate\s+deploy/.test(starts)) return {
			what: `Prisma (${folder}) migrates when the container starts: a failed start takes code and database back`,
			settings: {}
		};
		return {
			what: `${tool.name} (${folder}): a deploy runs \`${run}\` on the host`,
			settings: { run }
		};
	}
	const folder = folderOf(files.names, PLAIN);
	return folder === void 0 ? void 0 : {
		what: `SQL files in ${folder}`,
		settings: { directory: folder }
	};
}
function folderOf(names, form) {
	const name = names.find((one) => form.test(one));
	return name === void 0 ? void 0 : name.replace(/\/?[^/]*$/, "") || ".";
}
async function folderSaying(files, says) {
	const first = files.names.filter((name) => /(^|\/)\d[^/]*\.sql$/.test(name)).slice(0, MOST_READ);
	for (const name of first) if (says.test(await files.read(name))) return folderOf([name], /./);
}
const MOST_READ = 5;
async function dependency({ names, read }, name) {
	return names.includes("package.json") && (await read("package.json")).includes(`"${name}"`) ? folderOf(names, /(^|\/)migrations\/[^/]+$/) ?? "migrations" : void 0;
}
// src/deploy/init/old-deploys.ts
const TAKEN_OVER = [
	{
		does: "logs in by ssh",
		says: /\bssh\s|ssh-action|\bscp\s|\brsync\s/,
		instead: "one connection with a strict host key"
	},
	{
		does: "dumps the database",
		says: /\bpg_dump(?:all)?\b/,
		instead: "a backup that is proven before anything changes"
	},
	{
		does: "restores the database",
		says: /\bpg_restore\b|\bpsql\b[^\n]*<|\bdropdb\b/,
		instead: "a restore beside the running app, swapped in by rename"
	},
	{
		does: "migrates",
		says: /migrate deploy|\bdbmate\b|\bgoose\b|\bflyway\b|migrate:latest|node-pg-migrate|migrate -path/,
		instead: "the step `migrate`, which is taken back as well"
	},
	{
		does: "starts containers",
		says: /docker[ -]compose\b[^\n]*\b(?:up|pull|build)\b/,
		instead: "the steps `prepare` and `switch`"
	},
	{
		does: "sets tags",
		says: /\bgit tag\b|\bgit push\b[^\n]*tag/,
		instead: "latest-stable and stable-… once the version is healthy"
	},
	{
		does: "goes back by itself",
		says: /HEAD~1|git reset --hard|git revert/,
		instead: "a rollback to a version that was stable, with its database"
	}
];
function oldSteps(file, text) {
	if (/uses:\s*\S+\/savepoint(?:\/|@)/.test(text)) return [];
	const lines = text.split("\n");
	return TAKEN_OVER.flatMap(({ does, says, instead }) => {
		const at = lines.findIndex((line) => says.test(line) && !/^\s*#/.test(line));
		return at < 0 ? [] : [{
			file,
			line: at + 1,
			does,
			instead
		}];
	});
}
// src/deploy/init/repository.ts
const LOCK_FILES = [
	["pnpm-lock.yaml", "pnpm"],
	["yarn.lock", "yarn"],
	["bun.lock", "bun"],
	["bun.lockb", "bun"],
	["package-lock.json", "npm"]
];
async function lookAtRepository({ here, cwd }, composeFile) {
	const git = async (...words) => {
		const { code, stdout } = await here.run({
			words: ["git", ...words],
			cwd,
			whole: true,
			repeatable: true
		});
		return code === 0 ? stdout.replace(/\n$/, "") : void 0;
	};
	const root = await git("rev-parse", "--show-toplevel");
	if (root === void 0) throw refusal(`${cwd} is no checkout of a git repository, or git is not installed here.`, {
		code: "no-checkout",
		hint: "A deploy brings a commit to the host. Call this at the top of the app's checkout; where there is none yet: git init, git add, git commit."
	});
	if (await git("rev-parse", "--show-cdup") !== "") throw refusal(`${cwd} is not the top of its checkout, where savepoint.yml stands.`, {
		code: "inputs",
		hint: `Go there first: ${quote(["cd", root])}`
	});
	const names = (await git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z") ?? "").split("\0").filter((name) => name !== "");
	const files = {
		names,
		read: async (name) => await readText(here, `${root}/${name}`) ?? ""
	};
	const project = await projectOf(files, composeFile);
	const starts = [...project?.services.map(({ command }) => command) ?? [], ...await textsOf(files, /(^|\/)(Dockerfile[^/]*|[^/]*entrypoint[^/]*|package\.json)$/i)].join("\n");
	const workflows = names.filter((name) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(name));
	return {
		root,
		branch: await git("symbolic-ref", "--quiet", "--short", "HEAD") ?? "main",
		head: await git("rev-parse", "--verify", "--quiet", "HEAD"),
		github: githubName(await git("config", "--get", "remote.origin.url") ?? ""),
		project,
		migrations: await findMigrations(files, starts),
		packageManager: LOCK_FILES.find(([lock]) => names.includes(lock))?.[1],
		oldSteps: (await Promise.all(workflows.map(async (name) => oldSteps(name, await files.read(name))))).flat()
	};
}
async function projectOf({ names, read }, said) {
	const path = said?.split("\n").find((line) => line.trim() !== "")?.trim() ?? COMPOSE_NAMES.find((name) => names.includes(name));
	if (path === void 0) return void 0;
	if (!names.includes(path)) throw refusal(`\`compose-file\` names ${path}, which is not in this repository.`, { code: "inputs" });
	return await readComposeFile(path, await read(path));
}
const MOST_TEXTS = 20;
async function textsOf({ names, read }, form) {
	return await Promise.all(names.filter((name) => form.test(name)).slice(0, MOST_TEXTS).map(read));
}
function githubName(url) {
	return /^(?:https:\/\/(?:[^@/]+@)?github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
}
// src/deploy/init/ways.ts
function replaceWay(words) {
	return {
		command: quote([...words, "--replace"]),
		means: "Changes the files that are there, as shown."
	};
}
function againWay(words) {
	return {
		command: quote(words),
		means: "Then looks again: what is done is found done."
	};
}
async function lastWays({ here, root }, files, deploy) {
	const paths = files.map(({ path }) => path);
	const { stdout } = await here.run({
		words: [
			"git",
			"status",
			"--porcelain",
			"--",
			...paths
		],
		cwd: root,
		repeatable: true
	});
	const commit = `${quote([
		"git",
		"add",
		"--",
		...paths
	])} && git commit --message 'Deploy by Savepoint' && git push origin HEAD`;
	return [...stdout === "" ? [] : [{
		command: commit,
		means: "Commits the files and pushes them, with which GitHub deploys."
	}], {
		command: quote(deploy),
		means: "Deploys what is checked out from here, without GitHub."
	}];
}
// src/deploy/operations/init.ts
const initSection = {
	name: "init",
	inputs: {
		replace: input(flag, {
			description: "Also changes files that are there, as it shows.",
			default: "false",
			perRun: true
		}),
		backup: input(flag, {
			description: "Also writes a workflow that backs up every night.",
			default: "false",
			perRun: true
		}),
		doctor: input(flag, {
			description: "Also writes a workflow that lets the doctor look at each pull request.",
			default: "false",
			perRun: true
		}),
		"key-file": input(line, {
			description: "Where the private key of the deploys is, or is made. Default: `~/.ssh/savepoint-<app>-<environment>`.",
			perRun: true
		}),
		trust: input(line, {
			description: "The fingerprint of the host's key, once it is compared: `SHA256:…`.",
			perRun: true
		}),
		apply: input(flag, {
			description: "Runs the commands that it would print, but for those that are a person's: on the host, and with `gh` on GitHub.",
			default: "false",
			perRun: true
		})
	}
};
const sections = {
	shared: sharedSection,
	init: initSection,
	health: healthSection,
	rollout: rolloutSection,
	migrate: {
		name: "migrate",
		inputs: {
			directory: migrateSection.inputs.directory,
			run: migrateSection.inputs.run
		}
	}
};
const init = operation({
	name: "init",
	description: "Sets an app up for its first deploy: settings, workflows, key, host; and prints what is still to be done.",
	sections,
	own: "init",
	foundsEnvironments: true,
	outputs: {
		written: "The files that were written.",
		differing: "The files that are there and differ from what it would write.",
		"still-open": "What is still to be done."
	},
	example: {
		flags: "--host deploy@shop.example",
		about: ["At the top of the app's checkout. What cannot be seen in it is asked, or given as flags; what is there stays as it is."]
	},
	async run(call) {
		const { inputs, ports, settings, profile } = call;
		const repository = await lookAtRepository(ports, settings.text("", "compose-file"));
		const settingsFile = inputs.shared.config ?? "savepoint.yml";
		if (settingsFile.startsWith("/") || settingsFile.split("/").includes("..")) throw refusal("`config` is not below the top of the checkout.", {
			code: "inputs",
			hint: "Give a path from there, e.g. deploy/savepoint.yml."
		});
		const draft = await draftSettings({
			settings,
			profile,
			repository,
			ports,
			file: await exists(ports.here, `${repository.root}/${settingsFile}`) ? settingsFile : void 0
		});
		const drafted = withValues(call, draft.values);
		const files = await planFiles({
			here: ports.here,
			root: repository.root,
			settingsFile,
			draft,
			branch: repository.branch,
			backup: inputs.init.backup,
			doctor: inputs.init.doctor
		});
		const written = await write(call, repository.root, files);
		const differing = files.filter((one) => one.state === "differs" && !written.includes(one.path));
		const title = `${draft.app}/${draft.environment}`;
		const outputs = {
			written,
			differing: differing.map(({ path }) => path)
		};
		const wrote = wroteWords(inputs.shared["dry-run"], files, written);
		const found = [foundBlock(repository, draft), ...differing.map(differenceBlock)];
		if (inputs.shared["dry-run"]) {
			const texts = files.filter(({ state }) => state === "new").map(textBlock);
			return {
				outputs,
				headline: `${wrote} for ${title}`,
				blocks: [...found, ...texts],
				ways: differing.length > 0 ? [replaceWay(calledAs(call))] : []
			};
		}
		if (differing.length > 0) return {
			outputs,
			headline: `${wrote} for ${title}`,
			blocks: found,
			ways: [replaceWay(calledAs(call))],
			exit: 3
		};
		const todos = await todosOf(drafted, repository, { app: draft.app }).catch((error) => {
			if (!(error instanceof Failure)) throw error;
			throw error.with({
				exit: 3,
				outputs,
				blocks: found,
				state: [`${wrote} for ${title}.`, ...error.state]
			});
		});
		const undone = todos.filter((todo) => !todo.done);
		const blocks = [...found, todosBlock(title, todos)];
		if (undone.length > 0) {
			const ways = undone.flatMap((todo) => todo.ways);
			return {
				outputs: {
					...outputs,
					"still-open": undone.map(({ about }) => about)
				},
				headline: `${wrote} for ${title}; ${plural(undone.length, "thing is", "things are")} still to be done`,
				blocks,
				ways: [...ways, ...ways.some(({ command }) => command.includes(" --trust ")) ? [] : [againWay(calledAs(call))]],
				waysInTurn: true,
				exit: 3
			};
		}
		return await lastLook(drafted, {
			repository,
			files,
			title,
			outputs,
			wrote,
			blocks
		});
	}
});
async function lastLook(call, { repository, files, title, outputs, wrote, blocks }) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { ports, profile, settings } = call;
		const world = _usingCtx$1.a(openWorld({
			profile,
			settings,
			problems: []
		}, ports));
		const findings = await examine(EXAMINATIONS, world);
		const wrong = findings.filter(({ state }) => state === "fail");
		const seen = {
			kind: "findings",
			title,
			findings: findings.filter(({ state }) => state !== "pass")
		};
		if (wrong.length > 0) {
			const ways = wrong.flatMap(({ mends = [] }) => mends.slice(0, 1));
			return {
				outputs: {
					...outputs,
					"still-open": wrong.map(({ about }) => about)
				},
				headline: `${wrote} for ${title}; ${plural(wrong.length, "finding stands", "findings stand")} in a deploy's way`,
				blocks: [...blocks, seen],
				ways: [...ways, againWay(calledAs(call))],
				waysInTurn: true,
				exit: 3
			};
		}
		const dry = settings.withFirst([{
			source: FLAGS,
			raw: { "": { "dry-run": "true" } }
		}]);
		const plan = await deploy.run({
			inputs: dry.read(deploy.sections),
			settings: dry,
			profile,
			ports
		});
		const words = [
			...ports.program,
			"deploy",
			"--environment",
			profile.environment,
			"--confirm",
			profile.environment
		];
		const ways = [...await lastWays({
			here: ports.here,
			root: repository.root
		}, files, words), ...await ruleWays(ports.here, repository.github, profile.environment)];
		return {
			outputs: {
				...outputs,
				"still-open": []
			},
			headline: `${wrote} for ${title}; all is ready for a deploy`,
			blocks: [
				...blocks,
				...seen.findings.length > 0 ? [seen] : [],
				{
					kind: "text",
					text: plan.headline
				},
				...plan.blocks
			],
			ways
		};
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
async function todosOf(call, repository, { app }) {
	const { inputs, ports, profile } = call;
	const { init: own, shared, rollout } = inputs;
	const address = shared.host;
	if (address === void 0) return [];
	const keyFile = await keyPath(ports.here, own["key-file"], [app, profile.environment]);
	if (await makeKey(ports.here, keyFile, `savepoint ${profile.environment}`)) ports.report.say(`Made a key for the deploys: ${keyFile}`);
	const look = async () => await lookForTodos({
		ports,
		shared,
		address,
		environment: profile.environment,
		repository,
		pushed: rollout.transport === "push",
		backup: own.backup,
		doctor: own.doctor,
		keyFile,
		trust: own.trust,
		called: calledAs(call),
		dryRun: shared["dry-run"]
	});
	return own.apply ? await applyTodos(look, ports, repository.root) : await look();
}
function withValues(call, values) {
	const raw = {};
	for (const { section, name, text } of values) (raw[section] ??= {})[name] = text;
	const layer = {
		source: "answers",
		raw
	};
	const settings = call.settings.withFirst([layer]);
	return {
		...call,
		settings,
		inputs: settings.read(sections)
	};
}
async function write({ inputs, ports }, root, files) {
	if (inputs.shared["dry-run"]) return [];
	const written = [];
	for (const one of files) {
		if (one.state !== "new" && !(one.state === "differs" && (inputs.init.replace || await saysYes(ports, one)))) continue;
		await writePlanned({
			here: ports.here,
			root
		}, one);
		written.push(one.path);
	}
	return written;
}
async function saysYes({ ask, report }, { path, difference }) {
	if (ask === void 0) return false;
	for (const text of difference) report.say(text);
	return (await ask(`Change ${path} so? (yes or no)`)).trim().toLowerCase() === "yes";
}
function wroteWords(dry, files, written) {
	const wanted = files.filter(({ state }) => state === "new").map(({ path }) => path);
	if (dry) return `Would write ${wanted.join(", ") || "nothing"}`;
	return written.length === 0 ? "Nothing was to be written" : `Wrote ${written.join(", ")}`;
}
function todosBlock(title, todos) {
	return {
		kind: "findings",
		title,
		findings: todos.map(({ about, seen, done }) => ({
			state: done ? "pass" : "fail",
			about,
			seen
		}))
	};
}
function calledAs({ ports, settings }) {
	return [
		...ports.program,
		"init",
		...givenWords(settings, Object.values(sections), new Set(["replace", "trust"]))
	];
}
export { init };

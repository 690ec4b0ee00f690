import { A as reveal, D as refusal, L as formatDuration, O as stopIfCancelled, V as shortCommit, _ as outputLines, g as lastLines, h as ending, k as Secret, w as Failure, y as tellingLines, z as plural } from "./output.js";
import { $ as refuseProblems, Bt as readHistories, Er as _usingCtx, Fr as resolvePath, Ft as historyDifference, G as downMigrations, It as commandEnvironment, J as splitStatements, Lt as runHooks, On as databaseOf, Or as exists, Q as compareVersions, Qr as serverOptions, Rt as absentTables, Tn as waitForDumps, Ur as changedSomething, X as canonicalVersion, Y as readSections, Z as checksumOf, _n as checkoutOf, at as updateProgress, ct as runByStatement, et as sameVersion, it as replaceText, lt as runInTransaction, mr as outsideTarget, nt as insertRow, ot as historyName, pt as statementProblem, rt as noteFailure, st as readHistory, tt as createHistory, ut as holdMigrationLock } from "./text.js";
import { t as limitsOf } from "./limits.js";
import { posix } from "node:path";
import { Writable } from "node:stream";
import { isUtf8 } from "node:buffer";
// src/migration/diff.ts
const CONTEXT = 2;
const LIMIT = 40;
function differenceOf(before, after) {
	const [a, b] = [before.trim().split("\n"), after.trim().split("\n")];
	let head = 0;
	while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
	let tail = 0;
	while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
	return shorten([
		...a.slice(0, head).map((line) => `  ${line}`),
		...changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
		...a.slice(a.length - tail).map((line) => `  ${line}`)
	]);
}
function changed(a, b) {
	if (a.length * b.length > 1e6) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
	const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
	const at = (i, j) => lengths[i]?.[j] ?? 0;
	for (let i = a.length - 1; i >= 0; i -= 1) {
		const row = lengths[i];
		for (let j = b.length - 1; j >= 0; j -= 1) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
	}
	const lines = [];
	let [i, j] = [0, 0];
	while (i < a.length || j < b.length) if (i < a.length && j < b.length && a[i] === b[j]) {
		lines.push(`  ${a[i]}`);
		i += 1;
		j += 1;
	} else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
		lines.push(`- ${a[i]}`);
		i += 1;
	} else {
		lines.push(`+ ${b[j]}`);
		j += 1;
	}
	return lines;
}
function shorten(lines) {
	const near = (index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith("  "));
	const shown = [];
	for (const [index, line] of lines.entries()) if (near(index)) shown.push(line);
	else if (shown.length > 0 && shown.at(-1) !== "  …") shown.push("  …");
	if (shown.at(-1) === "  …") shown.pop();
	return shown.length > LIMIT ? [...shown.slice(0, LIMIT), `  … and ${shown.length - LIMIT} more lines`] : shown;
}
// src/migration/compare.ts
function compareWithHistory(migrations, rows) {
	const files = new Map(migrations.map((migration) => [canonicalVersion(migration.version), migration]));
	const history = new Map(rows.map((row) => [canonicalVersion(row.version), row]));
	const applied = rows.filter((row) => row.state === "applied");
	const current = applied.map((row) => row.version).sort(compareVersions).at(-1);
	const changed = rows.flatMap((row) => {
		const migration = files.get(canonicalVersion(row.version));
		if (migration === void 0 || migration.checksum === row.checksum || continues(migration, row)) return [];
		return [{
			migration,
			row,
			difference: differenceOf(row.upSql, migration.up.sql)
		}];
	});
	const pending = migrations.filter((migration) => history.get(canonicalVersion(migration.version))?.state !== "applied");
	return {
		applied,
		pending,
		changed,
		missing: rows.filter((row) => !files.has(canonicalVersion(row.version))),
		unfinished: rows.filter((row) => row.state !== "applied"),
		outOfOrder: pending.filter((migration) => current !== void 0 && compareVersions(migration.version, current) < 0),
		current
	};
}
function continues(migration, row) {
	if (row.state === "applied" || row.progress?.direction !== "up" || migration.up.transactional) return false;
	return splitStatements(row.upSql).statements.slice(0, row.progress.done).every((statement, index) => migration.up.statements[index]?.sql === statement.sql);
}
function refuseChanged(comparison) {
	const [first] = comparison.changed;
	if (first === void 0) return;
	const many = comparison.changed.length > 1;
	throw refusal(many ? `${plural(comparison.changed.length, "migration")} changed after being applied: ${comparison.changed.map((one) => one.migration.version).join(", ")}` : `${first.migration.up.file} changed after it was ${first.row.state === "applied" ? "applied" : "half applied"} (${first.row.startedAt.toISOString()}, by ${first.row.appliedBy})`, {
		code: "changed-migration",
		hint: "Put the file back as it was applied, and write what is new as a new migration. (To accept a change that alters nothing comes with a later version.)",
		evidence: comparison.changed.flatMap((one) => [
			...many ? [one.migration.up.file] : [],
			`checksum ${one.row.checksum.slice(0, 12)} when applied, ${one.migration.checksum.slice(0, 12)} now`,
			...one.difference
		])
	});
}
function refuseUnfinished(comparison) {
	for (const row of comparison.unfinished) {
		const progress = row.progress;
		const how = progress === void 0 ? "" : ` after statement ${progress.done} of ${progress.of}`;
		if (progress?.direction === "down") throw new Failure(`The DOWN of ${row.version} stopped${how}`, {
			code: "half-applied",
			hint: "Finish it first: the command `migrate down` with `steps: 1` goes on behind the last statement that is done."
		});
		if (comparison.missing.includes(row)) throw new Failure(`Migration ${row.version} (${row.description}) is half applied${how}, and its file is not here`, {
			code: "half-applied",
			hint: "Apply from the commit that has the file, or roll back."
		});
	}
}
// src/migration/status.ts
async function migrationStatus(connection, migrations) {
	return compareWithHistory(migrations, await readHistory(connection));
}
function outputsOf(comparison, applied = []) {
	return {
		applied,
		pending: comparison.pending.map((migration) => migration.version),
		current: comparison.current ?? ""
	};
}
function statusBlock(comparison) {
	const changed = new Set(comparison.changed.map((one) => one.row));
	const missing = new Set(comparison.missing);
	const unfinished = new Set(comparison.unfinished.map((row) => row.version));
	const late = new Set(comparison.outOfOrder);
	return {
		kind: "table",
		title: "Migrations",
		head: [
			"version",
			"description",
			"state",
			"started",
			"took",
			"by"
		],
		rows: [...[...comparison.applied, ...comparison.unfinished].map((row) => {
			const marks = [
				row.state === "applied" ? "applied" : half(row),
				...changed.has(row) ? ["the file changed since"] : [],
				...missing.has(row) ? ["no file here"] : []
			];
			return {
				version: row.version,
				cells: [
					row.version,
					row.description,
					marks.join(", "),
					row.startedAt.toISOString(),
					formatDuration(row.durationMs),
					row.appliedBy
				]
			};
		}), ...comparison.pending.filter((migration) => !unfinished.has(migration.version)).map((migration) => ({
			version: migration.version,
			cells: [
				migration.version,
				migration.description,
				late.has(migration) ? "pending, older than what is applied" : "pending",
				"",
				"",
				""
			]
		}))].sort((a, b) => compareVersions(a.version, b.version)).map((row) => row.cells)
	};
}
function half(row) {
	const { progress } = row;
	if (progress === void 0) return row.state;
	return `${progress.direction === "up" ? "UP" : "DOWN"} ${row.state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
}
// src/migration/apply.ts
const DUMP_WAIT_MS$1 = 18e5;
async function applyMigrations(request) {
	try {
		var _usingCtx$2 = _usingCtx();
		const { database, ports } = request;
		const before = await look(request);
		if (selectPending(before, request).length === 0) return outputsOf(before);
		const lock = _usingCtx$2.a(await holdMigrationLock({
			database,
			ports,
			waitMs: request.lockWaitMs
		}));
		const now = await look(request);
		const todo = selectPending(now, request);
		if (todo.length === 0) return outputsOf(now);
		for (const migration of now.outOfOrder.filter((one) => todo.includes(one))) ports.report.warning(`${migration.up.file} is older than ${now.current}, which is applied already; it is applied now`);
		for (const row of now.missing) ports.report.warning(`${row.version} (${row.description}) is applied and has no file here: the database is ahead of this commit`);
		await waitForDumps(database, {
			clock: ports.clock,
			report: ports.report,
			signal: ports.signal,
			timeoutMs: DUMP_WAIT_MS$1
		});
		const schema = await prepare(database);
		const world = {
			database,
			lock,
			ports,
			limits: request.limits
		};
		const applied = [];
		for (const migration of todo) try {
			stopIfCancelled(ports.signal);
			await lock.confirm();
			const started = ports.clock.now().getTime();
			await applyOne(migration, {
				request,
				world,
				schema,
				row: now.unfinished.find((row) => sameVersion(row.version, migration.version))
			});
			ports.report.say(`Applied ${migration.up.file} in ${formatDuration(ports.clock.now().getTime() - started)}`);
			applied.push(migration.version);
		} catch (error) {
			throw withOutcome(error, {
				now,
				applied,
				migration,
				migrations: request.migrations
			});
		}
		return {
			applied,
			pending: now.pending.filter((migration) => !todo.includes(migration)).map((migration) => migration.version),
			current: newest([...applied, now.current ?? ""])
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function look(request) {
	try {
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await request.database.connect("migrate look", { signal: request.ports.signal }));
		const comparison = compareWithHistory(request.migrations, await readHistory(connection));
		refuseChanged(comparison);
		refuseUnfinished(comparison);
		return comparison;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function selectPending(comparison, wanted) {
	const { to, steps } = wanted;
	if (to !== void 0 && !wanted.migrations.some((migration) => sameVersion(migration.version, to))) throw refusal(`There is no migration with version ${to}`, { hint: `\`to\` is one of ${wanted.migrations.map((migration) => migration.version).slice(-10).join(", ") || "none: the folder is empty"}` });
	const bounded = comparison.pending.filter((migration) => to === void 0 || compareVersions(migration.version, to) <= 0);
	return steps === void 0 ? bounded : bounded.slice(0, steps);
}
async function prepare(database) {
	try {
		var _usingCtx4 = _usingCtx();
		const connection = _usingCtx4.a(await database.connect("migrate look"));
		return await createHistory(connection);
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
async function applyOne(migration, { request, world, schema, row }) {
	if (!migration.up.transactional) {
		await runByStatement(migration.up, world, upBookmark(migration, {
			request,
			schema,
			row
		}));
		return;
	}
	await runInTransaction(migration.up, world, {
		record: async (connection) => await insertRow(connection, schema, migration, {
			...applier(request),
			state: "applied"
		}),
		isRecorded: async (connection) => (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [migration.version])).length > 0
	});
}
function applier(request) {
	return {
		appliedBy: request.appliedBy,
		deployId: request.deployId
	};
}
function upBookmark(migration, { request, schema, row }) {
	let written = false;
	return {
		from: row?.progress,
		direction: "up",
		save: async (connection, progress) => {
			if (!written) {
				if (row !== void 0) await replaceText(connection, schema, migration, row.version);
				else await insertRow(connection, schema, migration, {
					...applier(request),
					state: "running",
					progress
				});
				written = true;
			}
			await updateProgress(connection, schema, migration.version, "running", progress);
		},
		finish: async (connection) => {
			if (!written && row !== void 0) await replaceText(connection, schema, migration, row.version);
			await updateProgress(connection, schema, migration.version, "applied", void 0);
		},
		fail: async (connection, progress, untouched) => await noteFailure(connection, schema, migration.version, progress, untouched ? "gone" : "failed")
	};
}
function withOutcome(error, run) {
	if (!(error instanceof Failure)) return error;
	const pending = run.now.pending.map((migration) => migration.version).filter((version) => !run.applied.includes(version));
	const earlier = run.applied.length === 0 ? "Nothing was applied" : `${plural(run.applied.length, "migration")} of this run ${run.applied.length === 1 ? "is" : "are"} applied and stay: ${run.applied.join(", ")}`;
	return error.with({
		outputs: {
			...error.outputs,
			applied: run.applied,
			pending,
			current: newest([...run.applied, run.now.current ?? ""])
		},
		state: [
			...error.state,
			...run.migration.up.transactional && error.code !== "unknown-commit" ? [`${run.migration.up.file}: rolled back, nothing of it is in the database`] : [],
			earlier
		]
	});
}
function newest(versions) {
	return versions.filter((version) => version !== "").toSorted(compareVersions).at(-1) ?? "";
}
// src/migration/decode.ts
function decodeSql(bytes) {
	if (bytes[0] === 255 && bytes[1] === 254 || bytes[0] === 254 && bytes[1] === 255) return { problem: { message: "is UTF-16: save it as UTF-8" } };
	if (!isUtf8(bytes)) return { problem: {
		line: firstBadLine(bytes),
		message: "is not UTF-8: save it as UTF-8"
	} };
	const zero = bytes.indexOf(0);
	if (zero !== -1) return { problem: {
		line: countLines(bytes.subarray(0, zero)),
		message: "contains a zero byte, which PostgreSQL cannot take"
	} };
	return { text: new TextDecoder("utf-8").decode(bytes).replaceAll("\r\n", "\n") };
}
function firstBadLine(bytes) {
	let line = 1;
	let start = 0;
	for (let end = bytes.indexOf(10); end !== -1 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
		line += 1;
		start = end + 1;
	}
	return line;
}
function countLines(bytes) {
	return bytes.reduce((lines, byte) => byte === 10 ? lines + 1 : lines, 1);
}
// src/migration/name.ts
const NAME_FORM = "`YYYYMMDDHHMM__description.sql` or `NNN_description.sql` (or the same in two files, `….up.sql` and `….down.sql`)";
function readFileName(name) {
	if (name.startsWith(".") || !/\.sql$/i.test(name)) return { kind: "other" };
	if (/\p{Cc}/u.test(name)) return {
		kind: "misnamed",
		message: "its name contains a control character or a line break"
	};
	const [, version, words, direction] = /^(\d+)__?(?!_)(.+?)(?:\.(up|down))?\.sql$/iu.exec(name) ?? [];
	if (version === void 0 || words === void 0 || words.trim() === "") return {
		kind: "misnamed",
		message: `its name is not ${NAME_FORM}`
	};
	return {
		kind: "migration",
		version,
		description: words.replaceAll("_", " ").trim().normalize("NFC"),
		direction: direction === void 0 ? "both" : direction.toLowerCase() === "up" ? "up" : "down"
	};
}
// src/migration/assemble.ts
function assembleMigrations(files) {
	const problems = [];
	const parts = files.flatMap((file) => readPart(file, problems) ?? []);
	const migrations = [];
	for (const group of Map.groupBy(parts, (part) => canonicalVersion(part.version)).values()) {
		const migration = join$1(group, problems);
		if (migration !== void 0) migrations.push(migration);
	}
	const order = new Map(files.map((file, index) => [file.path, index]));
	return {
		migrations: migrations.sort((a, b) => compareVersions(a.version, b.version)),
		problems: problems.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0))
	};
}
function readPart(file, problems) {
	const name = readFileName(file.name);
	if (name.kind === "other") return void 0;
	if (name.kind === "misnamed") {
		problems.push({
			file: file.path,
			message: name.message
		});
		return;
	}
	const decoded = decodeSql(file.bytes);
	if ("problem" in decoded) {
		problems.push({
			file: file.path,
			...decoded.problem
		});
		return;
	}
	const sections = readSections(decoded.text, name.direction);
	problems.push(...sections.problems.map((problem) => ({
		file: file.path,
		...problem
	})));
	return {
		version: name.version,
		description: name.description,
		path: file.path,
		sections
	};
}
function join$1(group, problems) {
	const ups = group.filter((part) => part.sections.up !== void 0 || part.sections.down === void 0);
	const downs = group.filter((part) => !ups.includes(part));
	const [first, ...others] = ups;
	if (first === void 0) {
		const unsaid = downs.filter((part) => part.sections.problems.length === 0);
		for (const part of unsaid) problems.push({
			file: part.path,
			message: `there is no UP for version ${part.version}`
		});
		return;
	}
	for (const other of others) problems.push({
		file: other.path,
		message: `version ${other.version} is already ${first.path}: give one of them another version`
	});
	const [withDown, ...furtherDowns] = [...first.sections.down === void 0 ? [] : [first], ...downs];
	for (const other of furtherDowns) problems.push({
		file: other.path,
		message: `the DOWN of version ${other.version} is already in ${withDown?.path}`
	});
	if (first.sections.up === void 0) return void 0;
	const up = script(first.path, first.sections.up, problems);
	const unread = problems.some((problem) => problem.file === first.path);
	if (up.statements.length === 0 && !unread) problems.push({
		file: first.path,
		line: first.sections.up.firstLine,
		message: "its UP is empty"
	});
	return {
		version: first.version,
		description: first.description,
		up,
		down: downOf(withDown ?? first, problems),
		checksum: checksumOf(up.sql)
	};
}
function downOf(part, problems) {
	const section = part.sections.down;
	const given = section === void 0 ? void 0 : script(part.path, section, problems);
	const mark = part.sections.irreversible;
	if (mark !== void 0) {
		const statement = given?.statements[0];
		if (given !== void 0 && statement !== void 0) problems.push({
			file: given.file,
			line: statement.line,
			message: "is marked `-- irreversible` and yet has a DOWN"
		});
		return {
			state: "irreversible",
			reason: mark.reason
		};
	}
	return given === void 0 || given.statements.length === 0 ? { state: "missing" } : {
		state: "given",
		script: given
	};
}
function script(file, section, problems) {
	const { statements, problem } = splitStatements(section.sql, section.firstLine);
	if (problem !== void 0) problems.push({
		file,
		...problem
	});
	for (const statement of statements) {
		const message = statementProblem(statement, section.transactional);
		if (message !== void 0) problems.push({
			file,
			line: statement.line,
			message
		});
	}
	return {
		file,
		sql: section.sql,
		statements,
		transactional: section.transactional
	};
}
// src/migration/load.ts
async function loadMigrations(source) {
	const files = "clone" in source ? await readFromClone(source) : await readFromFolder(source);
	if (files.length === 0) await refuseNested(source);
	const { migrations, problems } = assembleMigrations(files);
	refuseProblems(problems);
	return migrations;
}
const READ_FOLDER = `
cd -- "$1" 2>/dev/null || exit 66
LC_ALL=C; export LC_ALL
set --
for file in ./*.[sS][qQ][lL]; do
  if [ -f "$file" ]; then set -- "$@" "$file"; fi
done
printf '%s\\n' "$#"
[ "$#" -gt 0 ] || exit 0
for file in "$@"; do wc -c < "$file" || exit 65; done
printf '%s\\000' "$@"
cat -- "$@" || exit 65
`;
async function readFromFolder(source) {
	const { machine, directory } = source;
	const shown = source.shown ?? directory;
	const { finished, output } = await capture(machine, { words: [
		"sh",
		"-c",
		READ_FOLDER,
		"sh",
		directory
	] });
	if (finished.code === 66) throw await missingFolder(machine, directory, shown);
	if (finished.code !== 0) throw new Failure(`Reading the migrations in ${shown} failed (${ending(finished)})`, { evidence: lastLines(finished) });
	let at = 0;
	const until = (byte) => {
		const end = output.indexOf(byte, at);
		if (end === -1) throw new Failure(`Reading the migrations in ${shown} ended early`);
		const text = output.toString("utf8", at, end);
		at = end + 1;
		return text;
	};
	const count = Number(until(10));
	const sizes = Array.from({ length: count }, () => Number(until(10).trim()));
	const files = sizes.map(() => until(0).slice(2)).map((name, index) => {
		const size = sizes[index] ?? 0;
		at += size;
		return {
			name,
			path: posix.join(shown, name),
			bytes: output.subarray(at - size, at)
		};
	});
	if (at !== output.length) throw new Failure(`The migrations in ${shown} changed while they were read`, { hint: "Run it again." });
	return files;
}
const LOOK_NEARBY = `
base=$1
while [ ! -d "$base" ] && [ "$base" != / ] && [ -n "$base" ]; do base=$(dirname -- "$base"); done
cd -- "$base" || exit 1
for folder in */ */*/ */*/*/; do
  case "$folder" in node_modules/*|vendor/*|*'*'*) continue ;; esac
  for file in "$folder"*.[sS][qQ][lL]; do
    if [ -f "$file" ]; then printf '%s\\n' "$folder"; break; fi
  done
  case "$folder" in */migrations/|migrations/|*/migrate/) printf '%s\\n' "$folder" ;; esac
done | sort -u | head -n 10
`;
async function missingFolder(machine, directory, shown) {
	return missing(shown, machine.name, await foldersNear(machine, directory));
}
async function foldersNear(machine, directory) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			LOOK_NEARBY,
			"sh",
			directory
		],
		repeatable: true
	});
	return stdout.split("\n").filter((line) => line !== "").map((folder) => folder.replace(/\/$/, ""));
}
async function refuseNested(source) {
	const folders = "clone" in source ? (await foldersInCommit(source)).filter((folder) => source.directory === "." || folder.startsWith(`${source.directory.replace(/\/+$/, "")}/`)) : await foldersNear(source.machine, source.directory);
	if (folders.length === 0) return;
	throw refusal(`${("shown" in source ? source.shown : void 0) ?? source.directory} holds no migration files itself; there is SQL in ${folders.slice(0, 3).join(", ")}`, {
		code: "no-directory",
		hint: "Set `directory` of migrate to the folder with the files; for another tool's layout let that tool migrate (`run: npx prisma migrate deploy`)."
	});
}
function missing(shown, where, nearby) {
	const prisma = nearby.find((folder) => /(?:^|\/)prisma\/migrations/.test(folder));
	return refusal(`There is no folder ${shown} on ${where}`, {
		code: "no-directory",
		hint: prisma !== void 0 ? "These look like Prisma's migrations: set `run: npx prisma migrate deploy`." : nearby.length > 0 ? `Set \`directory\` of migrate; there is ${nearby.join(", ")}.` : "Set `directory` of migrate to the folder of the migration files, or make the first one with the command `migrate new`."
	});
}
async function readFromClone(source) {
	const { machine, clone, commit } = source;
	const directory = posix.normalize(source.directory).replace(/\/+$/, "");
	const listed = await capture(machine, { words: [
		"git",
		"-C",
		clone,
		"ls-tree",
		"-z",
		directory === "." ? `${commit}^{tree}` : `${commit}:${directory}`
	] });
	if (listed.finished.code !== 0) throw await missingInClone(source, directory, listed.finished);
	const entries = listed.output.toString("utf8").split("\0").flatMap((line) => {
		const [, object, name] = /^100\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
		return object !== void 0 && name !== void 0 && /\.sql$/i.test(name) ? [{
			object,
			name
		}] : [];
	});
	if (entries.length === 0) return [];
	const read = await capture(machine, {
		words: [
			"git",
			"-C",
			clone,
			"cat-file",
			"--batch"
		],
		stdin: `${entries.map((entry) => entry.object).join("\n")}\n`
	});
	if (read.finished.code !== 0) throw new Failure(`Reading the migrations of ${commit} failed (${ending(read.finished)})`, { evidence: lastLines(read.finished) });
	let at = 0;
	return entries.map(({ name }) => {
		const end = read.output.indexOf(10, at);
		const size = Number(/ blob (\d+)$/.exec(read.output.toString("utf8", at, end))?.[1]);
		if (end === -1 || !Number.isSafeInteger(size)) throw new Failure(`${clone} on ${machine.name} lacks the content of ${directory}/${name}`, { hint: "Fetch the commit whole: the clone must not be partial." });
		at = end + 1 + size + 1;
		return {
			name,
			path: posix.join(directory, name),
			bytes: read.output.subarray(end + 1, end + 1 + size)
		};
	});
}
async function missingInClone(source, directory, finished) {
	const { machine, clone, commit } = source;
	if ((await machine.run({
		words: [
			"git",
			"-C",
			clone,
			"cat-file",
			"-e",
			`${commit}^{commit}`
		],
		repeatable: true
	})).code !== 0) return new Failure(`Commit ${commit} is not in ${clone} on ${machine.name}`, {
		code: "no-commit",
		evidence: lastLines(finished)
	});
	return missing(`${directory} in commit ${commit.slice(0, 7)}`, machine.name, (await foldersInCommit(source)).slice(0, 10));
}
async function foldersInCommit({ machine, clone, commit }) {
	const files = await machine.run({
		words: [
			"git",
			"-C",
			clone,
			"ls-tree",
			"-r",
			"-z",
			"--name-only",
			commit
		],
		whole: true,
		repeatable: true
	});
	return [...new Set(files.stdout.split("\0").filter((path) => /\.sql$/i.test(path)).map((path) => posix.dirname(path)))];
}
async function capture(machine, command) {
	const chunks = [];
	const stdout = new Writable({ write(chunk, _encoding, done) {
		chunks.push(chunk);
		done();
	} });
	return {
		finished: await machine.run({
			...command,
			stdout
		}),
		output: Buffer.concat(chunks)
	};
}
// src/migration/run.ts
const EVIDENCE_LINES = 20;
async function runMigrationCommand(request) {
	const { report } = request;
	const before = await request.histories();
	const secrets = Object.values(request.env).filter((value) => typeof value !== "string").map(reveal);
	for (const value of Object.values(request.env)) if (typeof value !== "string") report.mask(value);
	const finished = await request.machine.run({
		words: [
			"sh",
			"-c",
			request.command
		],
		cwd: request.cwd,
		env: request.env,
		noteIn: request.noteIn,
		signal: request.signal,
		onLine: (line) => report.detail(masked(line, secrets))
	});
	const after = await request.histories();
	const { onlySecond, changed } = historyDifference(before, after);
	const unfinished = after.flatMap((table) => table.entries.filter((entry) => entry.state === "failed").map((entry) => `${table.table}: ${entry.version} (${table.tool})`));
	const applied = [...onlySecond, ...changed];
	const outputs = {
		applied,
		pending: [],
		current: currentOf(after)
	};
	const evidence = tellingLines(outputLines(finished), EVIDENCE_LINES).map((line) => masked(line, secrets));
	if (finished.code !== 0) throw new Failure(`The migration command failed (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${request.command}`, {
		outputs,
		evidence,
		hint: unfinished.length > 0 ? `Its history has an unfinished migration: ${unfinished.join(", ")}.` : "The lines above are the command's own.",
		state: [applied.length === 0 ? "Its history table says that nothing was applied" : `Its history table says that was applied: ${applied.join(", ")}`]
	});
	if (unfinished.length > 0) throw new Failure(`The migration command ended with 0, but left ${plural(unfinished.length, "migration")} unfinished: ${unfinished.join(", ")}`, {
		outputs,
		evidence
	});
	return {
		...outputs,
		seen: after.length > 0,
		after
	};
}
function currentOf(histories) {
	return histories.flatMap((table) => table.entries.findLast((entry) => entry.state === "applied")?.version ?? []).at(-1) ?? "";
}
const SHORTEST = 3;
function masked(line, secrets) {
	return [...new Set(secrets.flatMap((secret) => [
		secret,
		encodeURIComponent(secret),
		...passwordsOf(secret)
	]).filter((form) => form.length >= SHORTEST))].sort((a, b) => b.length - a.length).reduce((text, form) => text.replaceAll(form, "***"), line);
}
function passwordsOf(secret) {
	if (!URL.canParse(secret)) return [];
	const { username, password, hostname, pathname } = new URL(secret);
	return [
		username,
		hostname,
		pathname.slice(1)
	].includes(password) ? [] : [password, decodedOr(password)];
}
function decodedOr(text) {
	try {
		return decodeURIComponent(text);
	} catch (error) {
		if (error instanceof URIError) return text;
		throw error;
	}
}
// src/migration/tool-url.ts
const BY_LIBPQ = /(?:^|[\s;&|("'/=])(?:psql|pg_\w+|createdb|dropdb|vacuumdb|sqitch|diesel|alembic|flask|manage\.py|django-admin|pgloader)(?=$|[\s;&|)"'])/;
const PRISMA = /(?:^|[^a-z0-9])prisma(?=$|[^a-z0-9])/i;
function besideLibpq(command, { schema, schemaInUrl, toolsOwn }) {
	const prisma = PRISMA.test(command);
	if (BY_LIBPQ.test(command) && !prisma) return {};
	return {
		schema: prisma || schemaInUrl === true ? schema : void 0,
		toolsOwn
	};
}
// src/postgres/connection-url.ts
function connectionUrl(target, { schema, toolsOwn = {} } = {}) {
	const options = serverOptions(target);
	const parameters = {
		...target.options,
		options,
		sslmode: target.sslmode === "prefer" ? void 0 : target.sslmode,
		host: target.socket,
		schema,
		...toolsOwn
	};
	const query = Object.entries(parameters).flatMap(([name, value]) => value === void 0 ? [] : [`${name}=${encodeURIComponent(value)}`]);
	const password = target.password === void 0 ? "" : `:${encodeURIComponent(target.password.reveal())}`;
	const host = target.host.includes(":") ? `[${target.host}]` : encodeURIComponent(target.host);
	return new Secret(`postgresql://${encodeURIComponent(target.user)}${password}@${host}:${target.port}/${encodeURIComponent(target.database)}${query.length === 0 ? "" : `?${query.join("&")}`}`);
}
// src/deploy/environment/migration-source.ts
async function migrationSource(environment, commit, directory) {
	const { here, cwd } = environment.ports;
	const folder = {
		machine: here,
		directory: `${cwd}/${directory}`,
		shown: directory
	};
	const checkout = await checkoutOf(environment);
	if (commit === void 0) return folder;
	const head = await checkout?.head();
	if (head === commit) return folder;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return {
		machine: environment.machine,
		clone: clone.directory,
		commit,
		directory
	};
	if (checkout === void 0 && await exists(here, folder.directory)) return folder;
	throw refusal(head === void 0 ? `The migration files of ${shortCommit(commit)} are not here: this is no checkout, and the host's clone does not have that commit.` : `The checkout is at ${shortCommit(head)}, and this deploy is of ${shortCommit(commit)}; its migration files are somewhere else.`, { hint: "Check out the commit that is deployed, or run `rollout` with `phase: prepare` first: it fetches the commit to the host." });
}
async function refuseUncommitted(environment, commit, directory) {
	const checkout = await checkoutOf(environment);
	if (checkout === void 0 || await checkout.current() !== commit) return;
	const words = [
		"status",
		"--porcelain",
		"-z",
		"--no-renames",
		"--untracked-files=all",
		"--",
		directory
	];
	const files = (await checkout.git.say(words, "looking at the migrations")).split("\0").map((field) => field.slice(3)).filter((path) => /\.sql$/i.test(path));
	const [first] = files;
	if (first === void 0) return;
	const message = `${first}${files.length > 1 ? ` and ${plural(files.length - 1, "other file")}` : ""} in the checkout is not as ${shortCommit(commit)} has it.`;
	if (!environment.owner.terminal) return environment.ports.report.warning(message);
	throw refusal(message, {
		hint: "Commit it, and deploy that commit; or take it out of the folder.",
		evidence: files,
		code: "uncommitted-migrations"
	});
}
// src/deploy/steps/migrate.ts
const DUMP_WAIT_MS = 18e5;
async function migrateInStep(tx, settings, raw, commit) {
	const { environment } = tx;
	const deploy = tx.deploy === void 0 ? void 0 : await tx.record();
	if (deploy !== void 0) refuseOldSavepoint(environment, deploy);
	const env = commandEnvironment(environment, {
		commit: commit ?? "",
		previous: deploy?.from,
		id: deploy?.id
	});
	return await tx.step("migrate", {
		title: titleOf(environment, settings),
		intent: {
			command: settings.command,
			run: settings.run
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		const outputs = await migrate(environment, {
			settings,
			commit,
			deploy,
			noteIn: tx.note(),
			signal
		});
		await runHooks(environment, "after-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: outputs,
			result: {
				applied: outputs.applied,
				current: outputs.current
			},
			headline: describeMigrated(outputs)
		};
	});
}
async function migrate(environment, work) {
	const { settings, signal } = work;
	const database = await databaseOf(environment);
	const ports = {
		...environment.ports,
		signal
	};
	if (settings.run !== void 0) return await runTool(environment, settings.run, work);
	if (settings.command === "down") {
		const target = settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to };
		return await downMigrations({
			database,
			target,
			limits: limitsOf(settings),
			ports
		});
	}
	const source = await migrationSource(environment, work.commit, settings.directory);
	if (work.deploy !== void 0 && !("clone" in source)) await refuseUncommitted(environment, work.deploy.commit, settings.directory);
	return await applyMigrations({
		database,
		migrations: await loadMigrations(source),
		limits: limitsOf(settings),
		ports,
		to: settings.to,
		steps: settings.steps,
		appliedBy: environment.owner.id,
		deployId: work.deploy?.id
	});
}
async function runTool(environment, command, work) {
	const database = await databaseOf(environment);
	const { shared, ports } = environment;
	const fromHere = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here;
	const appDir = shared["app-dir"];
	const inCheckout = await checkoutOf(environment) !== void 0 && fromHere;
	const machine = inCheckout ? ports.here : environment.machine;
	const cwd = inCheckout || appDir === void 0 ? ports.cwd : await resolvePath(machine, appDir);
	if (!await exists(machine, cwd)) throw refusal(`\`run\` has no folder to run in: ${cwd} does not exist on ${machine.name}.`);
	const target = await outsideTarget(database);
	if (target === void 0) ports.report.warning("The database's container cannot be reached from outside, so `run` gets no DATABASE_URL.");
	const env = {
		...commandEnvironment(environment, {
			commit: work.commit ?? "",
			previous: work.deploy?.from,
			id: work.deploy?.id
		}),
		...target === void 0 ? {} : { DATABASE_URL: connectionUrl(target, besideLibpq(command, target)) },
		PGAPPNAME: database.applicationName("migrate tool")
	};
	await warnAbsentTables(environment);
	await waitForDumps(database, {
		clock: ports.clock,
		report: ports.report,
		signal: work.signal,
		timeoutMs: DUMP_WAIT_MS
	});
	await environment.held.confirm();
	const result = await runMigrationCommand({
		machine,
		cwd,
		command,
		env,
		noteIn: work.noteIn,
		signal: work.signal,
		report: ports.report,
		histories: async () => {
			try {
				var _usingCtx$1 = _usingCtx();
				const connection = _usingCtx$1.a(await database.connect("look"));
				return await readHistories(connection, shared["history-tables"] ?? []);
			} catch (_) {
				_usingCtx$1.e = _;
			} finally {
				await _usingCtx$1.d();
			}
		}
	});
	if (!result.seen) ports.report.warning("No migration history that is known was found: a rollback will see schema changes, but not data-only migrations. Name the tool's table in `history-tables`.");
	return result;
}
async function warnAbsentTables(environment) {
	try {
		var _usingCtx3 = _usingCtx();
		const tables = environment.shared["history-tables"] ?? [];
		if (tables.length === 0) return;
		const database = await databaseOf(environment);
		const connection = _usingCtx3.a(await database.connect("look"));
		const absent = await absentTables(connection, tables);
		if (absent.length > 0) environment.ports.report.warning(`\`history-tables\` names ${absent.join(", ")}, which ${absent.length === 1 ? "is" : "are"} not in the database (yet).`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function refuseOldSavepoint(environment, deploy) {
	const backup = deploy.steps.findLast((step) => step.step === "backup" && step.state === "done");
	if (backup?.endedAt === void 0) return;
	const age = environment.ports.clock.now().getTime() - Date.parse(backup.endedAt);
	const limit = environment.shared["max-savepoint-age"];
	if (age <= limit) return;
	throw refusal(`This deploy's savepoint is ${formatDuration(age)} old; at most ${formatDuration(limit)} is allowed.`, {
		hint: changedSomething(deploy) ? "What was written since would be lost on the way back. Roll back and deploy again, or raise `max-savepoint-age`." : "Back up again (run `backup` once more in this deploy), or raise `max-savepoint-age`.",
		code: "savepoint-too-old"
	});
}
function describeMigrated(outputs) {
	if (outputs.reverted !== void 0) {
		const now = outputs.current === "" ? "none is applied now" : `now at ${outputs.current}`;
		return outputs.reverted.length === 0 ? `nothing to take back, ${now}` : `${plural(outputs.reverted.length, "migration")} taken back (${outputs.reverted.join(", ")}), ${now}`;
	}
	if (outputs.applied.length === 0) return outputs.current === "" ? "nothing to apply" : `nothing to apply, at ${outputs.current}`;
	const named = outputs.applied.length <= 5 ? ` (${outputs.applied.join(", ")})` : "";
	return `${plural(outputs.applied.length, "migration")} applied${named}, now at ${outputs.current}`;
}
function titleOf(environment, settings) {
	if (settings.run !== void 0) return `Migrating ${environment.title} with its own tool`;
	return settings.command === "down" ? `Taking migrations of ${environment.title} back` : `Migrating ${environment.title}`;
}
async function hasMigrations(environment, settings, commit) {
	if (settings.run !== void 0 || environment.settings.text("migrate", "directory") !== void 0) return true;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return await clone.listFiles(commit, settings.directory) !== void 0;
	return await exists(environment.ports.here, `${environment.ports.cwd}/${settings.directory}`);
}
export { refuseOldSavepoint as a, loadMigrations as c, outputsOf as d, statusBlock as f, migrateInStep as i, readFileName as l, hasMigrations as n, migrationSource as o, refuseChanged as p, migrate as r, refuseUncommitted as s, describeMigrated as t, migrationStatus as u };

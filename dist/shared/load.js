import { c as plural, f as Failure, g as refusal, o as formatDuration } from "./secret.js";
import { C as refuseMigrationProblems, M as statementProblem, O as readHistory, S as compareMigrationVersions, _ as splitStatements, b as canonicalVersion, v as readSections, x as checksumOf, y as NAMED_AND_MARKED } from "./text.js";
import { v as ending, y as lastLines } from "./lane.js";
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
	const current = applied.map((row) => row.version).sort(compareMigrationVersions).at(-1);
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
		outOfOrder: pending.filter((migration) => current !== void 0 && compareMigrationVersions(migration.version, current) < 0),
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
	throw refusal(many ? `${plural(comparison.changed.length, "migration")} changed after being applied: ${comparison.changed.map((one) => one.migration.version).join(", ")}.` : `${first.migration.up.file} changed after it was ${first.row.state === "applied" ? "applied" : "half applied"} (${first.row.startedAt.toISOString()}, by ${first.row.appliedBy}).`, {
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
		if (progress?.direction === "down") throw new Failure(`The DOWN of ${row.version} stopped${how}.`, {
			code: "half-applied",
			hint: "Finish it first: the command `migrate down` with `steps: 1` goes on behind the last statement that is done."
		});
		if (comparison.missing.includes(row)) throw new Failure(`Migration ${row.version} (${row.description}) is half applied${how}, and its file is not here.`, {
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
		}))].sort((a, b) => compareMigrationVersions(a.version, b.version)).map((row) => row.cells)
	};
}
function half(row) {
	const { progress } = row;
	if (progress === void 0) return row.state;
	return `${progress.direction === "up" ? "UP" : "DOWN"} ${row.state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
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
		migrations: migrations.sort((a, b) => compareMigrationVersions(a.version, b.version)),
		problems: problems.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0))
	};
}
function readPart(file, problems) {
	const name = readFileName(file.name);
	if (name.kind === "other") return void 0;
	if (name.kind === "misnamed") {
		problems.push({
			file: file.path,
			message: name.message,
			hint: NAMED_AND_MARKED
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
const EMPTY_UP = "Write what the migration does into its UP (comments alone do nothing). One that is not written yet belongs on no branch that is deployed.";
function join$1(group, problems) {
	const ups = group.filter((part) => part.sections.up !== void 0 || part.sections.down === void 0);
	const downs = group.filter((part) => !ups.includes(part));
	const [first, ...others] = ups;
	if (first === void 0) {
		const unsaid = downs.filter((part) => part.sections.problems.length === 0);
		for (const part of unsaid) problems.push({
			file: part.path,
			message: `there is no UP for version ${part.version}`,
			hint: NAMED_AND_MARKED
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
		message: "its UP is empty: no statement stands in it",
		hint: EMPTY_UP
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
	refuseMigrationProblems(problems);
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
	if (finished.code !== 0) throw new Failure(`Reading the migrations in ${shown} failed (${ending(finished)}).`, {
		code: "migrations-unread",
		evidence: lastLines(finished)
	});
	let at = 0;
	const until = (byte) => {
		const end = output.indexOf(byte, at);
		if (end === -1) throw new Failure(`Reading the migrations in ${shown} ended early.`, { code: "migrations-unread" });
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
	if (at !== output.length) throw new Failure(`The migrations in ${shown} changed while they were read.`, {
		code: "migrations-unread",
		hint: "Run it again."
	});
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
	throw refusal(`${("shown" in source ? source.shown : void 0) ?? source.directory} holds no migration files itself; there is SQL in ${folders.slice(0, 3).join(", ")}.`, {
		code: "no-directory",
		hint: "Set `directory` of migrate to the folder with the files; for another tool's layout let that tool migrate (`run: npx prisma migrate deploy`)."
	});
}
function missing(shown, where, nearby) {
	const prisma = nearby.find((folder) => /(?:^|\/)prisma\/migrations/.test(folder));
	return refusal(`There is no folder ${shown} on ${where}.`, {
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
	if (read.finished.code !== 0) throw new Failure(`Reading the migrations of ${commit} failed (${ending(read.finished)}).`, {
		code: "migrations-unread",
		evidence: lastLines(read.finished)
	});
	let at = 0;
	return entries.map(({ name }) => {
		const end = read.output.indexOf(10, at);
		const size = Number(/ blob (\d+)$/.exec(read.output.toString("utf8", at, end))?.[1]);
		if (end === -1 || !Number.isSafeInteger(size)) throw new Failure(`${clone} on ${machine.name} lacks the content of ${directory}/${name}.`, {
			code: "migrations-unread",
			hint: "Fetch the commit whole: the clone must not be partial."
		});
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
	})).code !== 0) return new Failure(`Commit ${commit} is not in ${clone} on ${machine.name}.`, {
		code: "unknown-commit",
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
export { statusBlock as a, refuseUnfinished as c, outputsOf as i, readFileName as n, compareWithHistory as o, migrationStatus as r, refuseChanged as s, loadMigrations as t };

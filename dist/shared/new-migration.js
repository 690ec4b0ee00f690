import "./rolldown-runtime.js";
import { Ct as version, Dr as input, Nn as quote, Pr as refusal, St as migrateSection, c as operation, gr as line, mr as choice } from "./start.js";
import { Ot as loadMigrations, Rn as compareMigrationVersions, ha as writeText, kt as readFileName, la as listFolder, sa as exists, ua as makeDirectory, zn as sameMigrationVersion } from "./work.js";
import { posix } from "node:path";
// src/migration/reverting.ts
function reverting(migrations, version) {
	const migration = migrations.find((one) => sameMigrationVersion(one.version, version));
	if (migration === void 0) throw refusal(`There is no migration ${version} among the files.`, {
		code: "migration-unknown",
		hint: `Give the digits that its file name begins with. The newest here: ${migrations.slice(-5).map((one) => one.version).join(", ") || "none"}.`
	});
	const { up, down } = migration;
	if (down.state !== "given") throw refusal(`${up.file} ${down.state === "missing" ? "has no DOWN" : "is marked irreversible"}, so there is nothing to write its way back from.`, {
		code: "no-way-down",
		hint: "Write by hand what brings back what you need, into a file of the command `migrate new`."
	});
	return {
		description: `revert ${migration.version} ${migration.description}`,
		text: `-- Takes ${up.file} back, by its own DOWN.\n-- UP\n${section(down.script)}\n-- DOWN\n${section(up)}`
	};
}
function section({ sql, transactional }) {
	const marked = /^\s*--\s*no-transaction\s*$/im.test(sql);
	return `${transactional || marked ? "" : "-- no-transaction\n"}${sql.trim()}\n`;
}
// src/migration/scaffold.ts
async function scaffoldMigration(request) {
	const { machine, directory } = request;
	const words = slug(request.description);
	if (words === "") throw refusal(`${JSON.stringify(request.description)} gives no file name.`, {
		code: "inputs",
		hint: "Describe the change in a few words, as in: add orders."
	});
	const name = nextName((await listFolder(machine, directory)).filter((entry) => entry.kind === "file").map((entry) => entry.name), {
		words,
		style: request.style,
		now: request.now
	});
	const path = posix.join(directory, name);
	if (await exists(machine, path)) throw refusal(`${path} exists already.`, {
		code: "inputs",
		hint: "Give it another description."
	});
	await makeDirectory(machine, directory, { mode: 493 });
	await writeText(machine, path, request.text ?? TEMPLATE, { mode: 420 });
	return path;
}
function nextName(names, about) {
	const newest = names.map(readFileName).flatMap((name) => name.kind === "migration" ? [name.version] : []).sort(compareMigrationVersions).at(-1);
	if ((about.style ?? (newest !== void 0 && newest.length < 12 ? "number" : "timestamp")) === "number") return `${String(BigInt(newest ?? "0") + 1n).padStart(newest?.length ?? 3, "0")}_${about.words}.sql`;
	const minute = about.now.toISOString().replaceAll(/\D/g, "").slice(0, 12);
	return `${newest !== void 0 && compareMigrationVersions(newest, minute) >= 0 && newest.length === minute.length ? String(BigInt(newest) + 1n) : minute}__${about.words}.sql`;
}
function slug(description) {
	return description.normalize("NFC").toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "_").replaceAll(/^_+|_+$/g, "").slice(0, 80);
}
const TEMPLATE = `-- UP


-- DOWN
-- Takes UP back. Where that cannot be done, write: -- irreversible: why

`;
// src/deploy/operations/new-migration.ts
const sections = {
	new: {
		name: "new",
		inputs: {
			description: input(line, {
				description: "What the migration does, in a few words. Default with `reverting`: that it reverts it.",
				perRun: true
			}),
			reverting: input(version, {
				description: "The version that the new file takes back, going forward: its UP is that one's DOWN, and its DOWN that one's UP.",
				perRun: true
			}),
			style: input(choice("timestamp", "number"), {
				description: "How its version is made. Default: as the newest file's, else `timestamp`.",
				perRun: true
			})
		}
	},
	migrate: {
		name: "migrate",
		inputs: { directory: migrateSection.inputs.directory }
	}
};
const newMigration = operation({
	name: "migrate new",
	description: "Writes a new migration file, with both directions to fill in.",
	sections,
	own: "new",
	outputs: { file: "The file's path." },
	positionals: ["description"],
	async run({ inputs, ports }) {
		const { style } = inputs.new;
		const directory = posix.join(ports.cwd, inputs.migrate.directory);
		const shown = inputs.migrate.directory;
		const reverted = inputs.new.reverting === void 0 ? void 0 : reverting(await loadMigrations({
			machine: ports.here,
			directory,
			shown
		}), inputs.new.reverting);
		const description = inputs.new.description ?? reverted?.description;
		if (description === void 0) throw refusal("What the migration does is not said.", {
			code: "inputs",
			hint: `Say it in a few words: ${quote([
				...ports.program,
				"migrate",
				"new",
				"add customers"
			])}`
		});
		const file = await scaffoldMigration({
			machine: ports.here,
			directory,
			description,
			style,
			now: ports.clock.now(),
			text: reverted?.text
		});
		return {
			outputs: { file },
			headline: `Wrote ${file}`,
			blocks: []
		};
	}
});
export { newMigration };

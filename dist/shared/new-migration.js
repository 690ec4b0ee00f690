import "./rolldown-runtime.js";
import { _r as input, ir as choice, or as line, s as operation, vt as migrateSection, wn as quote, wr as refusal } from "./start.js";
import { hn as compareMigrationVersions, ii as makeDirectory, ri as listFolder, si as writeText, ti as exists, vt as readFileName } from "./work.js";
import { posix } from "node:path";
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
	await writeText(machine, path, TEMPLATE, { mode: 420 });
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
				description: "What the migration does, in a few words.",
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
		const { description, style } = inputs.new;
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
			directory: `${ports.cwd}/${inputs.migrate.directory}`,
			description,
			style,
			now: ports.clock.now()
		});
		return {
			outputs: { file },
			headline: `Wrote ${file}`,
			blocks: []
		};
	}
});
export { newMigration };

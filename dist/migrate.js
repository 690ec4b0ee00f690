import "./shared/rolldown-runtime.js";
import { r as operation } from "./shared/hooks.js";
import { B as migrateSection, c as openEnvironment, n as Transaction, o as databaseOf, s as ledgerOf, t as runAction, ut as sharedSection } from "./shared/github.js";
import { x as plural } from "./shared/output.js";
import { a as incomingCommit, t as leavingOpen } from "./shared/left-open.js";
import { C as firstWords, E as wordsOf, a as planDown, i as lossOf, p as readHistory, w as outsideTransaction } from "./shared/limits.js";
import { c as migrationStatus, i as migrateInStep, l as outputsOf, o as migrationSource, r as migrate$1, s as loadMigrations, t as describeMigrated, u as statusBlock } from "./shared/migrate.js";
// src/migration/plan.ts
function planMigrations(pending) {
	return pending.map((migration) => ({
		version: migration.version,
		description: migration.description,
		file: migration.up.file,
		transactional: migration.up.transactional,
		reversible: migration.down.state === "given" ? "yes" : migration.down.state === "missing" ? "no DOWN" : "irreversible",
		statements: migration.up.statements.map(planStatement)
	}));
}
function planStatement(statement) {
	const words = wordsOf(statement);
	const lock = lockOf(words);
	const loss = lossOf(words);
	return {
		line: statement.line,
		summary: firstWords(statement.sql),
		...lock !== void 0 && { lock },
		risks: [
			...loss === void 0 ? [] : [`destructive: ${loss}`],
			...blockingRisks(words),
			...breakingRisks(words)
		]
	};
}
function lockOf(words) {
	const [first, second] = words;
	if (outsideTransaction(words)?.includes("CONCURRENTLY") === true) return "SHARE UPDATE EXCLUSIVE";
	switch (first) {
		case "ALTER":
			if (second !== "TABLE") return void 0;
			return words.includes("VALIDATE") || words.includes("STATISTICS") ? "SHARE UPDATE EXCLUSIVE" : words.includes("FOREIGN") ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
		case "CREATE":
			if (words.includes("INDEX")) return "SHARE";
			return words.slice(1, 5).includes("TRIGGER") ? "SHARE ROW EXCLUSIVE" : void 0;
		case "DROP": return [
			"TABLE",
			"INDEX",
			"VIEW",
			"MATERIALIZED",
			"TRIGGER",
			"POLICY",
			"RULE"
		].includes(second ?? "") ? "ACCESS EXCLUSIVE" : void 0;
		case "TRUNCATE":
		case "CLUSTER": return "ACCESS EXCLUSIVE";
		case "REINDEX": return "SHARE";
		case "VACUUM": return words.includes("FULL") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
		case "REFRESH": return words.includes("CONCURRENTLY") ? "EXCLUSIVE" : "ACCESS EXCLUSIVE";
		case "INSERT":
		case "UPDATE":
		case "DELETE":
		case "MERGE": return "ROW EXCLUSIVE";
		case "LOCK": return "ACCESS EXCLUSIVE";
		default: return;
	}
}
function blockingRisks(words) {
	const [first, second] = words;
	const risks = [];
	const has = (...sequence) => words.some((_, at) => sequence.every((word, index) => words[at + index] === word));
	if (first === "CREATE" && words.includes("INDEX") && !words.includes("CONCURRENTLY")) risks.push("blocks writes while the index is built: CONCURRENTLY does not");
	if (first === "ALTER" && second === "TABLE") {
		if (has("TYPE") && words.includes("ALTER")) risks.push("may rewrite the whole table under its lock");
		if (has("SET", "NOT", "NULL")) risks.push("reads the whole table under its lock");
		if ((words.includes("CHECK") || words.includes("FOREIGN")) && !has("NOT", "VALID")) risks.push("checks every row under its lock: NOT VALID, and VALIDATE CONSTRAINT later, do not");
		if (has("SET", "TABLESPACE") || has("SET", "LOGGED") || has("SET", "UNLOGGED")) risks.push("rewrites the whole table under its lock");
	}
	if ((first === "UPDATE" || first === "DELETE") && !words.includes("WHERE")) risks.push("touches every row of the table");
	if (first === "VACUUM" && words.includes("FULL")) risks.push("rewrites the whole table under its lock");
	return risks;
}
function breakingRisks(words) {
	if (words[0] !== "ALTER" || !words.includes("RENAME")) return [];
	return ["a rename breaks the code that still runs with the old name"];
}
function planBlock(planned) {
	return {
		kind: "table",
		title: "What would run (locks and risks by keyword; not a proof)",
		head: [
			"file",
			"line",
			"statement",
			"lock",
			"risks"
		],
		rows: planned.flatMap((migration) => [
			...migration.statements.map((statement) => [
				migration.file,
				String(statement.line),
				`${statement.summary} …`,
				statement.lock ?? "",
				statement.risks.join("; ")
			]),
			...migration.transactional ? [] : [[
				migration.file,
				"",
				"",
				"",
				"runs without a transaction, statement by statement"
			]],
			...migration.reversible === "yes" ? [] : [[
				migration.file,
				"",
				"",
				"",
				migration.reversible === "no DOWN" ? "has no DOWN: the way back is the savepoint" : "is irreversible: the way back is the savepoint"
			]]
		])
	};
}
// src/deploy/steps/down-preview.ts
async function previewDown(connection, settings) {
	return planDown(await readHistory(connection), settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to });
}
function downBlock(plan) {
	return {
		kind: "table",
		title: "What would be taken back, newest first",
		head: [
			"version",
			"description",
			"problem or loss"
		],
		rows: plan.steps.map(({ row }) => [
			row.version,
			row.description,
			[...plan.problems, ...plan.losses].filter((line) => line.startsWith(row.version)).join("; ")
		])
	};
}
const migrate = operation({
	name: "migrate",
	description: "Applies SQL migrations, each atomic with its history row, takes them back, or lets any other tool migrate.",
	sections: {
		shared: sharedSection,
		migrate: migrateSection
	},
	own: "migrate",
	outputs: {
		applied: "The versions that were applied now.",
		pending: "The versions that are still to be applied.",
		current: "The newest applied version."
	},
	positionals: ["command"],
	branding: {
		icon: "layers",
		color: "blue"
	},
	async run(call) {
		const settings = call.inputs.migrate;
		await using environment = await openEnvironment(call, { state: "optional" });
		await databaseOf(environment);
		const commit = (await ownDeploy(environment))?.commit ?? await incomingCommit(environment);
		if (settings.command === "status" || settings.command === "plan" || call.inputs.shared["dry-run"]) return await look(environment, call, commit);
		const outputs = await apply(environment, call, commit);
		const { applied, pending, current } = outputs;
		return {
			outputs: {
				applied,
				pending,
				current
			},
			headline: `${environment.title}: ${describeMigrated(outputs)}`,
			blocks: []
		};
	}
});
async function apply(environment, call, commit) {
	const settings = call.inputs.migrate;
	if (environment.state === void 0) {
		const work = {
			settings,
			commit,
			deploy: void 0,
			noteIn: void 0,
			signal: environment.ports.signal
		};
		return await environment.ports.report.step(`Migrating ${environment.title}`, async () => await migrate$1(environment, work), describeMigrated);
	}
	await using tx = await Transaction.begin(environment, {
		wants: "join",
		commit: await incomingCommit(environment)
	});
	return await leavingOpen(tx, async () => await migrateInStep(tx, settings, call.settings.effective(migrateSection), commit));
}
async function ownDeploy(environment) {
	const open = (await ledgerOf(environment))?.open;
	return open?.owner === environment.owner.id && open.end === void 0 ? open : void 0;
}
async function look(environment, call, commit) {
	const settings = call.inputs.migrate;
	if (settings.run !== void 0) return {
		outputs: {},
		headline: `Would run: ${settings.run}`,
		blocks: []
	};
	await using connection = await (await databaseOf(environment)).connect("look", { signal: environment.ports.signal });
	if (settings.command === "down") {
		const plan = await previewDown(connection, settings);
		return {
			outputs: { applied: [] },
			headline: `Would take ${plural(plan.steps.length, "migration")} of ${environment.title} back`,
			blocks: [downBlock(plan)]
		};
	}
	const migrations = await loadMigrations(await migrationSource(environment, commit, settings.directory));
	const comparison = await migrationStatus(connection, migrations);
	const outputs = outputsOf(comparison);
	const planned = settings.command !== "status";
	return {
		outputs,
		headline: `${environment.title}: ${plural(comparison.applied.length, "migration")} applied, ${plural(comparison.pending.length, "migration")} pending`,
		blocks: planned ? [planBlock(planMigrations(comparison.pending))] : [statusBlock(comparison)]
	};
}
// actions/migrate/main.ts
await runAction(migrate);
export {};

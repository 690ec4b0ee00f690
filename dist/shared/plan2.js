import { N as wordsOf, j as outsideTransaction } from "./text.js";
import { A as wholeStatement, b as lossOf } from "./ways-of-deploy.js";
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
		summary: wholeStatement(statement.sql),
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
				statement.summary,
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
export { planMigrations as n, planBlock as t };

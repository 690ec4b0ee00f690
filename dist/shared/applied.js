import "./rolldown-runtime.js";
import { Ar as Failure, Rt as parser } from "./start.js";
import { Fn as scriptOfDown, In as splitStatements, at as eachStatement, ot as lostBy, st as knownToStay } from "./work.js";
// src/migration/plan/applied.ts
async function staysAfterDown(rows, load = parser) {
	const set = rows.flatMap((row) => asMigration(row) ?? []);
	if (set.length === 0) return [];
	const parse = await load().catch((error) => {
		if (error instanceof Failure && error.code === "no-parser") return void 0;
		throw error;
	});
	if (parse === void 0) return [];
	const stays = [];
	eachStatement(set, parse, ({ version, description, down }, { looked, effect }) => {
		if (down.state !== "given") return;
		const { statement } = looked;
		const stay = knownToStay(effect, {
			up: statement,
			down: down.script
		}, lostBy(looked, effect));
		if (stay !== void 0) stays.push(`the DOWN of ${version} (${description}) does not undo line ${statement.line} of its UP: ${stay}`);
	});
	return stays;
}
function asMigration(row) {
	const down = scriptOfDown(row);
	if (down === void 0) return void 0;
	const { statements } = splitStatements(row.upSql);
	return {
		version: row.version,
		description: row.description,
		checksum: row.checksum,
		up: {
			file: `the UP of ${row.version}`,
			sql: row.upSql,
			statements,
			transactional: true
		},
		down: {
			state: "given",
			script: down
		}
	};
}
export { staysAfterDown };

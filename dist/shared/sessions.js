import { F as plural, N as formatDuration, x as Failure } from "./output.js";
import { I as OURS } from "./github.js";
// src/postgres/sessions.ts
const POLL_MS = 1e3;
const SAY_EVERY_MS = 3e4;
function patterns(purposes) {
	if (purposes === void 0) return [`${OURS}%`];
	return purposes.flatMap((purpose) => {
		const escaped = `${OURS}${purpose}`.replaceAll(/[\\%_]/g, "\\$&");
		return [escaped, `${escaped} %`];
	});
}
const END_TRIES = 50;
const END_POLL_MS = 100;
async function endOurSessions(database, purposes) {
	await using connection = await database.connectMaintenance("end");
	const own = database.deployId === void 0 ? "savepoint nobody" : database.applicationName("backup");
	const spared = purposes === void 0 ? [...patterns(["backup"])] : [];
	const where = `datname = $1 AND pid <> pg_backend_pid() AND application_name LIKE ANY ($2::text[]) AND (application_name = $3 OR NOT application_name LIKE ANY ($4::text[]))`;
	const values = [
		database.name,
		patterns(purposes),
		own,
		spared
	];
	const ended = await connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`, values);
	for (let tries = 0;; tries += 1) {
		const left = await connection.query(`SELECT pid, application_name AS name FROM pg_stat_activity WHERE ${where}`, values);
		if (left.length === 0) return ended.length;
		if (tries === END_TRIES) throw new Failure(`${plural(left.length, "session")} of an earlier step in ${database.name} did not end`, {
			code: "timeout",
			evidence: left.map(({ pid, name }) => `session ${pid} (${name})`),
			hint: "look at what the server does there; restarting it ends them"
		});
		await connection.query("SELECT pg_sleep($1::float8 / 1000)", [END_POLL_MS]);
	}
}
async function waitForDumps(database, { clock, report, signal, timeoutMs }) {
	const started = clock.now().getTime();
	let said;
	await using connection = await database.connectMaintenance("wait", { signal });
	for (;;) {
		const dumps = await connection.query("SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE ANY ($2::text[]) ORDER BY pid", [database.name, patterns(["backup"])]);
		if (dumps.length === 0) return;
		const now = clock.now().getTime();
		const shown = dumps.map((dump) => `session ${dump.pid} (${dump.name})`);
		if (now - started >= timeoutMs) throw new Failure(`a backup of ${database.name} still runs after ${formatDuration(timeoutMs)}`, {
			code: "timeout",
			evidence: shown,
			hint: "wait for it to end, or end it, and run this step again"
		});
		if (said === void 0 || now - said >= SAY_EVERY_MS) {
			report.say(`Waiting for ${plural(dumps.length, "session")} of a running backup of ${database.name}: ${shown.join(", ")}`);
			said = now;
		}
		await clock.sleep(POLL_MS, signal);
	}
}
export { waitForDumps as n, endOurSessions as t };

import "./rolldown-runtime.js";
import { join } from "node:path";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
// src/faces/terminal/newer-release.ts
const DAY_MS = 864e5;
const PATIENCE_MS = 3e3;
async function newerRelease(question) {
	const { version, releases, env, signal, now } = question;
	const folder = join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "savepoint");
	const note = join(folder, "asked-for-a-release");
	if (await isOfToday(note, now)) return void 0;
	const newest = await newestOf(releases, signal);
	if (signal.aborted) return void 0;
	await mkdir(folder, { recursive: true });
	await writeFile(note, "");
	if (newest === void 0 || !isNewer(newest, version)) return void 0;
	return `Savepoint ${newest} is out, and this is ${version}: ${releases}/latest. SAVEPOINT_NO_UPDATE_CHECK=1 keeps this quiet.`;
}
async function isOfToday(note, now) {
	try {
		return Math.abs(now - (await stat(note)).mtimeMs) < DAY_MS;
	} catch {
		return false;
	}
}
async function newestOf(releases, signal) {
	try {
		const answer = await fetch(`${releases}/latest`, {
			method: "HEAD",
			redirect: "manual",
			signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
		});
		return /\/releases\/tag\/v(\d{1,9}\.\d{1,9}\.\d{1,9})$/.exec(answer.headers.get("location") ?? "")?.[1];
	} catch {
		return;
	}
}
function isNewer(one, other) {
	const [a, b] = [one, other].map((text) => text.split(".").map(Number));
	const at = a.findIndex((number, index) => number !== b[index]);
	return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
export { newerRelease };

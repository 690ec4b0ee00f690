import { L as refuseUnavailable } from "./github.js";
import { D as stopIfCancelled, E as refusal, S as shortCommit, m as ending, w as Failure, x as plural, y as formatDuration } from "./output.js";
// src/rollout/obstacles.ts
const NAMED_FILES = 20;
async function refuseObstacles(clone, commit) {
	if (await clone.interruptedCheckout() !== void 0) return;
	await refuseLocalEdits(clone);
	await refuseFilesInTheWay(clone, commit);
}
async function refuseLocalEdits(clone) {
	const files = await clone.dirtyFiles();
	if (files.length === 0) return;
	throw inTheWay(`${plural(files.length, "tracked file")} in ${clone.directory} on ${clone.machine.name} ${files.length === 1 ? "was" : "were"} edited by hand.`, files, { hint: `See \`git -C ${clone.directory} diff\`; commit and push what is meant, and \`git -C ${clone.directory} checkout HEAD -- .\` for what is not. Files that a build rewrites are better not tracked.` });
}
async function refuseFilesInTheWay(clone, commit) {
	const files = await clone.untrackedInTheWay(commit);
	if (files.length === 0) return;
	throw inTheWay(`${shortCommit(commit)} has ${plural(files.length, "file")} where ${clone.directory} on ${clone.machine.name} has untracked ones of the same name.`, files, { hint: "Move them away on the host, or take them out of the commit; they would be overwritten." });
}
function inTheWay(message, files, details) {
	const more = files.length > NAMED_FILES ? [`… and ${plural(files.length - NAMED_FILES, "more file", "more files")}`] : [];
	return refusal(message, {
		...details,
		evidence: [...files.slice(0, NAMED_FILES), ...more],
		code: "work-tree"
	});
}
// src/rollout/shell.ts
const PATIENCE_MS = 6e4;
const TAIL_BYTES = 65536;
const RUN = `
(umask 077 && mkdir -p "$2" && rm -f "$2/$3" && : > "$2/$3") || exit 1
tail -n +1 -f "$2/$3" 2>/dev/null &
follow=$!
sh -e -c "$1" </dev/null >>"$2/$3" 2>&1
code=$?
kill "$follow" 2>/dev/null
# Its end, for whoever followed and missed it.
tail -c ${TAIL_BYTES} "$2/$3" >&2
exit "$code"
`;
async function runShell(run) {
	const { clone, name, text, environment, ports } = run;
	const folder = `${clone.gitDirectory}/savepoint`;
	const log = `${name}.log`;
	let shown = 0;
	const show = (line) => {
		shown += 1;
		ports.report.detail(`${name}: ${line}`);
	};
	using _ = remarkWhenSlow(name, ports);
	const finished = await clone.machine.run({
		words: [
			"sh",
			"-c",
			RUN,
			"sh",
			text,
			folder,
			log
		],
		cwd: clone.directory,
		env: environment,
		signal: ports.signal,
		onLine: (line, from) => from === "stdout" ? show(line) : void 0,
		...run.noteIn !== void 0 && { noteIn: run.noteIn }
	});
	const { lines, whole } = endOf(finished);
	if (whole) for (const line of lines.slice(shown)) show(line);
	if (finished.code !== 0) throw failed(run, finished, lines, `${folder}/${log}`);
	ports.report.say(`${name} done (${formatDuration(finished.durationMs)})`);
}
function endOf(finished) {
	const lines = finished.stderr.split(/\r?\n/);
	if (lines.at(-1) === "") lines.pop();
	return {
		lines,
		whole: Buffer.byteLength(finished.stderr) < TAIL_BYTES
	};
}
function failed(run, finished, lines, log) {
	const said = lines.filter((line) => line.trim() !== "");
	return new Failure(`${run.name} failed (${ending(finished)}) in ${run.clone.directory} on ${run.clone.machine.name}.`, {
		evidence: said.slice(-20),
		hint: `All it said is in ${log} there.`,
		code: "command-failed"
	});
}
function remarkWhenSlow(name, ports) {
	const over = new AbortController();
	ports.clock.sleep(PATIENCE_MS, over.signal).then(() => ports.report.notice(`${name} has been running for ${formatDuration(PATIENCE_MS)}. If it is the app itself that runs, let it run in the background: \`nohup … &\`, or a service manager.`), () => void 0);
	return { [Symbol.dispose]: () => over.abort() };
}
// src/rollout/switch.ts
async function switchTo(request) {
	const { clone, commit, settings, ports } = request;
	refuseUnavailable(settings);
	const previous = await clone.head();
	stopIfCancelled(ports.signal);
	if (request.stopped !== true) {
		if (request.edits !== "keep") await refuseObstacles(clone, commit);
		await runIfGiven(request, "stop-command");
	}
	stopIfCancelled(ports.signal);
	await place(request);
	await runIfGiven(request, "command");
	await runIfGiven(request, "start-command");
	if (settings.command === void 0 && settings["start-command"] === void 0) ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
	return {
		commit,
		previous
	};
}
async function stopApp(request) {
	refuseUnavailable(request.settings);
	try {
		return await runIfGiven(request, "stop-command");
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "command-failed") throw error;
		const said = error.evidence.at(-1);
		request.ports.report.warning(`${error.message}${said === void 0 ? "" : ` It said: ${said}.`} Going on as if the app were down; if it still runs, the next start may fail.`);
		return false;
	}
}
async function startApp(request) {
	const { settings } = request;
	refuseUnavailable(settings);
	if (settings["start-command"] !== void 0) await runIfGiven(request, "start-command");
	else if (settings["stop-command"] !== void 0) await runIfGiven(request, "command");
}
async function place(request) {
	const { clone, commit, ports } = request;
	const options = request.noteIn === void 0 ? {} : { noteIn: request.noteIn };
	if (request.edits !== "keep") {
		await clone.checkout(commit, options);
		return;
	}
	const kept = await clone.restoreTo(commit, {
		...options,
		at: ports.clock.now()
	});
	if (kept.edits !== void 0) ports.report.warning(`Tracked files in ${clone.directory} had been edited; they are kept: git -C ${clone.directory} show ${kept.edits}`);
	if (kept.renamed.length > 0) ports.report.warning(`Untracked files stood in the way in ${clone.directory} and were renamed: ${kept.renamed.slice(0, 10).join(", ")}${kept.renamed.length > 10 ? ", …" : ""}`);
}
async function runIfGiven(request, name) {
	const text = request.settings[name];
	if (text === void 0) return false;
	const { clone, environment, ports, noteIn } = request;
	await runShell({
		clone,
		name,
		text,
		environment,
		ports,
		noteIn
	});
	return true;
}
export { refuseLocalEdits as a, refuseFilesInTheWay as i, stopApp as n, switchTo as r, startApp as t };

import { g as refusal, u as shortCommit } from "./secret.js";
import { i as flag } from "./kinds.js";
import { o as tokenOf } from "./printable.js";
import { Yt as checkoutOf, in as ledgerOf } from "./text.js";
import { H as nextCommand, a as runOf, i as runCreated } from "./owner.js";
import "./settings.js";
// src/deploy/call/given-words.ts
function givenWords(settings, sections, without) {
	const said = settings.layers.find(({ source }) => source === "flags")?.raw ?? {};
	return sections.flatMap((section) => Object.entries(said[section.name] ?? {}).flatMap(([name, value]) => {
		const external = settings.nameOf(section.name, name);
		if (without.has(external)) return [];
		if (section.inputs[name]?.kind === flag && value === "true") return [`--${external}`];
		return value.startsWith("-") ? [`--${external}=${value}`] : [`--${external}`, value];
	}));
}
const PLACE_FLAGS = new Set([
	"environment",
	"host",
	"app",
	"jump-host",
	"state-dir"
]);
// src/deploy/lock/older-run.ts
function newerThan(ledger, me, created) {
	const newest = newestConfirmed(ledger);
	if (newest === void 0 || me.terminal) return void 0;
	const [mine, other] = [runOf(me.run), runOf(newest.run)];
	if (mine !== void 0 && mine.repository === other?.repository) return mine.number < other.number ? newest : void 0;
	return created !== void 0 && created.getTime() < Date.parse(newest.openedAt) ? newest : void 0;
}
function newestConfirmed({ deploys }) {
	return deploys.findLast(({ end }) => end?.as === "confirmed");
}
async function refusedAsOlder(environment, ledger, commit) {
	const { shared, owner, ports } = environment;
	if (shared["allow-older"] || owner.terminal) return void 0;
	const newest = newestConfirmed(ledger);
	const stable = ledger.stable.at(-1)?.commit ?? newest?.commit;
	if (newest === void 0 || stable === commit) return void 0;
	const newer = newerThan(ledger, owner, runOf(owner.run)?.repository === runOf(newest.run)?.repository ? void 0 : await runCreated(owner.run, ports.env, tokenOf(shared, ports.env)));
	if (newer === void 0 || stable !== void 0 && await isAhead(environment, stable, commit)) return void 0;
	return olderRun(environment, newer, commit);
}
async function isAhead(environment, stable, commit) {
	for (const clone of [await environment.clone(), await checkoutOf(environment)]) {
		if (clone === void 0 || !await clone.has(stable) || !await clone.has(commit)) continue;
		if (await clone.isAncestor(stable, commit)) return true;
	}
	return false;
}
function olderRun({ title, owner }, newer, commit) {
	const who = newer.run === void 0 ? newer.owner : `run ${newer.owner}`;
	return refusal(`This run (${owner.id}) is older than the newest confirmed deploy of ${title}: ${newer.id} of ${shortCommit(newer.commit)}, by ${who}. It would take ${title} back to ${shortCommit(commit)}.`, {
		hint: `To deploy what is newest, start a new run. To go back, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy this one all the same, give \`allow-older: true\`.`,
		evidence: newer.run === void 0 ? [] : [`The newer deploy: ${newer.run}`],
		code: "older-run"
	});
}
// src/deploy/lock/quarantined.ts
function tellQuarantine({ deploy, at, by, why }) {
	return `taken back at ${at} by ${by} (${deploy}), because ${firstLine(why)}`;
}
function quarantineNote({ quarantined }, deploy) {
	const left = [...quarantined.values()].find((one) => one.deploy === deploy);
	if (left === void 0) return [];
	const name = shortCommit(left.commit);
	return [`${name} is quarantined: a commit that mends it is deployed as ever, ${name} itself only with a reason in \`allow-quarantined\`.`];
}
async function refusedUnfit(environment, ledger, about) {
	return await refusedAsOlder(environment, ledger, about.commit) ?? refusedAsQuarantined(environment, ledger, about);
}
async function refuseUnfit(environment, commit, opener) {
	const ledger = await ledgerOf(environment);
	const refused = ledger && await refusedUnfit(environment, ledger, {
		commit,
		opener
	});
	if (refused !== void 0) throw refused;
}
function refusedAsQuarantined(environment, { quarantined }, { commit, opener }) {
	const found = quarantined.get(commit);
	if (found === void 0 || environment.shared["allow-quarantined"] !== void 0) return void 0;
	const { owner, title } = environment;
	const name = shortCommit(commit);
	return refusal(`${name} is quarantined on ${title}: it was ${tellQuarantine(found)}. Nothing was touched.`, {
		code: "quarantined",
		hint: [
			...isReRun(owner, found) ? ["A re-run deploys the same commit again."] : [],
			`Deploy a commit in which the cause is mended. Where it lay outside of ${name} (a wrong secret, a full disk) and is mended there, give the reason in \`allow-quarantined\`; the journal keeps it.`,
			...owner.terminal ? [] : [`In a workflow: \`allow-quarantined: ${REASON}\`, of the action that opens the deploy or of the workflow that is started.`]
		].join("\n"),
		evidence: [
			...found.run === void 0 ? [] : [`The run that took it back: ${found.run}`],
			...found.migrations.length === 0 ? [] : [`Its migrations: ${found.migrations.join(", ")}`],
			...found.images.map((image) => `Its image: ${image}`)
		],
		ways: owner.terminal && opener !== void 0 ? [override(environment, {
			commit,
			opener
		})] : []
	});
}
function allowedQuarantine(environment, { quarantined }, commit) {
	const found = quarantined.get(commit);
	const reason = environment.shared["allow-quarantined"];
	if (found === void 0 || reason === void 0) return void 0;
	environment.ports.report.notice(`${shortCommit(commit)} was ${tellQuarantine(found)}. It is deployed all the same: ${reason}`);
	return {
		deploy: found.deploy,
		reason
	};
}
const REASON = "the cause lay outside of the commit, and is mended";
function override(environment, { commit, opener }) {
	const own = new Set([
		...PLACE_FLAGS,
		"confirm",
		"commit",
		"dry-run",
		"allow-quarantined"
	]);
	const words = givenWords(environment.settings, opener.sections, own);
	const confirmed = opener.operation === "deploy" ? ["--confirm", environment.name] : [];
	return {
		command: nextCommand(environment, opener.operation, [
			...words,
			"--commit",
			commit,
			"--allow-quarantined",
			REASON,
			...confirmed
		]),
		means: `Deploys ${shortCommit(commit)} all the same; the reason is journaled: say the true one.`
	};
}
function isReRun({ terminal, run, id }, { by, run: other }) {
	if (terminal) return false;
	const [mine, its] = [runOf(run), runOf(other)];
	if (mine !== void 0 && its !== void 0) return mine.repository === its.repository && mine.number === its.number;
	return id.split(".")[0] === by.split(".")[0];
}
function firstLine(text) {
	return text.split("\n", 1)[0] ?? text;
}
export { refusedUnfit as a, givenWords as c, refusedAsQuarantined as i, quarantineNote as n, tellQuarantine as o, refuseUnfit as r, PLACE_FLAGS as s, allowedQuarantine as t };

import "./rolldown-runtime.js";
import { Ar as Failure, Cr as plural, Jn as OF_OPENING, Nr as messageOf, Pr as refusal, Tn as _usingCtx, Tr as shortCommit, Xn as tokenOf, Yn as sharedSection, _n as notifySection, c as operation, jr as clauseOf, ln as githubSection, lr as Secret, vr as formatAgo, xn as NotSent } from "./start.js";
import { Ai as channelsOf, Bt as openGithubApi, Fi as statusWay, Ii as heardBefore, Li as messageFacts, Ri as openChannels, ci as Lock, i as Untold, ji as withoutSecrets, mi as ownerOf, ni as openEnvironment, ri as stateOf, s as tellingTrouble, zt as githubAddresses } from "./work.js";
import { n as waysNow, t as lookAtStanding } from "./standing-now.js";
// src/github/approval.ts
async function approvalRule(api, place) {
	const { owner, repo, environment: environment_name } = place;
	const { data } = await api.request("GET /repos/{owner}/{repo}/environments/{environment_name}", {
		owner,
		repo,
		environment_name
	});
	const rules = data.protection_rules ?? [];
	const asking = rules.filter(({ type }) => type === "required_reviewers");
	const waits = rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0;
	if (asking.length === 0 && waits === 0) return void 0;
	return {
		reviewers: asking.flatMap(({ reviewers: all = [] }) => all.flatMap(({ reviewer }) => reviewer?.login ?? reviewer?.name ?? [])),
		waits
	};
}
// src/deploy/operations/tell-each.ts
async function tellEach(channels, messageFor, { clock, random, signal }) {
	const tell = async (open) => {
		const { name } = open.channel;
		try {
			const { answer } = await open.channel.send(messageFor(open), void 0, {
				clock,
				random,
				signal
			});
			return {
				channel: name,
				sent: true,
				answer
			};
		} catch (error) {
			return {
				channel: name,
				sent: false,
				answer: error instanceof NotSent ? error.message : "it could not be sent"
			};
		}
	};
	return await Promise.all(channels.map(tell));
}
function toldOutcome(title, what, all, about = []) {
	const told = all.filter(({ sent }) => sent).map(({ channel }) => channel);
	const failed = all.filter(({ sent }) => !sent).map(({ channel }) => channel);
	const outputs = {
		told,
		failed
	};
	const rows = all.map(({ channel, sent, answer }) => [
		channel,
		sent ? "told" : "not told",
		answer
	]);
	const blocks = [...about, {
		kind: "table",
		title: "Channels",
		head: [
			"channel",
			"",
			"answer"
		],
		rows
	}];
	if (failed.length === 0) return {
		outputs,
		headline: `${title}: ${what} sent to ${told.join(", ")}`,
		blocks,
		details: { channels: all }
	};
	throw new Failure(`${title}: ${failed.length} of ${plural(all.length, "channel")} could not be told.`, {
		code: "not-told",
		hint: "Each channel is named with what it answered. Its secret is in `notify-secrets`, its kind and options in `notify.channels`.",
		evidence: all.filter(({ sent }) => !sent).map(({ channel, answer }) => `${channel}: ${answer}`),
		outputs,
		blocks
	});
}
// src/deploy/operations/approval-message.ts
async function sendWaiting(call) {
	const { title, notify, settings, owner, ports, commit, dry } = call;
	const nothing = (headline) => ({
		outputs: {
			told: [],
			failed: []
		},
		headline: `${title}: ${headline}`,
		blocks: []
	});
	const hearing = channelsOf(notify, call).filter(({ hears }) => hears.has("info"));
	if (hearing.length === 0) return nothing("no channel hears of what waits");
	const rule = await ruleOf(call);
	if (rule === "none") return nothing("waits for nobody's approval; no channel is told");
	if (dry) return nothing(`would tell ${hearing.map(({ channel }) => channel.name).join(", ")} that it waits for approval`);
	const hide = withoutSecrets(settings);
	const sha = commit ?? ports.env["GITHUB_SHA"];
	const facts = [
		["commit", sha],
		["who", owner.actor],
		["reviewers", rule === "unknown" || rule.reviewers.length === 0 ? void 0 : rule.reviewers.join(", ")],
		["timer", rule === "unknown" || rule.waits === 0 ? void 0 : `${rule.waits} min`]
	];
	const message = {
		event: "waiting-for-approval",
		severity: "info",
		at: ports.clock.now().toISOString(),
		environment: title,
		text: `The deploy of ${sha === void 0 ? "a version" : shortCommit(sha)} begins once it is approved on the run's page.`,
		facts: facts.flatMap(([name, value]) => value === void 0 ? [] : [[name, hide(value)]]),
		commits: [],
		run: owner.run
	};
	return toldOutcome(title, "that it waits for approval was", await tellEach(hearing, () => message, ports));
}
async function ruleOf({ environment, settings, token, ports }) {
	const { env, signal, report } = ports;
	const given = (tokenOf({ token }, env) ?? "").trim();
	const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
	if (given === "" || repo === "") return "unknown";
	const access = {
		token: new Secret(given),
		...githubAddresses(env),
		signal,
		trouble: tellingTrouble("actions: read")
	};
	try {
		return await approvalRule(await openGithubApi(access), {
			owner,
			repo,
			environment: settings.section(githubSection).environment ?? environment
		}) ?? "none";
	} catch (error) {
		if (!(error instanceof Untold)) throw error;
		if (error.cause.status === 404) return "none";
		report.notice(`Whether the environment ${environment} waits for approval is not known, so it is told: ${clauseOf(error)}.`);
		return "unknown";
	}
}
// src/deploy/operations/repeat-turn.ts
const GONE_AFTER = 6e4;
const SIGN = {
	running: true,
	step: "notify",
	process: ""
};
async function takeRepeatTurn(environment) {
	const { machine, owner, ports } = environment;
	const { paths } = stateOf(environment);
	const lock = new Lock(machine, {
		...paths,
		lock: paths.repeat,
		beat: paths.repeatBeat
	});
	const found = await lock.status();
	const before = found.state === "held" ? found.holder : void 0;
	if (found.state === "held" && found.silentMs < GONE_AFTER) return {
		whose: "another's",
		owner: found.holder.owner
	};
	const fence = (found.state === "held" ? found.holder.fence : found.lastFence ?? 0) + 1;
	const holder = {
		id: ports.random(16),
		fence,
		owner: owner.id,
		run: owner.run,
		since: ports.clock.now().toISOString()
	};
	const taken = before === void 0 ? await lock.take(holder) : await lock.takeOver(before, holder);
	const still = async () => await lock.beat(holder, SIGN);
	if (!taken || !await still()) {
		const now = await lock.status();
		return {
			whose: "another's",
			owner: now.state === "held" ? now.holder.owner : "another run"
		};
	}
	if (found.state === "held") ports.report.warning(`${found.holder.owner} was telling it and did not end (its last sign of life: ${formatAgo(found.silentMs)}). Who took it then without a note in the journal, hears it once more.`);
	return {
		whose: "ours",
		turn: {
			still,
			[Symbol.asyncDispose]: async () => {
				try {
					await lock.release(holder);
				} catch (error) {
					ports.report.warning(`The turn to tell again was not given back, so the next run waits for a minute: ${messageOf(error)}`);
				}
			}
		}
	};
}
// src/deploy/operations/repeat-message.ts
const EVENT = "needs-a-person";
const TOLD_LATELY = "needs a person, and every channel was told so a short while ago";
async function repeatCritical(environment) {
	try {
		var _usingCtx$2 = _usingCtx();
		const { title, owner, ports, shared, settings } = environment;
		const nothing = (headline) => ({
			outputs: {
				told: [],
				failed: []
			},
			headline: `${title}: ${headline}`,
			blocks: []
		});
		const notify = environment.settingsOf(notifySection);
		const hearing = channelsOf(notify, environment).filter(({ hears }) => hears.has("critical"));
		if (hearing.length === 0) return nothing("no channel hears of what is critical");
		const now = await lookAtStanding(environment);
		if (!now.needsAPerson) return nothing("needs nobody; no channel is told");
		const { ledger } = now;
		const about = ledger.open?.id;
		const before = ports.clock.now().getTime() - notify["repeat-every"];
		const dueBy = (told) => hearing.filter(({ channel }) => (lastTold(told, channel.name, about) ?? Number.NEGATIVE_INFINITY) <= before);
		const first = dueBy(ledger);
		if (first.length === 0) return nothing(TOLD_LATELY);
		const names = first.map(({ channel }) => channel.name).join(", ");
		if (shared["dry-run"]) return nothing(`needs a person; would tell ${names} so again`);
		const [way] = await waysNow(environment, now);
		const hide = withoutSecrets(settings);
		const record = ledger.open ?? ledger.deploys.at(-1);
		const known = record === void 0 ? void 0 : heardBefore(record);
		const message = {
			event: EVENT,
			severity: "critical",
			at: ports.clock.now().toISOString(),
			environment: title,
			deploy: about,
			text: hide(`Still so: ${now.headline}`),
			facts: [...messageFacts(known, known?.actor).map(([name, value]) => [name, hide(value)]), ...record === void 0 ? [] : [["since", record.end?.at ?? record.lastAt]]],
			commits: [],
			command: hide((way ?? statusWay({
				app: environment.app,
				name: environment.name,
				shared,
				ports
			})).command),
			run: known?.run ?? owner.run
		};
		const taken = await takeRepeatTurn(environment);
		if (taken.whose !== "ours") return nothing(`needs a person, and ${taken.owner} tells it at this moment`);
		const turn = _usingCtx$2.a(taken.turn);
		const due = dueBy(await stateOf(environment).journal.read());
		if (due.length === 0) return nothing(TOLD_LATELY);
		if (!await turn.still()) return nothing("needs a person, and another run took over to tell it, as this one was silent for a minute");
		const told = await tellEach(due, () => message, ports);
		for (const { channel, sent, answer } of told) await note(environment, {
			...sent ? { kind: "notify.sent" } : {
				kind: "notify.failed",
				why: answer
			},
			channel,
			event: EVENT,
			...about !== void 0 && { about }
		});
		return toldOutcome(title, "that a person is still needed was", told, [{
			kind: "text",
			text: [message.text, `Next: ${message.command}`].join("\n")
		}]);
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
function lastTold({ entries }, channel, about) {
	const last = entries.findLast((entry) => entry.kind === "notify.sent" && entry.channel === channel && entry.event === EVENT && entry.about === about);
	return last === void 0 ? void 0 : Date.parse(last.at);
}
async function note(environment, fact) {
	const { ports, owner } = environment;
	try {
		await stateOf(environment).journal.write(fact, {
			at: ports.clock.now(),
			owner: owner.id
		});
	} catch (error) {
		ports.report.warning(`Who was told could not be written to the journal, so the next run says it again: ${messageOf(error)}`);
	}
}
// src/deploy/operations/test-message.ts
async function sendTest({ title, settings, owner, ports, dry }) {
	const all = settings.channels ?? [];
	if (all.length === 0) throw refusal("No channel is named, so there is nobody to be told.", {
		code: "inputs",
		hint: "Name one under `notify: channels:` in savepoint.yml, or in SAVEPOINT_NOTIFY_CHANNELS."
	});
	const { open, problems, closed } = openChannels(settings);
	for (const problem of problems) ports.report.warning(problem);
	const names = all.map(({ name }) => name).join(", ");
	if (dry) return {
		outputs: {
			told: [],
			failed: []
		},
		headline: `${title}: would send a test message to ${names}`,
		blocks: []
	};
	const at = ports.clock.now().toISOString();
	const sent = await tellEach(open, ({ hears }) => ({
		event: "test",
		severity: "info",
		at,
		environment: title,
		text: "This is a test. Nothing happened, and nothing is to be done.",
		facts: [["this channel hears", [...hears].join(", ") || "nothing"], ...owner.actor === void 0 ? [] : [["who", owner.actor]]],
		commits: [],
		run: owner.run
	}), ports);
	const unopened = closed.map(({ name, lacks }) => ({
		channel: name,
		sent: false,
		answer: `${lacks.join(", ")} is not given`
	}));
	return toldOutcome(title, "a test message was", [...sent, ...unopened]);
}
// src/deploy/operations/notify.ts
const sections = {
	shared: sharedSection,
	notify: notifySection
};
const KINDS = [
	"test",
	"repeat",
	"waiting-for-approval"
];
const notify = operation({
	name: "notify",
	description: "Tells the channels what no deploy tells: a test, that a run waits for approval, that a person is still needed.",
	sections,
	passesOver: [...OF_OPENING, "detach-subscriptions"],
	own: "notify",
	outputs: {
		told: "The channels that took the message.",
		failed: "The channels that could not be told."
	},
	example: {
		flags: "--test",
		about: ["Sends a test message to every channel and says what each answered."]
	},
	branding: {
		icon: "bell",
		color: "blue"
	},
	async run(call) {
		const { shared, notify: settings } = call.inputs;
		const wanted = KINDS.filter((kind) => settings[kind]);
		if (wanted.length !== 1) throw refusal(wanted.length === 0 ? "It is not said what is to be told." : `Only one of ${wanted.join(", ")} can be told at a time.`, {
			code: "inputs",
			hint: `Give one of ${KINDS.map((kind) => `\`${kind}\``).join(", ")}.`
		});
		if (settings.repeat) try {
			var _usingCtx$1 = _usingCtx();
			return await repeatCritical(_usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			})));
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
		const { app = "app", environment } = call.profile;
		const { settings: given, ports } = call;
		const about = {
			title: `${app}/${environment}`,
			owner: ownerOf(ports),
			ports,
			dry: shared["dry-run"]
		};
		if (settings.test) return await sendTest({
			...about,
			settings
		});
		return await sendWaiting({
			...about,
			environment,
			commit: shared.commit,
			token: shared.token,
			notify: settings,
			settings: given
		});
	}
});
export { notify as t };

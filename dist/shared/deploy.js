import "./rolldown-runtime.js";
import { $n as Failure, $t as _usingCtx, Gn as formatSize, Jn as shortCommit, Kn as plural, Qn as Cancelled, Rt as backupSection, Wn as formatDuration, _t as migrateSection, bn as sharedSection, et as notInMessage, gt as markStableSection, hn as forwardSteps, ht as rolloutSection, mn as STEPS, nr as messageOf, nt as deploySection, pt as rollbackSection, tt as seenSince, ut as allSections, yt as healthSection } from "./start.js";
import { B as writtenSince, C as preflight, D as rollBack, Dt as stableName, E as openingOf, Ei as changedSomething, Et as mayConfirm, Gt as listed, H as stopByHand, Hr as plannedChecks, Ht as betweenBlocks, It as DOWNTIME_OUTPUTS, J as intoReplacedBlock, Jn as compareHistories, Jt as deployUnconfirmed, Kt as makeFirstClone, Ln as takeSavepoint, Lt as awayFor, Mn as backupStore, Mr as latestTag, Mt as describeHealth, Pn as describeBackup, Pt as passGate, Q as expectedBlocks, Qt as beginStep, Rn as dropWarm, Rr as missingForDeploy, Rt as downtimeBlocks, T as mayOpen, Tr as stateOf, Ut as compareCommits, V as rollbackBlocks, Wt as describeBetween, Xt as withDryRun, Yt as mustBeConfirmed, Zt as hearable, _n as waysOfDeploy, br as appCloneOf, ct as switchInStep, dt as refuseTooManyReplaced, fn as standing, fr as requireCommit, ft as describeMigrated, hn as timelineNow, ht as migrateInStep, in as strategyOf, ir as NOT_AUTOMATIC, it as planMigrations, nt as switchPlan, or as quarantineNote, pn as stepsOf, pt as hasMigrations, rt as planBlock, sr as refuseUnfit, st as prepareInStep, tt as whatRan, ur as checkoutOf, ut as thinOut, wn as targetOfDeploy, wr as openEnvironment, wt as confirmDeploy, xt as migrationStatus, yn as describeCandidate, yr as blockedBy, yt as loadMigrations, zn as refuseUnprovable, zt as downtimeOutputs } from "./work.js";
// src/core/section.ts
function without(section, ...names) {
	const kept = Object.fromEntries(Object.entries(section.inputs).filter(([name]) => !names.includes(name)));
	return {
		name: section.name,
		inputs: kept
	};
}
// src/deploy/steps/chain.ts
var Chain = class {
	#tx;
	#values;
	outputs = {};
	blocks = [];
	#facts = [];
	#applied = [];
	#acts = {
		prepare: async () => await prepareInStep(this.#tx, this.#values.rollout, this.#raw("prepare"), { migrates: true }),
		backup: async () => await this.#backup(),
		migrate: async ({ commit }) => await this.#migrate(commit),
		switch: async () => await switchInStep(this.#tx, this.#values.rollout, this.#raw("switch")),
		health: async () => await this.#health(),
		"mark-stable": async () => await this.#markStable()
	};
	constructor(tx) {
		this.#tx = tx;
		this.#values = tx.environment.settings.read(allSections);
	}
	async run() {
		const tx = this.#tx;
		const { environment } = tx;
		const record = await tx.record();
		this.outputs = {
			commit: record.commit,
			"previous-commit": record.from,
			savepoint: record.id
		};
		for (const name of forwardSteps) {
			if (STEPS[name].database && await environment.database() === void 0) continue;
			await this.#acts[name](record);
		}
		const besides = await this.#appliedBesides(record);
		if (besides.length > 0) this.#facts.push(["migrations", `applied besides: ${besides.join(", ")}`]);
		this.outputs = {
			...this.outputs,
			applied: [...this.#applied, ...besides]
		};
		this.blocks = [...await this.#account(record.from, record.commit), ...this.blocks];
	}
	async #backup() {
		const tx = this.#tx;
		const { backup } = this.#values;
		const manifest = await takeSavepoint(tx, backup, this.#raw("backup"));
		this.outputs = {
			...this.outputs,
			"backup-file": `${tx.state.paths.backups}/${manifest.file}`
		};
		this.#facts.push(["savepoint", `${manifest.id}: ${describeBackup(manifest)}`]);
		const thinned = await thinOut(tx.environment, backup, {
			dryRun: false,
			made: manifest.id
		});
		this.blocks = [...this.blocks, ...thinned.blocks];
	}
	async #migrate(commit) {
		const tx = this.#tx;
		const { migrate } = this.#values;
		if (!await hasMigrations(tx.environment, migrate, commit)) {
			tx.environment.ports.report.say(`No migrations: there is no folder \`${migrate.directory}\` at this commit, and no \`migrate-run\` is given.`);
			this.#facts.push(["database", "no migrations of `migrate`"]);
			return;
		}
		const migrated = await migrateInStep(tx, migrate, this.#raw("migrate"), commit);
		this.#applied = migrated.applied;
		this.outputs = {
			...this.outputs,
			applied: migrated.applied
		};
		this.#facts.push(["database", describeMigrated(migrated)]);
	}
	async #health() {
		const verdict = await passGate(this.#tx, this.#values.health, this.#raw("health"));
		this.#facts.push(["app", `${describeHealth(verdict)}${awayFor(verdict.downtime)}`]);
		this.outputs = {
			...this.outputs,
			...downtimeOutputs(verdict.downtime)
		};
		this.blocks = [...this.blocks, ...downtimeBlocks(verdict.downtime)];
	}
	async #markStable() {
		const tx = this.#tx;
		await mayConfirm(tx.environment, await tx.record());
		const marked = await confirmDeploy(tx, { keepTags: this.#values.markStable["keep-tags"] });
		this.outputs = {
			...this.outputs,
			"stable-tag": marked.tags.stableTag
		};
		this.#facts.push(["stable", [marked.tags.stableTag, marked.tags.latestTag].filter((tag) => tag !== void 0).join(", ")]);
	}
	async #appliedBesides(record) {
		const now = (await this.#tx.state.journal.read()).schemas.get(record.commit);
		if (record.live === void 0 || now === void 0) return [];
		const { onlySecond, changed } = compareHistories(record.live.history, now.history);
		const ours = new Set(this.#applied);
		return [...onlySecond, ...changed].filter((one) => !ours.has(one) && !ours.has(one.slice(one.indexOf(": ") + 2)));
	}
	async #account(from, to) {
		const table = {
			kind: "table",
			title: "What is true now",
			head: ["part", "state"],
			rows: [["code", `${from === void 0 || from === to ? "" : `${shortCommit(from)} → `}${shortCommit(to)}`], ...this.#facts]
		};
		const clone = await this.#tx.environment.clone();
		const way = clone === void 0 || from === void 0 ? void 0 : await compareCommits(clone, from, to);
		return way === void 0 ? [table] : [table, ...betweenBlocks(way)];
	}
	#raw(step) {
		const { section } = STEPS[step];
		return section === void 0 ? {} : this.#tx.environment.settings.effective(allSections[section]);
	}
};
// src/deploy/steps/plan-parts.ts
const NOTHING = "nothing, as before";
async function planParts(environment, about) {
	const values = environment.settings.read(allSections);
	const backup = await backupPlan(environment, values.backup.verify);
	const parts = {
		prepare: ["code", about.code],
		backup: ["backup", backup ?? "no database is named: none is taken"],
		migrate: about.migrations === void 0 ? void 0 : ["migrations", about.migrations],
		switch: ["rollout", await rolloutPlan(environment, values, about.commit)],
		health: ["health", healthPlan(values.health)],
		"mark-stable": ["tags", tagsPlan(environment)]
	};
	return {
		kind: "table",
		title: "The plan, in this order",
		head: ["part", "what happens"],
		rows: [...forwardSteps.map((name) => parts[name]).filter((part) => part !== void 0), ["if it fails", !values.rollback.automatic ? "it stays as it stands and keeps the lock; the command that takes it back is printed (`rollback: { automatic: false }`)" : about.ifItFails === "nothing, as before" ? `what it started is stopped${backup === void 0 ? "" : ", and the database goes back to that backup"}: nothing runs, as before` : `${backup === void 0 ? "the code goes" : "code and database go"} back to ${about.ifItFails}`]]
	};
}
async function backupPlan(environment, verify) {
	try {
		var _usingCtx$3 = _usingCtx();
		const database = await environment.database();
		if (database === void 0) return void 0;
		const [row] = await _usingCtx$3.a(await database.connect("look", { signal: environment.ports.signal })).query("SELECT pg_database_size(current_database())::text AS size");
		const { paths } = stateOf(environment);
		return `${database.name} (${formatSize(Number(row?.size ?? 0))} on disk) is dumped to ${paths.backups} on ${environment.machine.name}, proven by \`verify: ${verify}\``;
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
}
async function rolloutPlan(environment, { rollout }, commit) {
	const { summary } = await strategyOf(environment, {
		settings: rollout,
		commit
	});
	return `${summary}; the code is ${rollout.transport === "push" ? "pushed from the checkout" : "fetched by the host"}`;
}
function healthPlan(health) {
	return `${plannedChecks(health).join(", ")}: ${plural(health.successes, "pass", "passes")} in a row within ${formatDuration(health.timeout)}`;
}
function tagsPlan(environment) {
	const name = stableName(environment);
	return `${latestTag(name)} and a dated ${name.prefix}stable-… move to it`;
}
// src/deploy/steps/deploy-plan.ts
async function planDeploy(environment, commit, opener) {
	await refuseUnfit(environment, commit, opener);
	await refuseAsOpeningDoes(environment);
	const clone = await appCloneOf(environment);
	const before = await whatRan(environment, await stateOf(environment).journal.read(), commit);
	const { from } = before;
	const holder = await whoHas(environment, clone, commit);
	const obstacles = [...(await clone.dirtyFiles()).map((file) => `${file} (edited on the host)`), ...holder === clone ? await metBy(clone, commit) : []];
	const way = holder === void 0 || from === void 0 ? void 0 : await compareCommits(holder, from, commit);
	const migrations = holder === void 0 ? void 0 : await migrationsOf(environment, holder, commit);
	const code = way === void 0 ? `${from === void 0 ? "nothing" : shortCommit(from)} → ${shortCommit(commit)}` : describeBetween(way);
	const ifItFails = whatThen(before);
	return {
		outputs: {
			commit,
			"previous-commit": from
		},
		headline: `Would deploy ${shortCommit(commit)} to ${environment.title}, where ${describeRunning(before)}`,
		blocks: [
			await planParts(environment, {
				commit,
				code,
				migrations: migrations?.said,
				ifItFails
			}),
			await switchPlan(environment, {
				settings: environment.settingsOf(rolloutSection),
				commit,
				previous: from
			}),
			...obstacles.length === 0 ? [] : [{
				kind: "code",
				title: `In the way: ${plural(obstacles.length, "file")}; the deploy would be refused`,
				lines: obstacles
			}],
			...holder === void 0 ? [{
				kind: "text",
				text: "The commit is neither in the checkout nor on the host yet: its commits and migrations show when it is."
			}] : [...way === void 0 ? [await lastCommits(holder, commit)] : betweenBlocks(way), ...migrations?.blocks ?? []]
		]
	};
}
async function refuseAsOpeningDoes(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	const ledger = await stateOf(environment).journal.read();
	await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
	await refuseUnprovable(environment, database);
}
function describeRunning({ from, checkedOut }) {
	if (from !== void 0) return `${shortCommit(from)} runs`;
	return checkedOut === void 0 ? "nothing runs" : `nothing runs (${shortCommit(checkedOut)} is only checked out)`;
}
function whatThen({ from, ran }) {
	if (from !== void 0) return shortCommit(from);
	return ran === "nothing" ? NOTHING : "what runs now";
}
async function whoHas(environment, clone, commit) {
	if (await clone.hasAll(commit)) return clone;
	const checkout = await checkoutOf(environment);
	return checkout !== void 0 && await checkout.hasAll(commit) ? checkout : void 0;
}
async function lastCommits(holder, commit) {
	return {
		kind: "code",
		title: "Its last commits",
		lines: listed(await holder.log(void 0, commit, 20))
	};
}
async function migrationsOf(environment, holder, commit) {
	try {
		var _usingCtx$2 = _usingCtx();
		const database = await environment.database();
		const { directory, run } = environment.settingsOf(migrateSection);
		if (database === void 0) return void 0;
		if (run !== void 0) return {
			said: `by \`${run}\``,
			blocks: []
		};
		if (await holder.listFiles(commit, directory) === void 0) return {
			said: `none: this version has no ${directory}`,
			blocks: []
		};
		const migrations = await loadMigrations({
			machine: holder.machine,
			clone: holder.directory,
			commit,
			directory
		});
		const connection = _usingCtx$2.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		const { pending } = await migrationStatus(connection, migrations);
		if (pending.length === 0) return {
			said: "none are pending",
			blocks: []
		};
		const named = pending.slice(0, 5).map((one) => one.version);
		return {
			said: `${plural(pending.length, "migration")} pending: ${named.join(", ")}${pending.length > named.length ? ", …" : ""}`,
			blocks: [planBlock(planMigrations(pending))]
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function metBy(clone, commit) {
	const { submodules, hidden } = await clone.outOfSight(commit);
	return [
		...hidden.map((file) => `${file} (edited on the host, where git was told not to look)`),
		...submodules.map((folder) => `${folder} (a submodule's folder, where the new version has files)`),
		...(await clone.untrackedInTheWay(commit)).map((file) => `${file} (untracked, and part of the new version)`)
	];
}
// src/deploy/back/failed-deploy.ts
async function endFailedDeploy(fallen) {
	const { environment, tx, error, outputs, id } = fallen;
	const cause = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error
	});
	const record = (await tx.state.journal.read()).deploys.find((one) => one.id === id);
	if (cause.code === "lock-lost" || record === void 0) return cause;
	if (record.end !== void 0) {
		const known = { outputs: {
			...outputs,
			...cause.outputs,
			"rolled-back": false
		} };
		if (record.end.as !== "confirmed" || cause.exit === 3) return cause.with(known);
		const confirmed = `deploy: confirmed in the journal; ${shortCommit(record.commit)} is stable and stays`;
		return cause.with({
			...known,
			exit: 3,
			state: [confirmed, ...cause.state]
		});
	}
	if (error instanceof Cancelled) return await standing(tx, new Cancelled(error.message, { outputs: {
		...outputs,
		"rolled-back": false
	} }));
	if (!changedSomething(record)) {
		await dropWarm(tx);
		await tx.close({
			as: "abandoned",
			why: cause.message,
			...record.from !== void 0 && { on: record.from }
		});
		return cause.with({
			outputs: {
				...outputs,
				...cause.outputs,
				"rolled-back": false
			},
			state: ["Nothing was changed: code, schema and app are as they were.", ...cause.state]
		});
	}
	if (!fallen.rollback.automatic) return await leftStanding(fallen, cause, record);
	environment.ports.report.say("The deploy failed, and is taken back.");
	return await afterRollback(fallen, cause, record.commit);
}
async function leftStanding({ environment, tx, outputs, id }, cause, record) {
	await tx.close({
		as: "failed",
		why: cause.message,
		blocks: true
	});
	return cause.with({
		exit: 3,
		outputs: {
			...outputs,
			...cause.outputs,
			"rolled-back": false
		},
		state: [
			...cause.state,
			`${shortCommit(record.commit)} stays on ${environment.title} as it stands: ${stepsOf(record)}. ${NOT_AUTOMATIC}`,
			"lock: held, until a rollback finishes it or an unlock ends it"
		],
		ways: await waysOfDeploy(environment, await tx.state.journal.read(), record),
		blocks: [...cause.blocks, ...await timelineNow(tx, id)]
	});
}
async function afterRollback({ environment, tx, rollback, id, outputs }, cause, commit) {
	const ledger = await tx.state.journal.read();
	const open = ledger.deploys.find((one) => one.id === id);
	const choice = open === void 0 ? void 0 : targetOfDeploy(ledger, open);
	if (choice === void 0 || !choice.found) return await nothingTakenBack({
		environment,
		tx,
		outputs,
		cause,
		deploy: open,
		why: choice?.why ?? "the journal lost the deploy"
	});
	const settings = {
		...rollback,
		database: "auto",
		to: void 0,
		reason: void 0,
		confirm: void 0
	};
	try {
		const rolledBack = await rollBack(tx, {
			target: choice.target,
			settings,
			byHand: false
		});
		const back = {
			commit: rolledBack.commit,
			"rolled-back": true,
			"database-action": rolledBack.database,
			"replaced-database": rolledBack.replaced,
			...downtimeOutputs(rolledBack.downtime)
		};
		return cause.with({
			exit: rolledBack.up === void 0 ? 1 : 3,
			ways: rolledBack.up?.ways ?? [],
			hint: [
				rolledBack.up !== void 0 ? stopByHand(rolledBack.up, environment.title) : rolledBack.commit === void 0 ? `Nothing of ${environment.title} runs, as before; fix the cause and deploy again.` : `${environment.title} is back on ${shortCommit(rolledBack.commit)}, ${rolledBack.health}; fix the cause and deploy again.`,
				...quarantineNote(await tx.state.journal.read(), id),
				...rolledBack.replaced === void 0 ? [] : [await writtenSince(environment, rolledBack.replaced)],
				...cause.hint === void 0 ? [] : [cause.hint]
			].join("\n"),
			outputs: {
				...outputs,
				...cause.outputs,
				...back
			},
			state: backState(environment, rolledBack, commit),
			blocks: [...await rollbackBlocks(environment, rolledBack, intoReplacedBlock), ...await timelineNow(tx, id)]
		});
	} catch (second) {
		if (second instanceof Cancelled) {
			const details = {
				...second.details,
				outputs: {
					...outputs,
					...cause.outputs,
					"rolled-back": false
				}
			};
			return new Cancelled(`Cancelled while a failed deploy was taken back. It had failed with: ${cause.message}`, details);
		}
		const failed = second instanceof Failure ? second : new Failure(messageOf(second), {
			code: "unexpected",
			cause: second
		});
		return cause.with({
			exit: 3,
			outputs: {
				...outputs,
				...cause.outputs,
				...failed.outputs,
				"rolled-back": false
			},
			evidence: [
				...cause.evidence,
				...cause.evidence.length === 0 ? [] : [""],
				failed.message === cause.message ? "The rollback failed too, with the same." : `The rollback failed too: ${failed.message}`,
				...seenSince(cause.evidence, notInMessage(failed.message, failed.evidence))
			],
			hint: [failed.hint ?? cause.hint, ...quarantineNote(await tx.state.journal.read(), id)].filter((line) => line !== void 0).join("\n") || void 0,
			state: failed.state,
			ways: failed.ways,
			blocks: failed.blocks.length > 0 ? failed.blocks : await timelineNow(tx, id)
		});
	}
}
async function nothingTakenBack(left) {
	const { environment, cause } = left;
	const from = left.deploy?.from;
	const { manifests } = await backupStore(environment, left.tx.state).all();
	return cause.with({
		exit: 3,
		outputs: {
			...left.outputs,
			...cause.outputs,
			"rolled-back": false
		},
		evidence: [
			...cause.evidence,
			"",
			"What could be gone back to:",
			...manifests.map(describeCandidate)
		],
		hint: from === void 0 ? "Name the version to go back to in `to`: a commit, or a savepoint's id of that list." : `${shortCommit(from)} is what ran before, and a person has to say that it is to be gone back to.`,
		state: [`Nothing was taken back: ${left.why}.`, "lock: held, until a rollback finishes it or an unlock ends it"],
		ways: left.deploy === void 0 ? [] : await waysOfDeploy(environment, await left.tx.state.journal.read(), left.deploy)
	});
}
function backState(environment, rolledBack, failed) {
	const database = {
		none: "no database is configured",
		kept: "kept, it was not changed",
		down: "taken down by its migrations",
		restored: `restored from ${rolledBack.savepoint ?? ""}`
	}[rolledBack.database];
	return [
		...rolledBack.commit === void 0 ? [rolledBack.up === void 0 ? `Taken back: ${shortCommit(failed)} is not on ${environment.title} any more, and nothing ran before it.` : `Taken back as far as could be: nothing ran before ${shortCommit(failed)}, and it may run still.`] : [`Taken back: ${environment.title} is on ${shortCommit(rolledBack.commit)} again, not on ${shortCommit(failed)}.`, `code: ${shortCommit(rolledBack.commit)}`],
		`database: ${database}${rolledBack.replaced === void 0 ? "" : `; the replaced one is kept as ${rolledBack.replaced}`}`,
		`app: ${rolledBack.health}${awayFor(rolledBack.downtime)}`,
		"lock: released"
	];
}
// src/deploy/operations/deploy.ts
const sections = {
	shared: sharedSection,
	deploy: deploySection,
	backup: without(backupSection, "purpose"),
	migrate: without(migrateSection, "command", "to", "steps"),
	rollout: without(rolloutSection, "phase"),
	health: healthSection,
	markStable: without(markStableSection, "confirm"),
	rollback: without(rollbackSection, "to", "database", "reason", "confirm")
};
const opener = {
	operation: "deploy",
	sections: Object.values(sections)
};
const deploy = hearable({
	name: "deploy",
	description: "Deploys code and database as one transaction: backup, migrations, rollout, health, stable tag, or all of it back.",
	sections,
	own: "deploy",
	plans: true,
	outputs: {
		commit: "The commit that runs now.",
		"previous-commit": "The commit that ran before.",
		savepoint: "The deploy's id: what it can go back to.",
		"backup-file": "The backup's path in the state directory.",
		applied: "The migrations that were applied.",
		"stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
		"rolled-back": "Whether the deploy failed and was taken back.",
		"database-action": "After a rollback: what became of the database.",
		"replaced-database": "After a rollback: the name under which the replaced database is kept.",
		"duration-ms": "How long it took, in milliseconds.",
		...DOWNTIME_OUTPUTS
	},
	example: {
		flags: "--host deploy@shop.example --app-dir /srv/shop --database-service postgres --health-url http://127.0.0.1:3000/health",
		about: [
			"Needed: `app-dir` (the app's git clone on the host), a health check (`health-url`), the database (`database-service`, or",
			"SAVEPOINT_DATABASE_URL), and what starts the app: a compose project, or `rollout-start-command`. What stands in",
			"savepoint.yml need not be given. Without --confirm it only shows its plan."
		]
	},
	branding: {
		icon: "shield",
		color: "green"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { ports } = call;
			const started = ports.clock.now().getTime();
			const { confirm } = call.inputs.deploy;
			const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({
				ports,
				confirm,
				environment: call.profile.environment
			});
			const dryRun = unread || call.inputs.shared["dry-run"];
			const environment = _usingCtx$1.a(await openEnvironment(withDryRun(call, dryRun), {
				state: "required",
				missing: missingForDeploy(call.inputs.shared, call.settings)
			}));
			const refused = (plan, commit) => deployUnconfirmed(environment, {
				confirm,
				commit,
				plan,
				sections: opener.sections
			});
			const first = await makeFirstClone(environment, call.inputs.rollout);
			if (first !== void 0) {
				if (unread) throw refused(first);
				return first;
			}
			await appCloneOf(environment);
			const commit = await requireCommit(environment);
			await preflight(environment, commit);
			if (dryRun) {
				const plan = await planDeploy(environment, commit, opener);
				if (unread) throw refused(plan, commit);
				return plan;
			}
			const tx = _usingCtx$1.a(await beginStep(environment, {
				wants: "open",
				commit,
				opener,
				check: async ({ ledger, admission }) => {
					if (admission.do !== "continue") await mayOpen(environment, commit, ledger);
					else if (changedSomething(admission.deploy)) throw await halfWay(environment, ledger, admission.deploy);
				},
				opening: async (ledger) => ({
					...await openingOf(environment, commit, ledger),
					whole: true
				})
			}));
			const { id } = await tx.record();
			const chain = new Chain(tx);
			try {
				await chain.run();
			} catch (error) {
				throw await endFailedDeploy({
					environment,
					tx,
					rollback: call.inputs.rollback,
					id,
					error,
					outputs: chain.outputs
				});
			}
			const blocks = [
				...chain.blocks,
				...expectedBlocks(await tx.state.journal.read()),
				...await timelineNow(tx, id)
			];
			const durationMs = ports.clock.now().getTime() - started;
			return {
				outputs: {
					...chain.outputs,
					"rolled-back": false,
					"duration-ms": durationMs
				},
				headline: `${shortCommit(commit)} is deployed and stable on ${environment.title} after ${formatDuration(durationMs)}${awayFor(tx.standstill?.downtime)}`,
				blocks
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function halfWay(environment, ledger, begun) {
	return blockedBy(environment, begun, "was left half-way by an earlier command of yours").with({ ways: await waysOfDeploy(environment, ledger, begun) });
}
export { deploy as t };

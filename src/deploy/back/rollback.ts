import type { Manifest } from "../../backup/manifest.ts";
import { Failure, messageOf } from "../../core/failure.ts";
import type { SchemaView } from "../../core/history.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import { changesDatabase, type Decision } from "./decision.ts";
import type { Environment } from "../environment/environment.ts";
import { commandEnvironment, runHooks } from "../environment/hooks.ts";
import { nameOf, schemaOwner, type Target } from "./target.ts";
import type { Transaction } from "../lock/transaction.ts";
import { asRestored, historyDifference, sameSchema } from "../environment/versions.ts";
import { App, codeMovesFrom } from "./app.ts";
import { startedAgain } from "./start-again.ts";
import { commitsBetween } from "../steps/commits.ts";
import { standstillOf } from "../steps/downtime.ts";
import { endWhatIsLeft } from "./end-left.ts";
import { goDownOrWhyNot } from "./down.ts";
import { type Look, lookAtDatabase } from "./look.ts";
import { impossibleRollback } from "./impossible.ts";
import type { Parts } from "./parts.ts";
import { knownBySavepoint, prepareSide } from "./prepare-side.ts";
import { keptAs, prove, schemaProof } from "./proof.ts";
import { provesVersion, checkTargetHealth } from "./target-health.ts";
import type { DatabaseTaken, RolledBack, CarryOutRequest } from "./request.ts";
import { rowsLeftIn } from "./rows.ts";
import { settingsOfKept } from "./database-settings.ts";
import { dropSide, readyFor, swapIn } from "./swap.ts";
import { leaveNothing } from "./to-nothing.ts";

/** One way back, from what is to what was (contract, 4). Each part says as it goes what is true of it. */
export class Rollback {
  readonly #tx: Transaction;
  readonly #environment: Environment;
  readonly #request: CarryOutRequest;
  readonly #signal: AbortSignal;
  readonly #parts: Parts;
  readonly #plannedSide: string | undefined;
  /** Its schema may become known only on the way. */
  #target: Target;
  /** While the app is stopped, and code and database are still what it ran on. */
  #startAgain: (() => Promise<void>) | undefined;

  constructor(tx: Transaction, request: CarryOutRequest, signal: AbortSignal, parts: Parts, side: string | undefined) {
    this.#tx = tx;
    this.#environment = tx.environment;
    this.#request = request;
    this.#signal = signal;
    this.#parts = parts;
    this.#plannedSide = side;
    this.#target = knownBySavepoint(request.target, request.savepoint);
  }

  async go(): Promise<RolledBack> {
    await endWhatIsLeft(this.#tx, this.#request.deploy);
    const clone = await this.#environment.clone();
    const app = new App(this.#tx, { clone, settings: this.#request.rollout, signal: this.#signal });
    const running = await clone?.current();
    this.#parts.code = running === undefined ? "no app-dir is given, the code is not ours to move" : shortCommit(running);
    let look = await this.#look();
    const before = look.live;
    const target = this.#target;
    this.#say(`Target: ${nameOf(target)}: ${target.why}.`);
    this.#refuseImpossible(look.decision);
    this.#say(`Database: ${look.decision.action}, because ${look.decision.why}.`);
    let { side } = ({ look } = await this.#prepare(look));
    const codeMoves = codeMovesFrom(running, target.commit, this.#request.deploy) || (await app.runsOtherImages(target.commit));
    const stopped = codeMoves || changesDatabase(look.decision);
    await readyFor(look.decision.action, this.#environment, this.#signal);
    this.#parts.touched = true;
    await this.#hooks("before-rollback", running);
    if (stopped) {
      const ran = running ?? target.commit;
      // Before it is stopped: that may end half-way. Where nothing is gone back to, what was stopped stays so.
      if (ran !== undefined && target.commit !== undefined && (await app.stops(ran))) this.#startAgain = async () => await app.start(ran);
      this.#parts.app = await app.stop(ran ?? "");
      const again = await this.#look();
      if (again.decision.action !== look.decision.action) {
        this.#say(`Looked again: ${again.decision.action}, because ${again.decision.why}.`);
        this.#refuseImpossible(again.decision);
        // What was restored for the first look is not needed, or is needed only now.
        if (side !== undefined) await dropSide(this.#environment, side);
        ({ look, side } = await this.#prepare(again));
      }
    }
    const database = await this.#takeDatabase(look, side);
    this.#startAgain = undefined;
    if (target.commit !== undefined) {
      if (codeMoves) await app.moveTo(target.commit, running);
      else if (stopped) await app.start(target.commit);
      if (stopped) this.#parts.app = "started";
      if (running !== undefined) this.#parts.code = shortCommit(target.commit);
    }
    await this.#prove(look.decision);
    const { health, up } =
      target.commit === undefined
        ? await leaveNothing(app, this.#parts, { deploy: this.#request.deploy, running })
        : { up: undefined, health: await this.#health(app, { commit: target.commit, decision: look.decision, stopped }) };
    // Once more: a version that migrates when it starts has had its time by now.
    await this.#prove(look.decision);
    await this.#hooks("after-rollback", running);
    const newest = this.#request.deploy?.goingBack === false ? this.#request.deploy.commit : running;
    return {
      commit: target.commit,
      from: running,
      ...database,
      rows: await rowsLeftIn(this.#environment, database.replaced, this.#request.savepoint),
      why: look.decision.why,
      health,
      up,
      downtime: (await standstillOf(this.#tx)).downtime,
      schema: schemaProof(this.#target, { decision: look.decision, wish: this.#request.wish, health }),
      proven: provesVersion(this.#request, { health, stopped: app.stopped }),
      commits: await commitsBetween(clone, target.commit, newest),
      migrations: before && target.schema ? historyDifference(target.schema.history, before.history) : [],
    };
  }

  /** After a failure: an app that was stopped for nothing is not left so (contract, 2). */
  async startAgain(): Promise<void> {
    if (this.#startAgain !== undefined) this.#parts.app = await startedAgain(this.#startAgain);
  }

  /** After a failure: what is true now of code and schema, as far as both can still be asked. */
  async survey(): Promise<void> {
    try {
      const head = await (await this.#environment.clone())?.current();
      if (head !== undefined) this.#parts.code = shortCommit(head);
      await this.#look();
    } catch (error) {
      this.#environment.ports.report.detail(`It could not be asked how things stand: ${messageOf(error)}`);
    }
  }

  readonly #say = (text: string): void => this.#environment.ports.report.say(text);

  async #look(): Promise<Look> {
    const target = this.#target;
    const look = await lookAtDatabase(this.#environment, { ...this.#request, target });
    if (look.unreadable !== undefined) this.#parts.schema = `cannot be read (${look.unreadable})`;
    else if (look.live === undefined) this.#parts.schema = "no database is configured";
    else if (target.schema && sameSchema(look.live, target.schema)) this.#parts.schema = `${schemaOwner(target)}'s`;
    else this.#parts.schema = `not ${schemaOwner(target)}'s`;
    return look;
  }

  #refuseImpossible(decision: Decision): void {
    if (decision.action !== "impossible") return;
    throw impossibleRollback({ ...decision, broken: this.#request.broken, touched: this.#parts.touched });
  }

  /** Restores beside, where that was decided; what the copy shows may decide otherwise. */
  async #prepare(look: Look): Promise<{ readonly look: Look; readonly side: string | undefined }> {
    const { decision } = look;
    if (decision.action !== "restore") return { look, side: undefined };
    const prepared = await prepareSide(this.#tx, {
      request: this.#request,
      target: this.#target,
      savepoint: this.#savepoint(),
      touched: this.#parts.touched,
      plannedSide: this.#plannedSide,
      signal: this.#signal,
      look: async (target) => {
        this.#target = target;
        return await this.#look();
      },
    });
    if (prepared.look === undefined) return { look, side: prepared.side };
    this.#say(`Compared with the savepoint's copy: ${prepared.look.decision.action}, because ${prepared.look.decision.why}.`);
    this.#refuseImpossible(prepared.look.decision);
    return { look: prepared.look, side: prepared.side };
  }

  #savepoint(): Manifest {
    const { savepoint } = this.#request;
    if (savepoint !== undefined) return savepoint;
    throw new Failure("The decision names a savepoint that is not there.", { exit: 3 });
  }

  async #takeDatabase({ decision, live }: Look, side: string | undefined): Promise<DatabaseTaken> {
    const none = { savepoint: undefined, replaced: undefined, blockedMs: 0, settings: [] };
    if (decision.action === "none" || decision.action === "impossible") return { database: "none", ...none };
    if (decision.action === "kept") return { ...none, database: "kept", settings: await settingsOfKept(this.#environment, this.#request) };
    if (decision.action === "down") {
      const expected = this.#target.schema ?? this.#request.savepoint?.schema;
      const trouble = await goDownOrWhyNot(this.#tx, { keep: decision.keep, target: this.#target, expected, signal: this.#signal });
      if (trouble !== undefined) await this.#stayStoppedUnless(live);
      if (trouble === undefined) return { ...none, database: "down", settings: await settingsOfKept(this.#environment, this.#request) };
      // Nothing is left but the savepoint.
      if (this.#request.savepoint === undefined) throw trouble;
      this.#say(`Going down did not lead back: ${trouble.message} Restoring the savepoint instead.`);
      const instead = { action: "restore", why: trouble.message, savepoint: this.#request.savepoint } as const;
      return await this.#swap((await this.#prepare({ live: undefined, canGoDown: false, decision: instead })).side);
    }
    return await this.#swap(side);
  }

  /** What ran on a schema is not started on one of which a part was taken down. */
  async #stayStoppedUnless(same: SchemaView | undefined): Promise<void> {
    const start = this.#startAgain;
    this.#startAgain = undefined;
    const { live } = await this.#look();
    if (same !== undefined && live !== undefined && sameSchema(same, live)) this.#startAgain = start;
  }

  async #swap(side: string | undefined): Promise<DatabaseTaken> {
    const savepoint = this.#savepoint();
    if (side === undefined) throw new Failure("There is no restored database to swap in.", { exit: 3 });
    const { settings } = savepoint;
    const swapped = await swapIn(this.#tx, { side, backup: savepoint.id, settings, signal: this.#signal });
    const { replaced, blockedMs } = swapped;
    this.#parts.swapped = true;
    this.#startAgain = undefined;
    this.#parts.replaced = replaced;
    this.#parts.databases.push(`the replaced one is kept as ${replaced}`);
    this.#say(`Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
    return { database: "restored", savepoint: savepoint.deploy ?? savepoint.id, ...swapped };
  }

  async #prove(decision: Decision): Promise<void> {
    const { wish, savepoint } = this.#request;
    const target = this.#target;
    const known = target.schema ?? (changesDatabase(decision) ? savepoint?.schema : undefined);
    const expected = known !== undefined && this.#parts.swapped ? asRestored(known) : known;
    // `keep` so said is taken as it is: that version on that schema.
    const proven = await prove(this.#environment, target, wish === "keep" ? undefined : expected);
    this.#parts.schema = wish === "keep" && decision.action === "kept" ? keptAs(target, decision.proven) : proven;
  }

  async #health(
    app: App,
    { commit, decision, stopped }: { readonly commit: string; readonly decision: Decision; readonly stopped: boolean },
  ): Promise<string> {
    const about = { environment: this.#environment, app, id: this.#tx.deploy, signal: this.#signal };
    const request = { ...this.#request, target: this.#target };
    try {
      const health = await checkTargetHealth({ ...about, request, commit, decision, stopped, standstill: await standstillOf(this.#tx) });
      this.#parts.app = health;
      return health;
    } catch (error) {
      this.#parts.app = "not healthy";
      throw error;
    }
  }

  async #hooks(name: "before-rollback" | "after-rollback", previous: string | undefined): Promise<void> {
    const env = commandEnvironment(this.#environment, { commit: this.#target.commit ?? "", previous, id: this.#tx.deploy });
    await runHooks(this.#environment, name, { env, noteIn: this.#tx.note(), signal: this.#signal });
  }
}

import { createHash } from "node:crypto";
import { Failure } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import type { Secret } from "../core/secret.ts";
import { addressOf, otherDatabases, serverOptions, type DatabaseTarget } from "./address.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import { atDoor, lookOnce } from "./door.ts";
import { optionsForCopies } from "./time-limits.ts";
import { NEUTRAL, VARIABLES } from "./neutral-environment.ts";
import { requireSessions } from "./pooler.ts";
import { type StartPatience, whenUp } from "./starting.ts";
import { readCertificates } from "./read-certificates.ts";

/** Purposes for which no SQL of the user's is run. */
const OURS_ALONE: ReadonlySet<string> = new Set(["look", "count", "backup", "restore", "side", "swap", "end", "wait"]);

/** What application_name of everything of ours begins with. */
export const OURS = "savepoint ";

export interface ConnectOptions {
  /** As the role of `database-admin-url`. */
  readonly admin?: boolean | undefined;
  /** Another database of the same cluster. */
  readonly database?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly lockTimeout?: number | undefined;
  /** Milliseconds. */
  readonly statementTimeout?: number | undefined;
  readonly onNotice?: ((text: string) => void) | undefined;
  /** With the search path that role and database give: for SQL that is the user's, as most purposes are. Ours finds its tables in the catalogs. */
  readonly asApp?: boolean | undefined;
}

export interface DatabaseRequest {
  readonly target: DatabaseTarget;
  /** What creates, restores and swaps, where the application's role may not. Its database name does not matter. */
  readonly adminTarget?: DatabaseTarget | undefined;
  readonly dialFrom: Machine;
  readonly toolsOn: Machine;
  /** Whether backups are read as admin also where the application's role may. */
  readonly adminReads?: boolean | undefined;
  /** Told where a server that is just starting is waited for. */
  readonly say?: ((text: string) => void) | undefined;
  /** Milliseconds since the server's container was started. */
  readonly startedAgo?: (() => Promise<number | undefined>) | undefined;
  /** The environment's lock, where it may be held. */
  readonly held?: SessionLock | undefined;
  /** Asked where the server is not reached: what there is beside it, in a sentence. */
  readonly beside?: ((target: DatabaseTarget, error: Failure) => Promise<string | undefined>) | undefined;
}

/** The lock under which sessions work. */
export interface SessionLock {
  /** Its number, while this process holds it. */
  readonly fence: number | undefined;
  /** Whether this process has held it at any time: something may be changed by now. */
  readonly taken: boolean;
  /** Throws where it is another's by now. */
  confirm(): Promise<void>;
}

/** pg, and the TLS of Node that it brings along, take as long to load as all of ours: who opens no session does without. */
async function openSession(request: ConnectionRequest): Promise<Connection> {
  const { openConnection } = await import("./open-connection.ts");
  return await openConnection(request);
}

export function openDatabase(request: DatabaseRequest): Database {
  return new Database(request);
}

/** One database of one cluster, reached the way the user has it. */
export class Database {
  readonly name: string;
  readonly target: DatabaseTarget;
  readonly adminTarget: DatabaseTarget;
  /** Where addresses are dialled. */
  readonly dialFrom: Machine;
  /** Where client tools run. */
  readonly toolsOn: Machine;
  readonly held: SessionLock | undefined;
  readonly adminReads: boolean;
  readonly #beside: DatabaseRequest["beside"];
  readonly #patience: Pick<StartPatience, "say" | "startedAgo">;
  /** The ways that were found to lead to a session of one's own. */
  readonly #ways = new Set<string>();
  /** The version of a server that is entered directly; something in between lets no options in. */
  #directVersion: number | undefined;

  constructor(request: DatabaseRequest) {
    this.target = request.target;
    this.adminTarget = request.adminTarget ?? request.target;
    this.name = request.target.database;
    this.dialFrom = request.dialFrom;
    this.toolsOn = request.toolsOn;
    this.held = request.held;
    this.adminReads = request.adminReads ?? false;
    this.#beside = request.beside && lookOnce(request.beside);
    this.#patience = { say: request.say ?? (() => undefined), startedAgo: request.startedAgo };
  }

  /**
   * A session of its own in this database. Refused (exit 2, code `pooler`) where a pooler gives none: nothing of ours is
   * safe there, and what we set would be somebody else's. The purpose (`backup`, `migrate`, …) and the lock's number stand in
   * application_name. The lock is looked at once the session is open: who takes it later ends the session first
   * (`endOurSessions`), so what this process does in it, it does while the lock is its own.
   */
  async connect(purpose: string, options: ConnectOptions = {}): Promise<Connection> {
    const connection = await this.#direct(purpose, options);
    try {
      await this.held?.confirm();
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #direct(purpose: string, options: ConnectOptions): Promise<Connection> {
    const request = await this.#request(purpose, options);
    const { target } = request;
    const way = wayOf(target);
    if (this.#ways.has(way)) return await this.#open(request);
    const first = await this.#open({ ...request, untouched: true });
    if (first.keyPid !== first.pid) {
      await using looking = first;
      await requireSessions(looking, async () => await openSession({ ...request, untouched: true }));
    }
    this.#ways.add(way);
    if (first.keyPid === first.pid) this.#directVersion = first.serverVersion;
    return first.keyPid === first.pid ? first : await openSession(request);
  }

  /** Which cluster answers, and whether through a pooler or a proxy: one statement, which sets nothing, so it may be asked of anybody. */
  async whoAnswers(): Promise<{ readonly system: string; readonly pooled: boolean }> {
    await using connection = await this.#open({ ...(await this.#request("look", {})), untouched: true });
    const [row] = await connection.query<{ system: string }>("SELECT system_identifier::text AS system FROM pg_control_system()");
    return { system: row?.system ?? "", pooled: connection.keyPid !== connection.pid };
  }

  async #open(request: ConnectionRequest): Promise<Connection> {
    const touched = this.held?.taken === true || this.#ways.has(wayOf(request.target));
    const open = async () => await whenUp(async () => await openSession(request), { ...this.#patience, signal: request.signal });
    return await atDoor(open, { touched, beside: async (error) => await this.#beside?.(request.target, error) });
  }

  async #request(purpose: string, options: ConnectOptions): Promise<ConnectionRequest> {
    const target = this.#targetOf(options);
    return {
      target,
      dial: async (address) => await this.dialFrom.dial(address),
      applicationName: this.applicationName(purpose),
      certificates: await readCertificates(target, this.toolsOn),
      signal: options.signal,
      lockTimeout: options.lockTimeout,
      statementTimeout: options.statementTimeout,
      onNotice: options.onNotice,
      abreast: purpose === "look",
      asApp: options.asApp ?? !OURS_ALONE.has(purpose),
    };
  }

  /** A session as admin in another database of the cluster: what renames or drops this one must stand outside. */
  async connectMaintenance(purpose: string, options: Omit<ConnectOptions, "admin" | "database"> = {}): Promise<Connection> {
    const refused: Failure[] = [];
    for (const database of otherDatabases(this.adminTarget, this.name)) {
      try {
        return await this.connect(purpose, { ...options, admin: true, database });
      } catch (error) {
        // No such database, not let in, takes no connections: the next one may.
        if (!(error instanceof Failure && ["3D000", "42501", "28000", "55000"].includes(error.code ?? ""))) throw error;
        refused.push(error);
      }
    }
    throw new Failure("No other database of the cluster can be entered, and creating or renaming one needs that.", {
      code: "no-other-database",
      hint: `GRANT CONNECT ON DATABASE postgres TO "${this.adminTarget.user}"`,
      evidence: refused.map((error) => error.message),
      cause: refused[0],
    });
  }

  /**
   * The environment of one child that speaks libpq (pg_dump, pg_restore, psql). What the machine's own environment
   * might say is overridden, except `PGSERVICE` and `PGREQUIREAUTH`, which no value neutralises: see `ClientTools.words`.
   */
  environment(
    options: { readonly admin?: boolean; readonly database?: string; readonly purpose?: string } = {},
  ): Record<string, string | Secret> {
    const target = this.#targetOf(options);
    return {
      PGHOST: target.socket ?? target.host,
      PGPORT: String(target.port),
      PGUSER: target.user,
      ...(target.password === undefined ? {} : { PGPASSWORD: target.password }),
      PGDATABASE: target.database,
      PGAPPNAME: this.applicationName(options.purpose ?? "tool"),
      PGCONNECT_TIMEOUT: target.options["connect_timeout"] ?? "10",
      PGOPTIONS: [serverOptions(target), this.#optionsFor(options.purpose)].filter((text) => text !== undefined).join(" "),
      PGSSLMODE: target.sslmode,
      PGSSLROOTCERT: target.options["sslrootcert"] ?? "",
      PGSSLCERT: target.options["sslcert"] ?? "",
      PGSSLKEY: target.options["sslkey"] ?? "",
      PGCHANNELBINDING: target.options["channel_binding"] ?? "prefer",
      ...NEUTRAL,
      ...Object.fromEntries(
        Object.entries(VARIABLES).flatMap(([name, variable]) => {
          const said = target.options[name];
          return said === undefined ? [] : [[variable, said]];
        }),
      ),
    };
  }

  #optionsFor(purpose: string | undefined): string | undefined {
    const copies = purpose === "backup" || purpose === "restore";
    return copies && this.#directVersion !== undefined ? optionsForCopies(this.#directVersion) : undefined;
  }

  /**
   * How sessions of ours are known in pg_stat_activity: `savepoint backup`; of the lock's holder with its number and the
   * database that it works on, which may be another than the one that the session is in: `savepoint swap 12@8b1a9953c461`.
   */
  applicationName(purpose: string): string {
    const fence = this.held?.fence;
    const name = `${OURS}${purpose}${fence === undefined ? "" : ` ${fence}${this.holdersMark}`}`;
    // As the server would: 63 bytes of printable ASCII.
    return name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 63);
  }

  /** What the names of sessions end with that a holder of this database's lock opened, whichever holder. */
  get holdersMark(): string {
    return `@${createHash("sha256").update(this.name).digest("hex").slice(0, 12)}`;
  }

  #targetOf(options: { readonly admin?: boolean | undefined; readonly database?: string | undefined }): DatabaseTarget {
    const target = options.admin === true ? this.adminTarget : this.target;
    // Whoever enters, the name is the one that `target`'s setting gave.
    const { setting } = this.target;
    return { ...target, database: options.database ?? this.name, ...(setting !== undefined && { nameSetting: setting }) };
  }
}

function wayOf(target: DatabaseTarget): string {
  return JSON.stringify([addressOf(target), target.user, target.database]);
}

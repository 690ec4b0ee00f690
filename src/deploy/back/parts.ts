import { formatMoment } from "../../core/format.ts";

const NOT_LOOKED_AT = "not looked at";

/** What is known of each part while a rollback works; what a failed one tells its reader. */
export class Parts {
  code = NOT_LOOKED_AT;
  schema = NOT_LOOKED_AT;
  app = "not touched";
  /** Since when the app stands still, where this rollback or one before it stopped it. ISO 8601, UTC. */
  stoppedSince: string | undefined;
  /** Whether anything of the user's may have been changed by now. */
  touched = false;
  /** Whether the restored database is in the live one's place: then it is not restored a second time. */
  swapped = false;
  /** The name of the database that was swapped out. */
  replaced: string | undefined;
  /** The databases that a restore set aside or left. */
  readonly databases: string[] = [];

  /** `since`: when a rollback before this one left the app stopped. */
  constructor(since: string | undefined) {
    this.stoppedSince = since;
    if (since !== undefined) this.app = `stopped at ${formatMoment(since)}, by a rollback that failed`;
  }

  /** Since when the app stands still, where it is left so. */
  get leftStopped(): string | undefined {
    return this.app.startsWith("stopped") ? this.stoppedSince : undefined;
  }

  /** Whether nobody has seen the database, which decides what becomes of it. */
  get unseen(): boolean {
    return this.schema === NOT_LOOKED_AT;
  }

  lines(): readonly string[] {
    return [`code: ${this.code}`, `schema: ${this.schema}`, `app: ${this.app}`, ...this.databases.map((one) => `database: ${one}`)];
  }
}

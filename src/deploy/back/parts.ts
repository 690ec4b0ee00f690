const NOT_LOOKED_AT = "not looked at";

/** What is known of each part while a rollback works; what a failed one tells its reader. */
export class Parts {
  code = NOT_LOOKED_AT;
  schema = NOT_LOOKED_AT;
  app = "not touched";
  /** Whether anything of the user's may have been changed by now. */
  touched = false;
  /** Whether the restored database is in the live one's place: then it is not restored a second time. */
  swapped = false;
  /** The name of the database that was swapped out. */
  replaced: string | undefined;
  /** The databases that a restore set aside or left. */
  readonly databases: string[] = [];

  /** Whether nobody has seen the database, which decides what becomes of it. */
  get unseen(): boolean {
    return this.schema === NOT_LOOKED_AT;
  }

  lines(): readonly string[] {
    return [`code: ${this.code}`, `schema: ${this.schema}`, `app: ${this.app}`, ...this.databases.map((one) => `database: ${one}`)];
  }
}

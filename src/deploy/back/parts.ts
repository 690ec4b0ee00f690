/** What is known of each part while a rollback works; what a failed one tells its reader. */
export class Parts {
  code = "not looked at";
  schema = "not looked at";
  app = "not touched";
  /** Whether anything of the user's may have been changed by now. */
  touched = false;
  /** Whether the restored database is in the live one's place: then it is not restored a second time. */
  swapped = false;
  /** The name of the database that was swapped out. */
  replaced: string | undefined;
  /** The databases that a restore set aside or left. */
  readonly databases: string[] = [];

  lines(): readonly string[] {
    return [`code: ${this.code}`, `schema: ${this.schema}`, `app: ${this.app}`, ...this.databases.map((one) => `database: ${one}`)];
  }
}

import { Failure } from "../../core/failure.ts";

/** The database cannot be taken back and nobody said what is to become of it: what there is, and what can be said. */
export function impossibleRollback(about: {
  readonly why: string;
  readonly others: readonly string[];
  readonly broken: readonly string[];
  readonly replaced?: readonly string[] | undefined;
  readonly touched: boolean;
}): Failure {
  const { why, others, broken, replaced = [], touched } = about;
  return new Failure(`The database cannot be taken back: ${why}. ${touched ? "The way back had begun." : "Nothing was touched."}`, {
    evidence: [
      ...(others.length === 0 ? ["No backup of this database can be restored."] : ["Backups that can be gone back to by hand:", ...others]),
      ...(broken.length === 0 ? [] : ["Damaged:", ...broken]),
      ...replaced,
    ],
    hint: "Say what is to become of the database: it can stay as it is, or go back to one of those backups, with the version that ran then.",
    exit: 3,
    code: "no-way-back",
  });
}

/** By hand, with nothing open, a restore takes back what users wrote since: it has to be said. */
export function restoreNotSaid({ savepoint, rows, touched }: { savepoint: string; rows: string; touched: boolean }): Failure {
  const now = touched ? "The app is stopped." : "Nothing was touched.";
  return new Failure(`The database would be restored to the savepoint, and that was not said. ${now}`, {
    evidence: rows.split("\n"),
    hint: `Say \`database: restore\` to go back to ${savepoint} (the live database is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`,
    exit: 2,
    code: "restore-not-said",
  });
}

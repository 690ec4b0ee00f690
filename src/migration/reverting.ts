import { refusal } from "../core/failure.ts";
import { type Migration, sameMigrationVersion, type Script } from "./migration.ts";

/** A new file that takes another one back, going forward. */
export interface Reverting {
  readonly description: string;
  readonly text: string;
}

/**
 * Swaps the two directions of a migration: an applied file stays as it is for ever, so what was wrong with it is taken back by a
 * newer one. Pure; throws a refusal where there is no DOWN to go by.
 */
export function reverting(migrations: readonly Migration[], version: string): Reverting {
  const migration = migrations.find((one) => sameMigrationVersion(one.version, version));
  if (migration === undefined)
    throw refusal(`There is no migration ${version} among the files.`, {
      code: "migration-unknown",
      hint: `Give the digits that its file name begins with. The newest here: ${
        migrations
          .slice(-5)
          .map((one) => one.version)
          .join(", ") || "none"
      }.`,
    });
  const { up, down } = migration;
  if (down.state !== "given")
    throw refusal(
      `${up.file} ${down.state === "missing" ? "has no DOWN" : "is marked irreversible"}, so there is nothing to write its way back from.`,
      { code: "no-way-down", hint: "Write by hand what brings back what you need, into a file of the command `migrate new`." },
    );
  return {
    description: `revert ${migration.version} ${migration.description}`,
    text: `-- Takes ${up.file} back, by its own DOWN.\n-- UP\n${section(down.script)}\n-- DOWN\n${section(up)}`,
  };
}

/** A mark above both sections does not stand in either text. */
function section({ sql, transactional }: Script): string {
  const marked = /^\s*--\s*no-transaction\s*$/im.test(sql);
  return `${transactional || marked ? "" : "-- no-transaction\n"}${sql.trim()}\n`;
}

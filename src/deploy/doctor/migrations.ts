import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { checkoutOf } from "../environment/incoming.ts";
import { refuseUncommitted } from "../environment/migration-source.ts";
import { refuseUnmigratable } from "../steps/unmigratable.ts";
import { type Examination, unlessRefused } from "./examination.ts";

/** Whether the commit that is checked out here could be migrated with, as a deploy of it would find out before it changes anything. */
export const migrationsExamination: Examination = {
  about: "migrations",
  of: "environment",
  needs: ["host", "database", "environment"],
  why: "What a commit's migrations and the database's history do not agree on stops its deploy.",
  async look(world) {
    const environment = await world.environment();
    const { directory, run } = environment.settingsOf(migrateSection);
    const checkout = await checkoutOf(environment);
    const commit = await checkout?.current();
    if (checkout === undefined || commit === undefined || run !== undefined) return [];
    const allowAhead = environment.settingsOf(rolloutSection)["allow-ahead"];
    return await unlessRefused(
      async () => {
        await refuseUncommitted(environment, commit, directory);
        // Whether a folder of that name is another tool's, only a deploy is told.
        await refuseUnmigratable(environment, checkout, commit, { allowAhead, migrates: false });
      },
      { pass: `What is in ${directory} of ${commit.slice(0, 7)}, which is checked out here, goes with the database's history.` },
    );
  },
};

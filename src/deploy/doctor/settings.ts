import { type Problem, refuseProblems } from "../../core/problems.ts";
import type { Way } from "../../core/way.ts";
import { quote } from "../../machine/quote.ts";
import { refuseMisfits, rolloutSection } from "../../rollout/inputs.ts";
import { isFresh } from "../../machine/git/fresh-clone.ts";
import { resolvePath } from "../../machine/files/files.ts";
import { healthSection } from "../../health/inputs.ts";
import { hasChecks } from "../../health/plan.ts";
import { missingForDeploy, missingSettings, NO_DATABASE } from "../call/missing-settings.ts";
import { deploySection } from "../call/deploy-inputs.ts";
import { noWatchdog, watchdogObstacles } from "../steps/watchable.ts";
import { checkPrefix } from "../../release/tags.ts";
import { refuseUnaskable } from "../steps/preflight.ts";
import { type Examination, fails, passes, refused, type Sighting, unlessRefused, unseen, warns } from "./examination.ts";
import type { DoctorWorld } from "./world.ts";

/** What the file says, and what nothing says. */
export const settingsExamination: Examination = {
  about: "settings",
  of: "environment",
  needs: [],
  why: "Each command refuses settings that it cannot read, and what is not given is not done.",
  async look({ asked, shared, ports }) {
    const problems = asked.problems.map((problem) => refused(refuseProblems([problem]), { mends: opened(problem) }));
    const missing: Sighting[] = [];
    // As `deploy` refuses; what cannot be read is told as that.
    for (const one of problems.length > 0 ? [] : missingForDeploy(shared, asked.settings))
      missing.push(refused(await missingSettings(shared, ports, [one])));
    if (shared["database-url"] === undefined && shared["database-service"] === undefined)
      missing.push(
        warns(NO_DATABASE.message, {
          why: "Nothing is backed up without it, and a rollback brings back code alone.",
          advice: NO_DATABASE.hint,
        }),
      );
    const prefix = shared["tag-prefix"];
    const unnamed = prefix === undefined ? [] : await unlessRefused(async () => checkPrefix(prefix), { pass: "" });
    problems.push(...unnamed.filter(({ state }) => state !== "pass"));
    if (problems.length + missing.length > 0) return [...problems, ...missing];
    return [passes(`${asked.profile.app ?? "The app"}/${asked.profile.environment} says where the app and its database are.`)];
  },
};

/** The file, at the line. */
function opened({ place }: Problem): readonly Way[] {
  if (place === undefined) return [];
  return [{ command: `"\${EDITOR:-vi}" +${place.line} ${quote([place.file])}`, means: "Opens the file at that line:" }];
}

/** What a deploy asks of its other settings before it opens. */
export const healthSettingsExamination: Examination = {
  about: "health check",
  of: "environment",
  needs: ["host", "environment"],
  why: "A deploy that is never checked cannot become stable.",
  async look(world) {
    if (await comesWithTheFirstDeploy(world)) return [];
    const environment = await world.environment();
    // Told with the settings, and with the database.
    if (!hasChecks(environment.settingsOf(healthSection))) return [];
    const databaseAnswers = await world.database().then(
      () => true,
      () => false,
    );
    if (!databaseAnswers) return [unseen("Could not look: the database is not reached.")];
    const commit = await (await world.clone())?.current();
    if (commit === undefined) return [];
    return await unlessRefused(
      async () => {
        refuseMisfits(environment.settingsOf(rolloutSection));
        await refuseUnaskable(environment, commit);
      },
      { pass: "It can be asked as the settings say it." },
    );
  },
};

/** Whether the host could take a deploy back by itself, where it is told to. */
export const watchdogExamination: Examination = {
  about: "watchdog",
  of: "environment",
  needs: [],
  why: "A watchdog that cannot do its work is refused before a deploy begins.",
  async look({ shared, asked: { settings, problems } }) {
    // What cannot be read is told with the settings.
    if (problems.length > 0 || settings.section(deploySection).watchdog === undefined) return [];
    const obstacles = watchdogObstacles({ shared, settings });
    if (obstacles.length > 0) return obstacles.map((one) => fails(noWatchdog({ settings }, [one]), { advice: one.way }));
    return [
      passes(
        "The host could take a deploy back by itself, as far as the settings tell; what it needs on the host is tried when it is armed.",
      ),
    ];
  },
};

/** Whether `app-dir` is nothing yet, and need not be: the first deploy that pushes its code makes a clone. */
export async function comesWithTheFirstDeploy(world: DoctorWorld): Promise<boolean> {
  const directory = world.shared["app-dir"];
  if (directory === undefined || world.asked.settings.section(rolloutSection).transport !== "push") return false;
  const host = await world.host();
  return await isFresh(host, await resolvePath(host, directory));
}

import { Failure } from "../../core/failure.ts";
import { listFolder, readText } from "../../machine/files/files.ts";
import { judgeWorkflow } from "./judge-workflow.ts";
import { type Examination, passes, type Sighting, warns } from "./examination.ts";

const FOLDER = ".github/workflows";

/** The repository's workflow files that use Savepoint. */
export const workflowsExamination: Examination = {
  about: "workflow files",
  of: "repository",
  needs: [],
  why: "They decide with what rights a deploy runs, what runs beside it, and whether it is taken back when it fails.",
  async look({ ports: { here, cwd } }) {
    const folder = `${cwd}/${FOLDER}`;
    const names = (await listFolder(here, folder).catch(nothingThere)).filter(({ name }) => /\.ya?ml$/.test(name)).map(({ name }) => name);
    const found: Sighting[] = [];
    const ours: string[] = [];
    for (const name of names.toSorted()) {
      const judged = await judgeWorkflow(`${FOLDER}/${name}`, (await readText(here, `${folder}/${name}`)) ?? "");
      if (judged === undefined) continue;
      ours.push(name);
      found.push(...judged);
    }
    if (ours.length === 0) return [warns(`No workflow in ${FOLDER} of this checkout uses Savepoint.`)];
    return found.length > 0 ? found : [passes(`${ours.join(", ")}: rights, turn, rollback step and pins are in order.`)];
  },
};

function nothingThere(error: unknown): readonly never[] {
  if (error instanceof Failure) return [];
  throw error;
}

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What starts whole systems, and waits for them, begins early: else the run ends with one long file on one worker. */
const RANKS = ["test/e2e/", "test/faults/", "test/walk/", "test/containers/", "test/bundle/", "test/integration/deploy/"];

/**
 * Vitest's order (what took longer, or is bigger, first) within each kind, instead of project by project. Files that share a
 * worker come last, as it wants them; they fill what room is left.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  if (!project.config.isolate) return RANKS.length + 1;
  const found = RANKS.findIndex((folder) => moduleId.includes(`/${folder}`));
  return found === -1 ? RANKS.length : found;
}

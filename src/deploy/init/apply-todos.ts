import { Failure } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";
import { lastLines } from "../../machine/succeed.ts";
import type { Todo } from "./todo.ts";

/** More than there are commands: each of them ends what it is printed for. */
const MOST_ROUNDS = 12;

/**
 * Runs what would be printed, as it would be pasted, and looks again, until nothing is left but what is a person's. Throws
 * where a command fails, or is run and changes nothing.
 */
export async function applyTodos(look: () => Promise<readonly Todo[]>, ports: Ports, cwd: string): Promise<readonly Todo[]> {
  const ran = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const todos = await look();
    const ways = todos.flatMap((todo) => todo.ways);
    const theirs = ways.findIndex(({ person }) => person === true);
    const mine = theirs < 0 ? ways : ways.slice(0, theirs);
    if (mine.length === 0) return todos;
    for (const { command, means } of mine) {
      if (ran.has(command))
        throw new Failure(`This ran and changed nothing: ${means}`, { exit: 3, ways: [{ command, means }], code: "tool-failed" });
      ran.add(command);
      await ports.report.step(means.replace(/\.$/, ""), async () => {
        const finished = await ports.here.run({ words: ["sh", "-c", command], cwd, signal: ports.signal });
        if (finished.code === 0) return;
        throw new Failure(`This failed with ${finished.code}: ${means}`, {
          exit: 3,
          evidence: lastLines(finished),
          ways: [{ command, means }],
          code: "tool-failed",
        });
      });
    }
  }
  return await look();
}

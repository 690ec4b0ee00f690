import type { Run } from "./shop.ts";
import type { Site } from "./site.ts";
import { lastWords, settled, type Truth, waysOf } from "./witness.ts";

/** How many commands may be needed from any state to a good one. */
const MOST_COMMANDS = 3;

export interface Leading {
  readonly site: Site;
  readonly ask: () => Promise<Truth>;
  /** What is not good, a sentence each; nothing where all is. */
  readonly trouble: (truth: Truth) => readonly string[];
  /** What was printed last, where status prints nothing. */
  readonly printed?: Run | undefined;
  /** What comes first, whatever is printed; and what is tried where nothing is. */
  readonly recover?: (() => Promise<Run>) | undefined;
  readonly first?: "recover" | undefined;
  /** How long a runner is gone before somebody sees to it. Seconds. */
  readonly later: number;
  readonly tell: (line: string) => void;
  /** Hears of each pasted command that succeeded. */
  readonly pasted?: (command: string, truth: Truth) => void;
}

/** From here, whatever it is, to a good state by what is printed, or by `recover`. Throws where that leads nowhere. */
export async function leadOn({ site, ask, trouble, printed, recover, first, later, tell, pasted }: Leading): Promise<Truth> {
  let truth = await settled(ask);
  let bad = trouble(truth);
  let said = waysOf(truth.status)[0] ?? (printed === undefined ? undefined : waysOf(printed)[0]);
  for (let turn = 0; bad.length > 0; turn += 1) {
    tell(`  not good yet: ${bad.join("; ")}`);
    if (truth.lost.length > 0) throw new Error(`rows are lost: ${truth.lost.slice(0, 5).join(", ")}`);
    const unasked = recover !== undefined && ((turn === 0 && first === "recover") || said === undefined) ? recover : undefined;
    if (truth.status.code === 0 && said === undefined && unasked === undefined)
      throw new Error(`status says that all is well: ${bad.join("; ")}`);
    if (said === undefined && unasked === undefined)
      throw new Error(`nothing is printed that leads on: ${bad.join("; ")}\n${truth.status.stderr}`);
    if (turn === MOST_COMMANDS) throw new Error(`three commands did not lead to a good state: ${bad.join("; ")}`);
    await site.age(later);
    const command = unasked === undefined ? (said ?? "") : "";
    const run = unasked === undefined ? await site.paste(command) : await unasked();
    tell(`  ${unasked === undefined ? `pasted: ${command}` : "recover"}\n    ended with ${run.code}: ${lastWords(run)}`);
    truth = await settled(ask);
    if (run.code === 0 && unasked === undefined) pasted?.(command, truth);
    bad = trouble(truth);
    const next = waysOf(run)[0] ?? waysOf(truth.status)[0];
    if (next !== undefined && next === said && unasked === undefined && run.code !== 0 && run.code !== 2)
      throw new Error(`what failed is printed again: ${said}\n${run.stderr}`);
    said = next;
  }
  return truth;
}

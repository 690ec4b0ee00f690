import { PassThrough, pipeline, type Transform } from "node:stream";
import { Failure } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { ending, lastLines, succeed } from "../machine/succeed.ts";
import type { ClientTools } from "../postgres/tools.ts";
import type { MachineFile } from "./source.ts";
import { type Reach, reachOf } from "./reach.ts";
import { together } from "./together.ts";
import { unpacking } from "./zstd.ts";

export interface ReadBackJob {
  readonly dump: MachineFile;
  /** Whether it went through `zstd`. */
  readonly packed: boolean;
  readonly toolsOn: Machine;
  readonly tools: ClientTools;
  readonly noteIn?: string | undefined;
  readonly signal: AbortSignal;
  /** Hears how many bytes more have come through here. */
  readonly passed?: ((bytes: number) => void) | undefined;
}

/**
 * Reads every byte of a dump, which lies elsewhere than the tools, back through pg_restore, which takes it apart as a
 * restore would. (A listing is not enough: it succeeds on a dump that is cut off.)
 * @throws Failure with pg_restore's last lines.
 */
export async function readBack({ dump, packed, toolsOn, tools, noteIn, signal, passed }: ReadBackJob): Promise<void> {
  const note = noteIn === undefined ? undefined : `${noteIn}-read`;
  const words = tools.words("pg_restore", "--file=/dev/null");
  const command: Command = { words: packed ? unpacking(words) : words, noteIn: note };
  await withDump({ dump, toolsOn, command, signal, passed }, (finished) => {
    throw unreadable(finished);
  });
}

/** pg_restore could not take the dump apart. */
export function unreadable(finished: Finished): Failure {
  return new Failure(`The dump cannot be read back: pg_restore failed (${ending(finished)}).`, {
    code: "dump-unreadable",
    evidence: lastLines(finished),
    hint: "The disk or the memory may be faulty: back up again, and check the machine.",
  });
}

interface DumpCommand {
  readonly dump: MachineFile;
  readonly toolsOn: Machine;
  readonly command: Command;
  /** What the bytes go through on their way, which then leads through us. */
  readonly through?: (() => Transform) | undefined;
  readonly signal: AbortSignal;
  readonly passed?: ReadBackJob["passed"];
}

/** The file behind what the command itself has to read. */
const GIVE = 'file=$1; shift; { cat; cat -- "$file"; } | "$@"';

/**
 * Runs a command that reads the dump: by its path where it lies on the same machine (the command names it), else
 * from its standard input. `onFailure` hears of an exit that is not 0.
 */
export async function withDump(
  { dump, toolsOn, command, through, signal, passed }: DumpCommand,
  onFailure: (finished: Finished) => never,
): Promise<void> {
  const judge = (finished: Finished): void => {
    if (finished.code !== 0) onFailure(finished);
  };
  const reach: Reach = through === undefined ? reachOf(toolsOn, dump.machine) : { by: "stream" };
  if (reach.by === "path") {
    judge(await toolsOn.run({ ...command, signal }));
    return;
  }
  if (reach.by === "shell") {
    judge(await reach.holder.run(["sh", "-c", GIVE, "sh", dump.path], { ...command, signal }));
    return;
  }
  const pipe = new PassThrough();
  if (passed !== undefined) pipe.on("data", (chunk: Buffer) => passed(chunk.length)).pause();
  const from = through?.();
  // Each hears of the other's failure; the command tells of it.
  if (from !== undefined) pipeline(from, pipe, () => undefined);
  const use = Promise.withResolvers<boolean>();
  await together(signal, [
    async (joined) => {
      try {
        judge(await toolsOn.run({ ...command, stdin: pipe, signal: joined }));
        use.resolve(true);
      } finally {
        use.resolve(false);
      }
    },
    async (joined) => {
      const cat = { words: ["cat", "--", dump.path], stdout: from ?? pipe, signal: joined };
      try {
        await succeed(dump.machine, cat, `Reading ${dump.path} on ${dump.machine.name}`);
      } catch (error) {
        // pg_restore ends with the archive's last byte, often before the end of the file is seen here: it has read all.
        if (!(error instanceof Failure && error.code === "output-broken" && (await use.promise))) throw error;
      }
    },
  ]);
}

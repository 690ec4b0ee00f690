import { sha256 } from "../machine/files/files.ts";
import { clientTools } from "../postgres/tools.ts";
import { type DumpJob, writeDump } from "./dump.ts";
import { fill } from "./fill.ts";
import { reachOf } from "./reach.ts";
import { ReadAlong } from "./read-along.ts";
import { readBack } from "./read-back.ts";
import type { BackupSource, Taken } from "./source.ts";
import { together } from "./together.ts";

/** PostgreSQL's own: pg_dump writes, pg_restore reads back and restores. */
export const pgDump: BackupSource = {
  name: "pg_dump",
  noSavepoints: undefined,
  async find(database, serverMajor) {
    const tools = await clientTools(database.toolsOn, serverMajor);
    return { version: tools.major, take: async (job) => await take({ ...job, tools }) };
  },
  restore: fill,
};

async function take(job: DumpJob): Promise<Taken> {
  const { database, to, tools, noteIn } = job;
  const { toolsOn } = database;
  const reach = reachOf(toolsOn, to.machine);
  const write = async (signal: AbortSignal) => await job.telling(async () => await writeDump({ ...job, signal }));
  if (reach.by === "stream") {
    await write(job.signal);
    // From here to there through us, it can only be read once it has arrived.
    return {
      sha256: await sha256(to.machine, to.path, { signal: job.signal }),
      readBack: async (signal, passed) => await readBack({ dump: to, toolsOn, tools, noteIn, signal, passed }),
    };
  }
  const along = new ReadAlong({ ...to, toolsOn, reach, tools, noteIn });
  const [sum] = await together(job.signal, [
    async (signal) => {
      await write(signal);
      await along.written();
      // While the reading along catches up.
      return await sha256(to.machine, to.path, { signal });
    },
    async (signal) => await along.read(signal),
  ]);
  return { sha256: sum };
}

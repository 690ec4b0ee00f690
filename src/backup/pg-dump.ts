import { sha256 } from "../machine/files/files.ts";
import { type ClientTools, clientTools } from "../postgres/tools.ts";
import { chooseCompression } from "./compression.ts";
import { writeDump } from "./dump.ts";
import { fill } from "./fill.ts";
import { reachOf } from "./reach.ts";
import { ReadAlong } from "./read-along.ts";
import { readBack } from "./read-back.ts";
import type { BackupSource, TakeJob, Taken } from "./source.ts";
import { together } from "./together.ts";

/** PostgreSQL's own: pg_dump writes, pg_restore reads back and restores. */
export const pgDump: BackupSource = {
  name: "pg_dump",
  noSavepoints: undefined,
  async find(database, serverMajor) {
    const tools = await clientTools(database.toolsOn, serverMajor);
    return { version: tools.major, take: async (job) => await take({ ...job, tools }) };
  },
  restore: async (job) => await fill({ ...job, packed: false }),
};

/** The same, with the program `zstd` between pg_dump and the file. Nobody asks for it: it is what `pgDump` takes where it can. */
export const packedPgDump: BackupSource = { ...pgDump, name: "pg_dump+zstd", restore: async (job) => await fill({ ...job, packed: true }) };

async function take(given: TakeJob & { readonly tools: ClientTools }): Promise<Taken> {
  const job = { ...given, compression: await chooseCompression(given) };
  const packed = job.compression.by === "zstd";
  const { database, to, tools, noteIn } = job;
  const { toolsOn } = database;
  const reach = reachOf(toolsOn, to.machine);
  const write = async (signal: AbortSignal) => await job.telling(async () => await writeDump({ ...job, signal }));
  const source = packed ? packedPgDump : pgDump;
  if (reach.by === "stream") {
    await write(job.signal);
    // From here to there through us, it can only be read once it has arrived.
    return {
      source,
      sha256: await sha256(to.machine, to.path, { signal: job.signal }),
      readBack: async (signal, passed) => await readBack({ dump: to, packed, toolsOn, tools, noteIn, signal, passed }),
    };
  }
  const along = new ReadAlong({ ...to, packed, toolsOn, reach, tools, noteIn });
  const [sum] = await together(job.signal, [
    async (signal) => {
      await write(signal);
      await along.written();
      // While the reading along catches up.
      return await sha256(to.machine, to.path, { signal });
    },
    async (signal) => await along.read(signal),
  ]);
  return { source, sha256: sum };
}

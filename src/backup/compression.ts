import type { ClientTools } from "../postgres/tools.ts";
import type { TakeJob } from "./source.ts";
import { hasZstd } from "./zstd.ts";

/** How a dump is made small: by pg_dump itself, or by the program `zstd` behind it. `option` is pg_dump's own. */
export type Compression = { readonly by: "pg_dump"; readonly option: string } | { readonly by: "zstd"; readonly option: "0" };

const ZSTD_SINCE = 16;

/**
 * gzip's level 1 is five times faster than level 9 and a few percent larger; zstd's is twice as fast again, smaller, and read
 * back five times faster.
 */
export async function chooseCompression(job: TakeJob & { readonly tools: ClientTools }): Promise<Compression> {
  if (await knowsZstd(job)) return { by: "pg_dump", option: "zstd:1" };
  if (await hasZstd(job.database.toolsOn, job.signal)) return { by: "zstd", option: "0" };
  return { by: "pg_dump", option: "1" };
}

/** Whether this pg_dump was built with it, only a dump tells: one of nothing. */
async function knowsZstd({ database, admin, tools, noteIn, signal }: TakeJob & { readonly tools: ClientTools }): Promise<boolean> {
  if (tools.major < ZSTD_SINCE) return false;
  const nothing = ["--schema-only", "--exclude-schema=*", "--no-password", "--no-sync", "--file=/dev/null"];
  const { code } = await database.toolsOn.run({
    words: tools.words("pg_dump", "--format=custom", "--compress=zstd:1", ...nothing),
    env: database.environment({ admin, purpose: "backup" }),
    // Short as it is, it is ended like the dump itself where this run dies in it.
    noteIn: noteIn === undefined ? undefined : `${noteIn}-probe`,
    signal,
  });
  return code === 0;
}

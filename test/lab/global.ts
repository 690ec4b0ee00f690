import { endAllIn, folderOfRun, labFolder, removeFolder } from "./folder.ts";
import { builtForRun } from "./one-file.ts";
import { startCluster } from "./postgres.ts";

/**
 * What a whole test run shares: one PostgreSQL cluster, in which tests make databases of their own, and the command line as
 * it is built from the sources as they are, which starts in half the time. Each project asks; the first one gets it.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env["SAVEPOINT_LAB_PGPORT"] !== undefined) return async () => undefined;
  const folder = folderOfRun();
  process.env["SAVEPOINT_LAB_FOLDERS"] = folder;
  const [cluster, built] = await Promise.all([startCluster(), builtForRun()]);
  process.env["SAVEPOINT_LAB_PGPORT"] = String(cluster.port);
  process.env["SAVEPOINT_LAB_BUILT"] = built;
  process.env["SAVEPOINT_LAB_SHOPS"] = await labFolder("savepoint-shops-");
  return async () => {
    await cluster.remove();
    endAllIn(folder);
    await removeFolder(folder);
    delete process.env["SAVEPOINT_LAB_PGPORT"];
  };
}

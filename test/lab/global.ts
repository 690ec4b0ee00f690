import { startCluster } from "./postgres.ts";

/** One PostgreSQL cluster for the whole test run; tests make databases of their own in it. */
export default async function setup(): Promise<() => Promise<void>> {
  const cluster = await startCluster();
  process.env["SAVEPOINT_LAB_PGPORT"] = String(cluster.port);
  return async () => {
    await cluster.remove();
  };
}

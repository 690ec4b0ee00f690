import { localMachine } from "../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../src/postgres/address.ts";
import { openDatabase } from "../../src/postgres/database.ts";
import { shutDatabase } from "../../src/postgres/shut.ts";
import { swapDatabases } from "../../src/postgres/swap.ts";
import { always, atMost, type Findings } from "./judgement.ts";
import { type Contender, interleaved } from "./rounds.ts";
import type { Site } from "./site.ts";

const SMALL = "shop_small";

/**
 * The database part of an instant rollback, at two sizes: the copy that was kept warm is looked at and renamed in. How it came to
 * be there is what the backup took, before anything was touched.
 */
export async function benchInstant(site: Site, rounds: number, say: (text: string) => void): Promise<Findings> {
  await site.sql("postgres", `CREATE DATABASE ${SMALL} OWNER shop`);
  await site.sql(SMALL, "CREATE TABLE notes AS SELECT generate_series(1, 100) AS id");
  const [small, large] = await interleaved(
    [swapOf(site, SMALL, "a small database"), swapOf(site, "shop", "the shop's database")],
    rounds,
    say,
  );
  if (small === undefined || large === undefined) throw new Error("nothing was measured");
  await site.sql("postgres", `DROP DATABASE ${SMALL}`);
  return {
    series: [small, large],
    judgements: [always(1000, large), atMost(2, large, small)],
    notes: [
      "A copy beside the live database, shut for everybody as a deploy with `warm` keeps it, takes the live one's place: sessions are opened, the copy's oid and row are compared, both are renamed. Nothing is restored and nothing is counted before it.",
    ],
  };
}

function swapOf(site: Site, name: string, what: string): Contender {
  const database = openDatabase({
    target: parseTargetUrl(site.url.replace(/shop$/, name)),
    dialFrom: localMachine(),
    toolsOn: localMachine(),
  });
  const side = `${name}_copy`;
  const replacedAs = `${name}_before`;
  return {
    what: `the swap of ${what}`,
    prepare: async () => {
      await site.sql("postgres", `DROP DATABASE IF EXISTS ${replacedAs}`);
      await site.sql("postgres", `CREATE DATABASE ${side} TEMPLATE ${name} OWNER shop`);
      await site.settle();
    },
    run: async () => {
      const shut = await shutDatabase(database, side);
      const began = performance.now();
      await swapDatabases({ database, side, shut, replacedAs, report: SILENT });
      return performance.now() - began;
    },
  };
}

const SILENT = {
  step: async <T>(_: string, body: () => Promise<T>): Promise<T> => await body(),
  say: () => undefined,
  detail: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
  mask: () => undefined,
};

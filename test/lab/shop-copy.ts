import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Shop } from "./shop.ts";
import { removeFolder } from "./folder.ts";

/** All of a shop as it was: files, origin, database, and whether the app ran. */
export interface ShopCopy extends AsyncDisposable {
  /** Puts the shop back to it; as often as wanted. */
  back(): Promise<void>;
}

let copies = 0;

/** It lies beside the shop, or in a folder where nobody takes it for another environment of that host. */
export async function copyShop(shop: Shop, within?: string): Promise<ShopCopy> {
  copies += 1;
  const { name, owner } = shop.database;
  const [folder, kept] = [within === undefined ? `${shop.folder}.copy${copies}` : join(within, String(copies)), `kept${copies}_${name}`];
  const ran = existsSync(join(shop.appDir, "app.pid")) && (await shop.health()) !== undefined;
  const sql = async (text: string) => await shop.database.superuser(text, "postgres");
  const others = async () =>
    (await sql(`SELECT datname FROM pg_database WHERE datdba = '${owner}'::regrole AND datname <> '${name}'`)).map((row) =>
      String(row["datname"]),
    );
  await shop.byHand("stop");
  await cp(shop.folder, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  await sql(`CREATE DATABASE "${kept}" TEMPLATE "${name}"`);
  const there = new Set(await others());
  const goOn = async (): Promise<void> => {
    if (!ran) return;
    await shop.byHand("start");
    for (let turn = 0; turn < 1_200 && (await shop.health()) === undefined; turn += 1) await new Promise((again) => setTimeout(again, 50));
  };
  await goOn();
  return {
    async back() {
      await shop.byHand("stop");
      for (const part of ["state", "app", "work", "origin.git"].map((one) => join(shop.folder, one))) {
        await removeFolder(part);
        const copy = part.replace(shop.folder, folder);
        if (existsSync(copy)) await cp(copy, part, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      }
      await rm(join(shop.appDir, "app.pid"), { force: true });
      for (const one of await others()) if (!there.has(one)) await sql(`DROP DATABASE "${one}" WITH (FORCE)`);
      await sql(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await sql(`CREATE DATABASE "${name}" TEMPLATE "${kept}" OWNER "${owner}"`);
      await goOn();
    },
    async [Symbol.asyncDispose]() {
      await removeFolder(folder);
      await sql(`DROP DATABASE IF EXISTS "${kept}" WITH (FORCE)`);
    },
  };
}

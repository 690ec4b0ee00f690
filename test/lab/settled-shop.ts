import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { endAllIn, removeFolder } from "./folder.ts";
import { originIn } from "./git.ts";
import { cheapPassword, databaseOf } from "./postgres.ts";
import { openShop, type Profile, type Shop, shopIn } from "./shop.ts";

const execute = promisify(execFile);

/** A state of a shop that many tests begin with. */
export interface Preparation<Made> {
  /** Of all preparations of a test run only this one is called so. */
  readonly name: string;
  readonly profile?: Profile;
  /** Brings a fresh shop there; it runs then, and its settings are as they were. What it returns is kept as JSON. */
  readonly prepare: (shop: Shop) => Promise<Made>;
}

/** What a first deploy made. */
export interface FirstVersion {
  readonly commit: string;
  readonly savepoint: string;
  readonly tag: string;
}

/** What is kept of a shop, beside its files and its database. */
interface Kept<Made> {
  readonly folder: string;
  readonly port: number;
  readonly database: string;
  readonly owner: string;
  readonly made: Made;
}

/** A shop whose first version is deployed, stable, and runs: what `openShop` and `deployed()` give, for an eighth of the price. */
export async function settledShop(): Promise<Shop & { readonly first: FirstVersion }> {
  const shop = await preparedShop({ name: "settled", prepare: async (fresh) => await fresh.deployed() });
  return Object.assign(shop, { first: shop.made });
}

/**
 * A test run prepares a few shops, and each test finds one of them put back to that moment: files, origin, database, rights of
 * its owner. A shop is one test's alone until it is disposed of. What was deployed may be minutes old; whoever minds opens
 * a new shop.
 */
export async function preparedShop<Made>(preparation: Preparation<Made>): Promise<Shop & { readonly made: Made }> {
  const shops = placeOfShops();
  for (let number = 1; ; number += 1) {
    const place = join(shops, `${preparation.name}-${number}`);
    if (!(await mine(place))) continue;
    try {
      const kept = (await read(place)) as Kept<Made> | undefined;
      return kept === undefined ? await make(place, preparation) : await putBack(place, kept, preparation.profile);
    } catch (error) {
      await removeFolder(place);
      throw error;
    }
  }
}

function placeOfShops(): string {
  const place = process.env["SAVEPOINT_LAB_SHOPS"];
  if (place === undefined) throw new Error("shops are kept by a test run: run through vitest (test/lab/global.ts makes their place)");
  return place;
}

/** Takes a place that is nobody's, or of a worker that ended. One worker opens its shops one after the other. */
async function mine(place: string): Promise<boolean> {
  await mkdir(place, { recursive: true });
  for (let turn = 0; turn < 2; turn += 1) {
    try {
      await writeFile(join(place, "of"), String(process.pid), { flag: "wx" });
      return true;
    } catch {
      const owner = readIfThere(join(place, "of"));
      // Written in this moment, or at work.
      if (owner === "" || (owner !== undefined && existsSync(`/proc/${owner}`))) return false;
      await rm(join(place, "of"), { force: true });
    }
  }
  return false;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

async function read(place: string): Promise<Kept<unknown> | undefined> {
  const text = await readFile(join(place, "kept.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Kept<unknown>);
}

const keptDatabase = (database: string): string => `kept_${database}`;

/** What the run pays once a place. */
async function make<Made>(place: string, { profile, prepare }: Preparation<Made>): Promise<Shop & { readonly made: Made }> {
  const shop = await openShop(profile === undefined ? {} : { profile });
  const made = await prepare(shop);
  const { folder, database, url } = shop;
  await shop.byHand("stop");
  await execute("cp", ["-a", folder, join(place, "files")]);
  await database.superuser(`CREATE DATABASE "${keptDatabase(database.name)}" TEMPLATE "${database.name}"`, "postgres");
  const kept: Kept<Made> = { folder, port: Number(new URL(url).port), database: database.name, owner: database.owner, made };
  await writeFile(join(place, "kept.json"), JSON.stringify(kept));
  await goOn(shop);
  return lent(shop, place, kept);
}

async function putBack<Made>(place: string, kept: Kept<Made>, profile?: Profile): Promise<Shop & { readonly made: Made }> {
  const { folder, port, owner } = kept;
  const database = databaseOf({ name: kept.database, owner });
  endAllIn(folder);
  await removeFolder(folder);
  await execute("cp", ["-a", join(place, "files"), folder]);
  const sql = async (text: string) => await database.superuser(text, "postgres");
  const left = await sql(`SELECT datname FROM pg_database WHERE datname = '${kept.database}' OR datdba = '${owner}'::regrole`);
  for (const { datname } of left) {
    await sql(`ALTER DATABASE "${String(datname)}" IS_TEMPLATE false`);
    await sql(`DROP DATABASE "${String(datname)}" WITH (FORCE)`);
  }
  await sql(`DROP OWNED BY "${owner}"`);
  for (const { role } of await sql(`SELECT roleid::regrole AS role FROM pg_auth_members WHERE member = '${owner}'::regrole`))
    await sql(`REVOKE ${String(role)} FROM "${owner}"`);
  await sql(`ALTER ROLE "${owner}" LOGIN CREATEDB NOCREATEROLE NOSUPERUSER NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT -1`);
  await sql(`ALTER ROLE "${owner}" PASSWORD '${cheapPassword("secret")}' VALID UNTIL 'infinity'`);
  await sql(`ALTER ROLE "${owner}" RESET ALL`);
  await sql(`CREATE DATABASE "${kept.database}" TEMPLATE "${keptDatabase(kept.database)}" OWNER "${owner}"`);
  const shop = shopIn({ origin: originIn(folder), database, port, profile });
  await goOn(shop);
  return lent(shop, place, kept);
}

async function goOn(shop: Shop): Promise<void> {
  await shop.byHand("start");
  for (let turn = 0; (await shop.health())?.status !== 200; turn += 1) {
    if (turn >= 1_200) throw new Error("the settled shop's app does not answer");
    await new Promise((again) => setTimeout(again, 25));
  }
}

/** The same, but given back instead of ended. */
function lent<Made>(shop: Shop, place: string, { folder, made }: Kept<Made>): Shop & { readonly made: Made } {
  return Object.assign(shop, {
    made,
    async [Symbol.asyncDispose]() {
      shop.leave();
      endAllIn(folder);
      await rm(join(place, "of"), { force: true });
    },
  });
}

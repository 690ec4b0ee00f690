import { beforeEach, describe, expect, test } from "vitest";
import { openShop, type Profile, type Run, type Shop } from "../../lab/shop.ts";

const WORDS = /(drop-replaced .*)$/;

/** The name that a swap so many days ago gave to the database that it put aside. */
function nameOf(shop: Shop, days: number): string {
  const stamp = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "");
  return `${shop.database.name}_failed_${stamp}`;
}

async function putAside(shop: Shop, days: readonly number[]): Promise<readonly string[]> {
  const names = days.map((age) => nameOf(shop, age));
  for (const name of names)
    await shop.database.superuser(`CREATE DATABASE "${name}" OWNER "${new URL(shop.database.url).username}"`, "postgres");
  return names;
}

async function keptBy(shop: Shop): Promise<readonly string[]> {
  const rows = await shop.database.superuser("SELECT datname FROM pg_database ORDER BY 1 DESC", "postgres");
  return rows.map((row) => String(row["datname"])).filter((name) => name.startsWith(`${shop.database.name}_failed_`));
}

/** Runs a printed command as it stands. */
async function paste(shop: Shop, command: string | undefined): Promise<Run> {
  const [operation = "", ...words] = (WORDS.exec(command ?? "")?.[1] ?? "").split(" ");
  const flags = Object.fromEntries(
    Array.from({ length: words.length / 2 }, (_, index) => [(words[index * 2] ?? "").slice(2), words[index * 2 + 1] ?? ""]),
  );
  return await shop.run(operation, flags);
}

describe("replaced databases", () => {
  let shop: Shop;
  const open = async (backup: Profile): Promise<void> => {
    shop = await openShop({ profile: { backup: { verify: "read", ...backup } } });
  };
  beforeEach(() => async () => await shop[Symbol.asyncDispose]());

  test("have rules of their own: the newest three and a week's stay, whatever the backups' rules say", async () => {
    await open({ "keep-daily": 0, "keep-last": 1 });
    const [today, week, eight, nine, ten] = await putAside(shop, [0.001, 6, 8, 9, 10]);
    await shop.deployed();
    expect(await keptBy(shop)).toEqual([today, week, eight]);
    expect([nine, ten]).not.toContain(undefined);
  });

  test("go by age where the law says so, and no rule holds them then", async () => {
    await open({ "max-age-days": 5 });
    const [today] = await putAside(shop, [0.001, 6]);
    const run = await shop.run("backup", { purpose: "manual" });
    expect(run.stderr).toContain("older than 5 days (max-age-days)");
    expect(await keptBy(shop)).toEqual([today]);
  });

  test("that cannot be dropped are a warning, and fail no backup and no deploy", async () => {
    await open({ "keep-replaced": 1 });
    const [today, old] = await putAside(shop, [1, 30]);
    await shop.database.superuser(`ALTER DATABASE "${old}" OWNER TO postgres`, "postgres");
    const run = await shop.run("deploy");
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(`The replaced database ${old} could not be dropped`);
    expect(await keptBy(shop)).toEqual([today, old]);
  });

  test("beyond max-replaced refuse the next deploy, and the printed command makes room for it", async () => {
    await open({ "max-replaced": 2 });
    const names = await putAside(shop, [1, 2, 3]);
    const refused = await shop.run("deploy");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("3 replaced databases are kept");
    for (const name of names) expect(refused.stderr).toContain(name);
    expect(await shop.journal().catch(() => [])).toEqual([]);
    expect(await keptBy(shop)).toEqual(names);

    // A backup by schedule is no deploy, and is needed all the same.
    expect((await shop.run("backup", { purpose: "scheduled" })).code).toBe(0);
    const dropped = await paste(shop, refused.json.next);
    expect(dropped.stderr).toContain(`Dropped the replaced database ${names[2]}`);
    expect(dropped.code).toBe(0);
    expect(await keptBy(shop)).toEqual(names.slice(0, 2));
    expect((await shop.run("deploy")).code).toBe(0);
  });

  test("are dropped by hand only by their name, confirmed, and with no deploy open", async () => {
    await open({});
    const [name = ""] = await putAside(shop, [1]);
    await shop.deployed();
    for (const flags of [
      { confirm: "production" },
      { name },
      { name, confirm: "staging" },
      { name: shop.database.name, confirm: "production" },
      { name: "postgres", confirm: "production" },
    ] as const) {
      expect((await shop.run("drop-replaced", flags)).code, JSON.stringify(flags)).toBe(2);
    }
    expect((await shop.run("backup")).code).toBe(0);
    const meanwhile = await shop.run("drop-replaced", { name, confirm: "production" });
    expect(meanwhile.code).toBe(2);
    expect(meanwhile.stderr).toContain("is open");
    expect(await keptBy(shop)).toEqual([name]);
  });
});

import { expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { serviceTarget } from "../../../src/postgres/service-target.ts";

const machine = { name: "the service db on shop.example" } as Machine;

async function read(environment: Record<string, string>): Promise<readonly unknown[]> {
  const { user, password, database, port } = await serviceTarget({ machine, environment: new Map(Object.entries(environment)) });
  return [user, password?.reveal(), database, port];
}

test.each<[string, Record<string, string>, readonly unknown[]]>([
  ["the official image, all said", { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "p", POSTGRES_DB: "orders" }, ["shop", "p", "orders", 5432]],
  ["the official image, the password alone", { POSTGRES_PASSWORD: "p" }, ["postgres", "p", "postgres", 5432]],
  ["a database called like its user", { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "p", POSTGRES_DB: "" }, ["shop", "p", "shop", 5432]],
  ["no password at all", { PGDATA: "/data", POSTGRES_HOST_AUTH_METHOD: "trust" }, ["postgres", undefined, "postgres", 5432]],
  ["Bitnami's", { POSTGRESQL_USERNAME: "shop", POSTGRESQL_PASSWORD: "p", POSTGRESQL_DATABASE: "orders" }, ["shop", "p", "orders", 5432]],
  ["another port", { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "p", PGPORT: "6000" }, ["shop", "p", "shop", 6000]],
])("a service's environment says who and which database: %s", async (_, environment, expected) => {
  expect(await read(environment)).toEqual(expected);
});

test("a service that shows no sign of PostgreSQL is refused", async () => {
  await expect(read({ MYSQL_PASSWORD: "p", PATH: "/bin" })).rejects.toMatchObject({ exit: 2, code: "not-postgres" });
});

import { expect, test } from "vitest";
import { COMMIT_LABEL, type Container } from "../../../src/machine/container/compose.ts";
import type { ComposeApp } from "../../../src/rollout/compose/app.ts";
import { retainedName } from "../../../src/rollout/compose/images.ts";
import type { Model, Service } from "../../../src/rollout/compose/model.ts";
import { databasesAmong, servicesToStart, servicesToStop } from "../../../src/rollout/compose/services.ts";

const service = (name: string, more: Partial<Service> = {}): Service => ({
  name,
  image: `shop-${name}`,
  build: undefined,
  platform: undefined,
  pullAlways: false,
  ...more,
});
const container = (name: string, more: Partial<Container> = {}): Container => ({
  id: name,
  name: `shop-${name}-1`,
  service: name,
  state: "running",
  health: undefined,
  exitCode: 0,
  restarts: 0,
  outOfMemory: false,
  image: "sha256:1",
  imageName: `shop-${name}`,
  variables: [],
  labels: {},
  ports: [],
  staysUp: true,
  ...more,
});
const app = (more: Partial<ComposeApp> = {}) =>
  ({ services: undefined, databaseService: undefined, changing: [], added: [], name: "shop", ...more }) as unknown as ComposeApp;
const model: Model = {
  name: "shop",
  services: [service("web", { build: { context: "." } }), service("cache", { image: "redis:7" }), service("db", { image: "postgres:16" })],
  secrets: undefined,
};
const running = [container("web"), container("cache"), container("db")];

test.each([
  ["postgres:16", true],
  ["registry.example:5000/team/postgres", true],
  ["postgis/postgis:16-3.4", true],
  ["mariadb@sha256:abc", true],
  ["shop-postgres-exporter", false],
  ["prometheuscommunity/postgres-exporter", false],
  ["mongo-express:1", false],
])("the image %s is a database's: %s", (image, is) => {
  expect(databasesAmong(app(), { services: [service("it", { image })] }, []).has("it")).toBe(is);
});

test("an app that is told its database's password is no database, and a database with an image of one's own is one", () => {
  const found = databasesAmong(app({ databaseService: "store" }), undefined, [
    container("web", { variables: ["POSTGRES_PASSWORD", "PATH"] }),
    container("own", { variables: ["PGDATA"] }),
  ]);
  expect([...found].toSorted()).toEqual(["own", "store"]);
});

test("a database that runs is never started anew; one that was never there is", () => {
  expect(servicesToStart(app(), model, running).map(({ name }) => name)).toEqual(["web", "cache"]);
  expect(servicesToStart(app(), model, []).map(({ name }) => name)).toEqual(["web", "cache", "db"]);
});

test("around a change of the database the services that are built or change are stopped, and nothing else", () => {
  expect(servicesToStop(app(), model, running)).toEqual(["web"]);
  expect(servicesToStop(app({ changing: ["cache"] }), model, running)).toEqual(["web", "cache"]);
  expect(servicesToStop(app({ services: ["cache", "db"] }), model, running)).toEqual(["cache"]);
});

test("what the files do not name is never stopped: nobody would start it again", () => {
  const orphan = container("worker", { labels: { [COMMIT_LABEL]: "c" } });
  const pulled: Model = { ...model, services: model.services.filter(({ build }) => build === undefined) };
  expect(servicesToStop(app(), model, [...running, orphan])).toEqual(["web"]);
  expect(servicesToStop(app(), pulled, [container("cache"), container("db"), orphan])).toEqual(["cache"]);
  expect(servicesToStop(app({ changing: ["worker"] }), model, [...running, orphan])).toEqual(["web", "worker"]);
});

test("with files that cannot be read, what was built for a version is known by its label", () => {
  const labelled = [container("web", { labels: { [COMMIT_LABEL]: "c" } }), container("cache"), container("db", { variables: ["PGDATA"] })];
  expect(servicesToStop(app(), undefined, labelled)).toEqual(["web"]);
  // Nothing tells them apart: all but the database.
  expect(servicesToStop(app(), undefined, [container("web"), container("cache"), container("db", { variables: ["PGDATA"] })])).toEqual([
    "web",
    "cache",
  ]);
});

test("retained images have names that an engine takes, one for each service", () => {
  expect(retainedName("shop", "web", "abc")).toBe("savepoint/shop-web:abc");
  const odd = ["Web", "_web", "web-", "we..b", "we---b", "-"].map((name) => retainedName("shop", name, "abc"));
  expect(new Set(odd).size).toBe(odd.length);
  for (const name of odd) expect(name).toMatch(/^savepoint\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*:abc$/);
});

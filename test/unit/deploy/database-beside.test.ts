import { expect, test } from "vitest";
import { describeBeside } from "../../../src/deploy/database/database-beside.ts";
import type { Container, PublishedPort } from "../../../src/machine/container/compose.ts";

const container = (service: string, ports: readonly PublishedPort[], state = "running"): Container => ({
  id: service,
  name: `shop-${service}-1`,
  service,
  state,
  health: undefined,
  exitCode: 0,
  restarts: 0,
  outOfMemory: false,
  image: "sha256:1",
  imageName: service,
  variables: service === "db" ? ["PGDATA"] : [],
  labels: {},
  ports,
  staysUp: true,
});
const AT = { inside: 5432, host: "127.0.0.1", port: 15_432 };
const MONITORING = { inside: 9187, host: "127.0.0.1", port: 9187 };

test.each([
  [
    "its own name",
    "db",
    [],
    "db is a service of the compose project in /srv/shop, known by that name to its containers alone: give `database-service: db`.",
  ],
  [
    "its pooler's name",
    "pooler",
    [],
    "pooler is a service of the compose project in /srv/shop, known by that name to its containers alone. Its service db publishes no port to the host: give `database-service: db`.",
  ],
  [
    "this machine",
    "localhost",
    [],
    "The compose project in /srv/shop has a database. Its service db publishes no port to the host: give `database-service: db`.",
  ],
  [
    "another port",
    "localhost",
    [MONITORING, AT],
    "The compose project in /srv/shop has a database. Its service db is published at 127.0.0.1:15432: name that address, or give `database-service: db`.",
  ],
  [
    "another address",
    "10.0.0.7",
    [{ ...AT, host: "::1" }],
    "The compose project in /srv/shop has a database. Its service db is published at [::1]:15432: name that address, or give `database-service: db`.",
  ],
  [
    "its own port",
    "localhost",
    [{ ...AT, port: 5432 }],
    "The compose project in /srv/shop has a database. Its service db is published there, at 127.0.0.1:5432: `database-service: db` reaches it without a port.",
  ],
])("nobody answers at %s: what there is instead is said", (_, host, ports, said) => {
  const services = ["db", "pooler", "web"];
  const containers = [container("db", ports), container("pooler", []), container("web", [])];
  expect(describeBeside({ host, port: 5432 }, { directory: "/srv/shop" }, { services, databases: ["db"], containers })).toBe(said);
  expect(
    describeBeside(
      { host, port: 5432 },
      { directory: "/srv/shop" },
      { services, databases: ["db"], containers: [container("db", [], "exited")] },
    ),
  ).toMatch(host === "db" ? /give `database-service: db`/ : /Its service db does not run\.$/);
});

test("a project without a database has nothing to say", () => {
  const services = ["web"];
  const containers = [container("web", [AT])];
  expect(
    describeBeside({ host: "localhost", port: 5432 }, { directory: "/srv/shop" }, { services, databases: [], containers }),
  ).toBeUndefined();
});

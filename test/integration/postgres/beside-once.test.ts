import { expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { freePort } from "../../lab/postgres.ts";
import { failureOf } from "./open.ts";

test("what there is beside a server that refuses is looked for once, and told each time", async () => {
  const machine = localMachine();
  let looked = 0;
  const database = openDatabase({
    target: parseTargetUrl(`postgres://shop:shop@127.0.0.1:${await freePort()}/shop`),
    dialFrom: machine,
    toolsOn: machine,
    beside: async () => await Promise.resolve(`Its service db is published elsewhere (look ${(looked += 1)}).`),
  });
  for (let turn = 0; turn < 3; turn += 1)
    expect((await failureOf(database.connect("health"))).hint).toContain("Its service db is published elsewhere (look 1).");
});

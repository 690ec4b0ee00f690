import { expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { dockerWords, engineHint } from "../../../src/machine/container/compose.ts";

test.each([
  ["docker compose", "docker"],
  ["docker compose --project-name shop", "docker"],
  ["docker --context far compose", "docker --context far"],
  ["sudo -E docker compose", "sudo -E docker"],
  ["docker-compose", "docker"],
  ["sudo -E /var/lib/toolbox/bin/docker-compose", "sudo -E docker"],
  ["/opt/docker-compose --ansi never", "docker"],
])("the engine's client is called as compose is called: %s", (command, client) => {
  expect(dockerWords({ command: command.split(" ") }, "ps")).toEqual([...client.split(" "), "ps"]);
});

test.each([
  ["docker compose", "`docker ps`"],
  ["sudo -E /opt/docker-compose", "`sudo -E /opt/docker-compose` and `sudo -E docker`"],
])("where %s cannot be called, the hint names what must be allowed", (command, named) => {
  const machine = { login: "deploy@shop.example" } as Machine;
  expect(engineHint({ machine, command: command.split(" ") })).toContain(`deploy@shop.example must be able to`);
  expect(engineHint({ machine, command: command.split(" ") })).toContain(named);
});

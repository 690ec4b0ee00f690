import { expect, test } from "vitest";
import { dockerWords } from "../../../src/machine/compose.ts";

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

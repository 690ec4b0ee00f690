import { expect, test } from "vitest";
import { nextCommand, type CommandPlace, rollbackCommand } from "../../../src/deploy/call/next-command.ts";

const ports = { program: ["savepoint"] };
const shared = { host: { user: "deploy", host: "shop.example", port: 2222 } } as CommandPlace["shared"];

test("a command to be pasted names the place, and is one command whatever app and environment are called", () => {
  const place: CommandPlace = { app: "the shop", name: "South America", shared, ports };
  expect(rollbackCommand(place, "it's $(slow)")).toBe(
    String.raw`savepoint rollback --environment 'South America' --confirm 'South America' --reason 'it'\''s $(slow)' --host deploy@shop.example:2222 --app 'the shop'`,
  );
});

test("on this machine it names the state directory where one was given", () => {
  const place: CommandPlace = { app: "shop", name: "production", shared: { "state-dir": "/srv/state" } as CommandPlace["shared"], ports };
  expect(nextCommand(place, "status", [])).toBe("savepoint status --environment production --state-dir /srv/state --app shop");
});

test("without either it names the app, and it is called as it works where it is printed", () => {
  const place: CommandPlace = {
    app: "shop",
    name: "production",
    shared: {} as CommandPlace["shared"],
    ports: { program: ["node", "/opt/my tools/cli.js"] },
  };
  expect(nextCommand(place, "status", [])).toBe("node '/opt/my tools/cli.js' status --environment production --app shop");
});

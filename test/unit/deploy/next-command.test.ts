import { expect, test } from "vitest";
import { nextCommand, rollbackCommand } from "../../../src/deploy/next-command.ts";

type Place = Parameters<typeof nextCommand>[0];
const shared = { host: { user: "deploy", host: "shop.example", port: 2222 } } as Place["shared"];

test("a command to be pasted names the place, and is one command whatever app and environment are called", () => {
  const place: Place = { app: "the shop", name: "South America", shared };
  expect(rollbackCommand(place, "it's $(slow)")).toBe(
    String.raw`savepoint rollback --environment 'South America' --confirm 'South America' --reason 'it'\''s $(slow)' --host deploy@shop.example:2222 --app 'the shop'`,
  );
});

test("on this machine it names the state directory where one was given", () => {
  const place: Place = { app: "shop", name: "production", shared: { "state-dir": "/srv/state" } as Place["shared"] };
  expect(nextCommand(place, "status", [])).toBe("savepoint status --environment production --state-dir /srv/state");
});

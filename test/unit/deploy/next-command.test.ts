import { expect, test } from "vitest";
import { nextCommand, rollbackCommand } from "../../../src/deploy/next-command.ts";

type Place = Parameters<typeof nextCommand>[0];

/** An environment as far as its commands name it. */
const at = (shared: Partial<Place["shared"]>, name = "production"): Place => ({ app: "shop", name, shared: shared as Place["shared"] });

test("a command to paste names the host and the app: the folder it is pasted in may know neither", () => {
  expect(rollbackCommand(at({ host: { user: "deploy", host: "shop.example", port: 22 } }), "orders fail")).toBe(
    "savepoint rollback --environment production --confirm production --reason 'orders fail' --host deploy@shop.example --app shop",
  );
});

test("it names the port, the way there and the state directory, where they are not the usual ones", () => {
  const jump = { user: "jump", host: "bastion.example", port: 22 };
  const place = at({ host: { user: "deploy", host: "10.0.0.7", port: 2222 }, "jump-host": jump, "state-dir": "/srv/it's state" });
  expect(nextCommand(place, "mark-stable", ["--commit", "abc1234"])).toBe(
    "savepoint mark-stable --environment production --commit abc1234 --host deploy@10.0.0.7:2222 --app shop" +
      String.raw` --jump-host jump@bastion.example --state-dir '/srv/it'\''s state'`,
  );
});

test("where all is on this machine, it is short; odd names are quoted", () => {
  expect(nextCommand(at({}), "status", [])).toBe("savepoint status --environment production");
  expect(nextCommand(at({}, "the pre prod"), "status", [])).toBe("savepoint status --environment 'the pre prod'");
});

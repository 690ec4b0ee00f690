import { expect, test } from "vitest";
import { commandOn } from "../../../src/machine/ssh/command-on.ts";

test("a command is pasted here as it is, and over ssh where it is for a host", () => {
  const words = ["rm", "--", "/srv/it's here/lock"];
  expect(commandOn({ name: "this machine", local: true }, words)).toBe(String.raw`rm -- '/srv/it'\''s here/lock'`);
  expect(commandOn({ name: "deploy@shop.example", local: false }, ["rm", "--", "/srv/lock"])).toBe(
    "ssh deploy@shop.example 'rm -- /srv/lock'",
  );
  expect(commandOn({ name: "deploy@[::1]:2222", local: false }, ["rm", "/x y"])).toBe(String.raw`ssh -p 2222 deploy@::1 'rm '\''/x y'\'''`);
});

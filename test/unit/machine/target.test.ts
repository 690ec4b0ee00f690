import { expect, test } from "vitest";
import { formatTarget, parseTarget } from "../../../src/machine/ssh/address.ts";

test.each([
  ["deploy@shop.example", { user: "deploy", host: "shop.example", port: 22 }],
  [" deploy@shop.example:2222 ", { user: "deploy", host: "shop.example", port: 2222 }],
  ["root@10.0.0.1", { user: "root", host: "10.0.0.1", port: 22 }],
  ["root@[::1]", { user: "root", host: "::1", port: 22 }],
  ["root@[fe80::1%eth0]:2200", { user: "root", host: "fe80::1%eth0", port: 2200 }],
  ["first.last@corp@server_1", { user: "first.last@corp", host: "server_1", port: 22 }],
  ["josé@servidor-são", { user: "josé", host: "servidor-são", port: 22 }],
])("%s is read", (text, expected) => {
  expect(parseTarget(text)).toEqual(expected);
});

test.each([
  ["shop.example", "the user is missing (deploy@shop.example)"],
  ["@shop.example", "the user is missing"],
  ["deploy@", "the server is missing"],
  ["root@::1", "brackets (root@[::1]:22)"],
  ["root@[shop]", "no IPv6 address"],
  ["root@shop:http", "no port"],
  ["root@shop:0", "no port"],
  ["root@shop:70000", "no port"],
  ["root@shop:", "no port"],
  ["ssh://root@shop", "leave out ssh://"],
  ["root@-oProxyCommand=x", "no server name"],
  ["root@shop example", "a space"],
  ["root@shop\nexample", "control character"],
  ["root@$(id)", "no server name"],
])("%j is refused: %s", (text, message) => {
  expect(() => parseTarget(text)).toThrow(message);
});

test("a password in the host is never repeated", () => {
  expect(() => parseTarget("root:hunter2@shop")).toThrow(/^(?!.*hunter2)/);
});

test.each(["deploy@shop.example", "deploy@shop.example:2222", "root@[::1]", "root@[::1]:2200"])("%s is written as it was read", (text) => {
  expect(formatTarget(parseTarget(text))).toBe(text);
});

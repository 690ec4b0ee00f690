import { expect, test } from "vitest";
import { issueText } from "../../../src/deploy/telling/issue-text.ts";
import { A, B, Tale } from "./records.ts";

const WAY = { command: "savepoint status --environment production", means: "Shows how things stand." };
const RUN = "https://github.com/example/shop/actions/runs/7/attempts/1";

function issueOf(tale: Tale, hidden: (text: string) => string = (text) => text): { readonly title: string; readonly text: string } {
  const deploy = tale.ledger.deploys.at(-1);
  if (deploy === undefined) throw new Error("no deploy");
  return issueText({ deploy, title: "shop/production", ways: [WAY], hidden });
}

function failing(message: string, result: Readonly<Record<string, unknown>> = {}, table = "public.orders"): Tale {
  const tale = new Tale().opened("two", B, { from: A, run: RUN }).did("two", "backup", "switch");
  tale.tell({ kind: "step.started", step: "health", intent: {} }, { deploy: "two" });
  tale.tell({ kind: "step.failed", step: "health", message, code: "unhealthy" }, { deploy: "two" });
  tale.tell({ kind: "step.started", step: "rollback", intent: { reason: "orders fail" } }, { deploy: "two" });
  const tables = [{ table, live: 120, savepoint: 100 }];
  const restored = {
    database: "restored",
    replaced: "shop_replaced_1",
    health: "healthy",
    rows: [`${table} 120, restored 100`],
    tables,
    ...result,
  };
  tale.tell({ kind: "step.done", step: "rollback", result: restored }, { deploy: "two" });
  return tale.tell({ kind: "deploy.closed", deploy: "two", as: "rolled-back", why: "unhealthy", on: A }, { deploy: "two" });
}

test("the issue says what failed, what became of it, which rows are left, the next command, and asks for a cause", () => {
  const { title, text } = issueOf(failing("GET /health answers 500"));
  expect(title).toBe("shop/production: the deploy of bbbbbbb failed and was rolled back");
  expect(text).toContain("### Failed: health\n\nCode <code>unhealthy</code>\n\n```text\nGET /health answers 500\n```");
  expect(text).toContain("| replaced database | shop\\_replaced\\_1 |");
  expect(text).toContain("| public.orders | 120 | 100 |");
  expect(text).toContain(`[The run and its log](${RUN})`);
  expect(text).toMatch(/\| switch \| 2026-11-20 12:00:\d\d UTC \| 1\\\.0 s \| done \|/);
  expect(text).toContain("```sh\nsavepoint status --environment production\n```");
  expect(text).toMatch(/### Cause\n\n_To be filled in/);
});

test("a rollback by hand and what needs a person have their own words", () => {
  const back = new Tale().confirmed("one", A).confirmed("two", B).opened("back", A, { goingBack: true }).rolledBack("back", A);
  expect(issueOf(back).title).toBe("shop/production: rolled back by hand to aaaaaaa");
  const stuck = new Tale().opened("two", B).failed("two", "rollback");
  stuck.tell({ kind: "deploy.closed", deploy: "two", as: "failed", why: "no", blocks: true }, { deploy: "two" });
  expect(issueOf(stuck).title).toBe("shop/production: the deploy of bbbbbbb failed and needs a person");
});

test("what failed cannot call people, end a fence, hide the cause or make the issue too long", () => {
  const hostile = "@ada <!-- x\n```\n### Cause\n@team";
  const { text } = issueOf(failing(hostile, { health: "@ada <img src=x> #1" }, "public.@ada|x"));
  const outside = text.replaceAll(/^(`{3,}).*\n(?:(?!\1$).*\n)*\1$/gm, "");
  expect(outside.match(/### Cause/g)).toHaveLength(1);
  expect(outside.replaceAll("&#64;&#8203;", "")).not.toMatch(/@|&#64;|<img|<!--/);
  const long = issueOf(
    failing("é@#1\n".repeat(60_000), { tables: Array.from({ length: 5000 }, (_, at) => ({ table: `@${at}`, live: 1 })) }),
  );
  expect(long.text.length).toBeLessThan(65_400);
  expect(long.text).toContain("### Cause");
  expect(issueOf(failing("x", { tables: "no list", replaced: 7, health: null })).text).toContain("### Cause");
});

test("secrets are taken out before anything is escaped", () => {
  const { title, text } = issueOf(failing("the password p@ss|<w> is wrong", { health: "p@ss|<w>" }), (told) =>
    told.replaceAll("p@ss|<w>", "***"),
  );
  expect(title + text).not.toMatch(/p(?:@|&#64;)/);
  expect(text).toContain("the password *** is wrong");
});

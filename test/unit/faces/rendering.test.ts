import { expect, test } from "vitest";
import { inert, oneLine, printable } from "../../../src/core/printable.ts";
import { markdownFence, markdownTable, markdownText } from "../../../src/github/markdown.ts";
import { Masker } from "../../../src/faces/masker.ts";
import { endingSummary, outcomeSummary } from "../../../src/faces/workflow/summary.ts";
import { outcomeLines, tableLines } from "../../../src/faces/text.ts";
import { mermaidTimeline, textTimeline } from "../../../src/faces/timeline.ts";
import { endingLines, endingOf } from "../../../src/faces/ending.ts";
import type { Hands } from "../../../src/faces/workflow/hands.ts";
import { Cancelled, Failure } from "../../../src/core/failure.ts";

/** A reader without a button. */
const HANDS: Hands = { program: "`savepoint` is a program.", press: () => undefined };

test("text from elsewhere cannot command the runner", () => {
  expect(inert("::set-output name=a::b")).toBe(": :set-output name=a::b");
  expect(inert("fine\n  ::add-mask::x\r\n\t::error::y")).toBe("fine\n  : :add-mask::x\n\t: :error::y");
  expect(inert("x ##[add-path]/tmp")).toBe("x ## [add-path]/tmp");
  expect(inert("\u0000::stop-commands::x")).toBe(": :stop-commands::x");
  expect(inert("std::vector and a::b")).toBe("std::vector and a::b");
});

test("text from elsewhere cannot move the cursor, colour the log or reverse the line", () => {
  expect(printable("\u001B[2J\u001B[31mred\u001B[0m \u001B]0;title\u0007done\u202Eevil\r\nnext\rlast")).toBe("red doneevil\nnext\nlast");
  expect(oneLine("a\n  b\tc\n")).toBe("a b\tc");
});

test("a commit message cannot become HTML, a link, an image or a table's column", () => {
  expect(markdownText("<img src=x onerror=1> [a](http://b) ![c](d) |e| *f* _g_ ~h~ $i$ @j")).toBe(
    String.raw`&lt;img src=x onerror=1&gt; \[a\](http:&#47;&#47;b) \!\[c\](d) \|e\| \*f\* \_g\_ \~h\~ \$i\$ &#64;j`,
  );
  expect(markdownText("# not a heading")).toBe(String.raw`\# not a heading`);
  expect(markdownText("1. not a list")).toBe(String.raw`1\. not a list`);
  expect(markdownText("say `timeout` and <b>")).toBe("say <code>timeout</code> and &lt;b&gt;");
  expect(markdownText("`</code><script>`")).toBe("<code>&lt;/code&gt;&lt;script&gt;</code>");
});

test("a table's cells keep their line breaks and their bars", () => {
  expect(markdownTable(["a", "b"], [["1|2", "x\ny"], ["3"]])).toBe("| a | b |\n| --- | --- |\n| 1\\|2 | x<br>y |\n| 3 |  |");
});

test("a fence is longer than any fence inside", () => {
  expect(markdownFence(["a", "````", "b"])).toBe("`````text\na\n````\nb\n`````");
});

test("a timeline's labels cannot break the picture", () => {
  const lines = mermaidTimeline("a: b", [
    { label: "section; click #1: {x}\ntitle", start: 1000, end: 2500, state: "done" },
    { label: "health", start: 2500, end: 2500, state: "failed" },
  ]);
  expect(lines).toEqual([
    "gantt",
    "    title a b",
    "    dateFormat x",
    "    axisFormat %H:%M:%S",
    "    todayMarker off",
    "    ✓ section click 1 x title (1.5 s) :done, s0, 1000, 2500",
    "    ✗ health (0 ms) :crit, s1, 2500, 2501",
  ]);
});

test("a timeline at a terminal is drawn to scale", () => {
  expect(
    textTimeline(
      [
        { label: "backup", start: 0, end: 1000, state: "done" },
        { label: "health", start: 1000, end: 4000, state: "failed" },
      ],
      8,
    ),
  ).toEqual(["✓ backup  ██        1.0 s", "✗ health    ██████  3.0 s"]);
});

test("the summary has the verdict on top and the next move at the end", () => {
  const page = outcomeSummary(
    {
      headline: "Backed up shop/production: 142 MB",
      blocks: [
        { kind: "table", title: "Files", head: ["file", "size"], rows: [["pre-deploy_<x>", "1 MB"]] },
        { kind: "code", title: "Output", lines: ["```"] },
        {
          kind: "timeline",
          title: "Steps",
          spans: [
            { label: "dump", start: 1, end: 2, state: "done" },
            { label: "switch", start: 2, end: 3, state: "done" },
          ],
        },
        { kind: "text", text: "one\ntwo" },
      ],
      ways: [{ command: "savepoint list", means: "Lists." }],
    },
    HANDS,
  );
  expect(page.split("\n")[0]).toBe("## ✓ Backed up shop/production: 142 MB");
  expect(page).toContain("### Files\n\n| file | size |\n| --- | --- |\n| pre-deploy\\_&lt;x&gt; | 1 MB |");
  expect(page).toContain("<details open><summary>Output</summary>\n\n````text\n```\n````\n\n</details>");
  expect(page).toContain("```mermaid\ngantt\n");
  expect(page).toContain("one<br>\ntwo");
  expect(page.trimEnd().endsWith("**Next command:**\n\nLists.\n\n```sh\nsavepoint list\n```\n\n<code>savepoint</code> is a program.")).toBe(
    true,
  );
});

test("a timeline of one bar is no picture, and is left out", () => {
  const blocks = [{ kind: "timeline", title: "Steps", spans: [{ label: "dump", start: 1, end: 2, state: "done" }] }] as const;
  expect(outcomeSummary({ headline: "Done", blocks }, HANDS)).not.toContain("gantt");
  expect(outcomeLines({ blocks })).toEqual([]);
});

test("a line of evidence that comes thirty times is told once, in the log and in the summary", () => {
  const ending = endingOf(new Failure("the app is not healthy", { evidence: Array.from({ length: 30 }, () => "connection refused") }));
  for (const told of [endingSummary("deploy", ending, HANDS), endingLines(ending).join("\n")]) {
    expect(told).toContain("connection refused (× 30)");
    expect(told.match(/connection refused/g)).toHaveLength(1);
  }
});

test("a failure's summary says cause, next move, state and evidence, in this order", () => {
  const page = endingSummary(
    "deploy",
    endingOf(
      new Failure("health failed", {
        hint: "Look at the app.",
        evidence: ["500 <b>"],
        state: ["code: 1.0"],
        ways: [{ command: "savepoint rollback --confirm production", means: "Takes it back." }],
      }),
    ),
    HANDS,
  );
  const at = ["## ✗ deploy: Health failed.", "Look at the app.", "savepoint rollback --confirm production", "- code: 1.0", "500 <b>"].map(
    (part) => page.indexOf(part),
  );
  expect(at.every((index) => index >= 0)).toBe(true);
  expect([...at].sort((a, b) => a - b)).toEqual(at);
});

test("what the headline says already is not printed again as what was seen, neither in the log nor in the result", () => {
  const seen = ["GET http://shop.example/health", "connection refused (10.0.0.1:80)"];
  const ending = endingOf(new Failure("The app is not healthy: connection refused (10.0.0.1:80).", { evidence: seen }));
  expect(ending.evidence).toEqual(["GET http://shop.example/health"]);
  expect(endingLines(ending).join("\n")).not.toContain("refused");
});

test("where cleaning up failed after a failure, the failure is what is told; a cancelled run stays cancelled", () => {
  const after = (first: Error): Error => new SuppressedError(new Error("the lock could not be released"), first);
  expect(endingOf(after(after(new Failure("the disk is full", { exit: 2 }))))).toMatchObject({ message: "The disk is full.", exit: 2 });
  expect(endingOf(after(new Cancelled()))).toMatchObject({ state: "cancelled", exit: 130 });
});

test("a summary stays below the runner's limit and closes every fence", () => {
  const block = { kind: "code", title: "Log", lines: Array.from({ length: 300 }, (_, at) => `${at} ${"ü".repeat(1000)}`) } as const;
  const page = outcomeSummary({ headline: "Done", blocks: [block, block, block] }, HANDS);
  expect(Buffer.byteLength(page)).toBeLessThan(1_048_576);
  expect(page).toContain("too long for a summary");
  expect(page.match(/<details/g)?.length).toBe(page.match(/<\/details>/g)?.length);
});

test("one endless line of output does not take all else from a reader", () => {
  const ending = endingOf(new Failure("build failed", { evidence: ["before", "x".repeat(2_000_000), "the cause"] }));
  for (const told of [endingSummary("rollout", ending, HANDS), endingLines(ending).join("\n")]) {
    expect(told).toContain("before");
    expect(told).toContain("the cause");
    expect(told.length).toBeLessThan(5000);
  }
});

test("tables at a terminal line up, wide letters included", () => {
  expect(
    tableLines(
      ["name", "n"],
      [
        ["日本", "1"],
        ["é😀", "22"],
        ["❤\uFE0F", "4"],
        ["plain", "3"],
      ],
    ),
  ).toEqual(["  name   n", "  日本   1", "  é😀    22", "  ❤\uFE0F     4", "  plain  3"]);
});

const FOLDING = {
  kind: "table",
  folds: true,
  title: "What it does",
  head: ["where", "what happens"],
  rows: [["a.sql:1", `It ${"waits and ".repeat(8)}goes.`]],
} as const;

test("a table of sentences is folded to a terminal's width, and to nothing else", () => {
  const lines = (width?: number) => outcomeLines({ blocks: [FOLDING] }, width).slice(2);
  expect(lines()).toEqual(["  where    what happens", `  a.sql:1  It ${"waits and ".repeat(8)}goes.`]);
  expect(lines(200)).toEqual(lines());
  expect(lines(60)).toEqual([
    "  where    what happens",
    "  a.sql:1  It waits and waits and waits and waits and waits",
    "           and waits and waits and waits and goes.",
  ]);
  expect(outcomeLines({ blocks: [{ ...FOLDING, folds: undefined as never }] }, 60).slice(2)).toEqual(lines());
});

test("where a terminal has no room for the columns, each row stands by itself", () => {
  const wide = {
    ...FOLDING,
    head: ["statement", ...FOLDING.head],
    rows: [...FOLDING.rows, ...FOLDING.rows].map((row) => ["x".repeat(50), ...row, ""]),
  };
  const block = [
    `  statement     ${"x".repeat(50)}`,
    "  where         a.sql:1",
    "  what happens  It waits and waits and waits and waits and waits and waits",
    "                and waits and waits and goes.",
  ];
  expect(outcomeLines({ blocks: [wide] }, 74).slice(2)).toEqual([...block, "", ...block]);
});

test("an outcome's blocks become lines", () => {
  expect(outcomeLines({ blocks: [{ kind: "code", title: "Log", lines: ["a\nb"] }], ways: [{ command: "go", means: "Goes." }] })).toEqual([
    "",
    "Log:",
    "  a",
    "  b",
    "",
    "Next command:",
    "  Goes.",
    "     go",
  ]);
});

test("where several ways are open they are told in their order, each with what it means and its command whole on a line", () => {
  const ways = [
    { means: "Leaves the database as it is.", command: "savepoint rollback --database keep" },
    { means: "Restores the savepoint.", command: "savepoint rollback --database restore" },
  ];
  const failure = endingOf(new Failure("It cannot be taken back.", { ways }));
  expect(endingLines(failure)).toEqual([
    "",
    "Ways on, the safest first:",
    "  1. Leaves the database as it is.",
    "     savepoint rollback --database keep",
    "  2. Restores the savepoint.",
    "     savepoint rollback --database restore",
  ]);
  const page = endingSummary("rollback", failure, HANDS);
  expect(page).toContain("```sh\nsavepoint rollback --database keep\n```");
  expect(page.indexOf("Leaves the database")).toBeLessThan(page.indexOf("--database keep"));
  expect(page.indexOf("--database keep")).toBeLessThan(page.indexOf("--database restore"));
});

test("steps of which each is needed are not offered as a choice", () => {
  const ways = [
    { means: "Makes the key.", command: "make key" },
    { means: "Then looks again.", command: "look again" },
  ];
  expect(outcomeLines({ blocks: [], ways, waysInTurn: true })[1]).toBe("Still to be done, one after the other:");
  expect(outcomeLines({ blocks: [], ways })[1]).toBe("Ways on, the safest first:");
});

test("a command in which a secret was taken out says that it has to be written out", () => {
  const lines = (command: string) => outcomeLines({ blocks: [], ways: [{ means: "Goes.", command }] }).join("\n");
  expect(lines("savepoint rollback --state-dir /srv/***/state")).toContain("*** stands for a text that is a secret here");
  expect(lines("savepoint rollback --state-dir /srv/shop/state")).not.toContain("***");
  const masker = new Masker();
  masker.add("postgres://shop:hunter22@db/shop", "database-url");
  const ways = [{ means: "Goes.", command: "savepoint list --app hunter22" }];
  const told = masker.maskAll(ways);
  expect(outcomeLines({ blocks: [], ways: told }).at(-1)).toBe(
    "  *** stands for a text that is a secret here (part of the value of database-url): write it out before you paste.",
  );
  const hinted = masker.maskAll(endingOf(new Failure("No.", { hint: "Give another than hunter22." })));
  expect(endingLines(hinted).slice(-2)).toEqual(["  Give another than ***.", "  *** is a secret here: part of the value of database-url."]);
  expect(endingSummary("list", masker.maskAll(endingOf(new Failure("No.", { ways }))), HANDS)).toContain(
    "(part of the value of database-url)",
  );
  masker.add("s3cret-store", "backup-key");
  expect(masker.maskAll({ hint: "Give another than s3cret-store." }).hint).toMatch(/\*\*\* is a secret here: the value of backup-key\.$/);
});

test("of many ways a failure prints the best three, and where the rest is; the summary has them all", () => {
  const ways = [1, 2, 3, 4, 5].map((at) => ({ means: `Goes ${at}.`, command: `savepoint go ${at}` }));
  const failure = endingOf(new Failure("It cannot be taken back.", { ways }));
  const lines = endingLines(failure);
  expect(lines.filter((line) => line.includes("savepoint go"))).toEqual([1, 2, 3].map((at) => `     savepoint go ${at}`));
  expect(lines.at(-1)).toBe("  2 more: run the same with --json, or, while a deploy is open, look with the command `status`.");
  expect(endingLines(endingOf(new Failure("no", { ways: ways.slice(0, 3) }))).join("\n")).not.toContain("more:");
  const page = endingSummary("rollback", failure, HANDS);
  for (const { command } of ways) expect(page).toContain(command);
  expect(outcomeLines({ blocks: [], ways }).filter((line) => line.includes("savepoint go"))).toHaveLength(5);
});

test("where only a block or a hint holds a command, the summary says what `savepoint` is, once", () => {
  const command = "Bring it back: `savepoint restore --environment production --backup old`";
  const told = [
    outcomeSummary({ headline: "Done", blocks: [{ kind: "text", text: command }] }, HANDS),
    endingSummary("rollback", endingOf(new Failure("no", { blocks: [{ kind: "text", text: command }] })), HANDS),
    endingSummary("rollback", endingOf(new Failure("no", { hint: command })), HANDS),
    outcomeSummary(
      { headline: "Done", blocks: [{ kind: "text", text: command }], ways: [{ command: "savepoint list", means: "L." }] },
      HANDS,
    ),
  ];
  for (const page of told) expect(page.split("is a program.")).toHaveLength(2);
  expect(outcomeSummary({ headline: "Done with savepoint", blocks: [] }, HANDS)).not.toContain("is a program");
});

test("the values for the button come first, the command line after them", () => {
  const press: Hands["press"] = () => ({
    name: "Roll back",
    url: "https://git.example/acme/shop/actions/workflows/rollback.yml",
    filled: [
      { field: "environment", value: "production" },
      { field: "reason", value: "a|b" },
    ],
    line: "",
  });
  const page = outcomeSummary(
    { headline: "Done", blocks: [], ways: [{ command: "savepoint rollback", means: "Back." }] },
    { ...HANDS, press },
  );
  expect(page).toContain(
    [
      "Back.",
      "Actions → [Roll back](https://git.example/acme/shop/actions/workflows/rollback.yml) → Run workflow:",
      "| field | value |\n| --- | --- |\n| environment | production |\n| reason | a\\|b |",
      "Or at a terminal:",
      "```sh\nsavepoint rollback\n```",
    ].join("\n\n"),
  );
});

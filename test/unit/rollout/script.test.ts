import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { type Act, tellAct } from "../../../src/rollout/act.ts";
import { scriptOf } from "../../../src/rollout/script.ts";

const says = (text: string, more: Partial<Act> = {}): Act => ({ what: text, words: ["echo", text], ...more });
const fails: Act = { what: "the failing one", words: ["sh", "-c", "exit 7"] };

function run(acts: readonly Act[], env: Readonly<Record<string, string>> = {}) {
  const ended = spawnSync("sh", ["-c", scriptOf("A title.", acts)], { encoding: "utf8", env: { PATH: process.env["PATH"], ...env } });
  return { code: ended.status, said: ended.stdout.trim().split("\n"), errors: ended.stderr };
}

test("a script does its acts in order, and words, folders and variables arrive as they are", () => {
  const odd = 'it\'s "$HOME" `x` é\nand a line';
  const acts: Act[] = [
    { what: "where", words: ["pwd"], folder: "/usr" },
    { what: "odd", words: ["printenv", "ODD"], variables: { ODD: odd } },
    { what: "not beyond it", words: ["sh", "-c", 'echo "<${ODD-}>"'] },
  ];
  expect(run(acts)).toEqual({ code: 0, said: ["/usr", ...odd.split("\n"), "<>"], errors: "" });
});

test("what an act is called runs nothing, whatever lines it has", () => {
  expect(run([{ what: "one\necho ran\r\necho too", words: ["true"] }])).toEqual({ code: 0, said: [""], errors: "" });
});

test("of a secret a script holds the name alone, and without its value it does nothing", () => {
  const act: Act = { what: "secretly", words: ["printenv", "TOKEN"], variables: { TOKEN: new Secret("hidden-word") } };
  expect(scriptOf("A title.", [act])).not.toContain("hidden-word");
  expect(run([says("first"), act], { TOKEN: "given" }).said).toEqual(["first", "given"]);
  const without = run([says("first"), act]);
  expect([without.code === 0, without.said, without.errors]).toEqual([false, [""], expect.stringContaining("TOKEN")]);
  expect(tellAct(act).join("\n")).not.toContain("hidden-word");
});

test("what fails is named; it and what came before it are undone backwards, as far as they can be", () => {
  const undone = (text: string): Act => says(text, { undo: [says(`undo ${text}`)] });
  const failing: Act = { ...fails, undo: [says("undo the failing one")] };
  const { code, said, errors } = run([says("for good"), undone("one"), undone("two"), failing, says("never")]);
  expect([code, said]).toEqual([1, ["for good", "one", "two", "undo the failing one", "undo two", "undo one"]]);
  expect(errors).toContain("the failing one failed");
  expect(run([undone("one"), says("for good"), failing]).said).toEqual(["one", "for good", "undo the failing one"]);
  expect(run([undone("one"), fails]).said).toEqual(["one"]);
});

test("where one act cannot be undone, none before it is", () => {
  const stuck: Act = { ...fails, undo: [{ what: "stuck", words: ["false"] }] };
  expect(run([says("one", { undo: [says("undo one")] }), stuck]).said).toEqual(["one"]);
});

test("an act that may fail is told, and does not keep the next from being done", () => {
  const { code, said, errors } = run([{ ...fails, mayFail: true }, says("next")]);
  expect([code, said, errors]).toEqual([0, ["next"], "the failing one failed; going on\n"]);
});

test("an act that takes longer than it may is ended, and leaves nobody waiting for its guard", () => {
  const { code, errors } = run([{ what: "slow", words: ["sleep", "600"], timeLimit: 200 }]);
  expect([code, errors]).toEqual([1, expect.stringContaining("slow failed\n")]);
  // A guard that kept the output open would be waited for until the limit.
  expect(run([says("quick", { timeLimit: 600_000 })])).toMatchObject({ code: 0, said: ["quick"] });
});

test("a plan tells what a person would write, a line each, and no script around it", () => {
  expect(tellAct(says("a b"))).toEqual(["a b: echo 'a b'"]);
  expect(tellAct({ what: "start-command", words: ["sh", "-c", "RUN"], told: "one\ntwo\n" })).toEqual(["start-command: one", "  two"]);
});

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { FAILURES } from "../../lab/failures.ts";
import { namesOf, type WayName, WAYS } from "../../lab/way-names.ts";
import { type Node, textOf, treesIn, walk } from "../../../scripts/source-texts.ts";

const TESTS = resolve(import.meta.dirname, "../..");

const SOURCES = treesIn("src");

/** Pasted in a test that brings it about for another reason as well. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, name: string]>> = {
  "too-many-replaced": [
    "integration/deploy/replaced.test.ts",
    "beyond max-replaced refuse the next deploy, and the printed command makes room for it",
  ],
  "still-up": [
    "integration/deploy/nothing-ran.test.ts",
    "and what could not be stopped is said to be up, with what ends it, and needs a person",
  ],
  quarantined: [
    "integration/deploy/order.test.ts",
    "is refused before anything is touched, also when its run is run again, until somebody says why",
  ],
  "not-automatic": [
    "integration/deploy/failed-rollback.test.ts",
    "with `automatic: false` a failure stops, keeps lock and evidence and prints the command; the rollback step only says so",
  ],
  apart: [
    "integration/deploy/paste.test.ts",
    "code and schema that a restore by hand left apart: status needs a person, and what it prints brings them together",
  ],
};

/** Ways that are pasted in a test of their own. */
const PASTED_ALONE: Readonly<Partial<Record<WayName, readonly [file: string, name: string]>>> = {
  "next step": [
    "integration/deploy/own-open.test.ts",
    "status over a deploy of one's own prints the step that goes on with it, until it is stable",
  ],
  "recover, forward": ["faults/killed-deploy.test.ts", "at %s, recover confirms it, and its tags are moved"],
  "follow it": [
    "integration/deploy/logs.test.ts",
    "whoever follows a run elsewhere reads each entry, through a host that goes away, to the end, and ends as it did",
  ],
  "look, code alone": [
    "integration/deploy/ways.test.ts",
    "a deploy without a database that another left: the printed way takes the code back, and the next one goes on",
  ],
  "remove what is up": [
    "containers/rollout-compose.test.ts",
    "what the engine does not stop or remove is told by name, and is neither stopped nor gone",
  ],
  "go on": ["integration/deploy/paste.test.ts", "is finished by what is printed, with what it was told"],
  "bring back": [
    "integration/deploy/restore.test.ts",
    "a restore on which the app is not healthy prints how the replaced database comes back; a side that a killed one left is dropped",
  ],
  "restore, of a list": [
    "integration/deploy/restore.test.ts",
    "a restore that is not confirmed shows what it would do and the whole command, as its dry run does; the list tells how one goes there",
  ],
  "drill, of a list": [
    "integration/deploy/restore.test.ts",
    "a restore that is not confirmed shows what it would do and the whole command, as its dry run does; the list tells how one goes there",
  ],
  "bring back, of a list": [
    "integration/deploy/restore.test.ts",
    "a restore that is not confirmed shows what it would do and the whole command, as its dry run does; the list tells how one goes there",
  ],
  "tags, once mended": [
    "integration/deploy/stable.test.ts",
    "leaves the deploy confirmed and blocks nothing; it waits, and its command moves it",
  ],
  "deploy, quarantined": [
    "integration/deploy/order.test.ts",
    "is refused before anything is touched, also when its run is run again, until somebody says why",
  ],
  "deploy, confirmed": [
    "integration/deploy/confirm.test.ts",
    "a deploy at a terminal shows its plan, touches nothing, and prints the whole command that carries it out",
  ],
  "mark, confirmed": [
    "integration/deploy/stable.test.ts",
    "with nothing open only what runs is marked, by the journal's settings, and at a terminal only what was said and confirmed",
  ],
  "drop the oldest": [
    "integration/deploy/replaced.test.ts",
    "beyond max-replaced refuse the next deploy, and the printed command makes room for it",
  ],
  "stop again": [
    "integration/deploy/nothing-ran.test.ts",
    "and what could not be stopped is said to be up, with what ends it, and needs a person",
  ],
  "give the folder": [
    "integration/deploy/state-directory.test.ts",
    "a state directory that others may write in, or that is another user's, is refused with the command that mends it",
  ],
};

/**
 * What the doctor prints mends a fault that was found: `integration/deploy/doctor.test.ts` plants it and pastes that. What init
 * prints is pasted from first to last in its own tests.
 */
function isPastedInOrder(file: string): boolean {
  return file.startsWith("src/deploy/doctor/") || file.startsWith("src/deploy/init/");
}

interface Field extends Node {
  readonly key: { readonly name?: string };
  readonly value: Node;
}

function fieldOf(object: Node, name: string): Node | undefined {
  const fields = object["properties"] as readonly Field[];
  return fields.find((one) => one.type === "Property" && one.key.name === name)?.value;
}

/** Ways that only look: what they lead to is what the next test of them says. */
function onlyLooks(ways: Node): boolean {
  const elements = ways.type === "ArrayExpression" ? (ways["elements"] as readonly Node[]) : [];
  return (
    elements.length > 0 &&
    elements.every((one) => /^(?:statusWay|listWay)$/.test((one["callee"] as { readonly name?: string })?.name ?? ""))
  );
}

/** The details of each failure that names its ways where it is made. */
function failuresWithWays(): readonly { readonly at: string; readonly code: string | undefined }[] {
  return SOURCES.filter(({ file }) => !isPastedInOrder(file)).flatMap(({ file, source, tree }) => {
    const found: { at: string; code: string | undefined }[] = [];
    walk(tree, (node) => {
      const callee = node["callee"] as { readonly name?: string } | undefined;
      if (callee?.name !== "Failure" && callee?.name !== "refusal") return;
      const [, details] = node["arguments"] as readonly Node[];
      if (details?.type !== "ObjectExpression") return;
      const ways = fieldOf(details, "ways");
      if (ways === undefined || onlyLooks(ways)) return;
      const code = fieldOf(details, "code");
      // A code that is another failure's is that one's matter.
      if (code?.type === "MemberExpression") return;
      const codes = code?.type === "ConditionalExpression" ? [code["consequent"], code["alternate"]] : [code];
      const at = `${file}:${source.slice(0, node.start).split("\n").length}`;
      for (const one of codes as readonly (Node | undefined)[]) found.push({ at, code: one && (textOf(one) ?? constantIn(source, one)) });
    });
    return found;
  });
}

/** `code` for `const code = "state-unsafe"`. */
function constantIn(source: string, { name }: Node): string | undefined {
  return new RegExp(`const ${String(name)} = "([^"]+)"`).exec(source)?.[1];
}

test("each failure that prints ways has a code, and each of its ways is pasted in a test", () => {
  const pasted = new Set([...FAILURES.flatMap(({ codes }) => codes), ...Object.keys(ELSEWHERE)]);
  const sites = failuresWithWays();
  expect(sites.length).toBeGreaterThan(8);
  expect(sites.filter(({ code }) => code === undefined || !pasted.has(code))).toEqual([]);
});

test("what is pasted elsewhere is there", () => {
  for (const [file, name] of [...Object.values(ELSEWHERE), ...Object.values(PASTED_ALONE)]) {
    expect(existsSync(join(TESTS, file))).toBe(true);
    expect(readFileSync(join(TESTS, file), "utf8")).toContain(`"${name}"`);
  }
});

/** What stands behind `means`, at any place of the sources, with a word where something is filled in. */
function sentences(): readonly { readonly at: string; readonly means: string }[] {
  return SOURCES.filter(({ file }) => !isPastedInOrder(file)).flatMap(({ file, source, tree }) => {
    const found: { at: string; means: string }[] = [];
    const take = (value: Node | undefined): void => {
      const text = value && textOf(value);
      if (text === undefined) return;
      const at = `${file}:${source.slice(0, value?.start).split("\n").length}`;
      found.push({ at, means: text.replaceAll("${}", "abc1234") });
    };
    walk(tree, (node) => {
      const key = node["key"] as { readonly name?: string } | undefined;
      const id = node["id"] as { readonly name?: string } | undefined;
      const callee = node["callee"] as { readonly name?: string } | undefined;
      let value: Node | undefined;
      if (node.type === "Property" && key?.name === "means") value = node["value"] as Node;
      if (node.type === "VariableDeclarator" && id?.name === "means") value = node["init"] as Node;
      if (node.type === "CallExpression" && callee?.name === "option") value = (node["arguments"] as readonly Node[])[1];
      if (value?.type === "ConditionalExpression") for (const one of ["consequent", "alternate"]) take(value[one] as Node);
      else take(value);
    });
    return found;
  });
}

test("each sentence that says what a way means is in the catalogue, once", () => {
  const all = sentences();
  expect(all.length).toBeGreaterThan(25);
  expect(all.filter(({ means }) => namesOf(means).length !== 1)).toEqual([]);
  const said = new Set(all.flatMap(({ means }) => namesOf(means)));
  expect(Object.keys(WAYS).filter((name) => !said.has(name as WayName))).toEqual([]);
});

test("each way in the catalogue is printed by a failure of the table, or pasted in a test of its own", () => {
  const pasted = new Set<string>([...FAILURES.flatMap(({ prints }) => prints), ...Object.keys(PASTED_ALONE)]);
  expect(Object.keys(WAYS).filter((name) => !pasted.has(name))).toEqual([]);
});

/** Who prints the ways of an open deploy, and the failure of the table that shows it. */
const PRINTED_BY: Readonly<Record<string, string>> = {
  "src/deploy/back/begin.ts": "a deploy that another left",
  "src/deploy/operations/restore.ts": "a deploy that another left",
  "src/deploy/operations/recover.ts": "a deploy that another left",
  "src/deploy/operations/drop-replaced.ts": "a deploy that another left",
  "src/deploy/back/still-open.ts": "a deploy of one's own that failed at a step",
  "src/deploy/operations/deploy.ts": "a deploy of one's own that failed at a step",
  "src/deploy/back/rollback-plan.ts": "a deploy of one's own that failed at a step",
  "src/deploy/operations/standing-now.ts": "a deploy of one's own that failed at a step",
  "src/deploy/back/conclusion.ts": "a savepoint that was damaged meanwhile",
  "src/deploy/back/failed-deploy.ts": "a deploy over a version that is known to have failed",
  "src/deploy/back/choose-target.ts": "a deploy over a version that is known to have failed",
};

test("each place that prints the ways of an open deploy is shown by a failure of the table", () => {
  const callers = SOURCES.flatMap(({ file, tree }) => {
    let calls = false;
    walk(tree, (node) => {
      if ((node["callee"] as { readonly name?: string } | undefined)?.name === "waysOfDeploy") calls = true;
    });
    return calls ? [file] : [];
  });
  expect(callers.toSorted()).toEqual(Object.keys(PRINTED_BY).toSorted());
  const kinds = FAILURES.map(({ about }) => about);
  expect(Object.values(PRINTED_BY).filter((about) => !kinds.includes(about))).toEqual([]);
});

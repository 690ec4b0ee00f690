import { HOUSE_RULES, type HouseRule, type RequiredColumn } from "./lint/house-rules.ts";
import { RISKS, type Risk } from "./lint/finding.ts";
import { quoted } from "../core/format.ts";
import { input, type Section } from "../core/input.ts";
import { choice, count, flag, type Kind, line, lines, timeLimit } from "../core/kinds.ts";

/** A folder inside of the checkout. */
const directory: Kind<string> = {
  form: "a folder in the checkout, such as db/migrations",
  parse(value) {
    const given =
      line
        .parse(value)
        .trim()
        .replace(/^(?:\.\/+)+/, "")
        .replace(/\/+$/, "") || ".";
    if (given.startsWith("/") || given.startsWith("~")) throw new Error("is not relative to the checkout");
    if (given.split("/").includes("..")) throw new Error("leads out of the checkout");
    return given;
  },
};

export const version: Kind<string> = {
  form: "a migration's version: the digits its file name begins with",
  parse(value) {
    // A whole file name, as pasted, is fine.
    const digits = /^(\d+)(?:_.*)?$/su.exec(value.trim())?.[1];
    if (digits === undefined) throw new Error(`is ${quoted(value)}`);
    return digits;
  },
};

const risks: Kind<readonly Risk[]> = {
  form: `one or more of ${RISKS.join(", ")}, one a line`,
  entries: {},
  parse: (value) =>
    lines.parse(value).map((word) => {
      const risk = RISKS.find((one) => one === word);
      if (risk === undefined) throw new Error(`names ${quoted(word)}`);
      return risk;
    }),
};

const houseRules: Kind<readonly HouseRule[]> = {
  form: `one or more of ${HOUSE_RULES.join(", ")}, one a line`,
  entries: {},
  parse: (value) =>
    lines.parse(value).map((word) => {
      const rule = HOUSE_RULES.find((one) => one === word);
      if (rule === undefined) throw new Error(`names ${quoted(word)}`);
      return rule;
    }),
};

const requiredColumns: Kind<readonly RequiredColumn[]> = {
  form: "one a line: a column's name, and its type where that counts",
  entries: {},
  parse: (value) =>
    lines.parse(value).map((text) => {
      const [, name, type] = /^(\w+)(?:\s+(\w+))?$/.exec(text) ?? [];
      if (name === undefined) throw new Error(`says ${quoted(text)}`);
      return { name, type };
    }),
};

/** What `lint` alone reads: a deploy takes none of it, so that nobody thinks that it lints. */
export const OF_LINT = ["since", "fail-on", "house-rules", "required-columns", "approvers"] as const;

/** What `validate` alone reads. */
export const OF_VALIDATE = ["test", "drift"] as const;

export const migrateSection = {
  name: "migrate",
  inputs: {
    command: input(choice("status", "plan", "apply", "down", "lint", "validate"), {
      description:
        "What to do: `apply` what is pending, go `down`, or only look: `status`, `plan`, `validate`, and `lint`, which needs no database.",
      default: "apply",
      perRun: true,
    }),
    directory: input(directory, { description: "The folder of the migration files in the checkout.", default: "migrations" }),
    to: input(version, {
      description: "`apply`: the last version to apply. `down`: the version to go back to, which stays (`0`: take everything back).",
      perRun: true,
    }),
    steps: input(count({ min: 1 }), {
      description: "At most so many migrations. `down` without `to` or `steps` takes one back.",
      perRun: true,
    }),
    run: input(line, {
      description: "Another tool's command instead of migration files, e.g. `npx prisma migrate deploy`. It gets `DATABASE_URL`.",
    }),
    since: input(line, {
      description:
        "`lint`: a commit, tag or branch; only files that came since are looked at, and as one set. Default: each file by itself.",
      perRun: true,
    }),
    "fail-on": input(risks, {
      description: "`lint`: the risks that fail it, one a line. What PostgreSQL's parser does not read fails always.",
      default: RISKS.filter((risk) => risk !== "advice" && risk !== "unknown").join("\n"),
      perRun: true,
    }),
    "house-rules": input(houseRules, {
      description: `\`lint\`: rules of your own that hold, too, one a line: ${HOUSE_RULES.map((name) => `\`${name}\``).join(", ")}.`,
      default: "",
    }),
    "required-columns": input(requiredColumns, {
      description: "`lint`: columns that each new table must have, one a line, with a type where that counts: `created_at timestamptz`.",
      default: "",
    }),
    approvers: input(lines, {
      description:
        "`lint`: who may approve what is destructive, one a line. A comment that allows it must then end `(approved by NAME)`. Default: a reason is enough.",
      default: "",
    }),
    test: input(line, {
      description: "`validate`: a command that runs in the checkout on the migrated database, whose `DATABASE_URL` it gets; red fails it.",
    }),
    drift: input(flag, {
      description: "`validate`: compare the database that is named, too, with what the migrations in its history make.",
      default: "false",
      perRun: true,
    }),
    "lock-timeout": input(timeLimit, {
      description:
        "How long a statement may wait for a lock, and make others wait behind it, before the file is rolled back and tried again (5 times).",
      default: "5s",
    }),
    "statement-timeout": input(timeLimit, { description: "How long one statement may run; 0 means without limit.", default: "0" }),
  },
} as const satisfies Section;

// A stand-in for GitHub's own program `gh`: the commands that init and the pages say, with the flags and in the ways that its
// manual has for them (https://cli.github.com/manual/), and no others. What it was told is kept in the file GH_STATE; what
// GitHub itself would answer is here only so far as somebody reads it.
const { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const file = process.env.GH_STATE;
const before = existsSync(file) ? readFileSync(file, "utf8") : '{"environments":{}}';
const state = JSON.parse(before);
const words = process.argv.slice(2);

function refuse(why) {
  console.error(`gh: ${why}: ${words.join(" ")}`);
  process.exit(1);
}

/** What stands behind the command's name: words without a dash, and flags, each with its value. `known`: long names, by short ones. */
function read(from, known) {
  const long = new Map(Object.entries(known));
  const plain = [];
  const flags = {};
  for (let at = from; at < words.length; at += 1) {
    const [, dashes, name, value] = /^(--?)([\w-]+)(?:=([^]*))?$/.exec(words[at]) ?? [];
    if (name === undefined) {
      plain.push(words[at]);
      continue;
    }
    const full = dashes === "-" ? long.get(name) : [...long.values()].find((one) => one === name);
    if (full === undefined) refuse(`unknown flag: ${words[at]}`);
    if (value === undefined && at + 1 >= words.length) refuse(`flag needs an argument: ${words[at]}`);
    (flags[full] ??= []).push(value ?? words[(at += 1)]);
  }
  return { plain, flags };
}

/** The value of a flag that is said at most once. */
function one(flags, name) {
  if ((flags[name]?.length ?? 0) > 1) refuse(`--${name} twice`);
  return flags[name]?.[0];
}

/** `--repo`, or the repository of the folder. */
function ours(flags) {
  const said = one(flags, "repo");
  if (said !== undefined && said !== process.env.GH_REPOSITORY) refuse("HTTP 404: Not Found");
}

function environment(name) {
  return state.environments[name] ?? refuse("HTTP 404: Not Found");
}

/** Standard input, without its last line breaks: https://cli.github.com/manual/gh_secret_set */
function input() {
  return readFileSync(0, "utf8").replace(/[\r\n]+$/, "");
}

/** `-F`: true, false, null and whole numbers are what they say; `-f` is always text. `a[b]=c` nests, `a[]=c` is a list. */
function payload(flags) {
  const fields = [
    ...(flags["raw-field"] ?? []).map((field) => [field, (text) => text]),
    ...(flags.field ?? []).map((field) => [field, (text) => (/^(true|false|null|-?\d+)$/.test(text) ? JSON.parse(text) : text)]),
  ];
  if (fields.length === 0) return undefined;
  const body = {};
  for (const [field, typed] of fields) {
    const [, path, text] = /^([^=]+)=([^]*)$/.exec(field) ?? refuse(`field ${field} requires a value separated by an '=' sign`);
    const keys = path.split(/\[|\]\[?/).slice(0, path.includes("[") ? -1 : undefined);
    let at = body;
    for (const [depth, key] of keys.entries()) {
      const last = depth === keys.length - 1;
      if (keys[depth + 1] === "") {
        const list = (at[key] ??= []);
        if (depth + 2 === keys.length) list.push(typed(text));
        else {
          const next = keys[depth + 2];
          if (list.length === 0 || next in list.at(-1)) list.push({});
          list.at(-1)[next] = typed(text);
        }
        break;
      }
      if (last && key in at) refuse(`unexpected override existing field under ${key}`);
      if (last) at[key] = typed(text);
      else at = at[key] ??= {};
    }
  }
  return body;
}

function same(value, right) {
  if (JSON.stringify(value) !== JSON.stringify(right)) refuse(`HTTP 422: ${JSON.stringify(value)} and not ${JSON.stringify(right)}`);
}

/** What GitHub answers to a request; `jq` of the few forms that are asked for. */
const ROUTES = [
  [
    "GET",
    /^\/environments\/([^/?]+)$/,
    (name) => {
      const { policy, reviewers } = environment(name);
      const rules = reviewers.length > 0 ? [{ type: "required_reviewers", reviewers }] : [];
      return { name, protection_rules: rules, deployment_branch_policy: policy };
    },
  ],
  [
    "PUT",
    /^\/environments\/([^/?]+)$/,
    (name, body) => {
      const { deployment_branch_policy: policy = null, reviewers = [], ...others } = body ?? {};
      same(others, {});
      if (policy !== null) same(policy, { protected_branches: false, custom_branch_policies: true });
      for (const { type, id, ...more } of reviewers) same([type, typeof id, more], ["User", "number", {}]);
      // What is not said is taken away: https://docs.github.com/rest/deployments/environments
      state.environments[name] = { secrets: {}, variables: {}, branches: [], ...state.environments[name], policy, reviewers };
      return { name };
    },
  ],
  [
    "GET",
    /^\/environments\/([^/?]+)\/deployment-branch-policies(?:\?per_page=100)?$/,
    (name) => ({ branch_policies: environment(name).branches.map((branch) => ({ name: branch })) }),
  ],
  [
    "POST",
    /^\/environments\/([^/?]+)\/deployment-branch-policies$/,
    (name, body) => {
      if (typeof body?.name !== "string" || Object.keys(body).length > 1) refuse("HTTP 422");
      environment(name).branches.push(body.name);
      return body;
    },
  ],
  ["GET", /^\/rulesets()$/, () => state.rulesets ?? []],
  [
    "POST",
    /^\/rulesets()$/,
    (_, body) => {
      const { name, target, enforcement, conditions, rules } = body;
      if (typeof name !== "string" || target !== "tag" || enforcement !== "active") refuse("HTTP 422");
      same(Object.keys(conditions.ref_name), ["include", "exclude"]);
      for (const { type } of rules) if (!["update", "deletion"].includes(type)) refuse("HTTP 422");
      (state.rulesets ??= []).push(body);
      return body;
    },
  ],
];

/** The few forms of `--jq` that are asked for. */
const JQ = {
  ".branch_policies[].name": (said) => said.branch_policies.map(({ name }) => name),
  ".[].target": (said) => said.map(({ target }) => target),
  ".id": (said) => [said.id],
};

function api() {
  const { plain, flags } = read(1, { X: "method", F: "field", f: "raw-field", q: "jq", "": "input" });
  if (plain.length !== 1) refuse("accepts 1 arg(s)");
  const [owner = "", repo = ""] = (process.env.GH_REPOSITORY ?? "").split("/");
  const path = plain[0].replaceAll("{owner}", owner).replaceAll("{repo}", repo);
  const whole = one(flags, "input");
  if (whole !== undefined && whole !== "-") refuse("no such file");
  const body = whole === undefined ? payload(flags) : JSON.parse(readFileSync(0, "utf8"));
  const method = one(flags, "method") ?? (body === undefined ? "GET" : "POST");
  const tell = (said) => {
    const jq = one(flags, "jq");
    if (jq !== undefined && !(jq in JQ)) refuse("no such jq here");
    for (const line of jq === undefined ? [JSON.stringify(said)] : JQ[jq](said)) console.log(line);
  };
  if (path === "user" && method === "GET") return tell({ login: "ada", id: 1815 });
  const place = path.startsWith(`repos/${owner}/${repo}/`) ? path.slice(`repos/${owner}/${repo}`.length) : refuse("HTTP 404: Not Found");
  for (const [asked, form, answer] of ROUTES) {
    const [, name] = asked === method ? (form.exec(place) ?? []) : [];
    if (name === undefined) continue;
    tell(answer(decodeURIComponent(name), body));
    return;
  }
  refuse("HTTP 404: Not Found");
}

const AT = { e: "env", R: "repo" };
const COMMANDS = {
  api,
  "secret list": () => list("secrets"),
  "variable list": () => list("variables"),
  "secret set": () => {
    // Never --body: a secret is no word of a command.
    const { plain, flags } = read(2, AT);
    ours(flags);
    if (plain.length !== 1) refuse("must pass name argument");
    environment(one(flags, "env")).secrets[plain[0]] = input();
  },
  "variable set": () => {
    const { plain, flags } = read(2, { ...AT, b: "body" });
    ours(flags);
    if (plain.length !== 1) refuse("must pass name argument");
    environment(one(flags, "env")).variables[plain[0]] = one(flags, "body") ?? input();
  },
  "release download": () => {
    const { plain, flags } = read(2, { R: "repo", p: "pattern", D: "dir" });
    if (plain.length > 0 || one(flags, "repo") !== "OWNER/savepoint" || one(flags, "pattern") !== "cli.js") refuse("no such release");
    mkdirSync(one(flags, "dir"), { recursive: true });
    symlinkSync(process.env.GH_CLI, join(one(flags, "dir"), "cli.js"));
  },
};

function list(kind) {
  const { plain, flags } = read(2, { ...AT, "": "json" });
  ours(flags);
  if (plain.length > 0 || one(flags, "json") !== "name") refuse("another list");
  console.log(JSON.stringify(Object.keys(environment(one(flags, "env"))[kind]).map((name) => ({ name }))));
}

(COMMANDS[words[0]] ?? COMMANDS[words.slice(0, 2).join(" ")] ?? (() => refuse("unknown command")))();
const after = JSON.stringify(state);
// Several of them ask at once: who only asks writes nothing, and nobody reads half of what another one wrote.
if (after !== before) {
  writeFileSync(`${file}.${process.pid}`, after);
  renameSync(`${file}.${process.pid}`, file);
}

// A stand-in for GitHub's own program `gh`. It takes the words that the manual has for what init uses, and no others
// (https://cli.github.com/manual/), and keeps in the file GH_STATE what it was told. What GitHub answers is not in it.
const { readFileSync, writeFileSync, existsSync } = require("node:fs");
const file = process.env.GH_STATE;
const state = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { environments: {} };
const words = process.argv.slice(2);

function refuse(why) {
  console.error(`gh: ${why}: ${words.join(" ")}`);
  process.exit(1);
}

/** The flags behind `from`: each takes a value, and may stand but once, those in `many` excepted. */
function flags(from, known, many = []) {
  const found = {};
  for (let at = from; at < words.length; at += 2) {
    const name = words[at];
    if (!known.includes(name) || at + 1 >= words.length || (found[name] && !many.includes(name))) refuse(`unknown flag ${name}`);
    (found[name] ??= []).push(words[at + 1]);
  }
  return found;
}

function environment(name) {
  return state.environments[name] ?? refuse("HTTP 404: Not Found");
}

function only(value, right) {
  if (JSON.stringify(value) !== JSON.stringify(right)) refuse(`${JSON.stringify(value)} and not ${JSON.stringify(right)}`);
}

function repository(given) {
  only(given["--repo"], [process.env.GH_REPOSITORY]);
}

const place = /^repos\/([^/]+\/[^/]+)\/environments\/([^/?]+)(\/deployment-branch-policies)?$/;
if (words[0] === "api") {
  const put = words[1] === "--method" ? words[2] : "GET";
  const at = put === "GET" ? 1 : 3;
  const [, owner, encoded, policies] = place.exec(words[at] ?? "") ?? refuse("no such path");
  if (owner !== process.env.GH_REPOSITORY) refuse("HTTP 404: Not Found");
  const name = decodeURIComponent(encoded);
  if (put === "PUT" && !policies) {
    const fields = flags(at + 1, ["-F"], ["-F"])["-F"] ?? [];
    only(fields, ["deployment_branch_policy[protected_branches]=false", "deployment_branch_policy[custom_branch_policies]=true"]);
    state.environments[name] ??= { secrets: {}, variables: {}, branches: [] };
  } else if (put === "POST" && policies) {
    const [field = ""] = flags(at + 1, ["-f"])["-f"] ?? [];
    if (!field.startsWith("name=")) refuse("no name");
    environment(name).branches.push(field.slice(5));
  } else if (put === "GET" && policies) {
    only(flags(at + 1, ["--jq"])["--jq"], [".branch_policies[].name"]);
    console.log(environment(name).branches.join("\n"));
  } else if (put === "GET") {
    only(words.length, 2);
    environment(name);
    console.log(JSON.stringify({ name, deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } }));
  } else refuse("no such method there");
} else if ((words[0] === "secret" || words[0] === "variable") && words[1] === "list") {
  const given = flags(2, ["--env", "--repo", "--json"]);
  repository(given);
  only(given["--json"], ["name"]);
  console.log(JSON.stringify(Object.keys(environment(given["--env"]?.[0])[`${words[0]}s`]).map((name) => ({ name }))));
} else if (words[0] === "secret" && words[1] === "set") {
  // Never --body: a secret is no word of a command.
  const given = flags(3, ["--env", "--repo"]);
  repository(given);
  environment(given["--env"]?.[0]).secrets[words[2]] = readFileSync(0, "utf8");
} else if (words[0] === "variable" && words[1] === "set") {
  const given = flags(3, ["--env", "--repo", "--body"]);
  repository(given);
  environment(given["--env"]?.[0]).variables[words[2]] = given["--body"]?.[0] ?? refuse("no --body");
} else refuse("unknown command");
writeFileSync(file, JSON.stringify(state));

import { expect, test } from "vitest";
import { parse } from "yaml";
import { backupWorkflow, deployWorkflow, doctorWorkflow, rollbackWorkflow } from "../../../../src/deploy/init/workflow-texts.ts";
import { inYaml } from "../../../../src/deploy/init/yaml-text.ts";
import { read } from "../../workflows/files.ts";

const place = { host: "deploy@shop.example" };
const given = { ...place, "app-dir": "/srv/shop", "database-service": "postgres" };

test("what init writes is what the examples show: there is one text", async () => {
  const health = { ...given, "health-url": "http://localhost:3000/health" };
  expect(deployWorkflow({ environment: "production", branch: "main", given: health, place })).toBe(await read("examples/deploy.yml"));
  const shown = deployWorkflow({ environment: "production", branch: "main", given: {}, place: {} });
  expect(await read("docs/getting-started.md")).toContain(`\`\`\`yaml\n${shown}\`\`\`\n`);
  expect(rollbackWorkflow(["production", "staging"])).toBe(await read("examples/rollback.yml"));
  expect(doctorWorkflow({ environment: "production", place: {} })).toBe(await read("examples/doctor.yml"));
  expect(backupWorkflow({ environment: "production", place: given })).toBe(await read("examples/backup.yml"));
});

test.each(["a: b", "a]", "- x", "#no", "é", "", "yes", "1.0", "a:", "*x", 'a"b', "release/1.x", "http://h:1/p?a=b,c"])(
  "a name such as %j stays itself in a workflow, also within brackets",
  (name) => {
    expect(parse(`[${inYaml(name)}]`)).toEqual([name]);
    const written = parse(deployWorkflow({ environment: name, branch: name, given: {}, place: {} }));
    expect(written.jobs.deploy.environment).toBe(name);
    expect(written.on.push.branches).toEqual([name]);
    expect(written.jobs.deploy.concurrency.group).toBe(`deploy-${name}`);
  },
);

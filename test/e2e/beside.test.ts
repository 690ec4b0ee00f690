import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, openWorkflowRunner, type WorkflowRun } from "../lab/act.ts";
import { type FakeGithub, startGithub } from "../lab/github.ts";
import { exampleOf } from "../lab/github/described.ts";
import { openReceiver, type Receiver } from "../lab/receiver.ts";
import { settledShop } from "../lab/settled-shop.ts";
import type { Shop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

/** What runs beside deploys: who is told that one waits, what a pull request is told, what is told again. In order: each begins where the last one ended. */
const TOKEN = "github-c4nary";
const RULES = "/repos/{owner}/{repo}/environments/{environment_name}";
const NAMES = ["backup-call", "deploy-approved", "doctor", "pull-request", "remind"];
const stack = new AsyncDisposableStack();
let shop: Shop;
let github: FakeGithub;
let team: Receiver;
let files: Readonly<Record<string, string>>;
let act: (request: Pick<WorkflowRun, "workflow" | "event" | "runId"> & { readonly from?: string }) => Promise<Ended>;

beforeAll(async () => {
  shop = stack.use(await settledShop());
  github = stack.use(await startGithub(shop.origin.url, { token: TOKEN }));
  team = stack.use(await openReceiver());
  const host = stack.use(await startSshd());
  const runner = stack.use(await openWorkflowRunner());
  files = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [`.github/workflows/${name}.yml`, await exampleWorkflow(`${name}.yml`)] as const)),
  );
  const profile = { host: `${host.user}@${host.host}:${host.port}`, notify: { channels: { team: "webhook url=TEAM" }, critical: "team" } };
  await shop.commit({ files, profile });
  act = async ({ from = "example/shop", ...request }) =>
    await runner.run({
      ...request,
      checkout: shop.checkout,
      secrets: { SSH_KEY: host.key, NOTIFY_SECRETS: `TEAM=${team.url}/c4nary`, GITHUB_TOKEN: TOKEN },
      vars: { SSH_KNOWN_HOSTS: host.knownHosts },
      env: { GITHUB_REPOSITORY: "example/shop", GITHUB_API_URL: github.apiUrl, GITHUB_GRAPHQL_URL: github.graphqlUrl },
      ...(request.event === "pull_request" && {
        payload: {
          pull_request: {
            number: 7,
            head: { sha: "c".repeat(40), repo: { full_name: from } },
            base: { repo: { full_name: "example/shop" } },
          },
        },
      }),
    });
}, 120_000);
afterAll(async () => await stack.disposeAsync());

const told = (): readonly string[] => team.received.map(({ json }) => json.event);

test("a deploy that waits for approval is told by the job beside it: by whom, and without the host's key", async () => {
  github.answer = (route) => (route.endsWith("/environments/production") ? { status: 200, body: exampleOf("GET", RULES) } : undefined);
  const commit = await shop.commit({ files });
  const deployed = await act({ workflow: "deploy-approved.yml", event: "push", runId: 501 });
  expect(deployed.log).not.toContain("::error");
  expect(deployed.green).toBe(true);
  expect([...told()].sort()).toEqual(["stable", "started", "waiting-for-approval"]);
  const waiting = team.received.find(({ json }) => json.event === "waiting-for-approval")?.json;
  expect(waiting).toMatchObject({
    environment: "shop/production",
    facts: { commit, reviewers: "octocat, Justice League" },
    run: expect.stringContaining("/actions/runs/501/"),
  });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
}, 120_000);

test("a pull request is told what a merge would do, and what doctor finds of it; a fork's run does neither", async () => {
  const commit = await shop.commit({ files, migrations: { "002_x.sql": "-- UP\nALTER TABLE notes DROP COLUMN body;\n" } });
  const before = await shop.journal();
  const planned = await act({ workflow: "pull-request.yml", event: "pull_request", runId: 511 });
  expect(planned.log).not.toContain("::error");
  expect(planned.green).toBe(true);
  const [comment, ...more] = github.records.comments.map(({ body }) => String(body));
  expect(more).toEqual([]);
  expect(comment).toContain(`Would deploy ${commit.slice(0, 7)} to shop/production`);
  expect(comment).toContain("destructive");

  const looked = await act({ workflow: "doctor.yml", event: "pull_request", runId: 512 });
  expect(looked.log).not.toContain("::error");
  expect(looked.green).toBe(true);
  await shop.commit({ files, profile: { "app-dir": `${shop.appDir}-of-nobody` } });
  const faulty = await act({ workflow: "doctor.yml", event: "pull_request", runId: 513 });
  expect(faulty.green).toBe(false);
  expect(faulty.summaries.join("\n")).toContain("-of-nobody");
  await shop.commit({ files, profile: { "app-dir": shop.appDir } });

  for (const [workflow, runId] of [
    ["pull-request.yml", 514],
    ["doctor.yml", 515],
  ] as const) {
    const fork = await act({ workflow, event: "pull_request", runId, from: "mallory/shop" });
    expect([fork.green, fork.summaries]).toEqual([true, []]);
  }
  expect(github.records.comments).toHaveLength(1);
  expect(await shop.journal()).toEqual(before);
}, 180_000);

test("while a person is needed, the schedules tell it again: the reminder's own, and the nightly backup's last step", async () => {
  const already = told().length;
  const next = (): readonly string[] => told().slice(already);
  const remind = async (runId: number) => await act({ workflow: "remind.yml", event: "schedule", runId });
  const backup = async (runId: number) => (await act({ workflow: "backup-call.yml", event: "schedule", runId })).green;
  expect([(await remind(521)).green, next()]).toEqual([true, []]);
  await shop.database.superuser("ALTER TABLE notes ADD COLUMN by_hand text");
  const reminded = await remind(522);
  expect([reminded.green, next()]).toEqual([true, ["needs-a-person"]]);
  // Whoever follows the message's link to the run reads there what is wrong, and what to do.
  expect(reminded.summaries.join("\n")).toMatch(/Still so: [^]*Next: .* rollback /);
  expect([await backup(523), next()]).toEqual([true, ["needs-a-person"]]);
  await shop.age(3_700);
  expect([await backup(524), next()]).toEqual([true, ["needs-a-person", "needs-a-person"]]);
  expect(team.received.at(-1)?.json).toMatchObject({
    text: expect.stringMatching(/^Still so: /),
    command: expect.stringContaining(" rollback "),
  });
  for (const { text } of team.received) expect(text).not.toContain("c4nary");
  expect(github.problems).toEqual([]);
}, 180_000);

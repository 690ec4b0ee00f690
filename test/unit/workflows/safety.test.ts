import { expect, test } from "vitest";
import { CALLED, COPIED, OURS, type Job, ownAction, read, type Step, stepsIn, workflow } from "./files.ts";

const ALL = [...CALLED, ...COPIED];
const EVERY = [...ALL, ...OURS];
const jobsOf = async (path: string) => Object.entries((await workflow(path)).jobs);
const isDryRun = (step: Step): boolean => step.with?.["dry-run"] === true;
const stepsOf = (job: Job): readonly Step[] => job.steps ?? [];

test("the workflows are there", () => {
  expect(CALLED).toHaveLength(4);
  expect(COPIED.length).toBeGreaterThan(5);
});

test.each(EVERY)("%s takes every permission away, and gives each job what it needs", async (path) => {
  expect((await workflow(path)).permissions).toEqual({});
  for (const [name, { permissions }] of await jobsOf(path)) {
    expect(permissions, name).toBeTypeOf("object");
    // What is released is attested as well.
    const own: Readonly<Record<string, readonly string[]>> = {
      "release.yml": ["contents", "id-token", "attestations"],
      "pull-request.yml": ["pull-requests"],
    };
    const may = own[path.split("/").at(-1) ?? ""] ?? ["contents", "packages"];
    const wide = Object.entries(permissions ?? {}).filter(([scope, level]) => level === "write" && !may.includes(scope));
    expect(wide, name).toEqual([]);
  }
});

test.each(EVERY)("%s pins other people's actions to a commit, and says which version that is", async (path) => {
  for (const [, action = "", rest = ""] of (await read(path)).matchAll(/uses: (\S+?)@(.*)$/gm)) {
    expect(rest).toMatch(action.startsWith("OWNER/savepoint") ? /^v1$/ : /^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test.each(ALL)("%s names its actions in full: a path would be looked for in the caller's repository", async (path) => {
  for (const { uses = "" } of stepsIn(await workflow(path))) expect(uses).toMatch(/^[^./$]/);
});

test("the release's job with the tokens that may write runs no package of others", async () => {
  const { publish } = (await workflow(".github/workflows/release.yml")).jobs;
  const steps = stepsOf(publish ?? {});
  expect(steps.flatMap(({ run }) => run ?? []).join("\n")).not.toMatch(/\bnp[mx]\b|node_modules/);
  expect(steps.flatMap(({ uses }) => uses ?? []).every((uses) => uses.startsWith("actions/"))).toBe(true);
  const others = (await jobsOf(".github/workflows/release.yml")).filter(([name]) => name !== "publish");
  for (const [name, { permissions }] of others) expect(permissions, name).toEqual({ contents: "read" });
});

test.each(EVERY)("%s pastes no expression into a shell", async (path) => {
  for (const [, job] of await jobsOf(path)) for (const { run = "" } of stepsOf(job)) expect(run).not.toContain("${{");
});

test.each(ALL)("%s shows its secrets only to the steps that need them", async (path) => {
  const { env, jobs } = await workflow(path);
  for (const shared of [env, ...Object.values(jobs).map((job) => job.env)]) expect(JSON.stringify(shared ?? {})).not.toContain("secrets.");
  const given = stepsIn(jobs).filter((step) => JSON.stringify([step.with ?? {}, step.env ?? {}]).includes("secrets."));
  for (const { uses = "" } of given) expect(uses).toMatch(/^OWNER\/savepoint/);
});

test.each(ALL)("%s waits for its turn in one place, and is not dropped from the queue", async (path) => {
  const document = await workflow(path);
  expect(document.concurrency).toBeUndefined();
  for (const [name, { uses, concurrency, steps = [] }] of Object.entries(document.jobs)) {
    if (uses !== undefined) {
      // What is called has the group already; the same in both layers would wait for itself.
      expect(concurrency, name).toBeUndefined();
    } else if (steps.every((step) => !step.uses?.startsWith("OWNER/savepoint") || step.uses.includes("/actions/notify@"))) {
      // Who only tells something must not wait behind what it tells of.
      expect(concurrency?.group ?? "", name).not.toMatch(/^(?:deploy|rollback|backup|restore|drill)-/);
    } else if (steps.some(isDryRun)) {
      // Of plans the newest alone is of use, and none keeps a deploy waiting.
      expect(concurrency, name).toEqual({ group: expect.stringMatching(/^plan-./), "cancel-in-progress": true });
    } else {
      expect(concurrency, name).toEqual({
        group: expect.stringMatching(/^(?:deploy|rollback|backup|restore|drill|doctor)-./),
        queue: "max",
      });
    }
  }
});

test.each(CALLED)("%s hands the channels' secrets to each of our steps", async (path) => {
  for (const { uses = "", with: inputs, env } of stepsIn(await workflow(path))) {
    if (!uses.startsWith("OWNER/savepoint")) continue;
    const secrets = uses.includes("/actions/notify@") ? inputs?.["secrets"] : env?.["SAVEPOINT_NOTIFY_SECRETS"];
    expect(secrets, uses).toBe("${{ secrets.NOTIFY_SECRETS }}");
  }
});

test("a rollback does not wait behind the deploy that it ends, nor a backup behind either", async () => {
  const groups = await Promise.all(
    ALL.map(async (path) => {
      const kind = /(deploy|rollback|backup|restore|drill|remind|doctor)[^/]*$/.exec(path)?.[1] ?? "deploy";
      const found = (await jobsOf(path)).flatMap(([, job]) => (stepsOf(job).some(isDryRun) ? [] : (job.concurrency?.group ?? [])));
      return { kind, found };
    }),
  );
  for (const { kind, found } of groups) for (const group of found) expect(group.startsWith(`${kind}-`)).toBe(true);
});

test.each(ALL)("%s reads only outputs that exist", async (path) => {
  for (const [, job] of await jobsOf(path)) {
    for (const [, id = "", name = ""] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const uses = stepsOf(job).find((step) => step.id === id)?.uses ?? "";
      expect(Object.keys((await ownAction(uses))?.outputs ?? {}), `steps.${id}`).toContain(name);
    }
  }
});

test.each(ALL)("%s takes a deploy back whatever ended it", async (path) => {
  for (const [name, job] of await jobsOf(path)) {
    const ours = stepsOf(job).filter(({ uses = "" }) => /^OWNER\/savepoint(?:\/actions\/(?:migrate|rollout))?@/.test(uses));
    if (ours.every(isDryRun)) continue;
    const last = stepsOf(job).at(-1);
    expect(last, name).toMatchObject({ uses: "OWNER/savepoint/actions/rollback@v1", if: "failure() || cancelled()" });
  }
});

test.each(CALLED)("%s can be called and pressed, with the same inputs by the same names, and no more than GitHub allows", async (path) => {
  const { workflow_call: called, workflow_dispatch: pressed } = (await workflow(path)).on;
  expect(Object.keys(pressed?.inputs ?? {}).toSorted()).toEqual(Object.keys(called?.inputs ?? {}).toSorted());
  expect(Object.keys(pressed?.inputs ?? {}).length).toBeLessThanOrEqual(25);
});

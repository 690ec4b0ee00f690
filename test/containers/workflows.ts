import { expect } from "vitest";
import { parse } from "yaml";
import { exampleWorkflow } from "../e2e/examples.ts";
import { type Ended, openWorkflowRunner, type Running, type WorkflowRun, type WorkflowRunner } from "../lab/act.ts";
import type { ComposeShop } from "../lab/compose-shop.ts";
import type { ActionRun, RunOptions } from "../lab/shop.ts";

/** The root action, as a step without a name is called. */
export const DEPLOY = "acme/savepoint@v1";
/** The last step of each deploy workflow. */
export const LAST = "Take back what was cancelled";

/** What a workflow is started with; the event follows from it where it is not said. */
export type Start = Partial<Pick<WorkflowRun, "event" | "inputs" | "env">>;

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** The workflows of the shop's developers: ready-made ones in which all that is theirs is filled in, and a real runner. */
export class Workflows implements AsyncDisposable {
  /** To be committed. */
  readonly files: Readonly<Record<string, string>>;
  readonly #shop: ComposeShop;
  readonly #runner: WorkflowRunner;
  #runs = 700;

  private constructor(shop: ComposeShop, runner: WorkflowRunner, files: Readonly<Record<string, string>>) {
    this.#shop = shop;
    this.#runner = runner;
    this.files = files;
  }

  /** `examples` are those they chose, by the names that the files have with them. */
  static async open(shop: ComposeShop, examples: Readonly<Record<string, string>>): Promise<Workflows> {
    const values = {
      "deploy@shop.example": shop.host.login,
      "/srv/shop": shop.appDir,
      "http://localhost:3000": `http://localhost:${new URL(shop.url).port}`,
    };
    const files: Record<string, string> = {};
    for (const [name, example] of Object.entries(examples)) {
      const text = await exampleWorkflow(example);
      files[pathOf(name)] = Object.entries(values).reduce((filled, [theirs, mine]) => filled.replaceAll(theirs, mine), text);
    }
    return new Workflows(shop, await openWorkflowRunner(), files);
  }

  /** Starts a run of a workflow as it stands in the checkout: a push, or with inputs a press of its button. */
  start(name: string, { event, inputs, env }: Start = {}): Running {
    const { checkout, host, app } = this.#shop;
    this.#runs += 1;
    return this.#runner.start({
      checkout,
      workflow: name,
      event: event ?? (inputs === undefined ? "push" : "workflow_dispatch"),
      runId: this.#runs,
      secrets: { SSH_KEY: host.key },
      vars: { SSH_KNOWN_HOSTS: host.knownHosts, SSH_HOST: host.login },
      env: { GITHUB_REPOSITORY: `acme/${app}`, ...env },
      ...(inputs && { inputs }),
    });
  }

  async run(name: string, start?: Start): Promise<Ended> {
    return await this.start(name, start).done;
  }

  /** The built action as a process of its own, to be signalled: given what the step of `deploy.yml` gives it. */
  async entry(name: "deploy" | "rollback", options: RunOptions): Promise<ActionRun> {
    const uses = name === "deploy" ? DEPLOY : `acme/savepoint/actions/${name}@v1`;
    const { jobs } = parse(this.files[pathOf("deploy.yml")] ?? "") as { jobs: { deploy: { steps: readonly Step[] } } };
    const given = jobs.deploy.steps.find((step) => step.uses === uses)?.with;
    expect(given).toBeDefined();
    const known: Readonly<Record<string, string>> = {
      "${{ secrets.SSH_KEY }}": this.#shop.host.key,
      "${{ vars.SSH_KNOWN_HOSTS }}": this.#shop.host.knownHosts,
    };
    const inputs = Object.entries(given ?? {}).map(([input, value]) => [input, known[String(value)] ?? String(value)] as const);
    return await this.#shop.action(name, Object.fromEntries(inputs), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]();
  }
}

function pathOf(name: string): string {
  return `.github/workflows/${name}`;
}

import { clauseOf } from "../../core/failure.ts";
import type { Values } from "../../core/input.ts";
import { quietMoment } from "../../core/quiet-moment.ts";
import type { Secret } from "../../core/secret.ts";
import { JOURNAL } from "../../core/settings.ts";
import { type GithubApi, githubAddresses, openGithubApi } from "../../github/api.ts";
import { ensureIssue } from "../../github/issue.ts";
import { patient } from "../../github/patience.ts";
import type { RepositoryName } from "../../github/repository.ts";
import { addDeploymentStatus, ensureDeployment, setCommitStatus } from "../../github/deployments.ts";
import { githubSection } from "../../github/inputs.ts";
import { type Permission, tellingTrouble, Untold } from "../../github/trouble.ts";
import type { Entry, GithubTold } from "../../journal/entries.ts";
import type { News } from "../../journal/news.ts";
import type { ObserverWorld } from "./channel-world.ts";
import { issueText } from "./issue-text.ts";
import { listWay, statusWay } from "../call/next-command.ts";
import { type Owed, owedTo } from "./owed.ts";
import { runOf } from "../call/owner.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** All that one process may spend on telling GitHub, beside its work. Milliseconds. */
const BUDGET_MS = 10_000;

type Feature = "deployments" | "status" | "issue";
const NEEDS: Readonly<Record<Feature, Permission>> = {
  deployments: "deployments: write",
  status: "statuses: write",
  issue: "issues: write",
};

/** Where GitHub is told, and as whom. */
export interface GithubPlace {
  readonly token: Secret;
  readonly repository: RepositoryName;
}

/** Keeps GitHub at what the journal says: deployments, the commit's status, issues. */
export class GithubTeller {
  readonly #world: ObserverWorld;
  readonly #to: GithubPlace;
  #leftMs = BUDGET_MS;
  /** What could not be done is warned of once, and not tried again by this process. */
  readonly #given = new Set<Feature>();
  /** What it wrote, which may not stand in the journal yet. */
  readonly #noted: Entry[] = [];

  constructor(world: ObserverWorld, to: GithubPlace) {
    this.#world = world;
    this.#to = to;
  }

  /** Never throws what GitHub answers. */
  async bring(news: News, signal: AbortSignal): Promise<void> {
    if (this.#leftMs <= 0) return;
    const ledger = await this.#world.ledger();
    // Beside a deploy, whoever deploys tells.
    if (ledger === undefined || (news.kind === "notice" && ledger.open !== undefined)) return;
    const last = ledger.deploys.at(-1);
    const raw = last === undefined ? {} : settingsOfDeploy(last);
    const settings = this.#world.settings.withFallback({ source: JOURNAL, raw }).section(githubSection);
    const owed = owedTo({ ...ledger, entries: [...ledger.entries, ...this.#noted] });
    for (const feature of Object.keys(NEEDS) as readonly Feature[]) {
      if (!settings[feature] || this.#given.has(feature)) continue;
      await this.#inTime(feature, signal, async (api, now) => {
        for (const one of owed) await this.#tell(feature, { api, one, settings, signal: now });
      });
    }
  }

  /** Does it within what is left of the time; what goes wrong is said, and is no matter of the deploy. */
  async #inTime(feature: Feature, signal: AbortSignal, body: (api: GithubApi, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { ports } = this.#world;
    // GitHub's client is large, and what it shows is read no sooner for being told at once.
    await quietMoment();
    const started = performance.now();
    const bound = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(this.#leftMs)))]);
    try {
      const api = await openGithubApi({
        token: this.#to.token,
        ...githubAddresses(ports.env),
        signal: bound,
        trouble: tellingTrouble(NEEDS[feature]),
      });
      await body(patient(api, ports.clock, bound), bound);
    } catch (error) {
      this.#given.add(feature);
      const why = bound.aborted ? "it did not answer in time" : this.#hidden(clauseOf(error));
      const evidence = error instanceof Untold ? error.evidence.map((line) => this.#hidden(line)).join("; ") : "";
      ports.report.warning(
        `GitHub was not told (\`github.${feature}\`): ${why}. The deploy does not depend on it, and the next run that can tells it.`,
      );
      if (evidence !== "") ports.report.detail(evidence);
    } finally {
      this.#leftMs -= performance.now() - started;
    }
  }

  async #tell(
    feature: Feature,
    request: {
      readonly api: GithubApi;
      readonly one: Owed;
      readonly settings: Values<(typeof githubSection)["inputs"]>;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { api, one, settings } = request;
    const { deploy, told, state, status } = one;
    const { repository } = this.#to;
    const description = this.#hidden(one.description);
    const environment = this.#world.title.slice(this.#world.title.indexOf("/") + 1);
    if (feature === "issue") {
      if (!one.issue || told?.issue !== undefined) return;
      const { title, place } = this.#world;
      const text = issueText({ deploy, title, ways: [statusWay(place), listWay(place)], hidden: (words) => this.#hidden(words) });
      const issue = await ensureIssue(api, repository, {
        ...text,
        about: `rollback ${deploy.id}`,
        labels: settings["issue-labels"] ?? [],
        notBefore: new Date(deploy.openedAt),
      });
      this.#note({ about: deploy.id, issue });
      return;
    }
    if (feature === "status") {
      if (status === undefined || status === told?.status) return;
      // Several deploys of one commit share its status: the newest says it, whose end comes last.
      await setCommitStatus(api, repository, {
        commit: deploy.commit,
        state: status,
        context: `savepoint/${environment}`,
        description,
        log: deploy.run,
      });
      this.#note({ about: deploy.id, status });
      return;
    }
    // One that is over and was never shown need not be shown as replaced.
    if (state === told?.state || (state === "inactive" && told?.deployment === undefined)) return;
    let deployment = told?.deployment;
    if (deployment === undefined) {
      const own = deploy.owner === this.#world.owner.id;
      deployment = await ensureDeployment(api, repository, {
        id: deploy.id,
        commit: deploy.commit,
        environment: settings.environment ?? environment,
        task: deploy.goingBack ? "rollback" : "deploy",
        description,
        run: own ? runOf(deploy.run)?.number.toString() : undefined,
      });
      this.#note({ about: deploy.id, deployment });
    }
    await addDeploymentStatus(api, repository, { deployment, state, description, log: deploy.run, url: settings.url });
    this.#note({ about: deploy.id, state });
  }

  #note(told: GithubTold): void {
    const fact = { kind: "github.told", ...told } as const;
    const { owner, ports } = this.#world;
    this.#noted.push({ v: 1, at: ports.clock.now().toISOString(), owner: owner.id, ...fact });
    this.#world.note(fact);
  }

  /** No text should hold a secret; what everybody who reads the repository sees is looked through all the same. */
  #hidden(text: string): string {
    return withoutSecrets(this.#world.settings)(text).replaceAll(this.#to.token.reveal(), "***");
  }
}

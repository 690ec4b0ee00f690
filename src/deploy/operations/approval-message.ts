import { tokenOf } from "../../config/shared.ts";
import { clauseOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import type { Settings } from "../../core/settings.ts";
import { githubAddresses, openGithubApi, type RequestError } from "../../github/api.ts";
import { type ApprovalRule, approvalRule } from "../../github/approval.ts";
import { githubSection } from "../../github/inputs.ts";
import { tellingTrouble, Untold } from "../../github/trouble.ts";
import type { NotifySettings } from "../../notify/inputs.ts";
import type { Notification } from "../../notify/notification.ts";
import { channelsOf } from "../telling/tell-channels.ts";
import type { Owner } from "../call/owner.ts";
import { withoutSecrets } from "../telling/without-secrets.ts";
import { tellEach, toldOutcome } from "./tell-each.ts";

interface ApprovalCall {
  /** `shop/production`. */
  readonly title: string;
  readonly environment: string;
  readonly commit: string | undefined;
  readonly token: string | undefined;
  readonly notify: NotifySettings;
  readonly settings: Settings;
  readonly owner: Owner;
  readonly ports: Ports;
  readonly dry: boolean;
}

/**
 * Says that this run waits for a person. A job beside the one that waits does so, as no code of ours runs in that one yet; it sees
 * neither the environment's secrets nor its host.
 */
export async function sendWaiting(call: ApprovalCall): Promise<Outcome> {
  const { title, notify, settings, owner, ports, commit, dry } = call;
  const nothing = (headline: string): Outcome => ({ outputs: { told: [], failed: [] }, headline: `${title}: ${headline}`, blocks: [] });
  const hearing = channelsOf(notify, call).filter(({ hears }) => hears.has("info"));
  if (hearing.length === 0) return nothing("no channel hears of what waits");
  const rule = await ruleOf(call);
  if (rule === "none") return nothing("waits for nobody's approval; no channel is told");
  if (dry) return nothing(`would tell ${hearing.map(({ channel }) => channel.name).join(", ")} that it waits for approval`);
  const hide = withoutSecrets(settings);
  const sha = commit ?? ports.env["GITHUB_SHA"];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["commit", sha],
    ["who", owner.actor],
    ["reviewers", rule === "unknown" || rule.reviewers.length === 0 ? undefined : rule.reviewers.join(", ")],
    ["timer", rule === "unknown" || rule.waits === 0 ? undefined : `${rule.waits} min`],
  ];
  const message: Notification = {
    event: "waiting-for-approval",
    severity: "info",
    at: ports.clock.now().toISOString(),
    environment: title,
    text: `The deploy of ${sha === undefined ? "a version" : shortCommit(sha)} begins once it is approved on the run's page.`,
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, hide(value)] as const])),
    commits: [],
    run: owner.run,
  };
  return toldOutcome(title, "that it waits for approval was", await tellEach(hearing, () => message, ports));
}

/** GitHub's word on the environment. Where it cannot be had, it is told: once too often is better than never. */
async function ruleOf({ environment, settings, token, ports }: ApprovalCall): Promise<ApprovalRule | "none" | "unknown"> {
  const { env, signal, report } = ports;
  const given = (tokenOf({ token }, env) ?? "").trim();
  const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  if (given === "" || repo === "") return "unknown";
  const access = { token: new Secret(given), ...githubAddresses(env), signal, trouble: tellingTrouble("actions: read") };
  try {
    const api = await openGithubApi(access);
    const name = settings.section(githubSection).environment ?? environment;
    return (await approvalRule(api, { owner, repo, environment: name })) ?? "none";
  } catch (error) {
    if (!(error instanceof Untold)) throw error;
    // One that is not there yet has no rules.
    if ((error.cause as RequestError).status === 404) return "none";
    report.notice(`Whether the environment ${environment} waits for approval is not known, so it is told: ${clauseOf(error)}.`);
    return "unknown";
  }
}

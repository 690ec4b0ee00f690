import pLimit from "p-limit";
import { OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { Failure } from "../../core/failure.ts";
import { type Finding, FINDING_STATES } from "../../core/finding.ts";
import { plural } from "../../core/format.ts";
import { type AskedEnvironment, type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import { EXAMINATIONS } from "../doctor/examinations.ts";
import { examine } from "../doctor/examine.ts";
import { openWorld } from "../doctor/world.ts";

const sections = { shared: sharedSection } as const;

/** Environments that are looked at at once: each has a connection of its own. */
const AT_ONCE = 4;

export const doctor = operation({
  name: "doctor",
  description: "Looks at everything a deploy needs, all at once, and changes nothing: what is seen, why it matters, what mends it.",
  sections,
  passesOver: [...OF_DEPLOYS, "dry-run"],
  own: undefined,
  examines: true,
  outputs: {
    failed: "How many findings would stop a deploy, or its way back.",
    warned: "How many findings should be mended.",
    unseen: "How many things could not be looked at.",
    passed: "How many things are in order.",
    findings: "All findings as JSON: `environment`, `state` (`fail`, `warn`, `unseen`, `pass`), `about`, `seen`, `why`, `advice`, `mends`.",
  },
  example: {
    flags: "--environment all",
    about: ["Before the first deploy, and whenever something is odd. `all` are all environments of savepoint.yml."],
  },
  branding: { icon: "search", color: "green" },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { asked = [] } = call;
    const limit = pLimit(AT_ONCE);
    const looked = await Promise.all(asked.map(async (one, at) => await limit(async () => await lookAt(one, call.ports, at === 0))));
    return concluded(looked);
  },
});

interface Examined {
  readonly title: string;
  readonly environment: string;
  readonly findings: readonly Finding[];
}

/** What belongs to the repository is looked at beside the first environment. */
async function lookAt(asked: AskedEnvironment, ports: Ports, first: boolean): Promise<Examined> {
  const { app, environment } = asked.profile;
  await using world = openWorld(asked, ports);
  const findings = await examine(
    EXAMINATIONS.filter(({ of }) => first || of === "environment"),
    world,
  );
  return { title: `${app ?? "app"}/${environment}`, environment, findings };
}

/** Green where nothing fails. What fails needs a person: as `status` does, it ends with 3. */
function concluded(looked: readonly Examined[]): Outcome {
  const all = looked.flatMap(({ environment, findings }) => findings.map((finding) => ({ environment, ...finding })));
  const count = Object.fromEntries(FINDING_STATES.map((state) => [state, all.filter((one) => one.state === state).length]));
  const { fail = 0, warn = 0, unseen = 0, pass = 0 } = count;
  const outputs = { failed: fail, warned: warn, unseen, passed: pass, findings: JSON.stringify(all) };
  const blocks = looked.map(({ title, findings }): Block => ({ kind: "findings", title, findings }));
  const names = looked.map(({ title }) => title).join(", ");
  const beside = [
    ...(warn > 0 ? [plural(warn, "warning")] : []),
    ...(unseen > 0 ? [`${unseen} could not be looked at`] : []),
    `${pass} in order`,
  ].join(", ");
  if (fail === 0) return { outputs, headline: `${names}: nothing stands in a deploy's way; ${beside}`, blocks, details: { findings: all } };
  throw new Failure(`${names}: ${fail === 1 ? "1 finding stands" : `${fail} findings stand`} in a deploy's way; ${beside}.`, {
    exit: 3,
    code: "unfit",
    outputs,
    blocks,
  });
}

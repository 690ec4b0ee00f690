import { OF_OPENING, sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { notifySection } from "../../notify/inputs.ts";
import { openEnvironment } from "../environment/environment.ts";
import { ownerOf } from "../call/owner.ts";
import { sendWaiting } from "./approval-message.ts";
import { repeatCritical } from "./repeat-message.ts";
import { sendTest } from "./test-message.ts";

const sections = { shared: sharedSection, notify: notifySection } as const;
const KINDS = ["test", "repeat", "waiting-for-approval"] as const;

export const notify = operation({
  name: "notify",
  description: "Tells the channels what no deploy tells: a test, that a run waits for approval, that a person is still needed.",
  sections,
  passesOver: [...OF_OPENING, "detach-subscriptions"],
  own: "notify",
  outputs: { told: "The channels that took the message.", failed: "The channels that could not be told." },
  example: { flags: "--test", about: ["Sends a test message to every channel and says what each answered."] },
  branding: { icon: "bell", color: "blue" },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { shared, notify: settings } = call.inputs;
    const wanted = KINDS.filter((kind) => settings[kind]);
    if (wanted.length !== 1)
      throw refusal(
        wanted.length === 0 ? "It is not said what is to be told." : `Only one of ${wanted.join(", ")} can be told at a time.`,
        { code: "inputs", hint: `Give one of ${KINDS.map((kind) => `\`${kind}\``).join(", ")}.` },
      );
    if (settings.repeat) {
      await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
      return await repeatCritical(environment);
    }
    const { app = "app", environment } = call.profile;
    const { settings: given, ports } = call;
    const about = { title: `${app}/${environment}`, owner: ownerOf(ports), ports, dry: shared["dry-run"] };
    if (settings.test) return await sendTest({ ...about, settings });
    return await sendWaiting({ ...about, environment, commit: shared.commit, token: shared.token, notify: settings, settings: given });
  },
});

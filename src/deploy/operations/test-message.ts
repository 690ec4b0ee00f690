import { refusal } from "../../core/failure.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import type { NotifySettings } from "../../notify/inputs.ts";
import type { Notification } from "../../notify/notification.ts";
import { openChannels } from "../../notify/open-channels.ts";
import type { Owner } from "../call/owner.ts";
import { tellEach, type ToldChannel, toldOutcome } from "./tell-each.ts";

interface TestCall {
  readonly title: string;
  readonly settings: NotifySettings;
  readonly owner: Owner;
  readonly ports: Ports;
  readonly dry: boolean;
}

/** Sends every channel a message that says that it is a test; those that cannot even be opened count as not told. */
export async function sendTest({ title, settings, owner, ports, dry }: TestCall): Promise<Outcome> {
  const all = settings.channels ?? [];
  if (all.length === 0)
    throw refusal("No channel is named, so there is nobody to be told.", {
      code: "inputs",
      hint: "Name one under `notify: channels:` in savepoint.yml, or in SAVEPOINT_NOTIFY_CHANNELS.",
    });
  const { open, problems, closed } = openChannels(settings);
  for (const problem of problems) ports.report.warning(problem);
  const names = all.map(({ name }) => name).join(", ");
  if (dry) return { outputs: { told: [], failed: [] }, headline: `${title}: would send a test message to ${names}`, blocks: [] };
  const at = ports.clock.now().toISOString();
  const sent = await tellEach(
    open,
    ({ hears }): Notification => ({
      event: "test",
      severity: "info",
      at,
      environment: title,
      text: "This is a test. Nothing happened, and nothing is to be done.",
      facts: [
        ["this channel hears", [...hears].join(", ") || "nothing"],
        ...(owner.actor === undefined ? [] : [["who", owner.actor] as const]),
      ],
      commits: [],
      run: owner.run,
    }),
    ports,
  );
  const unopened = closed.map(({ name, lacks }): ToldChannel => ({
    channel: name,
    sent: false,
    answer: `${lacks.join(", ")} is not given`,
  }));
  return toldOutcome(title, "a test message was", [...sent, ...unopened]);
}

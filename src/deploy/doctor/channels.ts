import { plural } from "../../core/format.ts";
import { notifySection } from "../../notify/inputs.ts";
import { openChannels, whyClosed } from "../../notify/open-channels.ts";
import { type Examination, passes, unseen, warns } from "./examination.ts";

/** Whether each channel that the settings name has what it needs to be told. Nothing is sent: `notify --test` does that. */
export const channelsExamination: Examination = {
  about: "notifications",
  of: "environment",
  needs: [],
  why: "A channel that lacks something hears of nothing, also of what goes wrong at night.",
  async look({ asked, ports, told }) {
    const settings = asked.settings.section(notifySection);
    if (settings.channels === undefined || settings.channels.length === 0) return [];
    const { open, closed, problems } = openChannels(settings);
    for (const problem of problems) told.add(problem);
    // A pull request's run may have no secrets; whoever sits at a terminal mostly has none.
    const withheld = ports.terminal || ports.env["GITHUB_EVENT_NAME"] === "pull_request";
    const lacking = closed.map(whyClosed);
    const found = problems.filter((problem) => !withheld || !lacking.includes(problem)).map((problem) => warns(problem));
    if (withheld && closed.length > 0) {
      const missing = closed.map(({ name, lacks }) => `${lacks.join(", ")} of the channel ${name}`).join("; ");
      found.push(unseen(`Could not look: not given here: ${missing}.`, { advice: "Where a deploy runs, they are its `notify-secrets`." }));
    }
    if (found.length > 0) return found;
    return [passes(`${plural(open.length, "channel")} can be told.`)];
  },
};

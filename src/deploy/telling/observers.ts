import { Audience } from "../../core/audience.ts";
import type { Observer } from "../../core/observer.ts";
import type { News } from "../../journal/news.ts";
import type { ObserverWorld } from "./channel-world.ts";
import { tellChannels } from "./tell-channels.ts";
import { tellGithub } from "./tell-github.ts";
import { tellReport } from "./tell-report.ts";

/** Who hears of what happens, and how they are made; none where the settings ask for none. Another one is one file and one row. */
const OBSERVERS: readonly ((world: ObserverWorld) => readonly Observer<News>[])[] = [
  ({ ports }) => [tellReport(ports.report)],
  tellChannels,
  tellGithub,
];

/** Everybody who hears of what happens in an environment. */
export function audienceOf(world: ObserverWorld): Audience<News> {
  return new Audience<News>([...OBSERVERS.flatMap((make) => make(world)), ...(world.ports.observers ?? [])], world.ports);
}

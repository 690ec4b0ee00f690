import { Audience } from "../../core/audience.ts";
import type { Observer } from "../../core/observer.ts";
import type { Ports } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import type { News } from "../../journal/news.ts";
import { tellReport } from "./tell-report.ts";

/** What an observer is made from. */
interface ObserverWorld {
  readonly ports: Ports;
  /** `shop/production`. */
  readonly title: string;
  /** What this call says. */
  readonly settings: Settings;
}

/** Who hears of what happens, and how each is made; undefined where its settings do not ask for it. Another one is one file and one row. */
const OBSERVERS: readonly ((world: ObserverWorld) => Observer<News> | undefined)[] = [({ ports }) => tellReport(ports.report)];

/** Everybody who hears of what happens in an environment. */
export function audienceOf(world: ObserverWorld): Audience<News> {
  const own = OBSERVERS.map((make) => make(world)).filter((one) => one !== undefined);
  return new Audience<News>([...own, ...(world.ports.observers ?? [])], world.ports);
}

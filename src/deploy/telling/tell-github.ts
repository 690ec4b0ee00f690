import { tokenOf } from "../../config/shared.ts";
import { SHARED } from "../../core/input.ts";
import type { Observer } from "../../core/observer.ts";
import { quietMoment } from "../../core/quiet-moment.ts";
import { Secret } from "../../core/secret.ts";
import { repositoryOf } from "../../github/repository.ts";
import type { News } from "../../journal/news.ts";
import type { GithubTeller } from "./github-teller.ts";
import type { ObserverWorld } from "./channel-world.ts";

/** The facts after which GitHub is to show something else. */
const CHANGING: ReadonlySet<string> = new Set(["deploy.opened", "deploy.closed", "stable.withdrawn"]);

/** Whoever tells GitHub of what changes what it shows. None where there is no token to tell it with. */
export function tellGithub(world: ObserverWorld): readonly Observer<News>[] {
  const { env } = world.ports;
  const token = (tokenOf({ token: world.settings.text(SHARED, "token") }, env) ?? "").trim();
  const repository = repositoryOf(env);
  if (token === "" || repository === undefined) return [];
  let teller: Promise<GithubTeller> | undefined;
  const observer: Observer<News> = {
    name: "GitHub",
    on(news, signal) {
      const changing = news.kind === "fact" ? CHANGING.has(news.fact.kind) : news.notice.kind !== "lock.waiting";
      if (!changing) return;
      // Loaded only now: most commands change nothing that it shows.
      teller ??= quietMoment()
        .then(async () => await import("./github-teller.ts"))
        .then(({ GithubTeller }) => new GithubTeller(world, { token: new Secret(token), repository }));
      return teller.then(async (it) => await it.bring(news, signal));
    },
  };
  return [observer];
}

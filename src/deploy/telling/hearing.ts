// deploy/telling: who hears of what happens, and what each of them is told.

import type { Shared } from "../../config/shared.ts";
import type { Audience } from "../../core/audience.ts";
import type { Journal } from "../../journal/journal.ts";
import type { News } from "../../journal/news.ts";
import type { Clone } from "../../machine/git/clone.ts";
import type { ObserverWorld } from "./channel-world.ts";
import { commitLines } from "./commit-lines.ts";
import { Notes } from "./notes.ts";
import { audienceOf } from "./observers.ts";

interface Hearers extends Pick<ObserverWorld, "ports" | "title" | "settings" | "owner"> {
  readonly app: string;
  readonly name: string;
  readonly shared: Shared;
  /** The app's clone. It is only read, and must be also when the lock was left a moment ago. */
  readonly openClone: () => Promise<Clone | undefined>;
  readonly journal: Journal | undefined;
}

/** All who hear of what happens in an environment. Who they are is known once the journal was asked for settings; before, nothing happens. */
export class Hearing implements AsyncDisposable {
  #audience: Audience<News> | undefined;
  #notes: Notes | undefined;

  readonly tell = (news: News): void => this.#audience?.tell(news);

  begin({ app, name, shared, openClone, journal, ...said }: Hearers): void {
    const notes = new Notes(journal, { ports: said.ports, owner: said.owner.id });
    this.#notes = notes;
    this.#audience = audienceOf({
      ...said,
      place: { app, name, shared, ports: said.ports },
      ledger: async () => await journal?.read(),
      note: (fact) => notes.write(fact),
      commits: async (from, to) => await commitLines(openClone, from, to),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#audience?.[Symbol.asyncDispose]();
    await this.#notes?.[Symbol.asyncDispose]();
  }
}

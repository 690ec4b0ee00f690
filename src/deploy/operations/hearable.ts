import type { sharedSection } from "../../config/shared.ts";
import type { Section } from "../../core/input.ts";
import type { Observer } from "../../core/observer.ts";
import type { Call, Operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { News } from "../../journal/news.ts";
import { tellUnbegun } from "../telling/tell-unbegun.ts";

type WithShared = { readonly shared: typeof sharedSection } & Readonly<Record<string, Section>>;

/** What only looks, by the name of an operation's own `command`. */
const LOOKS: ReadonlySet<string> = new Set(["status", "plan", "lint", "validate"]);

/** Whether a call of an operation only looks. */
export function onlyLooks(own: string | undefined, { settings }: Pick<Call, "settings">): boolean {
  return own !== undefined && LOOKS.has(settings.text(own, "command") ?? "");
}

/** An operation that changes something: whoever hears of deploys hears also why it could not even begin. */
export function hearable<const S extends WithShared>(declared: Operation<S>): Operation<S> {
  const tell = async (call: Pick<Call, "settings" | "ports" | "profile">, error: unknown): Promise<void> => {
    if (!onlyLooks(declared.own, call)) await tellUnbegun(call, declared.name, error);
  };
  return {
    ...declared,
    async run(call: Call<S>): Promise<Outcome> {
      const ear = new Ear();
      const ports = { ...call.ports, observers: [...(call.ports.observers ?? []), ear] };
      try {
        return await declared.run({ ...call, ports });
      } catch (error) {
        if (!ear.begun) await tell({ ...call, ports }, error);
        throw error;
      }
    },
    unread: tell,
  };
}

/** Whether anything was told that ends in a word on how it went. */
class Ear implements Observer<News> {
  readonly name = "the operation itself";
  begun = false;

  on(news: News): void {
    if (news.kind === "fact") this.begun ||= news.fact.kind === "step.failed" || news.fact.kind === "deploy.closed";
    else this.begun ||= news.notice.kind === "backup.failed" || news.notice.kind === "drill.failed";
  }
}

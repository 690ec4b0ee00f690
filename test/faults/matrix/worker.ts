import type { Case, Ground } from "./cases.ts";
import { openCompose } from "./compose.ts";
import { openCommands } from "./commands.ts";
import { NeverReached } from "./gate.ts";
import type { Playground } from "./ground.ts";
import { play } from "./play.ts";

/** What a worker is told: a case to play, or nothing more. */
export type Order = { readonly one: Case; readonly seed: number } | { readonly over: true };
/** What it answers. */
export interface Played {
  readonly name: string;
  readonly seconds: number;
  /** What was not as it must be, with the whole story. */
  readonly wrong?: string;
  /** Nothing was struck: it did not come so far. */
  readonly unplayed?: true;
}

const OPEN: Readonly<Record<Ground, () => Promise<Playground>>> = { commands: openCommands, compose: openCompose };

let at: Ground | undefined;
let ground: Playground | undefined;

async function close(): Promise<void> {
  const old = ground;
  ground = undefined;
  await old?.[Symbol.asyncDispose]();
}

async function playOne({ one, seed }: Extract<Order, { one: Case }>): Promise<Played> {
  let began = Date.now();
  let opened = false;
  const seconds = (): number => (Date.now() - began) / 1000;
  try {
    if (at !== one.ground) await close();
    at = one.ground;
    ground ??= await OPEN[one.ground]();
    began = Date.now();
    opened = true;
    await play(ground, one, seed);
    return { name: one.name, seconds: seconds() };
  } catch (error) {
    // What it leaves is nobody's to build on.
    await close().catch(() => undefined);
    const wrong = error instanceof Error ? error.message : String(error);
    const unplayed = !opened || (error instanceof Error && error.cause instanceof NeverReached);
    return { name: one.name, seconds: seconds(), wrong, ...(unplayed && { unplayed }) };
  }
}

process.on("message", (order: Order) => {
  const answered = "over" in order ? close().then(() => process.exit(0)) : playOne(order).then((played) => process.send?.(played));
  answered.catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// Whoever gave the orders is gone.
process.once("disconnect", () => void close().finally(() => process.exit(1)));

import { ageState } from "./age-state.ts";
import type { ComposeShop } from "./compose-shop.ts";
import type { Flags, Health, Run, RunOptions, Shop } from "./shop.ts";

/** An app where it lives, each part of it to be asked by itself: what a test of everything at once needs. */
export interface Site {
  /** The live database's name; what was replaced by it is called after it. */
  readonly database: string;
  /** What the app answers now; undefined where nothing listens. */
  health(): Promise<Health | undefined>;
  /** The commit that is checked out. */
  head(): Promise<string>;
  /** Commits by the origin's tag names. */
  tags(): Promise<ReadonlyMap<string, string>>;
  /** Runs SQL as the superuser, in the live database or in another. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** A command from a folder that knows nothing but the state's place. */
  afar(operation: string, flags?: Flags, options?: RunOptions): Promise<Run>;
  /** A printed command, by whoever pastes it. */
  paste(command: string): Promise<Run>;
  /** Lets so many seconds pass for lock and journal. */
  age(seconds: number): Promise<void>;
}

/** How a shop's host is reached where that is not by the shop's own machine. */
export interface Reach {
  readonly host: string;
  /** The key, and what the host is known by. */
  readonly env: Readonly<Record<string, string>>;
}

export function siteOf(shop: Shop, reach?: Reach): Site {
  const place = { "state-dir": shop.stateDir, environment: "production", ...(reach && { host: reach.host }) };
  return {
    database: shop.database.name,
    health: async () => await shop.health(),
    head: async () => await shop.head(),
    tags: async () => await shop.tags(),
    sql: async (text, database) => await shop.database.superuser(text, database),
    afar: async (operation, flags = {}, options = {}) =>
      await shop.run(operation, { ...place, ...flags }, { ...options, cwd: "/", env: { ...reach?.env, ...options.env } }),
    paste: async (command) => await shop.paste(command, { env: { ...reach?.env } }),
    age: async (seconds) => await shop.age(seconds),
  };
}

/** The same of a shop on a server. */
export function siteOnServer(shop: ComposeShop): Site {
  return {
    database: "shop",
    health: async () => await shop.health(),
    head: async () => await shop.head(),
    tags: async () => await shop.tags(),
    sql: async (text, database) => await shop.sql(text, database),
    afar: async (operation, flags, options) => await shop.fromAfar(operation, flags, options),
    paste: async (command) => await shop.paste(command),
    age: async (seconds) => await ageState(shop.stateDir, seconds),
  };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Site } from "./site.ts";

/** A client of the shop's database in a process of its own. */
export interface Client {
  /** Ends it. The longest time between two of its answers, in milliseconds. */
  longestGap(): Promise<number>;
}

/** Resolves when it got its first answer. */
export async function startClient(site: Site): Promise<Client> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "client.ts"), site.url], {
    env: site.env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the client of the database ended");
    return value;
  };
  await line();
  return {
    longestGap: async () => {
      const exited = once(child, "exit");
      child.stdin.end();
      const gap = Number(await line());
      await exited;
      return gap;
    },
  };
}

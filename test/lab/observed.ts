import { appendFileSync } from "node:fs";
import type { Happening, Observer } from "../../src/core/observer.ts";
import type { Operation, Operations } from "../../src/core/operation.ts";
import { runTerminal } from "../../src/faces/terminal/terminal.ts";
import { operations } from "../../src/operations.ts";
import { sections } from "../../src/sections.ts";
import { version } from "../../src/version.ts";

/**
 * The command line with observers, by the names in OBSERVERS. `notes` writes each thing that it hears as a line into the file
 * OBSERVED; the others are what an observer must not be.
 */
const KINDS: Readonly<Record<string, (happening: Happening) => void | Promise<void>>> = {
  notes: (happening) => appendFileSync(process.env["OBSERVED"] ?? "", `${JSON.stringify(happening)}\n`),
  throws() {
    throw new Error("thrown by an observer");
  },
  rejects: async () => await Promise.reject(new Error("rejected by an observer")),
  hangs: async () => await new Promise<never>(() => undefined),
  slow: async () => await new Promise((resolve) => setTimeout(resolve, 150)),
  async changes(happening) {
    const { fact } = happening as { readonly fact?: Record<string, unknown> };
    for (const name of Object.keys(fact ?? {})) if (fact !== undefined) fact[name] = "changed";
  },
};

const observers: readonly Observer[] = (process.env["OBSERVERS"] ?? "").split(" ").flatMap((name) => {
  const on = KINDS[name];
  return on === undefined ? [] : [{ name, on }];
});
const observed = Object.entries(operations).map(([name, open]) => [
  name,
  async (): Promise<Operation> => {
    const operation = await open();
    return { ...operation, run: async (call) => await operation.run({ ...call, ports: { ...call.ports, observers } }) };
  },
]);

void runTerminal(process.argv.slice(2), { process, operations: Object.fromEntries(observed) as Operations, sections, version });

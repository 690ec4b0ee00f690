import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What makes a command that a shop runs believe that it is so many days later (or, negative, earlier); the server's clock stays. */
export async function daysOff(folder: string, days: number): Promise<{ readonly NODE_OPTIONS: string }> {
  const path = join(folder, `clock-${days}.mjs`);
  await writeFile(
    path,
    `const off = ${days} * 86_400_000, Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + off) : super(...given); }
  static now() { return Real.now() + off; }
};
`,
  );
  return { NODE_OPTIONS: `--import ${path}` };
}

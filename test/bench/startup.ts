import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Findings, usually } from "./judgement.ts";
import { timed } from "./processes.ts";
import { type Contender, interleaved } from "./rounds.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** From the start of each committed action to its refusal of bad input: all that happens before it does anything. */
export async function benchStartup(rounds: number, say: (text: string) => void): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-bench-"));
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
  };
  try {
    for (const file of [env.GITHUB_OUTPUT, env.GITHUB_STEP_SUMMARY]) await writeFile(file, "");
    const bare: Contender = {
      what: "bare Node (`node -e 0`)",
      run: async () => (await timed([process.execPath, "-e", "0"], { env, cwd: folder })).ms,
    };
    const actions = entries().map((name): Contender => ({
      what: `dist/${name}.js`,
      run: async () => {
        const { code, output, ms } = await timed([process.execPath, join(ROOT, "dist", `${name}.js`)], {
          env: { ...env, "INPUT_LOCK-LEASE": "soon" },
          cwd: folder,
        });
        if (code !== 1 || !output.includes('`lock-lease` is "soon"'))
          throw new Error(`dist/${name}.js did not refuse the input (${code}):\n${output}`);
        return ms;
      },
    }));
    const [node, ...started] = await interleaved([bare, ...actions], rounds, say);
    if (node === undefined) throw new Error("nothing was measured");
    return {
      series: [node, ...started],
      judgements: started.map((one) => usually(150, one)),
      notes: [
        "Each committed action is started as a runner starts it and refuses a malformed input: from the start of the process to its end.",
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function entries(): readonly string[] {
  const actions = readdirSync(join(ROOT, "actions")).filter((name) => existsSync(join(ROOT, "dist", `${name}.js`)));
  return ["deploy", ...actions.sort()];
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_FILE, loadProfile } from "../../config/profile.ts";
import { Failure } from "../../core/failure.ts";
import type { Section } from "../../core/input.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { quote } from "../../machine/quote.ts";
import { readerIn } from "../ports.ts";

interface BareCall {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sections: readonly Section[];
  readonly program: readonly string[];
  /** `savepoint status`. */
  readonly status: () => Promise<Outcome>;
}

/** Whether a checkout is set up: then whoever types the name of the program alone wants to know how things stand. */
export function isSetUp(cwd: string): boolean {
  return existsSync(join(cwd, DEFAULT_FILE));
}

/** What the program says without any word in a checkout that is set up: where things stand, and what one would do next. */
export async function withoutWords({ cwd, env, sections, program, status }: BareCall): Promise<Outcome> {
  const line = (what: string, ...words: readonly string[]): string => `${quote([...program, ...words])}  # ${what}`;
  const { environments } = await loadProfile({ read: readerIn(cwd), sections });
  const said = env["SAVEPOINT_ENVIRONMENT"] ?? "";
  if (environments.length > 1 && said === "") {
    const lines = environments.map((name) => line(`where ${name} stands`, "status", "--environment", name));
    return { outputs: {}, headline: `${DEFAULT_FILE} names ${environments.join(", ")}`, blocks: [next(lines)] };
  }
  const lines = [
    line("what the next deploy would do", "deploy", "--dry-run"),
    line("what there is to go back to", "list"),
    line("all commands", "help"),
  ];
  try {
    const outcome = await status();
    // Where something is to be done, nothing else is named beside it.
    return (outcome.ways ?? []).length > 0 ? outcome : { ...outcome, blocks: [...outcome.blocks, next(lines)] };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "no-state") throw error;
    const first = line("whether all is there that the first deploy needs", "doctor");
    return { outputs: {}, headline: "Nothing was deployed yet", blocks: [{ kind: "text", text: error.message }, next([first, ...lines])] };
  }
}

function next(lines: readonly string[]): Block {
  return { kind: "code", title: "Next", lines };
}

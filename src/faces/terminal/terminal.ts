// faces/terminal: how an operation is a command at a terminal: flags, help, story, result.

import { nearest } from "../../core/nearest.ts";
import type { Section } from "../../core/input.ts";
import { openAll, type Operation, type Operations } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { refusal } from "../../core/failure.ts";
import { quoted } from "../../core/format.ts";
import type { Machine } from "../../core/machine.ts";
import { prepareCall, secretsIn, sectionsFor, type Sources, suspiciousVariables } from "../call.ts";
import { quote } from "../../machine/quote.ts";
import { askAt } from "./ask.ts";
import { isSetUp, withoutWords } from "./bare.ts";
import { FACE_FLAGS, leadingWords, readFlags } from "./flags.ts";
import { COMPLETION_HELP, greeting, helpOf, overview } from "./help.ts";
import { Masker } from "../masker.ts";
import { readerIn, realPorts, systemClock, inheritable } from "../ports.ts";
import { leaveSoon, type Signals, stopOnSignals } from "../stopping.ts";
import { programWords } from "../program.ts";
import { Story } from "../story.ts";
import { printEnding, printOutcome, type Result } from "./result.ts";
import { mayMove, type Screen, screenOf, type Stream } from "./screen.ts";
import { terminalVoice, type Detailing } from "./voice.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What the command line runs in, and what it can run. */
export interface TerminalWorld {
  readonly process: Signals & {
    readonly env: Variables;
    readonly argv: readonly string[];
    readonly stdout: Stream;
    readonly stderr: Stream;
    readonly stdin?: NodeJS.ReadStream;
    exitCode?: string | number | null | undefined;
    cwd(): string;
    exit(code?: number): unknown;
  };
  /** By name, in the order in which help lists them; each is opened when it is called. */
  readonly operations: Operations;
  readonly sections: readonly Section[];
  readonly version: string;
  /** With where it comes from; default: the number alone. */
  readonly wholeVersion?: string;
  /** Where newer ones are told of; nobody is asked where it is undefined. */
  readonly releases?: string | undefined;
}

/** Runs `savepoint <words>` and sets the process's exit code (contract, 7). Catches everything. */
export async function runTerminal(words: readonly string[], world: TerminalWorld): Promise<void> {
  const { process: program } = world;
  const out = screenOf(program.stdout, program.env);
  const err = screenOf(program.stderr, program.env);
  const masker = new Masker();
  const json = words.includes("--json");
  const result: Result = { out, err, masker, json, operation: words[0] ?? "savepoint" };
  // A reader that went away (`| head`) is no error of ours; what runs is told in `perform`.
  for (const stream of [program.stdout, program.stderr]) stream.on("error", () => undefined);
  const over = new AbortController();
  let news: string | undefined;
  try {
    const asked = await help(words, world);
    if (asked !== undefined) return asked.forEach((line) => out.line(line));
    if (words[0] === "completion") return await printCompletion(words.slice(1), world);
    askForNews(world, words, { signal: over.signal, tell: (text) => void (news = text) });
    const telling = { masker, screen: json ? err : out };
    const outcome = words.length === 0 ? await bare(world, telling) : await perform(words, world, telling);
    printOutcome(outcome, result);
    program.exitCode = outcome.exit ?? 0;
  } catch (error) {
    program.exitCode = printEnding(error, { ...result, debug: words.includes("--debug") || words.includes("--verbose") });
  }
  over.abort();
  if (news !== undefined) err.line(news);
  leaveSoon(program);
}

/** Asks beside the work whether there is a newer release, where a person looks and wants to know. Nothing waits for the answer. */
function askForNews(
  { process: { env, stderr, stdout }, version, releases }: TerminalWorld,
  words: readonly string[],
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (text: string | undefined) => void },
): void {
  if (releases === undefined || !mayMove(stderr, env) || !mayMove(stdout, env) || words.includes("--quiet")) return;
  if ((env["SAVEPOINT_NO_UPDATE_CHECK"] ?? "") !== "") return;
  void import("./newer-release.ts")
    .then(async ({ newerRelease }) => tell(await newerRelease({ version, releases, env, signal, now: Date.now() })))
    // A cache that cannot be written, most likely: then nothing is said, rather than each time.
    .catch(() => undefined);
}

/** Where an operation's story goes. */
interface ToldTo {
  readonly masker: Masker;
  readonly screen: Screen;
}

/** What can be answered without running anything. */
async function help(
  words: readonly string[],
  { operations, version, wholeVersion = version, process }: TerminalWorld,
): Promise<readonly string[] | undefined> {
  const [first, ...rest] = words;
  if (first === undefined) return isSetUp(process.cwd()) ? undefined : greeting(quote(programWords(process)));
  if (first === "help" || first === "--help" || first === "-h") {
    if (rest[0] === "completion") return COMPLETION_HELP;
    const named = operationIn(rest, operations);
    return named === undefined ? overview(await openAll(operations)) : helpOf(await named.open());
  }
  if (first === "--version") return [wholeVersion];
  if (first === "completion" && (rest.includes("--help") || rest.includes("-h"))) return COMPLETION_HELP;
  const asked = rest.includes("--help") || rest.includes("-h") ? operationIn(words, operations) : undefined;
  return asked === undefined ? undefined : helpOf(await asked.open());
}

async function bare(world: TerminalWorld, telling: ToldTo): Promise<Outcome> {
  const { process: program, sections } = world;
  const status = async (): Promise<Outcome> => await perform(["status"], world, telling);
  const { env } = program;
  return await withoutWords({ cwd: program.cwd(), env, sections, program: programWords(program), status });
}

async function printCompletion(words: readonly string[], { process: program, operations }: TerminalWorld): Promise<void> {
  // Asked for once in a shell's life.
  const { completion } = await import("./completion.ts");
  program.stdout.write(completion(words, await openAll(operations)));
}

async function perform(words: readonly string[], world: TerminalWorld, { masker, screen }: ToldTo): Promise<Outcome> {
  const { env, stdout, stderr } = world.process;
  const { open, rest } = operationIn(words, world.operations) ?? (await refuseName(words[0] ?? "", world.operations));
  const operation = await open();
  const { given, problems, face } = readFlags(operation, rest);
  const sources: Sources = { operation, given, problems, env, sections: sectionsFor(operation, world.sections) };
  if (face.has("quiet") && (face.has("verbose") || face.has("debug")))
    throw refusal("--quiet and --verbose cannot both be meant.", { code: "usage", hint: "Give one of them." });
  using story = new Story({ voice: terminalVoice(screen, told(face)), masker, clock: systemClock });
  for (const secret of secretsIn(sources)) story.mask(secret);
  for (const token of ["GITHUB_TOKEN", "GH_TOKEN"]) masker.add(env[token] ?? "", token);
  for (const text of suspiciousVariables(sources)) story.warning(text);
  using stopping = stopOnSignals(world.process, {
    first: (why) => story.say(`${why}: stopping safely; once more leaves at once.`),
    again: () => {
      screen.moving?.show(undefined);
      world.process.exit(130);
    },
  });
  for (const stream of [stdout, stderr]) stream.on("error", () => stopping.stop("The output cannot be written"));
  const cwd = world.process.cwd();
  const ports = realPorts({
    env: inheritable(env, sources.sections),
    cwd,
    terminal: true,
    program: programWords(world.process),
    ask: askAt(world.process, stopping.signal),
    report: story,
    signal: stopping.signal,
  });
  await using here = ports.here;
  const prepared = await prepareCall(sources, { read: readerIn(cwd), fallbackApp: await repositoryName(here, cwd) });
  return await stopping.guard(async () => await operation.run({ ...prepared, ports }));
}

/** The operation that the first words name, and the words after them; `migrate new` goes before `migrate`. */
function operationIn(
  words: readonly string[],
  operations: Operations,
): { readonly open: () => Promise<Operation>; readonly rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(" ");
    const open = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (open !== undefined) return { open, rest: words.slice(count) };
  }
  return undefined;
}

async function refuseName(name: string, operations: Operations): Promise<never> {
  // Answered before anything is read, and no operations themselves.
  const names = [...Object.keys(operations), "completion", "help"];
  if (name.startsWith("-")) {
    const near = nearest(name.replace(/^-+/, ""), FACE_FLAGS);
    throw refusal(`The operation comes first: savepoint <operation> ${/^--?[a-z-]{1,40}$/.test(name) ? name : "--flag value"}.`, {
      code: "usage",
      hint: near === undefined ? `Operations: ${names.join(", ")}.` : `Did you mean --${near}?`,
    });
  }
  // Whoever types `lint` means `migrate lint`, and no `list`.
  const longer = (await openAll(operations)).flatMap((one) => longerNames(one)).find((one) => one.endsWith(` ${name}`));
  const near = longer ?? nearest(name, names);
  throw refusal(`There is no operation ${quoted(name)}.`, {
    code: "usage",
    hint: near === undefined ? `There are: ${names.join(", ")}.` : `Did you mean \`savepoint ${near}\`?`,
  });
}

/** What is called by more than one word: `migrate new`, and `migrate lint`, which is its first word's. */
function longerNames(operation: Operation): readonly string[] {
  return [operation.name, ...leadingWords(operation).map((word) => `${operation.name} ${word}`)];
}

/** The repository's name: its origin's, else its folder's; undefined outside of any, or without git. */
async function repositoryName(here: Machine, cwd: string): Promise<string | undefined> {
  const ask = async (...words: readonly string[]) => {
    const { code, stdout } = await here.run({ words: ["git", ...words], cwd });
    return code === 0 ? stdout.trim() : "";
  };
  try {
    const place = (await ask("config", "--get", "remote.origin.url")) || (await ask("rev-parse", "--show-toplevel"));
    return (
      place
        .replace(/\/+$/, "")
        .replace(/\.git$/, "")
        .split(/[/:\\]/)
        .at(-1) || undefined
    );
  } catch {
    // No git here: then nothing but `app` and the host can say it.
    return undefined;
  }
}

function told(face: ReadonlySet<string>): Detailing {
  if (face.has("quiet")) return "warnings";
  return face.has("verbose") || face.has("debug") ? "everything" : "story";
}

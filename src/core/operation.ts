import type { Sections, SectionValues } from "./input.ts";
import type { Outcome } from "./outcome.ts";
import type { Ports } from "./ports.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./settings.ts";

/**
 * Something users can call: as an action, on the command line, or both.
 * Everything they see of its form (`action.yml`, tables, flags, help) is derived from this declaration.
 */
export interface Operation<S extends Sections = Sections> {
  readonly name: string;
  /** One sentence, at most 125 characters, for `action.yml` and help. */
  readonly description: string;
  /** What the sections hold; the key `shared` holds the shared inputs. */
  readonly sections: S;
  /** The section whose inputs stand without prefix. */
  readonly own: string | undefined;
  /** What it does under words of its own, which the list of commands tells apart: `migrate lint`. */
  readonly also?: Readonly<Record<string, string>>;
  /**
   * Shared inputs that mean nothing to it. They are taken, because a job gives all its steps the same, and stand in no help, table
   * or `action.yml`.
   */
  readonly passesOver?: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** On the command line: the inputs that words without a flag fill, in order; the last one takes all that are left. */
  readonly positionals?: readonly string[];
  /** On the command line, what help begins with: a call with what is needed at least, and a word on it. */
  readonly example?: { readonly flags: string; readonly about: readonly string[] };
  /** The action's icon and colour in the marketplace; absent for operations of the command line only. */
  readonly branding?: { readonly icon: string; readonly color: string };
  /**
   * It examines settings, and does not work by them: what is wrong in the file is handed to it in `Call.asked` and stops nothing,
   * and `environment: all` asks about every one that the file names.
   */
  readonly examines?: true;
  /** It may be called for an environment that the file does not have yet. */
  readonly foundsEnvironments?: true;
  /** Its dry run says what a merge would do: a workflow for pull requests shows it there. */
  readonly plans?: true;
  /** Its action also runs at the end of a job that failed or was cancelled, by `post:`, and ends what that left open. */
  readonly endsJobs?: true;
  /** It is what runs then: the step itself has told what is wrong with what it is given. */
  readonly afterwards?: true;
  run(call: Call<S>): Promise<Outcome>;
  /** Where nobody sits at a terminal: tells whoever hears of it that a call's inputs could not be read. Never throws. */
  readonly unread?: (call: Pick<Call, "settings" | "ports" | "profile">, error: unknown) => Promise<void>;
}

/** One environment that an examining operation is asked about. */
export interface AskedEnvironment {
  readonly profile: Profile;
  readonly settings: Settings;
  /** What is wrong with what the file says of it. */
  readonly problems: readonly Problem[];
}

/** Which environment of which app a call is about, as inputs, file and repository say. */
export interface Profile {
  /** Absent where nothing says it (an empty folder); then the host may know. */
  readonly app: string | undefined;
  readonly environment: string;
  /** Whether the file names exactly this one environment. */
  readonly only: boolean;
  /** Commands that `savepoint.yml` wants run around steps. */
  readonly hooks?: Hooks;
}

export const HOOKED_STEPS = ["backup", "migrate", "rollout", "rollback"] as const;
export type HookPoint = `${"before" | "after"}-${(typeof HOOKED_STEPS)[number]}`;
/** Shell commands by the point at which they run, in order. */
export type Hooks = Readonly<Partial<Record<HookPoint, readonly string[]>>>;

/** One call of an operation: parsed inputs, the settings they came from, and the world. */
export interface Call<S extends Sections = Sections> {
  readonly inputs: SectionValues<S>;
  readonly settings: Settings;
  readonly ports: Ports;
  readonly profile: Profile;
  /** Of an operation that examines: all that it is asked about. */
  readonly asked?: readonly AskedEnvironment[] | undefined;
}

/** Only fixes the types, so that `run` knows its inputs. */
export function operation<const S extends Sections>(declared: Operation<S>): Operation<S> {
  return declared;
}

/** Operations by name, in the order in which they are listed. Each is loaded when it is called: a command pays for no other. */
export type Operations = Readonly<Record<string, () => Promise<Operation>>>;

export async function openAll(operations: Operations): Promise<readonly Operation[]> {
  return await Promise.all(Object.values(operations).map(async (open) => await open()));
}

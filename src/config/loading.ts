import type { Section } from "../core/input.ts";
import type { Hooks, Profile } from "../core/operation.ts";
import type { Problem } from "../core/problems.ts";
import type { Layer } from "../core/settings.ts";

/** How a profile is found. */
export interface ProfileRequest {
  /** The text of a file, or undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** The input `config`. */
  readonly path?: string | undefined;
  /** The inputs `environment` and `app`, where they are given. */
  readonly environment?: string | undefined;
  readonly app?: string | undefined;
  /** Whether `environment` may be one that the file does not have yet. */
  readonly mayBeNew?: boolean | undefined;
  /** The repository's name. */
  readonly fallbackApp?: string | undefined;
  /** Every section that the file may hold, the shared one among them. */
  readonly sections: readonly Section[];
}

export interface LoadedProfile extends Profile {
  readonly hooks: Hooks;
  readonly layer: Layer;
  readonly problems: readonly Problem[];
  /** All environments that the file names. */
  readonly environments: readonly string[];
}

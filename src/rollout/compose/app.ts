import type { ComposeProject } from "../../machine/container/compose.ts";

/** The app as a compose project, and what of it a deploy may change. */
export interface ComposeApp {
  readonly project: ComposeProject;
  /** The project's name as it was prepared last, for when its files cannot be read. */
  readonly name: string | undefined;
  /** As `services` says; undefined: whatever changes. */
  readonly services: readonly string[] | undefined;
  /** Never stopped and never recreated, like every service that is evidently a database. */
  readonly databaseService: string | undefined;
  /** The services that the open deploy was found to change when it was prepared. */
  readonly changing: readonly string[];
  /** Of these, the ones that did not run before: where the version gone back to has none of that name, they are removed. */
  readonly added: readonly string[];
  /** What ran when that deploy was prepared: its commit, and its image ids by service. */
  readonly before?: { readonly commit: string; readonly images: Readonly<Record<string, string>> } | undefined;
}

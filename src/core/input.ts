import type { Kind } from "./kinds.ts";

/** One setting of a section: how it reads, what it means, what holds when it is not given. */
export interface Input<T> {
  readonly description: string;
  readonly kind: Kind<unknown>;
  /** The default as text, shown in descriptions and read like a given value. */
  readonly fallback: string | undefined;
  /** Masked, never journaled. */
  readonly secret: boolean;
  /** Where a secret input also takes plain values (`env:NAME`), which may be journaled. */
  readonly plainWhen: ((text: string) => boolean) | undefined;
  /** Said anew by every run (`confirm`, `reason`): not taken from `savepoint.yml`. */
  readonly perRun: boolean;
  /** Only for types. */
  readonly type?: T;
}

interface About {
  readonly description: string;
  readonly secret?: boolean;
  readonly plainWhen?: (text: string) => boolean;
  readonly perRun?: boolean;
}

export function input<T>(kind: Kind<T>, about: About & { readonly default: string }): Input<T>;
export function input<T>(kind: Kind<T>, about: About): Input<T | undefined>;
export function input<T>(kind: Kind<T>, about: About & { readonly default?: string }): Input<T | undefined> {
  return {
    description: about.description,
    kind,
    fallback: about.default,
    secret: about.secret ?? false,
    plainWhen: about.plainWhen,
    perRun: about.perRun ?? false,
  };
}

export type Inputs = Readonly<Record<string, Input<unknown>>>;

/**
 * A group of settings with one name. In `savepoint.yml` they nest under it, as environment variables and in
 * composed operations they carry it as prefix. The shared section has no name.
 */
export interface Section<I extends Inputs = Inputs> {
  readonly name: string;
  readonly inputs: I;
}

export type Values<I extends Inputs> = { readonly [K in keyof I]: I[K] extends Input<infer T> ? T : never };

export type Sections = Readonly<Record<string, Section>>;
export type SectionValues<S extends Sections> = { readonly [K in keyof S]: Values<S[K]["inputs"]> };

/** The section whose inputs every operation shares; they stand unprefixed everywhere. */
export const SHARED = "";

/** `health-timeout` in a composed operation, `timeout` where the section is the operation's own or shared. */
export function externalName(section: string, name: string, own: string | undefined): string {
  return section === SHARED || section === own ? name : `${section}-${name}`;
}

/** `SAVEPOINT_HEALTH_TIMEOUT`. */
export function variableName(section: string, name: string): string {
  const parts = section === SHARED ? ["savepoint", name] : ["savepoint", section, name];
  return parts.join("_").toUpperCase().replaceAll("-", "_");
}

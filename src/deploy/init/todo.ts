import type { Way } from "../../core/way.ts";

/** One thing that a deploy needs: how it stands, and where it is still to be done, what does it. */
export interface Todo {
  /** In a word or two. */
  readonly about: string;
  readonly seen: string;
  readonly done: boolean;
  /** Whole commands, in their order. */
  readonly ways: readonly TodoWay[];
}

export interface TodoWay extends Way {
  /** It asks a person something, or is a person's to decide: nothing else runs it. */
  readonly person?: true;
}

export function done(about: string, seen: string): Todo {
  return { about, seen, done: true, ways: [] };
}

export function open(about: string, seen: string, ways: readonly TodoWay[]): Todo {
  return { about, seen, done: false, ways };
}

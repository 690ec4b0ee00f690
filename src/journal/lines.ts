import { Failure } from "../core/failure.ts";
import { quoted } from "../core/format.ts";
import { findJson } from "../core/json-places.ts";
import type { Entry } from "./entries.ts";
import { entryProblem, unknownStep } from "./entry-schema.ts";
import { FORMAT, readSeal, type Seal } from "./seal.ts";

/** A line of the journal that is no entry. */
export interface Damage {
  /** From 1. */
  readonly line: number;
  readonly why: string;
  /**
   * `cut`: its writer was stopped by a crash or a full disk, and did nothing after it. `double`: the same line stands there
   * before. `unknown`: it may have said anything.
   */
  readonly kind: "cut" | "double" | "unknown";
  /**
   * Whether what it may have said is over: a deploy was opened after it, which nothing open allowed, and ended on a version
   * that was proven.
   */
  readonly settled: boolean;
}

export interface Lines {
  readonly entries: readonly Entry[];
  /** Of each entry the line on which it stands, from 1. */
  readonly places: readonly number[];
  readonly damaged: readonly Damage[];
}

/** The journal's lines as entries, and what is wrong with those that are none. A journal of a newer format is refused. */
export function parseLines(content: string, path: string): Lines {
  const entries: Entry[] = [];
  const damaged: Omit<Damage, "settled">[] = [];
  const places: number[] = [];
  const seen = new Set<string>();
  const opened = new Set<string>();
  for (const [index, raw] of content.split("\n").entries()) {
    const line = index + 1;
    // A machine that lost its power may leave zero bytes where a line was to be; the next one then stands right behind them.
    // An editor may leave a mark at the beginning and a carriage return at the end.
    const text = raw.replaceAll("\0", "").trim();
    if (text === "") continue;
    const seal = readSeal(text);
    const whole = seal.is === "whole" ? seal.line : text;
    if (seen.has(whole)) {
      damaged.push({ line, why: "it is there twice", kind: "double" });
      continue;
    }
    seen.add(whole);
    const entry = parseLine(text, seal, { line, path });
    if (!("v" in entry)) {
      damaged.push({ line, ...entry });
    } else if (entry.kind === "deploy.opened" && opened.has(entry.deploy)) {
      damaged.push({ line, why: `it opens ${entry.deploy}, which was opened before`, kind: "unknown" });
    } else {
      if (entry.kind === "deploy.opened") opened.add(entry.deploy);
      entries.push(entry);
      places.push(line);
    }
  }
  const settledUntil = lastSettled(entries, places);
  return {
    entries,
    places,
    damaged: damaged.map((one) => ({ ...one, settled: one.kind === "cut" || one.kind === "double" || one.line < settledUntil })),
  };
}

function parseLine(
  text: string,
  seal: Seal,
  place: { readonly line: number; readonly path: string },
): Entry | Pick<Damage, "why" | "kind"> {
  if (seal.is === "broken") return { why: "its checksum is not that of what it says: it was changed", kind: "unknown" };
  let value: unknown;
  try {
    value = JSON.parse(seal.is === "whole" ? seal.text : text);
  } catch {
    if (!isBegun(text)) return { why: "it is no JSON", kind: "unknown" };
    return lacksQuote(text) ? { why: "a quotation mark is missing at its end", kind: "unknown" } : { why: "it was cut short", kind: "cut" };
  }
  if (typeof value !== "object" || value === null) return { why: "it is no entry", kind: "unknown" };
  const { v } = value as { readonly v?: unknown };
  if (typeof v === "number" && v > FORMAT) {
    throw new Failure(`The journal ${place.path} was written by a newer Savepoint (line ${place.line}: format ${v}).`, {
      code: "newer-savepoint",
      hint: "Use at least the version that wrote it.",
      exit: 2,
    });
  }
  if (v === FORMAT && seal.is === "none") return { why: "its checksum is missing", kind: "unknown" };
  const known = v === 1 || v === FORMAT;
  const step = known ? unknownStep(value) : undefined;
  // A later Savepoint that has one more raises the format.
  if (step !== undefined) return { why: `there is no step ${quoted(step)}`, kind: "unknown" };
  const problem = known ? entryProblem(value) : "`v` is missing or wrong";
  return problem === undefined ? (value as Entry) : { why: problem, kind: "unknown" };
}

/** Whether a text is the beginning of an entry as `Journal.write` makes it, or as earlier versions made it, and nothing else. */
function isBegun(text: string): boolean {
  const start = text.startsWith('{"v":1') ? '{"v":1,' : `{"v":${FORMAT},`;
  if (!text.startsWith(start)) return start.startsWith(text);
  return findJson(text).wrong?.ends === true;
}

/**
 * Whether somebody's hand took one mark out of a whole entry, so that its last text never ends: a writer that was stopped
 * does not leave all that closes an entry behind.
 */
function lacksQuote(text: string): boolean {
  for (let end = text.length - 1; "}]".includes(text.charAt(end)); end -= 1) {
    try {
      const entry = JSON.parse(`${text.slice(0, end)}"${text.slice(end)}`) as object;
      // One of this format ends with its checksum: else a text that holds a brace was cut behind that.
      const ends = "sum" in entry || !text.startsWith(`{"v":${FORMAT},`);
      if (ends && entryProblem(entry) === undefined) return true;
    } catch {
      // Not with the mark there.
    }
  }
  return false;
}

/** The line of the last opening whose deploy was proven in the end; what stands before it is settled. 0 where there is none. */
function lastSettled(entries: readonly Entry[], places: readonly number[]): number {
  const proven = new Set<string>();
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (
      entry?.kind === "deploy.closed" &&
      (entry.as === "confirmed" || (entry.as === "rolled-back" && (entry.on !== undefined || entry.nothingRuns === true)))
    )
      proven.add(entry.deploy);
    if (entry?.kind === "deploy.opened" && proven.has(entry.deploy)) return places[at] ?? 0;
  }
  return 0;
}

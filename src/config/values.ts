import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { Input } from "../core/input.ts";
import type { SettingsDocument } from "./document.ts";

/** A value as the text that the same input would be on a command line, or what is wrong with it. */
export type Reading = { readonly text: string } | { readonly problem: string };

/** Turns a YAML value into an input's text: scalars as written, lists a line each, maps as `Name: value` or `path=value`. */
export function readValue(document: SettingsDocument, node: Node | null, spec: Input<unknown>): Reading {
  const value = document.resolve(node);
  if (value === null || isScalar(value)) return { text: scalarText(value) };
  if (isSeq(value)) return readList(document, value.items as (Node | null)[]);
  if (isMap(value)) {
    const between = spec.kind.entries?.between;
    if (between === undefined) return { problem: "is a map" };
    return readMap(document.entries(value), between);
  }
  return { problem: "cannot be read" };
}

/** Checks the text as the input itself would, so that the problem can name the line. */
export function checkText(text: string, spec: Input<unknown>): string | undefined {
  if (text === "") return undefined;
  if (spec.secret && spec.plainWhen?.(text) !== true && !isUrlWithoutPassword(text)) return "SECRET";
  try {
    spec.kind.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "cannot be read";
  }
}

function readList(document: SettingsDocument, items: readonly (Node | null)[]): Reading {
  const lines: string[] = [];
  for (const item of items) {
    const value = document.resolve(item);
    if (value !== null && !isScalar(value)) return { problem: "is a list of something else than plain values" };
    lines.push(scalarText(value));
  }
  return { text: lines.join("\n") };
}

function readMap(entries: ReturnType<SettingsDocument["entries"]>, between: string): Reading {
  const lines: string[] = [];
  for (const { key, value } of entries) {
    if (value !== null && !isScalar(value)) return { problem: `has something else than a plain value at ${JSON.stringify(key)}` };
    lines.push(`${key}${between}${scalarText(value)}`);
  }
  return { text: lines.join("\n") };
}

/**
 * As written where YAML would read a number: `1.10` stays `1.10`, a commit of digits keeps its zeros. A block (`|`) ends with
 * a line break that nobody means.
 */
export function scalarText(node: Scalar | null): string {
  if (node === null || node.value === null) return "";
  const text = typeof node.value === "string" ? node.value : (node.source ?? JSON.stringify(node.value));
  return text.replace(/[\r\n]+$/, "");
}

function isUrlWithoutPassword(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
  return !/^[^/]*\/\/[^/?#]*:[^/?#]*@/.test(text) && !/[?&][^=&]*(?:password|passfile|secret|token|key)[^=&]*=/i.test(text);
}

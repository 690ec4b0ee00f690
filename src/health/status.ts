import { quoted } from "../core/format.ts";
import type { Kind } from "../core/kinds.ts";

/** Status codes that count as healthy: `from` to `to`, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export const SUCCESS: readonly StatusRange[] = [{ from: 200, to: 299 }];

export const statuses: Kind<readonly StatusRange[]> = {
  form: "status codes such as 200, 200-299,304 or 2xx",
  parse(value) {
    const parts = value.split(/[\s,]+/).filter((part) => part !== "");
    if (parts.length === 0) throw new Error("names no status code");
    return parts.map(parseRange);
  },
};

function parseRange(part: string): StatusRange {
  const family = /^([1-5])xx$/i.exec(part);
  if (family) return { from: Number(family[1]) * 100, to: Number(family[1]) * 100 + 99 };
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part);
  if (!match) throw new Error(`has ${quoted(part)}, which is no status code`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (to < from) throw new Error(`has ${quoted(part)}, which ends before it begins`);
  return { from, to };
}

export function accepts(ranges: readonly StatusRange[], status: number): boolean {
  return ranges.some((range) => status >= range.from && status <= range.to);
}

/** `200-299, 304`. */
export function describeStatuses(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

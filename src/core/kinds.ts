import { quoted } from "./format.ts";

/** What an input's text may look like, and how it becomes a value. */
export interface Kind<T> {
  /** The right form in words, for errors and tables: `a duration such as 90s, 3m, 250ms`. */
  readonly form: string;
  /** Choices, where the values are few; for editors and help. */
  readonly choices?: readonly string[];
  /** Where the text is one entry a line: `savepoint.yml` then takes a list, and with `between` (`: `, `=`) a map. */
  readonly entries?: { readonly between?: string };
  /** Throws an Error whose message says what is wrong with the text; never repeats a secret. */
  parse(text: string): T;
}

export const text: Kind<string> = { form: "text", parse: (value) => value };

/** Text on one line. */
export const line: Kind<string> = {
  form: "text on one line",
  parse(value) {
    if (/[\n\r\0]/.test(value)) throw new Error("contains a line break");
    return value;
  },
};

export const lines: Kind<readonly string[]> = {
  form: "one value a line",
  entries: {},
  parse: (value) =>
    value
      .split(/\r?\n/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ""),
};

export function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  return {
    form: `one of ${choices.join(", ")}`,
    choices,
    parse(value) {
      const found = choices.find((one) => one === value.trim());
      if (found === undefined) throw new Error(`is ${quoted(value)}`);
      return found;
    },
  };
}

export const flag: Kind<boolean> = {
  form: "true or false",
  choices: ["true", "false"],
  parse(value) {
    const word = value.trim().toLowerCase();
    if (word !== "true" && word !== "false") throw new Error(`is ${quoted(value)}`);
    return word === "true";
  },
};

export function count(bounds: { readonly min?: number; readonly max?: number } = {}): Kind<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  return {
    form: max === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`,
    parse(value) {
      const number = Number(value.trim());
      if (!/^\d+$/.test(value.trim()) || !Number.isSafeInteger(number)) throw new Error(`is ${quoted(value)}`);
      if (number < min || number > max) throw new Error(`is ${number}`);
      return number;
    },
  };
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. A plain number means seconds. */
export const duration: Kind<number> = {
  form: "a duration such as 90s, 3m, 250ms (a plain number: seconds)",
  parse(value) {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(value.trim());
    if (!match) throw new Error(`is ${quoted(value)}`);
    return Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? "s"] ?? 1000));
  },
};

/** A longer one is more milliseconds than a timer, or PostgreSQL, counts: it would be over at once, or refused. */
const LONGEST_LIMIT_DAYS = 24;

/** A duration for which something runs or waits. Milliseconds. */
export const timeLimit: Kind<number> = {
  form: `${duration.form}, at most ${LONGEST_LIMIT_DAYS}d`,
  parse(value) {
    const ms = duration.parse(value);
    if (ms > LONGEST_LIMIT_DAYS * 86_400_000) throw new Error(`is ${quoted(value)}`);
    return ms;
  },
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** Bytes. */
export const size: Kind<number> = {
  form: "a size such as 500MB, 20GB, 4GiB (a plain number: bytes)",
  parse(value) {
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim());
    const unit = SIZE_UNITS[(match?.[2] ?? "").toUpperCase()];
    if (!match || unit === undefined) throw new Error(`is ${quoted(value)}`);
    return Math.round(Number(match[1]) * unit);
  },
};

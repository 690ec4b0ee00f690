import * as v from "valibot";
import { Failure } from "./failure.ts";
import type { FailureCode } from "./failure-codes.ts";

/** What is read back. */
export interface RecordSource {
  /** Whose words, and where: `What docker inspect says on shop.example`. */
  readonly what: string;
  readonly hint?: string | undefined;
  /** Of the failure. */
  readonly code: FailureCode;
}

/**
 * A program's JSON, as the schema has it.
 * @throws Failure that says what was read and which field is wrong. The text is not shown: it may hold secrets.
 */
export function readJsonRecord<S extends v.GenericSchema>(schema: S, text: string, about: RecordSource): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own words would show a piece of the text.
    throw unreadable(about, text.trim() === "" ? "it is empty" : "it is no JSON", error instanceof SyntaxError ? undefined : error);
  }
  return readRecord(schema, value, about);
}

/**
 * A value that was read, as the schema has it.
 * @throws Failure that says what was read and which field is wrong.
 */
export function readRecord<S extends v.GenericSchema>(schema: S, value: unknown, about: RecordSource): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]);
  throw unreadable(about, field === null ? "it is something else than expected" : `\`${field}\` is missing or wrong`);
}

function unreadable({ what, hint, code }: RecordSource, why: string, cause?: unknown): Failure {
  return new Failure(`${what} cannot be read: ${why}.`, { hint, code, ...(cause !== undefined && { cause }) });
}

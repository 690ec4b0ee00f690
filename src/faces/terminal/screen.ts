import { MovingLine } from "./moving-line.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a program writes, as Node has it. */
export interface Stream {
  write(text: string): unknown;
  on(event: "error", listener: () => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where lines go, whether colour is wanted there, and the line that moves, where one may. */
export interface Screen {
  line(text: string): void;
  readonly colour: boolean;
  /** Of the terminal, where it is one and says so. */
  readonly columns?: number | undefined;
  readonly moving?: MovingLine;
}

export function screenOf(stream: Stream, env: Variables): Screen {
  const colour = wantsColour(stream, env);
  const columns = stream.isTTY === true && (stream.columns ?? 0) > 0 ? stream.columns : undefined;
  if (!mayMove(stream, env)) return { line: (text) => void stream.write(`${text}\n`), colour, columns };
  const moving = new MovingLine(stream, () => Date.now());
  return { line: (text) => moving.over(`${text}\n`), colour, columns, moving };
}

/** NO_COLOR before all; then what forces colour, what forbids it, and at last whether a person looks (no-color.org, bixense.com/clicolors). */
export function wantsColour({ isTTY }: Pick<Stream, "isTTY">, env: Variables): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = env;
  if ((NO_COLOR ?? "") !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if ((CLICOLOR_FORCE ?? "0") !== "0" && CLICOLOR_FORCE !== "") return true;
  return isTTY === true && TERM !== "dumb" && CLICOLOR !== "0";
}

/** Only where a person looks: what goes into a file, or a log of a build, has no line that moves, whatever colours are forced. */
export function mayMove({ isTTY }: Pick<Stream, "isTTY">, { TERM, CI }: Variables): boolean {
  return isTTY === true && TERM !== "dumb" && ["", "0", "false", undefined].includes(CI?.toLowerCase());
}

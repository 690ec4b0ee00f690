import { Failure } from "../core/failure.ts";
import { describeTarget, type DatabaseTarget } from "./address.ts";

/** Password, role, right to connect, name of the database, encryption: what the URL says is not what the server wants. */
const NOT_LET_IN: ReadonlySet<string> = new Set(["28P01", "28000", "42501", "3D000", "tls"]);

export interface Door {
  /** Whether something may be changed by now: then not to be let in is a failure, and no refusal. */
  readonly touched: boolean;
  /** Asked where it stays closed: what there is beside it, in a sentence. */
  readonly beside: (error: Failure) => Promise<string | undefined>;
}

/** Opens. Whoever is not let in, and has touched nothing, is refused (exit 2): what was given is wrong. */
export async function atDoor<T>(open: () => Promise<T>, { touched, beside }: Door): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const found = await beside(error);
    const refused = !touched && NOT_LET_IN.has(error.code ?? "");
    if (!refused && found === undefined) throw error;
    throw error.with({
      ...(refused && { exit: 2, state: ["Nothing was touched."] }),
      ...(found !== undefined && { hint: `${error.hint ?? ""}\n${found}`.trim() }),
    });
  }
}

type LookBeside = (target: DatabaseTarget, error: Failure) => Promise<string | undefined>;

/** The same, looked at once for each target and failure: a health check that asks again and again waits for no engine each time. */
export function lookOnce(beside: LookBeside): LookBeside {
  const looked = new Map<string, Promise<string | undefined>>();
  return async (target, error) => {
    const key = `${describeTarget(target)} ${error.code ?? ""}`;
    const known = looked.get(key) ?? beside(target, error);
    looked.set(key, known);
    return await known;
  };
}

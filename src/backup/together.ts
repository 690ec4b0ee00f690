import { Cancelled } from "../core/failure.ts";

/**
 * Runs all at once. The first that fails ends the others through the signal they were given; when all have ended,
 * its error is thrown, not what the ending of the others looked like.
 */
export async function together<const T extends readonly ((signal: AbortSignal) => Promise<unknown>)[]>(
  signal: AbortSignal,
  bodies: T,
): Promise<{ -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
  const others = new AbortController();
  const joined = AbortSignal.any([signal, others.signal]);
  let first: { readonly error: unknown } | undefined;
  const results = await Promise.all(
    bodies.map(async (body) => {
      try {
        return await body(joined);
      } catch (error) {
        first ??= { error };
        others.abort();
        return undefined;
      }
    }),
  );
  if (signal.aborted) throw new Cancelled();
  if (first !== undefined) throw first.error;
  return results as { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };
}

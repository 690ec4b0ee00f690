import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import type { Connection } from "../../../src/postgres/connection.ts";
import { requireDirectConnection } from "../../../src/postgres/pooler.ts";

/** A connection whose statements are answered by these server sessions in turn. */
function answeredBy(pids: readonly number[]): Connection {
  let asked = 0;
  const query = async <R>(): Promise<R[]> => {
    const pid = pids[(asked += 1) % pids.length] ?? 0;
    return await Promise.resolve([{ pid, kept: String(pid) }] as R[]);
  };
  const nothing = async (): Promise<never> => await Promise.reject(new Error("not asked"));
  return {
    target: parseTargetUrl("postgres://shop:pw@pooler/app"),
    pid: pids[0] ?? 0,
    serverVersion: 150_000,
    query,
    exec: nothing,
    transaction: nothing,
    inSnapshot: nothing,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

test("a transaction pooler is refused by what it does", async () => {
  await requireDirectConnection(answeredBy([7]));
  const failure: unknown = await requireDirectConnection(answeredBy([7, 8])).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ exit: 2, code: "pooler", hint: expect.stringContaining("direct address") });
});

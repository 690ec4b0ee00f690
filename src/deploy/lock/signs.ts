import { tokenOf } from "../../config/shared.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { attemptCompleted } from "../call/owner.ts";
import type { Environment } from "../environment/environment.ts";
import { isDead } from "./process-identity.ts";
import type { Signs } from "./standing.ts";

/** What is seen of whoever works on an open deploy. */
export async function signsOf({ ports, shared }: Environment, open: DeployRecord, lock: LockStatus): Promise<Signs> {
  const beat = lock.state === "held" ? lock.beat : undefined;
  const token = tokenOf(shared, ports.env);
  return {
    lock,
    leaseMs: shared["lock-lease"],
    ownerCompleted: open.end === undefined ? await attemptCompleted(open.run, ports.env, token) : undefined,
    beaterDead: beat?.running === true && (await isDead(ports.here, beat.process)),
  };
}

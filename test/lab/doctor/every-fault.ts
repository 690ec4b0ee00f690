import { DATABASE_FAULTS, REPLICATION_FAULTS, RIGHTS_FAULTS } from "./database-faults.ts";
import type { Fault } from "./fault.ts";
import { HOST_FAULTS, TOGETHER_FAULTS } from "./host-faults.ts";
import { LOGIN_FAULTS } from "./login-faults.ts";

/** What is planted at once, and looked at at once. */
export interface Round {
  readonly name: string;
  readonly faults: readonly Fault[];
}

export const ROUNDS: readonly Round[] = [
  ...[...LOGIN_FAULTS, ...HOST_FAULTS, ...DATABASE_FAULTS].map((one): Round => ({ name: one.fault, faults: [one] })),
  { name: "what is not in order on the host", faults: TOGETHER_FAULTS },
  { name: "what is in a backup's way", faults: RIGHTS_FAULTS },
  { name: "what replication leaves", faults: REPLICATION_FAULTS },
];

import type { Connection } from "./connection.ts";
import { identifier } from "./literal.ts";
import { subscriptionsOf } from "./replication.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/** A subscription would go on in the replaced database while the live one is still: it must be said that it may be stopped. */
export async function subscriptionProblems(connection: Connection, name: string, detach: boolean): Promise<readonly RestoreObstacle[]> {
  const all = await subscriptionsOf(connection, name);
  return all.flatMap((one): RestoreObstacle[] => {
    if (!detach)
      return [
        {
          problem: `the database has the subscription ${one.name}, which a rollback that restores leaves with the replaced database`,
          fix: "Give `detach-subscriptions: true`: such a rollback then stops it, and prints what lets it go on in the live database.",
        },
      ];
    if (one.ours) return [];
    return [
      {
        problem: `the subscription ${one.name} can only be stopped by its owner or a superuser`,
        fix: `Name a superuser in database-admin-url; or DROP SUBSCRIPTION ${identifier(one.name)};`,
      },
    ];
  });
}

import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { addressOf, describeTarget, type DatabaseTarget } from "../../postgres/address.ts";
import { type DatabaseRequest, openDatabase } from "../../postgres/database.ts";

interface DirectWorld {
  readonly dialFrom: Machine;
  readonly toolsOn: Machine;
  readonly say: (text: string) => void;
  readonly beside: DatabaseRequest["beside"];
}

/**
 * Where the application's own URL goes through a pooler, its role at the address of the direct one that is given beside it
 * (`database-admin-url`): all of ours goes there. Refuses (exit 2) where none is given, or where it is another server.
 */
export async function directTarget(target: DatabaseTarget, admin: DatabaseTarget | undefined, place: DirectWorld): Promise<DatabaseTarget> {
  const elsewhere = admin !== undefined && JSON.stringify(addressOf(admin)) !== JSON.stringify(addressOf(target)) ? admin : undefined;
  if (target.pooled === true) {
    if (elsewhere !== undefined) return atAddressOf(elsewhere, target);
    throw refusal(`\`database-url\` (${describeTarget(target)}) says pgbouncer=true: a pooler is in between.`, {
      code: "pooler",
      hint: "Migrations, dumps and locks need a server session each: give the database's direct address, or, where `database-url` must stay the pooler's, the direct one as `database-admin-url` beside it.",
    });
  }
  if (elsewhere === undefined) return target;
  const answers = await openDatabase({ target, ...place }).whoAnswers();
  if (!answers.pooled) return target;
  const direct = await openDatabase({ target: elsewhere, ...place }).whoAnswers();
  if (direct.system === answers.system) return atAddressOf(elsewhere, target);
  throw refusal(
    `\`database-url\` (${describeTarget(target)}) goes through a pooler, and \`database-admin-url\` (${describeTarget(elsewhere)}) is another server than the one behind it.`,
    { code: "other-server", hint: "Give the direct address of the same server." },
  );
}

function atAddressOf(admin: DatabaseTarget, target: DatabaseTarget): DatabaseTarget {
  const { options: ofSession } = target.options;
  const { options: _ofAdmin, ...way } = admin.options;
  const { socket: _socket, pooled: _pooled, ...rest } = target;
  return {
    ...rest,
    host: admin.host,
    port: admin.port,
    ...(admin.socket !== undefined && { socket: admin.socket }),
    sslmode: admin.sslmode,
    options: { ...way, ...(ofSession !== undefined && { options: ofSession }) },
    setting: `${target.setting ?? "`database-url`"} (its role, at the address of \`database-admin-url\`, because the URL's own is a pooler's)`,
  };
}

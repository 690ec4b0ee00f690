import { plural } from "../core/format.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { identifier, literal } from "./literal.ts";

/** A subscription: it belongs to a database and not to its name, and no database that has one can be dropped. */
export interface Subscription {
  readonly name: string;
  readonly enabled: boolean;
  /** Of the publisher; null where it was let go. */
  readonly slot: string | null;
  /** Whether the present role may change it. */
  readonly ours: boolean;
}

/** The catalog is the cluster's, so it can be asked from any database. */
export async function subscriptionsOf(connection: Connection, database: string): Promise<readonly Subscription[]> {
  return await connection.query<Subscription & Record<string, unknown>>(
    `SELECT s.subname::text AS name, s.subenabled AS enabled, s.subslotname::text AS slot,
       (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR pg_has_role(s.subowner, 'USAGE') AS ours
     FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = $1) ORDER BY 1`,
    [database],
  );
}

/** Stops the subscriptions of a database, all or none. Returns what takes that back. */
export async function disableSubscriptions(
  database: Database,
  { name, signal }: { readonly name: string; readonly signal?: AbortSignal | undefined },
): Promise<() => Promise<void>> {
  await using connection = await database.connect("swap", { admin: true, database: name, signal });
  const running = (await subscriptionsOf(connection, name)).filter(({ enabled }) => enabled);
  const stopped: Subscription[] = [];
  const enable = async (): Promise<void> => {
    if (stopped.length === 0) return;
    await using again = await database.connect("swap", { admin: true, database: name });
    for (const one of stopped) await again.exec(`ALTER SUBSCRIPTION ${identifier(one.name)} ENABLE`);
  };
  try {
    for (const one of running) {
      await connection.exec(`ALTER SUBSCRIPTION ${identifier(one.name)} DISABLE`);
      stopped.push(one);
    }
  } catch (error) {
    // The first error is the one to be told.
    await enable().catch(() => undefined);
    throw error;
  }
  return enable;
}

/** Removes a subscription without a word to the publisher; each statement on its own. */
export function dropSubscription(name: string): readonly string[] {
  const subscription = identifier(name);
  return [
    `ALTER SUBSCRIPTION ${subscription} DISABLE;`,
    `ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE);`,
    `DROP SUBSCRIPTION ${subscription};`,
  ];
}

/**
 * Removes the subscriptions of a database that is to be dropped, without a word to the publisher. Returns the slots
 * that stay there and hold its files back.
 */
export async function dropSubscriptions(database: Database, name: string): Promise<readonly string[]> {
  await using connection = await database.connect("side", { admin: true, database: name });
  const all = await subscriptionsOf(connection, name);
  for (const one of all) for (const statement of dropSubscription(one.name)) await connection.exec(statement);
  return all.flatMap(({ slot }) => slot ?? []);
}

interface Slot {
  readonly name: string;
  readonly plugin: string;
}

async function logicalSlots(connection: Connection, database: string): Promise<readonly Slot[]> {
  return await connection.query<Slot & Record<string, unknown>>(
    "SELECT slot_name::text AS name, plugin::text AS plugin FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT temporary AND database = $1 ORDER BY 1",
    [database],
  );
}

/** Who copies the whole cluster and may let people read it; what only collects its files is none. */
async function standbys(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ name: string }>(
    `SELECT concat_ws(' at ', coalesce(nullif(a.application_name, ''), 'session ' || a.pid), host(a.client_addr)) AS name
     FROM pg_stat_activity a LEFT JOIN pg_stat_replication r ON r.pid = a.pid
     WHERE a.backend_type = 'walsender' AND coalesce(a.datid, 0) = 0 AND coalesce(r.state, '') <> 'backup'
       AND coalesce(a.application_name, '') NOT IN ('pg_receivewal', 'pg_basebackup') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** What a swap does not take along, and what to do then: said before it is needed. */
export async function replicationWarnings(connection: Connection, database: string): Promise<readonly string[]> {
  const [slots, following] = await Promise.all([logicalSlots(connection, database), standbys(connection)]);
  return [
    ...slots.map(
      ({ name }) =>
        `The logical replication slot ${name} belongs to ${database}. A rollback that restores leaves it with the replaced database, and its reader hears nothing of the live one: it must be made anew then, and the command is printed.`,
    ),
    ...(following.length === 0
      ? []
      : [
          `${plural(following.length, "standby", "standbys")} (${following.join(", ")}) ${following.length === 1 ? "follows" : "follow"} this cluster. After a rollback that restores, sessions there stay in the replaced database and go on reading it: they must be ended then, and the command is printed.`,
        ]),
  ];
}

/** What is true of replication now that `replaced` was the live database until a moment ago, each with its commands. */
export async function afterSwap(connection: Connection, live: string, replaced: string): Promise<readonly string[]> {
  const [subscriptions, slots, following] = [
    await subscriptionsOf(connection, replaced),
    await logicalSlots(connection, replaced),
    await standbys(connection),
  ];
  return [
    ...subscriptions.map((one) => subscriptionLeft(one, live, replaced)),
    ...slots.map(
      ({ name, plugin }) =>
        `The logical replication slot ${name} stayed with ${replaced}; its reader hears nothing of ${live}. Make it anew, in psql -d ${live}: SELECT pg_drop_replication_slot(${literal(name)}); SELECT pg_create_logical_replication_slot(${literal(name)}, ${literal(plugin)}); (its reader then needs a fresh copy of the tables)`,
    ),
    ...(following.length === 0
      ? []
      : [
          `Sessions on ${plural(following.length, "standby", "standbys")} (${following.join(", ")}) stay in ${replaced} and go on reading it. End them, on each standby, in psql -d postgres: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(replaced)};`,
        ]),
  ];
}

/** The connection string holds a password: the command takes it from the catalog by itself. Nothing may stand behind its `\gexec`. */
function subscriptionLeft({ name, slot }: Subscription, live: string, replaced: string): string {
  const left = `The subscription ${name} stayed with ${replaced}, where it is disabled: nothing arrives in ${live}, and what arrived since the backup is in ${replaced} alone.`;
  if (slot === null) return left;
  const create = `SELECT format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %s WITH (create_slot = false, copy_data = false, slot_name = %L)', s.subname, s.subconninfo, (SELECT string_agg(quote_ident(p), ', ') FROM unnest(s.subpublications) p), ${literal(slot)}) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE s.subname = ${literal(name)} AND d.datname = ${literal(replaced)} \\gexec`;
  return `${left} Its slot ${slot} on the publisher keeps what is sent meanwhile. To go on in ${live}: first, in psql -d ${replaced}: ALTER SUBSCRIPTION ${identifier(name)} SET (slot_name = NONE); then, in psql -d ${live}: ${create}\nThat takes the address and the password from the catalog, and shows neither.`;
}

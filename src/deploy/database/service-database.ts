import { Failure, refusal } from "../../core/failure.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import type { ComposeProject } from "../../machine/container/compose.ts";
import { openService, type ServiceMachine } from "../../machine/container/service.ts";
import { type DatabaseAddress, describeTarget, type DatabaseTarget } from "../../postgres/address.ts";
import { type Database, openDatabase } from "../../postgres/database.ts";
import { serviceTarget } from "../../postgres/service-target.ts";
import { databasesOf } from "./database-beside.ts";
import { type DatabaseWorld, hidePassword, targetOf, withPathOf, withSchema } from "./database-target.ts";

/**
 * The server in a service of the compose project: credentials from its environment, tools and sessions through its
 * container. A `database-url` beside it is the application's role there, which migrates; the service's own does the rest.
 */
export async function openServiceDatabase(name: string, request: DatabaseWorld): Promise<Database> {
  const { shared, machine, say, held } = request;
  if (shared["database-from"] === "runner" && !machine.local) {
    throw refusal("`database-from: runner` does not go with `database-service`: the service is on the host, and reached from there.", {
      code: "inputs",
    });
  }
  const project = await openComposeProject(machine, shared, "`database-service`");
  const service = await openService(project, name);
  const own = await serverOf(service, name, project);
  hidePassword(own, request);
  const place = { dialFrom: service, toolsOn: service, say, held, startedAgo: async () => await service.startedAgo() };
  const address = shared["database-url"];
  const target = address === undefined ? withSchema(own, shared.schema) : await roleOf(address, { own, name, service }, request);
  const admin = shared["database-admin-url"];
  const adminTarget = withPathOf(target, admin === undefined ? own : await serviceAdmin(admin, target, request));
  return openDatabase({ target, adminTarget, adminReads: address !== undefined, ...place });
}

/** The server in the service. Where there is none, as in a pooler's, the services that have one are named. */
async function serverOf(service: ServiceMachine, name: string, project: ComposeProject): Promise<DatabaseTarget> {
  try {
    return await serviceTarget({ machine: service, environment: service.environment });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "not-postgres") throw error;
    const others = (await databasesOf(project)).filter((one) => one !== name);
    if (others.length === 0) throw error;
    throw error.with({
      hint: `Give ${others.map((one) => `\`database-service: ${one}\``).join(" or ")}: the database itself, also where the application reaches it through ${name}; \`database-url\` beside it may stay the application's own.`,
    });
  }
}

/** Another role on the same server: where the URL says that it is, is seen from elsewhere. */
async function serviceAdmin(address: DatabaseAddress, target: DatabaseTarget, request: DatabaseWorld): Promise<DatabaseTarget> {
  const { user, password, database, setting = "`database-admin-url`" } = await targetOf(address, "database-admin-url", request);
  if (database === target.database) return { ...target, user, password, setting };
  throw refusal(
    `\`database-admin-url\` names the database ${database}, ${request.shared["database-url"] === undefined ? "`database-service` has" : "`database-url` names"} ${target.database}.`,
    { code: "other-database", hint: "Both must name the same database; only the role differs." },
  );
}

interface DatabaseService {
  readonly name: string;
  readonly service: ServiceMachine;
  /** As its own environment says. */
  readonly own: DatabaseTarget;
}

/**
 * The application's role, password, database and search path; the way there is the service's own. Its server must be the
 * service, as the application sees it from its container, or lead to it: a pooler's service does.
 */
async function roleOf(address: DatabaseAddress, { own, name, service }: DatabaseService, request: DatabaseWorld): Promise<DatabaseTarget> {
  const said = await targetOf(address, "database-url", request);
  const { options } = said.options;
  const target: DatabaseTarget = {
    ...own,
    user: said.user,
    password: said.password,
    database: said.database,
    options: options === undefined ? {} : { options },
    setting: said.setting ?? "`database-url`",
    ...(said.schema !== undefined && { schema: said.schema }),
    ...(said.schemaInUrl !== undefined && { schemaInUrl: said.schemaInUrl }),
    ...(said.searchPath !== undefined && { searchPath: said.searchPath }),
    ...(said.toolsOwn !== undefined && { toolsOwn: said.toolsOwn }),
  };
  if (said.socket === undefined && said.host !== name && !(await service.isNamed(said.host)))
    await refuseOther(said, { own, name, service });
  return target;
}

/** By asking both who they are: also through a pooler of the project. */
async function refuseOther(said: DatabaseTarget, { own, name, service }: DatabaseService): Promise<void> {
  const place = { dialFrom: service, toolsOn: service };
  // What is in a container's network is not reached by the certificates of another container.
  const there = { ...said, sslmode: "prefer", options: {} };
  const one = await openDatabase({ target: { ...own, database: said.database }, ...place }).whoAnswers();
  const other = await asked(openDatabase({ target: there, ...place }).whoAnswers());
  if (other.system === one.system) return;
  throw refusal(
    other.system === undefined
      ? `\`database-url\` names the server ${said.host}, which is not reached from the service ${name} that \`database-service\` names.`
      : `\`database-url\` (${describeTarget(said)}) and \`database-service\` (${name}) are two different servers.`,
    {
      code: "other-server",
      evidence: other.evidence,
      hint: `Beside \`database-service\` the URL is the application's own, with the service's name as server: postgres://user:password@${name}:5432/${encodeURIComponent(said.database)}. For a database elsewhere, leave \`database-service\` out.`,
    },
  );
}

/** Whoever does not answer, or lets nobody in, is not known to be the same server: why, is told. */
async function asked(
  answer: Promise<{ readonly system: string }>,
): Promise<{ readonly system?: string; readonly evidence: readonly string[] }> {
  try {
    return { system: (await answer).system, evidence: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { evidence: [error.message, ...error.evidence] };
  }
}

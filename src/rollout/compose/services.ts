import { refusal } from "../../core/failure.ts";
import { COMMIT_LABEL, type Container } from "../../machine/container/compose.ts";
import type { ComposeApp } from "./app.ts";
import type { Model, Service } from "./model.ts";

/** Set by the images of database servers themselves; an app that is told its database's password has none of these. */
const DATABASE_VARIABLES = new Set(["PGDATA", "POSTGRESQL_VOLUME_DIR", "MYSQL_VERSION", "MARIADB_VERSION", "MONGO_VERSION"]);
const DATABASE_IMAGES =
  /(?:^|\/)(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|mysql|mysql-server|mariadb|percona|mongo|mongodb)(?:[:@]|$)/;

/** The services that a deploy leaves alone whatever it does: `database-service`, and those that are evidently databases. */
export function databasesAmong(
  app: Pick<ComposeApp, "databaseService">,
  model: Pick<Model, "services"> | undefined,
  containers: readonly Container[],
): ReadonlySet<string> {
  const found = new Set<string>(app.databaseService === undefined ? [] : [app.databaseService]);
  for (const { service, variables } of containers) if (variables.some((name) => DATABASE_VARIABLES.has(name))) found.add(service);
  for (const { name, image, build } of model?.services ?? []) if (build === undefined && DATABASE_IMAGES.test(image)) found.add(name);
  return found;
}

/** The services of the model that a deploy may start: those that `services` names, else all but databases that run already. */
export function servicesToStart(app: ComposeApp, model: Model, containers: readonly Container[]): readonly Service[] {
  const databases = databasesAmong(app, model, containers);
  if (app.services !== undefined) {
    refuseWrongServices(app.services, model, databases);
    return model.services.filter(({ name }) => app.services?.includes(name));
  }
  const existing = new Set(containers.map(({ service }) => service));
  return model.services.filter(({ name }) => !databases.has(name) || !existing.has(name));
}

/**
 * The services that are stopped around a change of the database: those that `services` names or the deploy changes,
 * else those that are built; where none is, all but databases. What the files do not name (any more, or only in a profile
 * that is not active) is left alone: nobody would start it again.
 */
export function servicesToStop(app: ComposeApp, model: Model | undefined, containers: readonly Container[]): readonly string[] {
  const databases = databasesAmong(app, model, containers);
  const named = (name: string): boolean =>
    model === undefined || app.changing.includes(name) || model.services.some((service) => service.name === name);
  const mine = [...new Set(containers.map(({ service }) => service))].filter((name) => !databases.has(name) && named(name));
  if (app.services !== undefined) return mine.filter((name) => app.services?.includes(name));
  const built = new Set(model?.services.filter(({ build }) => build !== undefined).map(({ name }) => name));
  for (const { service, labels } of containers) if (labels[COMMIT_LABEL] !== undefined) built.add(service);
  const changing = mine.filter((name) => built.has(name) || app.changing.includes(name));
  return changing.length > 0 ? changing : mine;
}

/** Refuses names that no service of the model has. */
export function refuseUnknownServices(services: readonly string[], model: Model): void {
  const unknown = services.filter((name) => !model.services.some((service) => service.name === name));
  if (unknown.length > 0) {
    throw refusal(`\`services\` names ${unknown.join(", ")}, and the compose project ${model.name} has no such service.`, {
      hint: `It has ${model.services.map(({ name }) => name).join(", ")}. (Services of a profile count where \`.env\` names it in COMPOSE_PROFILES.)`,
      code: "unknown-service",
    });
  }
}

function refuseWrongServices(services: readonly string[], model: Model, databases: ReadonlySet<string>): void {
  refuseUnknownServices(services, model);
  const kept = services.filter((name) => databases.has(name));
  if (kept.length > 0) {
    throw refusal(`\`services\` names ${kept.join(", ")}, which is a database: a deploy never stops or recreates one.`, {
      hint: "Take it out of `services`, and change a database service by hand, after a backup.",
      code: "database-service",
    });
  }
}

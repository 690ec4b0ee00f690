import { messageOf, refusal } from "../../core/failure.ts";

/** A service of a compose file, as far as a deploy must know it. */
export interface ComposeService {
  readonly name: string;
  /** It runs PostgreSQL, as its image says. */
  readonly database: boolean;
  readonly built: boolean;
  /** It says itself when it is healthy. */
  readonly checked: boolean;
  /** The first port that the host can reach it by. */
  readonly port: number | undefined;
  /** What it is started with, where the file says so. */
  readonly command: string;
}

export interface ComposeFile {
  readonly path: string;
  readonly services: readonly ComposeService[];
  /** Variables that the file wants from `.env`, and gives no default for. */
  readonly variables: readonly string[];
}

/** In the order in which compose looks for them. */
export const COMPOSE_NAMES: readonly string[] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const POSTGRES = /(?:^|\/)(?:postgres|postgis|postgresql|timescaledb(?:-ha)?|pgvector)(?::|@|$)/i;

/** Reads a compose file without the engine. Pure but for loading the parser. Refuses what is no YAML, with its line. */
export async function readComposeFile(path: string, text: string): Promise<ComposeFile> {
  const { parse } = await import("yaml");
  let document: unknown;
  try {
    document = parse(text, { merge: true });
  } catch (error) {
    const [first = ""] = messageOf(error).split("\n");
    throw refusal(`${path} cannot be read: ${first.replace(/[.:]?$/, ".")}`, {
      code: "compose-config",
      cause: error,
      hint: "Mend it, and call this again.",
    });
  }
  const services = Object.entries(mapOf(mapOf(document)["services"])).map(([name, value]) => serviceOf(name, mapOf(value)));
  return { path, services, variables: variablesIn(text) };
}

function serviceOf(name: string, service: Readonly<Record<string, unknown>>): ComposeService {
  const ports = Array.isArray(service["ports"]) ? service["ports"] : [];
  const health = mapOf(service["healthcheck"]);
  return {
    name,
    database: POSTGRES.test(textOf(service["image"])),
    built: service["build"] !== undefined && service["build"] !== null,
    checked: health["test"] !== undefined && health["disable"] !== true,
    port: ports.map((one: unknown) => publishedPort(one)).find((port) => port !== undefined),
    command: [service["command"], service["entrypoint"]].flat().map(textOf).join(" "),
  };
}

/** `3000:3000`, `127.0.0.1:8080:80/tcp`, `${PORT:-3000}:3000`, or the long form. */
function publishedPort(port: unknown): number | undefined {
  const published = typeof port === "object" ? textOf(mapOf(port)["published"]) : /^(.*):[^:]*$/.exec(withDefaults(textOf(port)))?.[1];
  const number = Number(
    withDefaults(published ?? "")
      .split(":")
      .at(-1),
  );
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}

function withDefaults(text: string): string {
  return text.replaceAll(/\$\{\w+:?-([^}]*)\}/g, "$1");
}

/** `${NAME}`, `${NAME:?why}` and `$NAME`; not `${NAME:-default}`, `${NAME:+other}`, nor `$$NAME`. Comments are left out. */
function variablesIn(text: string): readonly string[] {
  const code = text.replaceAll(/^\s*#.*$|\s#\s.*$/gm, "").replaceAll("$$", "");
  const found = [...code.matchAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?=\}|:?\?))/g)].map(([, bare, braced]) => bare ?? braced ?? "");
  // These are set by each deploy itself.
  return [...new Set(found)].filter((name) => !name.startsWith("SAVEPOINT_"));
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

/** What commands of ours are called by, where nobody knows the machine on which they will be pasted. */
export const PROGRAM = "savepoint";

/**
 * The words that call this very program again at the terminal where it runs: `savepoint` where the path finds this one under
 * that name, else `node` and its file, which works from any folder.
 */
export function programWords({ env, argv }: { readonly env: Variables; readonly argv: readonly string[] }): readonly string[] {
  const [interpreter = "node", file] = argv;
  if (file === undefined) return [PROGRAM];
  const own = real(file);
  if (own !== undefined && real(onPath(withoutNpm(env), PROGRAM) ?? "") === own) return [PROGRAM];
  return [onPath(env, "node") === undefined ? interpreter : "node", file];
}

/** For a workflow's log and page: what `savepoint` is on the reader's own machine, and where a printed command works. */
export function programNote(env: Variables): string {
  const repository = env["GITHUB_ACTION_REPOSITORY"] ?? "";
  const ref = env["GITHUB_ACTION_REF"] ?? "";
  const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
  const where = repository === "" ? "Savepoint's repository" : `${server}/${repository}${ref === "" ? "" : ` at ${ref}`}`;
  return `\`savepoint\` is \`node dist/cli.js\` in a checkout of ${where}, or \`node cli.js\` of a release. With \`--host\` it works from every machine that reaches the host; without, only on this runner's machine.`;
}

/** What npx and npm's scripts put in front of the path for what they run; the shell in which a command is pasted has it not. */
function withoutNpm(env: Variables): Variables {
  if (env["npm_command"] === undefined && env["npm_lifecycle_event"] === undefined) return env;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  return { ...env, PATH: folders.join(delimiter) };
}

/** The first executable of that name in the folders of PATH. */
function onPath(env: Variables, name: string): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the shell goes on to the next folder, too.
    return false;
  }
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // A file that went away since it was started cannot be the same as another.
    return undefined;
  }
}

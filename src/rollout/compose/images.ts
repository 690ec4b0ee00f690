import { createHash } from "node:crypto";
import { Failure } from "../../core/failure.ts";
import { type ComposeProject, dockerWords } from "../../machine/container/compose.ts";
import { quote } from "../../machine/quote.ts";
import { ending, lastLines, succeed } from "../../machine/succeed.ts";
import { commandOf } from "../act.ts";
import { tagAct } from "./acts.ts";

/** A repository name's part, as the engine allows it. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

type Engine = Pick<ComposeProject, "machine" | "command">;

/** Under which name a service's image is retained, whatever the compose file calls it: `savepoint/shop-web:<commit>`. */
export function retainedName(project: string, service: string, commit: string): string {
  return `${retainedRepository(project, service)}:${commit}`;
}

function retainedRepository(project: string, service: string): string {
  const name = `${project}-${service}`;
  if (COMPONENT.test(name)) return `savepoint/${name}`;
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `savepoint/${plain}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

/** The ids of images by their names; a name that is not here has none. */
export async function imageIds(engine: Engine, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const look = quote(dockerWords(engine, "image", "inspect", "--format", "{{.Id}}"));
  // What is missing may or may not print an empty line of its own.
  const script = `for name do id=$(${look} "$name" 2>/dev/null) || id=; printf '%s\\n' "$id"; done`;
  const { stdout } = await succeed(
    engine.machine,
    { words: ["sh", "-c", script, "sh", ...names], repeatable: true },
    "Looking at the images",
  );
  const ids = stdout.split("\n").map((line) => line.trim());
  return new Map(names.flatMap((name, at) => (ids[at]?.startsWith("sha256:") === true ? [[name, ids[at] ?? ""] as const] : [])));
}

/** Gives an image one more name; the name moves there where it stood elsewhere. */
export async function tagImage(engine: Engine, image: string, name: string): Promise<void> {
  await succeed(engine.machine, commandOf(tagAct(engine, image, name)), `Naming an image ${name}`);
}

/** Takes a name away, and the image with its last one. One that cannot go (a container uses it) stays. */
export async function untagImage(engine: Engine, name: string): Promise<boolean> {
  return (await engine.machine.run({ words: dockerWords(engine, "image", "rm", name) })).code === 0;
}

/** What is retained of a project: the names of ours, of any commit. */
export async function retainedImages(
  engine: Engine,
  project: string,
  services: readonly string[],
): Promise<readonly { readonly name: string; readonly commit: string }[]> {
  const words = dockerWords(engine, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=savepoint/*");
  const finished = await engine.machine.run({ words });
  if (finished.code !== 0)
    throw new Failure(`Listing the images failed (${ending(finished)}).`, { code: "engine-failed", evidence: lastLines(finished) });
  const repositories = new Set(services.map((service) => retainedRepository(project, service)));
  return finished.stdout.split("\n").flatMap((line) => {
    const at = line.lastIndexOf(":");
    return repositories.has(line.slice(0, at)) ? [{ name: line.trim(), commit: line.slice(at + 1).trim() }] : [];
  });
}

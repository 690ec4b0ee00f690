import { type ComposeProject, composeWords, dockerWords } from "../../machine/container/compose.ts";
import { LOOK_AGAIN } from "../../machine/guarded.ts";
import { quote } from "../../machine/quote.ts";
import type { Act } from "../act.ts";

type Engine = Pick<ComposeProject, "command">;

/** A name is given at once, or an engine does not answer. Milliseconds. */
const NAMED_WITHIN = 120_000;

/** Gives an image one more name; the name moves there where it stood elsewhere. */
export function tagAct(engine: Engine, image: string, name: string): Act {
  return { what: `the image ${name}`, words: dockerWords(engine, "image", "tag", image, name), timeLimit: NAMED_WITHIN };
}

/** Starts what is not as its files and images say; it builds, pulls and brings along nothing. */
export function upAct(project: ComposeProject, services: readonly string[]): Act {
  return {
    what: `starting ${services.join(", ")}`,
    words: composeWords(project, "up", "--detach", "--no-build", "--pull", "never", "--no-deps", "--", ...services),
    folder: project.directory,
    variables: project.environment,
  };
}

/**
 * Does what `$2` says with the containers of the services that follow, as `$1`, a call of `ps`, lists them. By their labels,
 * when it runs: files of the failed version may be what is wrong, and its containers are not there yet when a script for that
 * case is written. An engine may take its time to list them.
 */
const WITH_CONTAINERS = `
list=$1 engine=$2; shift 2
ids=
# shellcheck disable=SC2034 # It is read by what eval runs.
for service do
  found=$(eval "$list --filter \\"label=com.docker.compose.service=\\$service\\"") || exit 1
  ids="$ids $found"
done
set -f
# shellcheck disable=SC2086
set -- $ids
[ "$#" -gt 0 ] || exit 0
${LOOK_AGAIN}
eval "$engine \\"\\$@\\""
`;

/** Stops services' containers, in the time that each is given for it. */
export function stopAct(engine: Engine, project: string, services: readonly string[]): Act {
  return {
    what: `stopping ${services.join(", ")}`,
    words: withContainers(engine, { project, services, list: [], act: ["stop"] }),
    told: `${quote(dockerWords(engine, "stop"))} <the containers of ${services.join(", ")}>`,
  };
}

/** Removes services' containers, also stopped ones. */
export function removeAct(engine: Engine, project: string, services: readonly string[]): Act {
  return {
    what: `removing ${services.join(", ")}`,
    words: withContainers(engine, { project, services, list: ["--all"], act: ["rm", "--force"] }),
    told: `${quote(dockerWords(engine, "rm", "--force"))} <the containers of ${services.join(", ")}>`,
    mayFail: true,
  };
}

function withContainers(
  engine: Engine,
  about: {
    readonly project: string;
    readonly services: readonly string[];
    readonly list: readonly string[];
    readonly act: readonly string[];
  },
): readonly string[] {
  // Without those of `compose run`.
  const filters = [`label=com.docker.compose.project=${about.project}`, "label=com.docker.compose.oneoff=False"];
  const list = quote(
    dockerWords(engine, "ps", ...about.list, "--quiet", "--no-trunc", ...filters.flatMap((filter) => ["--filter", filter])),
  );
  return ["sh", "-c", WITH_CONTAINERS, "sh", list, quote(dockerWords(engine, ...about.act)), ...about.services];
}

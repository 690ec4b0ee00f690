import type { Shared } from "../../config/shared.ts";
import { Failure } from "../../core/failure.ts";
import type { Call } from "../../core/operation.ts";
import { howItFailed } from "../../journal/how-it-failed.ts";
import { audienceOf } from "./observers.ts";
import { ownerOf } from "../call/owner.ts";
import type { StateNeed } from "../state/state.ts";

type UnopenedCall = Pick<Call, "settings" | "ports" | "profile"> & { readonly inputs: { readonly shared: Shared } };

/**
 * Why an environment could not be opened, once it was told where a command was to change something: a nightly backup whose host
 * is gone looks like silence. Not of what was refused: somebody has just typed it.
 */
export async function toldUnopened(
  { ports, profile, settings, inputs: { shared } }: UnopenedCall,
  need: StateNeed,
  error: unknown,
): Promise<unknown> {
  const changes = need.state === "required" || need.changes === true;
  const refused = error instanceof Failure && error.exit === 2;
  if (!changes || refused || shared["dry-run"] || ports.signal.aborted) return error;
  const app = profile.app ?? "app";
  const owner = ownerOf(ports);
  await using audience = audienceOf({
    ports,
    title: `${app}/${profile.environment}`,
    settings,
    place: { app, name: profile.environment, shared, ports },
    owner,
    ledger: async () => await Promise.resolve(undefined),
    note: () => undefined,
    commits: async () => await Promise.resolve([]),
  });
  const notice = { kind: "unreachable", ...howItFailed(error, ports.signal) } as const;
  audience.tell({ kind: "notice", notice, at: ports.clock.now().toISOString(), owner: owner.id });
  return error;
}

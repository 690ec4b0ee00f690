import type { HealthSettings } from "../../health/inputs.ts";
import { SUCCESS } from "../../health/status.ts";
import type { ExpectedVersion } from "../../health/version.ts";
import type { Watched } from "../../rollout/strategy.ts";
import type { HealthAsked } from "./plan.ts";
import { keyOf } from "../steps/watchable.ts";

/** The health check of a version as a script can ask it; undefined where it asks for no URL, or for a service where there are none. What cannot be asked so was refused. Pure. */
export function askFor(
  settings: HealthSettings,
  expected: ExpectedVersion,
  {
    nameless,
    project,
  }: {
    /** Whether that version never told which it is. */ readonly nameless: boolean;
    /** Where the containers are. */ readonly project: Watched["foundBy"] | undefined;
  },
): HealthAsked | undefined {
  if (settings.url === undefined || (settings.service !== undefined && project === undefined)) return undefined;
  const body = settings["expect-body"];
  const { service } = settings;
  return {
    service:
      service !== undefined && project !== undefined
        ? { ...project, labels: [...project.labels, `com.docker.compose.service=${service}`], ofCommit: !nameless }
        : undefined,
    url: settings.url.href,
    status: settings["expect-status"] ?? SUCCESS,
    contains: body !== undefined && "contains" in body ? body.contains : undefined,
    version: nameless ? undefined : versionOf(settings, expected),
    timeoutSeconds: Math.max(1, Math.ceil(settings.timeout / 1000)),
    successes: settings.successes,
  };
}

function versionOf({ "expect-version": source }: HealthSettings, { names }: ExpectedVersion): HealthAsked["version"] {
  if (source === undefined || source.from === "header") return undefined;
  if (source.from === "literal") return { text: source.text };
  return { names, key: source.from === "json" ? keyOf(source.path.text) : undefined };
}

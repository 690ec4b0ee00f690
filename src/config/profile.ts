import type { Problem } from "../core/problems.ts";
import type { LoadedProfile, ProfileRequest } from "./loading.ts";

export const DEFAULT_FILE = "savepoint.yml";

/**
 * Which environment of which app a run is about, and what `savepoint.yml` says for it (contract, 1, 7, 8).
 * Only the chosen environment is checked to the last key: a slip in staging must not stop a rollback of production.
 */
export async function loadProfile(request: ProfileRequest): Promise<LoadedProfile> {
  const path = request.path ?? DEFAULT_FILE;
  const text = await request.read(path);
  const app = request.app ?? request.fallbackApp;
  if (text === undefined) {
    return {
      app,
      environment: request.environment ?? "production",
      only: false,
      hooks: {},
      layer: { source: path, raw: {} },
      problems: await missingFile(request),
      environments: [],
    };
  }
  // The YAML parser takes a while to load, and many runs have no file.
  const { readProfile } = await import("./read-profile.ts");
  return readProfile(path, text, request);
}

async function missingFile({ path, read }: ProfileRequest): Promise<readonly Problem[]> {
  if (path !== undefined) return [{ input: "config", message: `names ${path}, which does not exist` }];
  const near = await read("savepoint.yaml");
  return near === undefined
    ? []
    : [{ input: "savepoint.yaml", message: "is not read: call it savepoint.yml, or give `config: savepoint.yaml`" }];
}

import type { Block } from "../../core/outcome.ts";
import { SHARED } from "../../core/input.ts";
import { kindNames } from "../../health/kinds.ts";
import type { Repository } from "./repository.ts";
import type { SettingsDraft } from "./settings-text.ts";

/** What was seen in the repository, and what becomes of it. Pure. */
export function foundBlock(repository: Repository, { values }: SettingsDraft): Block {
  const { project, migrations, packageManager, oldSteps } = repository;
  const value = (section: string, name: string): string | undefined =>
    values.find((one) => one.section === section && one.name === name)?.text;
  const rows: (readonly [string, string])[] = [
    ["host", `${value(SHARED, "host")}, ${value(SHARED, "app-dir")}`],
    [
      "app",
      project === undefined ? "no compose file" : `${project.path}: ${project.services.map(({ name }) => name).join(", ") || "no service"}`,
    ],
    ["database", value(SHARED, "database-service") ?? value(SHARED, "database-url") ?? "none"],
    ["migrations", migrations?.what ?? "none found"],
    ["health", kindNames.flatMap((name) => (value("health", name) === undefined ? [] : [`${name} ${value("health", name)}`])).join(", ")],
    ...(packageManager === undefined ? [] : [["packages", packageManager] as const]),
    ...oldSteps.map(({ file, line, does, instead }) => [`${file}:${line}`, `${does}; from now on: ${instead}`] as const),
  ];
  return { kind: "table", title: "What was found", head: ["what", "seen"], rows };
}

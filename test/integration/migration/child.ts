import { migrations, databaseAt, world } from "./world.ts";
import { applyMigrations } from "../../../src/migration/apply.ts";

// A run in a process of its own, to be killed: node child.ts <url> <files as JSON>
const [, , url = "", files = "{}"] = process.argv;
await applyMigrations({
  database: databaseAt(url),
  migrations: migrations(JSON.parse(files) as Record<string, string>),
  ports: world().ports,
  limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
  appliedBy: "child@lab",
  deployId: undefined,
});

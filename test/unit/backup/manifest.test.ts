import { describe, expect, test } from "vitest";
import { formatManifest, parseManifest } from "../../../src/backup/manifest.ts";
import { manifest } from "./manifests.ts";

const broken = (change: (json: Record<string, unknown>) => void): string => {
  const json = JSON.parse(formatManifest(manifest())) as Record<string, unknown>;
  change(json);
  return JSON.stringify(json);
};

describe("a manifest", () => {
  test("reads back as it was written", () => {
    const full = manifest({
      deploy: "d-1",
      schema: {
        fingerprint: "f",
        history: [{ table: "public.schema_migrations", tool: "savepoint", entries: [{ version: "1", checksum: "c", state: "applied" }] }],
      },
      rows: { 'public."constructor"': 1, 'public."tábla 🐘"': 2 },
      sequences: { "public.down": "-9223372036854775808" },
    });
    expect(parseManifest(formatManifest(full))).toEqual(full);
  });

  test("of a later Savepoint that only says more still reads", () => {
    expect(parseManifest(broken((json) => (json["copies"] = ["s3://…"])))).toEqual(manifest());
  });

  test.each<[string, string, string]>([
    ["nothing", "", "is empty"],
    ["a cut-off one", formatManifest(manifest()).slice(0, 200), "is cut off (it ends in line 8, column 19)"],
    ["one with a comma too many", formatManifest(manifest()).replace(/\n\}/, ",\n}"), "is no JSON (line 34, column 1)"],
    ["a list", "[]", "format: is missing"],
    ["a number", "7", "is no manifest"],
    ["another format", broken((json) => (json["format"] = 2)), "format: is a format this Savepoint does not know"],
    ["a file elsewhere", broken((json) => (json["file"] = "../../etc/passwd.dump")), "file: is no plain file name"],
    ["a hidden file", broken((json) => (json["file"] = "..dump")), "file: is hidden"],
    ["an unknown purpose", broken((json) => (json["purpose"] = "fun")), "purpose: "],
    ["no verification", broken((json) => delete json["verified"]), "verified: is missing"],
    ["a size in words", broken((json) => (json["sizeBytes"] = "1000")), "sizeBytes: "],
    ["an empty dump", broken((json) => (json["sizeBytes"] = 0)), "sizeBytes: is not above 0"],
    ["a bad checksum", broken((json) => (json["sha256"] = "AB".repeat(32))), "sha256: is no sha256"],
    ["a local time", broken((json) => (json["startedAt"] = "2026-11-20 14:30")), "startedAt: is no time in UTC"],
    ["an impossible time", broken((json) => (json["startedAt"] = "2026-13-20T14:30:22Z")), "startedAt: is no real time"],
    ["half a row", broken((json) => (json["rows"] = { "public.users": 1.5 })), "rows.public.users: is no whole number"],
    ["no database", broken((json) => (json["database"] = { name: "app" })), "database.system: is missing"],
  ])("that is %s is refused by name", (_, content, message) => {
    expect(() => parseManifest(content)).toThrow(message);
  });

  test("that somebody edited is refused by field and line", () => {
    const lines = formatManifest(manifest()).split("\n");
    const at = lines.findIndex((line) => line.includes('"sizeBytes"'));
    const edited = lines.with(at, (lines[at] ?? "").replace(/\d+/, '"much"')).join("\n");
    expect(() => parseManifest(edited)).toThrow(new RegExp(`^sizeBytes: .* \\(line ${at + 1}, column 16\\)$`));
    const without = lines
      .toSpliced(
        lines.findIndex((line) => line.includes('"system"')),
        1,
      )
      .join("\n");
    const database = lines.findIndex((line) => line.includes('"database": {'));
    expect(() => parseManifest(without)).toThrow(`database.system: is missing (line ${database + 1}, column 15)`);
  });
});

import { compactUtc } from "../../../src/core/format.ts";
import type { Manifest } from "../../../src/backup/manifest.ts";

/** A sound manifest, with what a test wants otherwise. */
export function manifest(changes: Partial<Manifest> = {}): Manifest {
  const startedAt = changes.startedAt ?? "2026-11-20T14:30:22.123Z";
  const stamp = compactUtc(new Date(startedAt));
  const purpose = changes.purpose ?? "pre-deploy";
  return {
    format: 1,
    id: `${stamp}-abc1234`,
    file: `${purpose}_${stamp}_abc1234.dump`,
    purpose,
    app: "shop",
    environment: "production",
    from: "1111111111111111111111111111111111111111",
    to: "abc1234567890123456789012345678901234567",
    startedAt,
    endedAt: startedAt,
    database: { system: "7300000000000000001", name: "app", serverVersion: 150018, encoding: "UTF8", locale: "C.UTF-8" },
    tools: 15,
    sizeBytes: 1000,
    sha256: "ab".repeat(32),
    verified: "read",
    schema: { fingerprint: "f1", history: [] },
    rows: { "public.users": 3 },
    sequences: { "public.users_id_seq": "3" },
    durationMs: 1200,
    ...changes,
  };
}

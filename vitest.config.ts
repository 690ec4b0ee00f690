import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/lab/longest-first.ts";

/** Limits end what hangs, and judge nobody's speed: on a busy machine a deploy takes ten times as long. */
const PATIENT = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } } as const;

export default defineConfig({
  test: {
    // The machines that check this have two cores. A whole run uses some 2,000 s of CPU: three workers left them idle for two
    // fifths of its time, waiting for locks, apps and limits of time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      // An encrypted key takes its time to open, and the other worker takes some too.
      // Nothing here changes what the next file finds, so files share a worker: to start one for each cost more than all tests.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], globalSetup: ["test/lab/global.ts"], ...PATIENT } },
      {
        test: {
          name: "processes",
          include: ["test/{bundle,e2e,faults,walk}/**/*.test.ts"],
          globalSetup: ["test/lab/global.ts"],
          ...PATIENT,
        },
      },
      {
        test: {
          name: "containers",
          include: ["test/containers/**/*.test.ts"],
          globalSetup: ["test/lab/global.ts", "test/lab/containers.ts"],
          ...PATIENT,
        },
      },
    ],
  },
});

import { expect, test } from "vitest";
import { standingStill } from "../../../src/deploy/doctor/standing-still.ts";
import type { Container } from "../../../src/machine/container/compose.ts";

const container = (more: Partial<Container>): Container => ({
  id: "1",
  name: "shop-web-1",
  service: "web",
  state: "exited",
  health: undefined,
  exitCode: 0,
  restarts: 0,
  outOfMemory: false,
  image: "sha256:1",
  imageName: "shop-web",
  variables: [],
  labels: {},
  ports: [],
  staysUp: true,
  ...more,
});

test.each([
  [{ exitCode: 0 }, "it ended with 0", "start"],
  [{ exitCode: 137, outOfMemory: true, staysUp: false }, "it was ended for its memory", "start"],
  [{ exitCode: 1, staysUp: false }, "it ended with 1", "start"],
  [{ state: "created", staysUp: false }, "it was made, and never started", "start"],
  [{ state: "paused" }, "it is paused", "unpause"],
  [{ state: "dead" }, "it is dead", "up"],
] as const)("a service that stands still is found: %j", (more, how, by) => {
  expect(standingStill([container(more), container({ ...more, name: "shop-web-2" })])).toEqual([{ service: "web", how, by }]);
});

test.each([
  ["one of its containers runs", [container({}), container({ state: "running" })]],
  ["it is being started again and again", [container({ state: "restarting", exitCode: 1 })]],
  ["it is a job that ended well, as far as that shows", [container({ staysUp: false })]],
  [
    "another service waits until it has completed",
    [
      container({ service: "seed" }),
      container({
        state: "running",
        labels: { "com.docker.compose.depends_on": "db:service_healthy:true,seed:service_completed_successfully:false" },
      }),
    ],
  ],
])("it is none where %s", (_, containers) => {
  expect(standingStill(containers)).toEqual([]);
});

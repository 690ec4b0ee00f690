import { expect, test } from "vitest";
import { paceOf } from "../../../src/core/pace.ts";
import { buildStep } from "../../../src/rollout/compose/build.ts";

test.each([
  ["#12 [web 3/7] RUN npm ci", "web, step 3 of 7: RUN npm ci"],
  ["#5 [2/2] COPY . .", "step 2 of 2: COPY . ."],
  ["#9 [web build 12/14] RUN make", "web build, step 12 of 14: RUN make"],
  ["#12 1.203 added 12 packages in 1s [3/7]", undefined],
  ["#1 [web internal] load build definition from Dockerfile", undefined],
])("of a build's line %j its step is told: %s", (line, step) => expect(buildStep(line)).toBe(step));

test.each([
  [{ bytes: 50e6, of: 150e6, ms: 5000 }, "10.0 MB/s, about 10.0 s left"],
  [{ bytes: 50e6, ms: 5000 }, "10.0 MB/s"],
  [{ bytes: 0, of: 10, ms: 5000 }, "0 B/s"],
  // Larger than the last one: nobody knows how much more.
  [{ bytes: 20e6, of: 10e6, ms: 2000 }, "10.0 MB/s"],
  [{ bytes: 5e6, of: 10e6, ms: 0 }, "5.0 MB/s, about 1.0 s left"],
])("rate and time left of %o: %s", (grown, told) => expect(paceOf(grown)).toBe(told));

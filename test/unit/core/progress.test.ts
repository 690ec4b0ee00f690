import { expect, test } from "vitest";
import { withProgress } from "../../../src/core/progress.ts";
import { silentReport } from "../../lab/machines.ts";
import { VirtualClock } from "../health/virtual-clock.ts";

test("while something runs, how far it is goes to the debug log soon, then every 5 s, and what cannot be asked stops nothing", async () => {
  const clock = new VirtualClock();
  const details: string[] = [];
  const report = { ...silentReport, detail: (text: string) => void details.push(text) };
  let asked = 0;
  const began = clock.now().getTime();
  const at: number[] = [];
  const tell = async () => {
    asked += 1;
    at.push(clock.now().getTime() - began);
    if (asked === 4) throw new Error("the server is gone");
    return `${asked} of 9`;
  };
  const result = await withProgress({ clock, report }, tell, async () => {
    await clock.sleep(60_000);
    return "done";
  });
  expect(result).toBe("done");
  expect(at).toEqual([1000, 3000, 5000, 10_000]);
  expect(details).toEqual(["1 of 9", "2 of 9", "3 of 9", "How far it is could not be asked: the server is gone"]);
});

import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { stopOnSignals } from "../../../src/faces/stopping.ts";

function begin(): { readonly source: EventEmitter; readonly told: string[]; readonly stopping: ReturnType<typeof stopOnSignals> } {
  const source = new EventEmitter();
  const told: string[] = [];
  const stopping = stopOnSignals(source, { first: (why) => told.push(`first ${why}`), again: (why) => told.push(`again ${why}`) });
  return { source, told, stopping };
}

describe("a run", () => {
  test("is stopped by the first signal, and told of the next ones", () => {
    const { source, told, stopping } = begin();
    source.emit("SIGINT");
    source.emit("SIGTERM");
    expect(stopping.signal.aborted).toBe(true);
    expect(told).toEqual(["first SIGINT", "again SIGTERM"]);
  });

  test("whose log cannot be written stops once, however often that shows", () => {
    const { source, told, stopping } = begin();
    for (let line = 0; line < 3; line += 1) stopping.stop("The log cannot be written");
    source.emit("uncaughtException", new Error("EPIPE"));
    expect(told).toEqual(["first The log cannot be written"]);
  });

  test("that was stopped by something else still hears a signal", () => {
    const { source, told, stopping } = begin();
    stopping.stop("The log cannot be written");
    source.emit("SIGTERM");
    expect(told.at(-1)).toBe("again SIGTERM");
  });
});

import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Output } from "./output.ts";

const LOOK_MS = 100;
const SILENCE_MS = 500;

/** Where the bytes of one of a command's streams go. */
export interface Drain {
  /** Resolves when the source has ended. */
  readonly ended: Promise<void>;
  /**
   * Resolves when the source has ended, or has been silent for half a second, and still is after `roundTrip`: a daemon
   * may hold it open for ever. A round trip to the host shows that it is not the network that is silent.
   */
  silence(roundTrip?: () => Promise<unknown>): Promise<void>;
  /** Ends the target and resolves when all is in it; with `cut`, gives it up as incomplete. */
  close(cut: boolean): Promise<void>;
}

/** Reads the source into `output` or, no faster than it takes it, into the caller's stream. */
export function drain(source: Readable, target: Output | Writable, onError: (error: unknown) => void): Drain {
  const state = { lastHeard: performance.now(), stalled: false, ended: false, over: false };
  const ended = new Promise<void>((done) => {
    const end = () => {
      state.ended = true;
      done();
    };
    source.once("end", end);
    source.once("close", end);
    // The end of the command tells what an error here meant.
    source.on("error", end);
  });
  const intoStream = "write" in target;
  source.on("data", (chunk: Buffer) => {
    state.lastHeard = performance.now();
    if (!intoStream) {
      target.push(chunk);
    } else if (!target.destroyed && !target.write(chunk)) {
      state.stalled = true;
      source.pause();
    }
  });
  if (intoStream) {
    const flow = () => {
      state.stalled = false;
      state.lastHeard = performance.now();
      source.resume();
    };
    target.on("drain", flow);
    // The rest is read and thrown away, so that the command is not stuck while it is being ended.
    target.on("error", (error) => {
      flow();
      onError(error);
    });
    target.once("close", () => {
      flow();
      if (!state.over && !target.writableFinished) onError(new Error("it was closed before the end"));
    });
  }
  return {
    ended,
    silence: async (roundTrip) => {
      let before: number | undefined;
      while (!state.ended && before !== state.lastHeard) {
        await quiet(ended, () => (state.stalled ? undefined : state.lastHeard));
        before = state.lastHeard;
        if (!state.ended) await roundTrip?.();
      }
    },
    close: async (cut) => {
      if (!intoStream) {
        target.end();
        return;
      }
      state.over = true;
      if (cut || target.destroyed) {
        target.destroy();
      } else {
        target.end();
        await finished(target).catch(onError);
      }
    },
  };
}

/**
 * Resolves when nothing was heard for half a second; `lastHeard` gives undefined while it is us who are slow.
 * Not `within`: the time begins anew with whatever is heard.
 */
async function quiet(ended: Promise<void>, lastHeard: () => number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<void>((done) => {
    // Looked at several times: between two looks there is time to read, however busy this process is.
    let looks = 0;
    timer = setInterval(() => {
      const last = lastHeard();
      looks = last === undefined || performance.now() - last < LOOK_MS ? 0 : looks + 1;
      if (looks * LOOK_MS >= SILENCE_MS) done();
    }, LOOK_MS);
  });
  await Promise.race([ended, silent]);
  clearInterval(timer);
}

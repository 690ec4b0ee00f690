import { Duplex, PassThrough } from "node:stream";
import { Failure } from "../../core/failure.ts";
import type { Command, Finished } from "../../core/machine.ts";
import { lastLines } from "../succeed.ts";

/**
 * Passes bytes between its standard streams and a port, with what images have: bash, socat or nc. It says a line on
 * standard error when it is about to connect. Where either side ends, it ends.
 */
const BRIDGE = `
if command -v bash >/dev/null 2>&1; then
  exec bash -c 'exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
    echo bridged >&2
    cat <&3 & reader=$!
    { cat <&4 >&3; kill "$reader"; } >/dev/null 2>&1 &
    wait "$reader"; exit 0' bash "$1" "$2"
elif command -v socat >/dev/null 2>&1; then echo bridged >&2; exec socat - "TCP:$1:$2"
elif command -v nc >/dev/null 2>&1; then echo bridged >&2; exec nc "$1" "$2"
fi
exit 96
`;
const NO_PROGRAM = 96;

/** A byte stream to an address as seen from where `run` runs, through a command there. Rejects with a Failure. */
export async function openBridge(
  run: (command: Command) => Promise<Finished>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Duplex> {
  const stop = new AbortController();
  const bridge = new Bridge(stop);
  const bridged = Promise.withResolvers<void>();
  const ended = run({
    words: ["sh", "-c", BRIDGE, "sh", host, String(port)],
    stdin: bridge.toServer,
    stdout: bridge.fromServer,
    signal: stop.signal,
    onLine: (line, from) => {
      if (from === "stderr" && line === "bridged") bridged.resolve();
    },
  });
  const over = ended.then(
    (finished) => {
      throw notBridged(finished);
    },
    (error: unknown) => {
      bridge.destroy(error instanceof Error ? error : undefined);
      throw error;
    },
  );
  // Once the stream is handed out, its end tells all.
  over.catch(() => undefined);
  try {
    await Promise.race([bridged.promise, over]);
    return bridge;
  } catch (error) {
    bridge.destroy();
    throw error;
  }
}

function notBridged(finished: Finished): Failure {
  if (finished.code === NO_PROGRAM) {
    return new Failure("The image has neither bash, socat nor nc to pass bytes on.", { code: "unreachable" });
  }
  return new Failure(`Nothing answers there: ${lastLines(finished, 1)[0] ?? "no connection"}.`, { code: "refused" });
}

/** What is written goes to the command's standard input, what is read comes from its standard output. */
class Bridge extends Duplex {
  readonly toServer = new PassThrough();
  readonly fromServer = new PassThrough();
  readonly #stop: AbortController;

  constructor(stop: AbortController) {
    super({ allowHalfOpen: false });
    this.#stop = stop;
    this.fromServer.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.fromServer.pause();
    });
    this.fromServer.once("end", () => this.push(null));
    // Cut off: the command was ended before its time, and says why.
    this.fromServer.on("error", () => undefined);
    this.toServer.on("error", () => undefined);
    // Who dialled hears of it by the promise, or listens too.
    this.on("error", () => undefined);
  }

  override _read(): void {
    this.fromServer.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.toServer.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.toServer.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.toServer.destroy();
    this.fromServer.destroy();
    this.#stop.abort();
    done(error);
  }
}

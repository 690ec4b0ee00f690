import { connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A TCP proxy on 127.0.0.1 that plays what networks do. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections came so far. */
  readonly connections: number;
  /** How often a client spoke behind a word of the server's: its round trips, and the one that says goodbye. */
  readonly turns: number;
  /** New connections go to this port. */
  leadTo(port: number): void;
  /** Cuts all connections off, as a reset. */
  cut(): void;
  /** Loses every byte of the connections there are, without a word, as a gateway that forgot them. New ones work. */
  swallow(): void;
  /** Nothing comes through any more, and nothing is lost: what was sent comes once the returned function is called. */
  hold(): () => void;
  /** Turns new connections away, or takes them again. */
  open(yes: boolean): void;
}

/** With `delayMs`, every byte takes so much longer, each way: a slow line's round trip is twice that. */
export async function startProxy(to: number, { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<Proxy> {
  const state = { to, open: true, connections: 0, held: false, turns: 0 };
  const join = ([client, target]: readonly [Socket, Socket]): void => {
    if (delayMs === 0) {
      client.pipe(target);
      target.pipe(client);
    } else {
      client.pipe(later(delayMs)).pipe(target);
      target.pipe(later(delayMs)).pipe(client);
    }
  };
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    if (!state.open) {
      client.destroy();
      return;
    }
    state.connections += 1;
    const target = connect(state.to, "127.0.0.1");
    const pair = [client, target] as const;
    let answered = false;
    target.on("data", () => (answered = true));
    client.on("data", () => {
      if (answered) state.turns += 1;
      answered = false;
    });
    pairs.add(pair);
    for (const one of pair) {
      one.on("error", () => undefined);
      one.on("close", () => {
        for (const other of pair) other.destroy();
        pairs.delete(pair);
      });
    }
    if (!state.held) join(pair);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const cut = () => {
    for (const pair of pairs) for (const one of pair) one.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get connections() {
      return state.connections;
    },
    get turns() {
      return state.turns;
    },
    leadTo: (port) => void (state.to = port),
    cut,
    swallow: () => {
      for (const pair of pairs) for (const one of pair) one.unpipe().resume();
    },
    hold: () => {
      state.held = true;
      for (const pair of pairs) for (const one of pair) one.unpipe().pause();
      return () => {
        state.held = false;
        for (const pair of pairs) join(pair);
      };
    },
    open: (yes) => void (state.open = yes),
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise<void>((done) => void server.close(() => done()));
    },
  };
}

/** Hands on what comes, in its order, after a while; more is taken meanwhile. */
function later(ms: number): Transform {
  return new Transform({
    transform(chunk, _, taken) {
      setTimeout(() => this.push(chunk), ms);
      taken();
    },
    flush(ended) {
      setTimeout(ended, ms + 1);
    },
  });
}

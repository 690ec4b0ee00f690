import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line no-explicit-any -- what it holds is what the tests are about
  readonly json: any;
}

/** How a receiver answers a request; the first is 0. */
type Answering = (response: ServerResponse, at: number, request: Received) => void;

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** What receivers do, and what they must be met doing. */
export const ANSWERS = {
  takes: (response) => void response.end("ok"),
  hangs: () => undefined,
  "answers 500": (response) => void response.writeHead(500).end("no"),
  "answers 400": (response) => void response.writeHead(400).end("no"),
  "is busy for a moment": (response, at) => void (at === 0 ? response.writeHead(429, { "retry-after": "1" }).end() : response.end("ok")),
  "is busy for long": (response) => void response.writeHead(429, { "retry-after": "120" }).end(),
  "breaks off in the middle": (response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("half");
    setTimeout(() => response.destroy(), 20);
  },
  "hangs up": (response) => void response.destroy(),
} as const satisfies Readonly<Record<string, Answering>>;

/** A web server here, that notes what it is sent. */
export async function openReceiver(answer: Answering = ANSWERS.takes): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => void note(request, response));
  async function note(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "", headers } = request;
    const one: Received = { method, path, headers, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
    received.push(one);
    answer(response, received.length - 1, one);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

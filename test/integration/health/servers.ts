import { type RequestListener, type Server, createServer } from "node:http";
import { createServer as createHttp2Server, createSecureServer as createSecureHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, type Server as TcpServer, type Socket, createServer as createTcpServer } from "node:net";

export interface Running extends AsyncDisposable {
  readonly port: number;
  /** How many connections were made. */
  readonly connections: () => number;
}

/** A server on 127.0.0.1; what is still open when it is disposed is cut. */
async function listen(server: Server | TcpServer, port = 0): Promise<Running> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function serve(listener: RequestListener, port?: number): Promise<Running> {
  return await listen(createServer(listener), port);
}

export async function serveTls(certificate: { readonly key: string; readonly cert: string }, listener: RequestListener): Promise<Running> {
  return await listen(createSecureServer(certificate, listener));
}

export async function serveTcp(onConnection: (socket: Socket) => void, port?: number): Promise<Running> {
  return await listen(createTcpServer(onConnection), port);
}

/** A server that speaks nothing but HTTP/2, in plain or over TLS. */
export async function serveHttp2(
  onStream: (stream: ServerHttp2Stream) => void,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<Running> {
  const server = certificate === undefined ? createHttp2Server() : createSecureHttp2Server({ ...certificate, allowHTTP1: false });
  server.on("stream", onStream);
  return await listen(server);
}

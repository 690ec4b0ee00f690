import { createServer as createHanging } from "node:net";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly text: string;
}

export interface LabMailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly TakenMail[];
}

/** A mail server here, that keeps what it takes. */
export async function openMailServer(options: SMTPServerOptions): Promise<LabMailServer> {
  const mails: TakenMail[] = [];
  const server = new SMTPServer({
    ...options,
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.password === PASSWORD) done(null, { user: auth.username ?? "" });
      // As some servers do: what they were told stands in the answer.
      else done(new Error(`no such user with ${auth.password}`));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false || mailFrom === null || mailFrom === undefined ? "" : mailFrom.address,
          to: rcptTo.map(({ address }: { address: string }) => address),
          secure: session.secure,
          user: typeof session.user === "string" ? session.user : undefined,
          text: Buffer.concat(chunks).toString("utf8"),
        });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, [Symbol.asyncDispose]: async () => await new Promise((resolve) => server.close(() => resolve())) };
}

/** A secret, awkward in an address. */
export const PASSWORD = "c4nary p/ss:w@rd%";

/** A server that accepts connections and says this, and no more. */
export async function openMute(says = ""): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createHanging((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.write(says);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

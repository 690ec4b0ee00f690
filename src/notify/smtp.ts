import { once } from "node:events";
import { connect } from "node:net";
import { hostname } from "node:os";
import { NotSent } from "./not-sent.ts";

/** A mail server, and how it is spoken to. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (465), after STARTTLS, or none where the settings say so. */
  readonly tls: "at once" | "starttls" | "none";
  readonly user: string | undefined;
  readonly password: string;
  /** The authority of the server's certificate, as PEM, where Node does not know it. */
  readonly authority: string | undefined;
}

export interface Mail {
  readonly from: string;
  readonly receivers: readonly string[];
  /** Headers and body, CRLF at each line's end. */
  readonly text: string;
}

/** No answer of a mail server is so long. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Hands one message over and returns the number of the server's answer. The signal ends it.
 * @throws NotSent that holds no word of the server's: those may repeat what it was told.
 */
export async function deliverMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<number> {
  const { host, port, tls, authority } = server;
  // By the machine's own way to look a name up; the library asks DNS first.
  const socket = connect({ host, port });
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await once(socket, "connect", { signal });
    // Most runs send no mail.
    const { default: Smtp } = await import("nodemailer/lib/smtp-connection");
    const connection = new Smtp({
      connection: socket,
      host,
      port,
      secure: tls === "at once",
      requireTLS: tls === "starttls",
      ignoreTLS: tls === "none",
      name: hostname().replaceAll(/[^\w.-]/g, "-") || "localhost",
      tls: { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(authority !== undefined && { ca: authority }) },
      maxResponseSize: LONGEST_ANSWER,
      socketCloseTimeout: 0,
      logger: false,
    });
    return await handOver(connection, server, mail);
  } catch (error) {
    throw error instanceof NotSent ? error : new NotSent(whyNot(host, error as SmtpTrouble));
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroySoon();
  }
}

type SmtpConnection = InstanceType<typeof import("nodemailer/lib/smtp-connection").default>;

async function handOver(
  connection: SmtpConnection,
  { host, user, password }: MailServer,
  { from, receivers, text }: Mail,
): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    connection.on("error", reject);
    connection.on("end", () => reject(new NotSent(`${host} ended the connection`)));
    const send = (): void =>
      connection.send({ from, to: [...receivers] }, text, (error, info) => {
        if (error) return reject(error);
        // It has the message: how it takes leave is no matter.
        connection.quit();
        const [refused] = info?.rejectedErrors ?? [];
        if (refused !== undefined) return reject(refused);
        resolve(Number.parseInt(info?.response ?? "", 10) || 250);
      });
    connection.connect((error) => {
      if (error) return reject(error);
      if (user === undefined) return send();
      connection.login({ user, pass: password }, (refused) => (refused ? reject(refused) : send()));
    });
  });
}

/** What the library makes of what went wrong. Its message may hold the server's words. */
interface SmtpTrouble {
  readonly code?: string;
  /** Of the system, where that is what failed. */
  readonly originalCode?: string;
  readonly responseCode?: number;
  /** What was asked: `MAIL FROM`. */
  readonly command?: string;
}

const ASKED: Readonly<Record<string, string>> = {
  CONN: "its greeting",
  AUTH: "the login",
  MAIL: "the sender",
  RCPT: "a receiver",
  DATA: "the message",
};

function whyNot(host: string, { code = "", originalCode, responseCode, command = "" }: SmtpTrouble): string {
  const asked = command.split(" ")[0] ?? "";
  if (responseCode !== undefined && code === "ETLS") return `${host} offers no STARTTLS, without which nothing is sent`;
  if (responseCode !== undefined) return `${host} refuses ${ASKED[asked] ?? (asked || "the message")} (${responseCode})`;
  if (code === "EPROTOCOL") return `${host} does not speak as a mail server does`;
  if (code === "EAUTH") return `${host} offers no login by password`;
  return `${host} cannot be spoken to (${originalCode ?? (code || "it broke off")})`;
}

import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { hostname } from "node:os";
import { isIP } from "node:net";
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

interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** A line of a server is never longer (RFC 5321 has 512), and an answer never has so many. */
const MOST_UNREAD = 64 * 1024;

/**
 * Hands one message over (RFC 5321, 3207, 4954). The signal ends it.
 * @throws NotSent that holds no word of the server's: those may repeat what it was told.
 */
export async function deliverMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  const { host, port, tls, user } = server;
  let socket: Socket = tls === "at once" ? connectTls({ ...trustOf(server), port }) : connectPlain({ host, port });
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let talk = new Talk(host, socket);
    await talk.expect("its greeting", 220);
    let offers = await greet(talk);
    if (tls === "starttls") {
      if (!offers.some((line) => /^STARTTLS$/i.test(line))) throw new NotSent(`${host} offers no STARTTLS, without which nothing is sent`);
      await talk.ask("STARTTLS", "STARTTLS", 220);
      // What came before it in the clear, and was not asked for, counts for nothing.
      talk.leave();
      socket = connectTls({ ...trustOf(server), socket });
      talk = new Talk(host, socket);
      offers = await greet(talk);
    }
    if (user !== undefined) await login(talk, offers, { user, password: server.password });
    await talk.ask(`MAIL FROM:<${mail.from}>`, "the sender", 250);
    for (const one of mail.receivers) await talk.ask(`RCPT TO:<${one}>`, "a receiver", 250, 251);
    await talk.ask("DATA", "DATA", 354);
    await talk.ask(`${mail.text.replaceAll(/^\./gm, "..")}.`, "the message", 250);
    // It has the message: how it takes leave is no matter.
    socket.end("QUIT\r\n");
  } catch (error) {
    throw error instanceof NotSent ? error : new NotSent(`${host} cannot be spoken to (${reasonOf(error)})`);
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroySoon();
  }
}

async function greet(talk: Talk): Promise<readonly string[]> {
  const name = hostname().replaceAll(/[^\w.-]/g, "-");
  return (await talk.ask(`EHLO ${name || "localhost"}`, "EHLO", 250)).lines.slice(1).map((line) => line.trim());
}

async function login(
  talk: Talk,
  offers: readonly string[],
  { user, password }: { readonly user: string; readonly password: string },
): Promise<void> {
  const ways =
    offers
      .find((line) => /^AUTH\b/i.test(line))
      ?.toUpperCase()
      .split(/[\s=]+/) ?? [];
  const encoded = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  if (ways.includes("PLAIN")) return void (await talk.ask(`AUTH PLAIN ${encoded(`\0${user}\0${password}`)}`, "the login", 235));
  if (!ways.includes("LOGIN")) throw new NotSent("its server offers no login by password (AUTH PLAIN or LOGIN)");
  await talk.ask("AUTH LOGIN", "the login", 334);
  await talk.ask(encoded(user), "the login", 334);
  await talk.ask(encoded(password), "the login", 235);
}

function trustOf({ host, authority }: MailServer): ConnectionOptions & { readonly host: string } {
  return {
    host,
    servername: isIP(host) === 0 ? host : "",
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(authority !== undefined && { ca: authority }),
  };
}

/** Question and answer over one connection. */
class Talk {
  readonly #host: string;
  readonly #socket: Socket;
  #unread = "";
  #lines: string[] = [];
  #waiting: PromiseWithResolvers<Reply> | undefined;
  readonly #answers: Reply[] = [];
  #over: Error | undefined;
  readonly #hear = (chunk: Buffer): void => this.#take(chunk.toString("latin1"));

  constructor(host: string, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    socket.on("data", this.#hear);
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new NotSent(`${host} ended the connection`)));
  }

  /** What is still to come is somebody else's. */
  leave(): void {
    this.#socket.off("data", this.#hear);
  }

  async ask(line: string, what: string, ...codes: readonly number[]): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return await this.expect(what, ...codes);
  }

  async expect(what: string, ...codes: readonly number[]): Promise<Reply> {
    const answer = this.#answers.shift() ?? (await this.#next());
    if (!codes.includes(answer.code)) throw new NotSent(`${this.#host} refuses ${what} (${answer.code})`);
    return answer;
  }

  async #next(): Promise<Reply> {
    if (this.#over !== undefined) throw this.#over;
    this.#waiting = Promise.withResolvers();
    return await this.#waiting.promise;
  }

  #take(text: string): void {
    this.#unread += text;
    if (this.#unread.length > MOST_UNREAD) return void this.#socket.destroy(new NotSent(`${this.#host} says too much for a mail server`));
    for (let end = this.#unread.indexOf("\n"); end >= 0; end = this.#unread.indexOf("\n")) {
      const line = this.#unread.slice(0, end).replace(/\r$/, "");
      this.#unread = this.#unread.slice(end + 1);
      const [, code, more, words = ""] = /^(\d{3})([ -]?)(.*)$/.exec(line) ?? [];
      if (code === undefined) return void this.#socket.destroy(new NotSent(`${this.#host} does not speak as a mail server does`));
      this.#lines.push(words);
      if (more === "-") continue;
      const answer = { code: Number(code), lines: this.#lines };
      this.#lines = [];
      if (this.#waiting === undefined) this.#answers.push(answer);
      else this.#waiting.resolve(answer);
      this.#waiting = undefined;
    }
  }

  #end(error: Error): void {
    this.#over ??= error;
    this.#waiting?.reject(this.#over);
    this.#waiting = undefined;
  }
}

/** Of the connection and its certificate: nothing was sent yet that could be repeated. */
function reasonOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "it broke off";
}

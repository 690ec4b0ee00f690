import { readFile } from "node:fs/promises";
import { within } from "../core/within.ts";
import type { Channel, ChannelKind } from "./channel.ts";
import { messageText } from "./email-text.ts";
import { deliverMail, type MailServer } from "./smtp.ts";
import { NotSent } from "./not-sent.ts";

/** Connecting, greeting, login and message together. Milliseconds. */
const MOST_MS = 8000;
const ADDRESS = /^[^\s<>(),;:"\\@\u0000-\u001f]+@[\w.-]+$/;
const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** E-mail by SMTP, as text alone: it has no markup that could be anybody's. */
export const emailKind: ChannelKind = {
  options: { server: "secret", from: "open", to: "open" },
  needs: [["server", "from", "to"]],
  open: ({ name, options: { from = "", to = "" }, secrets: { server } }): Channel => ({
    name,
    edits: false,
    async send(notification, _handle, { clock, random, signal }) {
      const receivers = to.split(",").filter((one) => one !== "");
      if (![from, ...receivers].every((one) => ADDRESS.test(one)) || receivers.length === 0)
        throw new NotSent("`from` and `to` must be plain addresses such as ops@shop.example");
      const place = await serverIn(server?.reveal() ?? "");
      const text = messageText(notification, { from, receivers, id: random(16), now: clock.now() });
      const late = (): never => {
        throw new NotSent(`${place.host} did not take the message within 8 s`);
      };
      const mail = { from, receivers, text };
      const code = await within({ ms: MOST_MS, late, signal, clock }, async (over) => await deliverMail(place, mail, over));
      return { answer: `SMTP ${code}` };
    },
  }),
};

/**
 * `smtps://user:password@host:465`, `smtp://user:password@host:587`; `?ca=FILE`, `?tls=none`.
 * @throws NotSent that holds nothing of it.
 */
async function serverIn(address: string): Promise<MailServer> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "")
    throw new NotSent("its secret is no `smtps://user:password@server:465` address");
  const secure = url.protocol === "smtps:";
  const user = url.username === "" ? undefined : decodeURIComponent(url.username);
  const plain = !secure && url.searchParams.get("tls") === "none";
  if (plain && user !== undefined && !LOCAL.has(url.hostname))
    throw new NotSent("its secret has a password, which is not sent without TLS");
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    tls: secure ? "at once" : plain ? "none" : "starttls",
    user,
    password: decodeURIComponent(url.password),
    authority: await readAuthority(url.searchParams.get("ca")),
  };
}

async function readAuthority(path: string | null): Promise<string | undefined> {
  if (path === null) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new NotSent("the file that `ca` names in its secret cannot be read");
  }
}

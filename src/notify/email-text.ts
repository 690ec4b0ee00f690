import { linkOf, type Notification, onOneLine, readableText, titleOf } from "./notification.ts";

/** Around a message: from whom, to whom, and when. */
interface Envelope {
  readonly from: string;
  readonly receivers: readonly string[];
  readonly id: string;
  readonly now: Date;
}

/** An encoded word is at most 75 characters (RFC 2047): so many bytes before base64. */
const WORD_BYTES = 42;

/** The message with its headers (RFC 5322), all of it ASCII. Messages about one deploy are one thread. */
export function messageText(notification: Notification, { from, receivers, id, now }: Envelope): string {
  const domain = from.slice(from.indexOf("@") + 1);
  const thread = notification.deploy === undefined ? undefined : `<${notification.deploy.replaceAll(/[^\w.-]/g, "-")}@${domain}>`;
  const headers: readonly (readonly [name: string, value: string])[] = [
    ["Date", now.toUTCString().replace("GMT", "+0000")],
    ["From", `Savepoint <${from}>`],
    ["To", receivers.join(",\r\n ")],
    ["Subject", encodedWords(onOneLine(titleOf(notification)))],
    ["Message-ID", `<${id}@${domain}>`],
    ...(thread === undefined ? [] : ([["References", thread]] as const)),
    ["Auto-Submitted", "auto-generated"],
    ["MIME-Version", "1.0"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Transfer-Encoding", "base64"],
  ];
  const body = Buffer.from(bodyOf(notification), "utf8").toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  return `${headers.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${body}\r\n`;
}

function bodyOf(notification: Notification): string {
  const { text, facts, commits, command } = notification;
  const link = linkOf(notification);
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
  return [
    titleOf(notification),
    "",
    readableText(text),
    ...(facts.length === 0 ? [] : ["", ...facts.map(([name, value]) => `${onOneLine(name)}: ${onOneLine(value)}`)]),
    ...part("Commits", commits.map(onOneLine)),
    ...part("Next", command === undefined ? [] : [onOneLine(command)]),
    ...part("The run", link === undefined ? [] : [link]),
    "",
  ].join("\r\n");
}

/** Text for a header, whole characters in each word. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one, "utf8").toString("base64")}?=`).join("\r\n ");
}

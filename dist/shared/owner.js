import { g as refusal, l as quoted, o as formatDuration, s as formatSize, t as Secret } from "./secret.js";
import { i as input, n as nearest } from "./nearest.js";
import { a as line, c as text$1, i as flag, l as timeLimit, n as count, o as lines, r as duration, s as size, t as choice } from "./kinds.js";
import { a as formatTarget, r as quote, t as within } from "./within.js";
import { a as sharedSection } from "./printable.js";
import { a as mergeGiven, i as givenSecrets } from "./settings.js";
import { C as string, S as safeParse, _ as picklist, b as regex, c as minValue, f as number, h as optional, i as getDotPath, l as nonEmpty, n as boolean, o as literal, p as object, r as check, t as array, u as nullable, v as pipe, x as safeInteger, y as record } from "./valibot.js";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { hostname } from "node:os";
import { runInNewContext } from "node:vm";
// src/journal/steps.ts
const STEPS = {
	prepare: {
		does: "Brings the commit to the host, builds and pulls; the running app notices nothing.",
		way: "forward",
		changes: "nothing",
		gate: false,
		database: false,
		section: "rollout",
		undone: "nothing to take back"
	},
	backup: {
		does: "Dumps the database and proves the dump: the savepoint.",
		way: "forward",
		changes: "nothing",
		gate: false,
		database: true,
		section: "backup",
		undone: "nothing to take back"
	},
	migrate: {
		does: "Applies the migrations that are pending.",
		way: "forward",
		changes: "database",
		gate: false,
		database: true,
		section: "migrate",
		undone: "the database: kept, taken down, or restored"
	},
	switch: {
		does: "Puts the new version in the old one's place.",
		way: "forward",
		changes: "app",
		gate: false,
		database: false,
		section: "rollout",
		undone: "the version before is started again"
	},
	health: {
		does: "Waits until the new version is healthy.",
		way: "forward",
		changes: "nothing",
		gate: true,
		database: false,
		section: "health",
		undone: "nothing to take back"
	},
	"mark-stable": {
		does: "Confirms the deploy, releases the lock, moves the tags. It is journaled as what it confirms, not as a step.",
		way: "forward",
		changes: "nothing",
		gate: false,
		database: false,
		section: void 0,
		undone: "a rollback by hand withdraws the mark"
	},
	rollback: {
		does: "Takes code and database of one version back together.",
		way: "back",
		changes: "both",
		gate: false,
		database: false,
		section: void 0,
		undone: "the next rollback finishes it"
	},
	restore: {
		does: "Puts a backup, or a replaced database, in the live one's place, by hand.",
		way: "back",
		changes: "both",
		gate: false,
		database: true,
		section: void 0,
		undone: "the replaced database is kept, and can be put back"
	}
};
const stepNames = Object.keys(STEPS);
const forwardSteps = stepNames.filter((name) => STEPS[name].way === "forward");
function mayChange(step) {
	return STEPS[step].changes !== "nothing";
}
function mayMoveApp(step) {
	const { changes } = STEPS[step];
	return changes === "app" || changes === "both";
}
function takesBack(step) {
	return STEPS[step].way === "back";
}
// src/notify/not-sent.ts
var NotSent = class extends Error {
	name = "NotSent";
};
// src/notify/notification.ts
const BLUE = "#0969da";
const GREEN = "#1a7f37";
const AMBER = "#bf8700";
const RED = "#cf222e";
const EVENTS = {
	test: {
		title: "Test message",
		severity: "info",
		mark: "🔔",
		colour: BLUE
	},
	"waiting-for-approval": {
		title: "Waiting for approval",
		severity: "info",
		mark: "⏸",
		colour: BLUE
	},
	started: {
		title: "Deploy started",
		severity: "info",
		mark: "▶",
		colour: BLUE
	},
	progress: {
		title: "Deploy under way",
		severity: "info",
		mark: "▶",
		colour: BLUE
	},
	"going-back": {
		title: "Rollback started",
		severity: "warning",
		mark: "↩",
		colour: AMBER
	},
	waiting: {
		title: "Waiting for the lock",
		severity: "info",
		mark: "⏳",
		colour: BLUE
	},
	stable: {
		title: "Deployed and stable",
		severity: "info",
		mark: "✅",
		colour: GREEN
	},
	ended: {
		title: "Deploy ended, nothing changed",
		severity: "info",
		mark: "⏹",
		colour: AMBER
	},
	unlocked: {
		title: "Deploy ended by hand",
		severity: "warning",
		mark: "⏹",
		colour: AMBER
	},
	failed: {
		title: "Deploy failed",
		severity: "warning",
		mark: "❌",
		colour: RED
	},
	cancelled: {
		title: "Deploy cancelled",
		severity: "warning",
		mark: "🛑",
		colour: RED
	},
	"rolled-back": {
		title: "Rolled back",
		severity: "warning",
		mark: "↩",
		colour: AMBER
	},
	unreachable: {
		title: "Could not begin",
		severity: "warning",
		mark: "❌",
		colour: RED
	},
	"backup-failed": {
		title: "Backup failed",
		severity: "critical",
		mark: "❌",
		colour: RED
	},
	"drill-failed": {
		title: "Restore drill failed",
		severity: "critical",
		mark: "❌",
		colour: RED
	},
	"needs-a-person": {
		title: "Needs a person",
		severity: "critical",
		mark: "🚨",
		colour: RED
	}
};
function titleOf({ event, environment }) {
	const { mark, title } = EVENTS[event];
	return `${mark} ${title}: ${onOneLine(environment)}`;
}
function readableText(text) {
	return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
}
function onOneLine(text) {
	return readableText(text).replaceAll(/\s+/g, " ").trim();
}
function clipped(text, most) {
	if (text.length <= most) return text;
	if (most <= 0) return "";
	return `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}
function callingNobody(text) {
	return text.replaceAll(/@(?=everyone|here|channel)/gi, "@​").replaceAll(/<(?=[!@#/]|at>)/g, "<​");
}
function linkOf({ run }) {
	return run !== void 0 && /^https?:\/\/[\w.-]+(?::\d+)?\/[\w./-]*$/.test(run) ? run : void 0;
}
// src/notify/post.ts
const MOST_MS$1 = 8e3;
const PAUSES_MS = [
	250,
	1e3,
	2e3
];
const LARGEST_ANSWER = 65536;
async function post(letter, sending) {
	const { clock, signal } = sending;
	const host = hostOf(letter.url);
	const end = clock.now().getTime() + MOST_MS$1;
	for (let attempt = 0;; attempt += 1) {
		const leftMs = end - clock.now().getTime();
		const tried = await once$1(letter, host, AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, leftMs))]));
		if ("answer" in tried) return tried;
		if (signal.aborted) throw new NotSent(`${host} did not answer before the end`);
		const pause = tried.again === void 0 ? void 0 : Math.max(tried.again, PAUSES_MS[attempt] ?? Number.POSITIVE_INFINITY);
		const asked = tried.again !== void 0 && tried.again > 0 ? `, and asks to wait for ${formatDuration(tried.again)}` : "";
		if (pause === void 0 || clock.now().getTime() + pause >= end) throw new NotSent(`${tried.why}${asked}`);
		await clock.sleep(pause, signal);
	}
}
async function once$1({ url, method = "POST", headers, body }, host, signal) {
	let answer;
	try {
		answer = await fetch(url, {
			method,
			headers: {
				"content-type": "application/json; charset=utf-8",
				"user-agent": "savepoint",
				...headers
			},
			body,
			redirect: "manual",
			signal
		});
	} catch (error) {
		if (signal.aborted) return { why: `${host} gave no answer within ${formatDuration(MOST_MS$1)}` };
		return {
			why: `${host} cannot be reached (${codeOf(error)})`,
			again: 0
		};
	}
	const { status } = answer;
	const text = await textOf(answer);
	if (status >= 200 && status < 300) return {
		answer: `HTTP ${status}`,
		text: text ?? ""
	};
	if (status >= 300 && status < 400) return { why: `${host} answers with a redirect (HTTP ${status}), which is not followed` };
	const why = `${host} answers HTTP ${status}`;
	if (status === 429) return {
		why,
		again: waitAsked(answer.headers.get("retry-after"))
	};
	return status >= 500 ? {
		why,
		again: 0
	} : { why };
}
function waitAsked(header) {
	const seconds = Number(header ?? "");
	return header !== null && header.trim() !== "" && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1e3) : 500;
}
async function textOf(answer) {
	const chunks = [];
	let size = 0;
	try {
		for await (const chunk of answer.body ?? []) {
			chunks.push(chunk);
			size += chunk.length;
			if (size > LARGEST_ANSWER) break;
		}
		return Buffer.concat(chunks).toString("utf8");
	} catch {
		return;
	}
}
function codeOf(error) {
	for (let at = error; at instanceof Error; at = at.cause) if ("code" in at && typeof at.code === "string") return at.code;
	return "no connection";
}
function hostOf(url) {
	const parsed = URL.canParse(url) ? new URL(url) : void 0;
	const local = parsed !== void 0 && [
		"localhost",
		"127.0.0.1",
		"[::1]"
	].includes(parsed.hostname);
	if (parsed === void 0 || !(parsed.protocol === "https:" || parsed.protocol === "http:" && local)) throw new NotSent("its secret is no `https://` address");
	return parsed.host;
}
// src/notify/discord.ts
const TITLE = 256;
const DESCRIPTION = 4096;
const FIELDS$1 = 25;
const FIELD_NAME = 256;
const FIELD_VALUE = 1024;
const ALL$1 = 6e3;
const discordKind = {
	options: { url: "secret" },
	needs: [["url"]],
	open: ({ name, secrets: { url } }) => ({
		name,
		edits: true,
		async send(notification, handle, sending) {
			const id = handle !== void 0 && /^\d+$/.test(handle) ? handle : void 0;
			const { answer, text } = await post({
				url: addressOf(url?.reveal() ?? "", id),
				method: id === void 0 ? "POST" : "PATCH",
				body: bodyOf$3(notification)
			}, sending);
			return {
				answer,
				handle: id ?? idIn(text)
			};
		}
	})
};
function addressOf(url, id) {
	if (!URL.canParse(url)) return url;
	const address = new URL(url);
	if (id === void 0) address.searchParams.set("wait", "true");
	else address.pathname = `${address.pathname.replace(/\/$/, "")}/messages/${id}`;
	return address.href;
}
function idIn(text) {
	try {
		const { id } = JSON.parse(text);
		return typeof id === "string" && /^\d+$/.test(id) ? id : void 0;
	} catch {
		return;
	}
}
function bodyOf$3(notification) {
	const { event, at, text, facts, commits, command } = notification;
	const link = linkOf(notification);
	let left = ALL$1;
	const take = (words, most) => {
		const taken = clipped(words, Math.min(most, left));
		left -= taken.length;
		return taken;
	};
	const title = take(escapedMarkdown(onOneLine(titleOf(notification))), TITLE);
	const typed = command === void 0 ? "" : `\`\`\`\n${clipped(readableText(command).replaceAll("`", "ˋ"), 1e3)}\n\`\`\``;
	const description = take([
		clipped(escapedMarkdown(readableText(text)), 1500),
		clipped(commits.map((line) => `• ${escapedMarkdown(onOneLine(line))}`).join("\n"), 1e3),
		typed
	].filter((part) => part !== "").join("\n\n"), DESCRIPTION);
	const fields = facts.slice(0, FIELDS$1).flatMap(([name, value]) => {
		const field = {
			name: take(escapedMarkdown(onOneLine(name)), FIELD_NAME),
			value: take(escapedMarkdown(readableText(value).trim()), FIELD_VALUE),
			inline: true
		};
		return field.name === "" || field.value === "" ? [] : [field];
	});
	const embed = {
		title,
		description,
		color: Number.parseInt(EVENTS[event].colour.slice(1), 16),
		timestamp: at,
		fields,
		...link !== void 0 && { url: link }
	};
	return JSON.stringify({
		embeds: [embed],
		allowed_mentions: { parse: [] }
	});
}
function escapedMarkdown(text) {
	return callingNobody(text).replaceAll(/[\\`*_~|>[\]()#<]/g, String.raw`\$&`).replaceAll(/^([-+]|\d+\.)(?=\s)/gm, String.raw`\$1`).replaceAll("://", ":​//");
}
// src/notify/email-text.ts
const WORD_BYTES = 42;
function messageText(notification, { from, receivers, id, now }) {
	const domain = from.slice(from.indexOf("@") + 1);
	const thread = notification.deploy === void 0 ? void 0 : `<${notification.deploy.replaceAll(/[^\w.-]/g, "-")}@${domain}>`;
	const headers = [
		["Date", now.toUTCString().replace("GMT", "+0000")],
		["From", `Savepoint <${from}>`],
		["To", receivers.join(",\r\n ")],
		["Subject", encodedWords(onOneLine(titleOf(notification)))],
		["Message-ID", `<${id}@${domain}>`],
		...thread === void 0 ? [] : [["References", thread]],
		["Auto-Submitted", "auto-generated"],
		["MIME-Version", "1.0"],
		["Content-Type", "text/plain; charset=utf-8"],
		["Content-Transfer-Encoding", "base64"]
	];
	const body = Buffer.from(bodyOf$2(notification), "utf8").toString("base64").replaceAll(/.{76}/g, "$&\r\n");
	return `${headers.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${body}\r\n`;
}
function bodyOf$2(notification) {
	const { text, facts, commits, command } = notification;
	const link = linkOf(notification);
	const part = (title, lines) => lines.length === 0 ? [] : [
		"",
		`${title}:`,
		...lines.map((line) => `  ${line}`)
	];
	return [
		titleOf(notification),
		"",
		readableText(text),
		...facts.length === 0 ? [] : ["", ...facts.map(([name, value]) => `${onOneLine(name)}: ${onOneLine(value)}`)],
		...part("Commits", commits.map(onOneLine)),
		...part("Next", command === void 0 ? [] : [onOneLine(command)]),
		...part("The run", link === void 0 ? [] : [link]),
		""
	].join("\r\n");
}
function encodedWords(text) {
	const words = [];
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
// src/notify/smtp.ts
const LONGEST_ANSWER = 65536;
async function deliverMail(server, mail, signal) {
	const { host, port, tls, authority } = server;
	const socket = connect({
		host,
		port
	});
	const stop = () => void socket.destroy();
	signal.addEventListener("abort", stop, { once: true });
	try {
		await once(socket, "connect", { signal });
		const { default: Smtp } = await import("./smtp-connection.js");
		return await handOver(new Smtp({
			connection: socket,
			host,
			port,
			secure: tls === "at once",
			requireTLS: tls === "starttls",
			ignoreTLS: tls === "none",
			name: hostname().replaceAll(/[^\w.-]/g, "-") || "localhost",
			tls: {
				rejectUnauthorized: true,
				minVersion: "TLSv1.2",
				...authority !== void 0 && { ca: authority }
			},
			maxResponseSize: LONGEST_ANSWER,
			socketCloseTimeout: 0,
			logger: false
		}), server, mail);
	} catch (error) {
		throw error instanceof NotSent ? error : new NotSent(whyNot(host, error));
	} finally {
		signal.removeEventListener("abort", stop);
		socket.destroySoon();
	}
}
async function handOver(connection, { host, user, password }, { from, receivers, text }) {
	return await new Promise((resolve, reject) => {
		connection.on("error", reject);
		connection.on("end", () => reject(new NotSent(`${host} ended the connection`)));
		const send = () => connection.send({
			from,
			to: [...receivers]
		}, text, (error, info) => {
			if (error) return reject(error);
			connection.quit();
			const [refused] = info?.rejectedErrors ?? [];
			if (refused !== void 0) return reject(refused);
			resolve(Number.parseInt(info?.response ?? "", 10) || 250);
		});
		connection.connect((error) => {
			if (error) return reject(error);
			if (user === void 0) return send();
			connection.login({
				user,
				pass: password
			}, (refused) => refused ? reject(refused) : send());
		});
	});
}
const ASKED$1 = {
	CONN: "its greeting",
	AUTH: "the login",
	MAIL: "the sender",
	RCPT: "a receiver",
	DATA: "the message"
};
function whyNot(host, { code = "", originalCode, responseCode, command = "" }) {
	const asked = command.split(" ")[0] ?? "";
	if (responseCode !== void 0 && code === "ETLS") return `${host} offers no STARTTLS, without which nothing is sent`;
	if (responseCode !== void 0) return `${host} refuses ${ASKED$1[asked] ?? (asked || "the message")} (${responseCode})`;
	if (code === "EPROTOCOL") return `${host} does not speak as a mail server does`;
	if (code === "EAUTH") return `${host} offers no login by password`;
	return `${host} cannot be spoken to (${originalCode ?? (code || "it broke off")})`;
}
// src/notify/email.ts
const MOST_MS = 8e3;
const ADDRESS = /^[^\s<>(),;:"\\@\u0000-\u001f]+@[\w.-]+$/;
const LOCAL = new Set([
	"localhost",
	"127.0.0.1",
	"[::1]"
]);
const emailKind = {
	options: {
		server: "secret",
		from: "open",
		to: "open"
	},
	needs: [[
		"server",
		"from",
		"to"
	]],
	open: ({ name, options: { from = "", to = "" }, secrets: { server } }) => ({
		name,
		edits: false,
		async send(notification, _handle, { clock, random, signal }) {
			const receivers = to.split(",").filter((one) => one !== "");
			if (![from, ...receivers].every((one) => ADDRESS.test(one)) || receivers.length === 0) throw new NotSent("`from` and `to` must be plain addresses such as ops@shop.example");
			const place = await serverIn(server?.reveal() ?? "");
			const text = messageText(notification, {
				from,
				receivers,
				id: random(16),
				now: clock.now()
			});
			const late = () => {
				throw new NotSent(`${place.host} did not take the message within 8 s`);
			};
			const mail = {
				from,
				receivers,
				text
			};
			return { answer: `SMTP ${await within({
				ms: MOST_MS,
				late,
				signal,
				clock
			}, async (over) => await deliverMail(place, mail, over))}` };
		}
	})
};
async function serverIn(address) {
	const url = URL.canParse(address) ? new URL(address) : void 0;
	if (url === void 0 || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") throw new NotSent("its secret is no `smtps://user:password@server:465` address");
	const secure = url.protocol === "smtps:";
	const user = url.username === "" ? void 0 : decodeURIComponent(url.username);
	const plain = !secure && url.searchParams.get("tls") === "none";
	if (plain && user !== void 0 && !LOCAL.has(url.hostname)) throw new NotSent("its secret has a password, which is not sent without TLS");
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: url.port === "" ? secure ? 465 : 587 : Number(url.port),
		tls: secure ? "at once" : plain ? "none" : "starttls",
		user,
		password: decodeURIComponent(url.password),
		authority: await readAuthority(url.searchParams.get("ca"))
	};
}
async function readAuthority(path) {
	if (path === null) return void 0;
	try {
		return await readFile(path, "utf8");
	} catch {
		throw new NotSent("the file that `ca` names in its secret cannot be read");
	}
}
// src/notify/slack.ts
const API = "https://slack.com/api";
const HEADER = 150;
const SECTION = 3e3;
const FIELDS = 10;
const FIELD = 2e3;
const ALL = 9e3;
const slackKind = {
	options: {
		token: "secret",
		channel: "open",
		url: "secret",
		api: "secret"
	},
	needs: [["token", "channel"], ["url"]],
	open: ({ name, options: { channel = "" }, secrets: { token, url, api } }) => token === void 0 ? {
		name,
		edits: false,
		async send(notification, _handle, sending) {
			const { answer } = await post({
				url: url?.reveal() ?? "",
				body: JSON.stringify(messageOf$1(notification))
			}, sending);
			return { answer };
		}
	} : {
		name,
		edits: true,
		async send(notification, handle, sending) {
			const [place, ts] = placeOf(handle) ?? [];
			const method = ts === void 0 ? "chat.postMessage" : "chat.update";
			const body = JSON.stringify({
				channel: place ?? channel,
				...ts !== void 0 && { ts },
				...messageOf$1(notification)
			});
			return await call({
				url: `${api?.reveal() ?? API}/${method}`,
				headers: { authorization: `Bearer ${token.reveal()}` },
				body
			}, sending);
		}
	}
};
function placeOf(handle) {
	const match = /^(\w+) (\d+\.\d+)$/.exec(handle ?? "");
	return match?.[1] === void 0 || match[2] === void 0 ? void 0 : [match[1], match[2]];
}
async function call(letter, sending) {
	const { answer: taken, text } = await post(letter, sending);
	let answer;
	try {
		answer = JSON.parse(text);
	} catch {
		throw new NotSent(`${hostOf(letter.url)} took the message, and its answer cannot be read`);
	}
	if (answer.ok !== true) {
		const code = typeof answer.error === "string" && /^[a-z_]{1,60}$/.test(answer.error) ? answer.error : "no reason given";
		throw new NotSent(`${hostOf(letter.url)} refuses the message (${code})`);
	}
	return {
		answer: taken,
		handle: typeof answer.channel === "string" && typeof answer.ts === "string" ? `${answer.channel} ${answer.ts}` : void 0
	};
}
function messageOf$1(notification) {
	const { event, text, facts, commits, command } = notification;
	const title = titleOf(notification);
	const link = linkOf(notification);
	let left = ALL;
	const take = (words, most) => {
		const one = plain(words, Math.max(1, Math.min(most, left)));
		left -= one.text.length;
		return one;
	};
	const section = (words) => ({
		type: "section",
		text: take(words, SECTION)
	});
	const typed = (words) => {
		const text = clipped(readableText(words), Math.min(SECTION, left));
		left -= text.length;
		return preformatted(text);
	};
	const blocks = [
		{
			type: "header",
			text: take(title, HEADER)
		},
		...text === "" ? [] : [section(text)],
		...command === void 0 ? [] : [typed(command)],
		...facts.length === 0 ? [] : [{
			type: "section",
			fields: facts.slice(0, FIELDS).map(([name, value]) => take(`${name}: ${value}`, FIELD))
		}],
		...commits.length === 0 ? [] : [section(commits.map((line) => `• ${onOneLine(line)}`).join("\n"))],
		...link === void 0 ? [] : [{
			type: "context",
			elements: [{
				type: "mrkdwn",
				text: `<${link}|The run>`,
				verbatim: true
			}]
		}]
	];
	return {
		text: escaped(callingNobody(clipped(`${title} ${onOneLine(text)}`, SECTION))),
		parse: "none",
		link_names: false,
		unfurl_links: false,
		attachments: [{
			color: EVENTS[event].colour,
			blocks
		}]
	};
}
function plain(text, most) {
	return {
		type: "plain_text",
		text: clipped(callingNobody(readableText(text)) || " ", most),
		emoji: false
	};
}
function preformatted(text) {
	return {
		type: "rich_text",
		elements: [{
			type: "rich_text_preformatted",
			elements: [{
				type: "text",
				text
			}]
		}]
	};
}
function escaped(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
// src/notify/teams.ts
const LARGEST = 28e3;
const COLOURS = {
	"#0969da": "Accent",
	"#1a7f37": "Good",
	"#bf8700": "Warning",
	"#cf222e": "Attention"
};
const teamsKind = {
	options: { url: "secret" },
	needs: [["url"]],
	open: ({ name, secrets: { url } }) => ({
		name,
		edits: false,
		async send(notification, _handle, sending) {
			const { answer } = await post({
				url: url?.reveal() ?? "",
				body: bodyOf$1(notification)
			}, sending);
			return { answer };
		}
	})
};
function bodyOf$1(notification) {
	for (const most of [
		4e3,
		1e3,
		250,
		60
	]) {
		const body = JSON.stringify(messageOf(notification, most));
		if (Math.max(Buffer.byteLength(body), 2 * body.length) <= LARGEST) return body;
	}
	return JSON.stringify(messageOf({
		...notification,
		facts: [],
		commits: []
	}, 60));
}
function messageOf(notification, most) {
	const { event, text, facts, commits, command } = notification;
	const link = linkOf(notification);
	const run = (words, look = {}) => ({
		type: "TextRun",
		text: clipped(words, most),
		...look
	});
	const paragraph = (...inlines) => ({
		type: "RichTextBlock",
		inlines
	});
	return {
		type: "message",
		attachments: [{
			contentType: "application/vnd.microsoft.card.adaptive",
			contentUrl: null,
			content: {
				$schema: "http://adaptivecards.io/schemas/adaptive-card.json",
				type: "AdaptiveCard",
				version: "1.4",
				body: [
					paragraph(run(titleOf(notification), {
						size: "Large",
						weight: "Bolder",
						color: COLOURS[EVENTS[event].colour]
					})),
					...text === "" ? [] : [paragraph(run(readableText(text)))],
					...facts.slice(0, 20).map(([name, value]) => paragraph(run(`${onOneLine(name)}: `, { weight: "Bolder" }), run(onOneLine(value)))),
					...commits.map((line) => paragraph(run(`• ${onOneLine(line)}`))),
					...command === void 0 ? [] : [paragraph(run(readableText(command), { fontType: "Monospace" }))]
				],
				...link !== void 0 && { actions: [{
					type: "Action.OpenUrl",
					title: "The run",
					url: link
				}] }
			}
		}]
	};
}
// src/notify/webhook.ts
const webhookKind = {
	options: {
		url: "secret",
		secret: "secret"
	},
	needs: [["url"]],
	open: ({ name, secrets: { url, secret } }) => ({
		name,
		edits: false,
		async send(notification, _handle, { clock, random, ...sending }) {
			const body = JSON.stringify(bodyOf(notification));
			const headers = {
				"x-savepoint-event": notification.event,
				"x-savepoint-delivery": random(16),
				...secret && signed(body, secret, clock.now())
			};
			const { answer } = await post({
				url: url?.reveal() ?? "",
				headers,
				body
			}, {
				clock,
				random,
				...sending
			});
			return { answer };
		}
	})
};
function signed(body, secret, now) {
	const timestamp = String(Math.floor(now.getTime() / 1e3));
	return {
		"x-savepoint-timestamp": timestamp,
		"x-savepoint-signature": `v1=${createHmac("sha256", secret.reveal()).update(`${timestamp}.${body}`).digest("hex")}`
	};
}
function bodyOf(notification) {
	const { event, severity, at, environment, deploy, text, facts, commits, command } = notification;
	return {
		version: 1,
		event,
		severity,
		at,
		environment,
		deploy: deploy ?? null,
		title: titleOf(notification),
		colour: EVENTS[event].colour,
		text,
		facts: Object.fromEntries(facts),
		commits,
		command: command ?? null,
		run: linkOf(notification) ?? null
	};
}
// src/notify/kinds.ts
const CHANNEL_KINDS = {
	slack: slackKind,
	teams: teamsKind,
	discord: discordKind,
	webhook: webhookKind,
	email: emailKind
};
// src/notify/settings.ts
const NAME$1 = /^[a-z][a-z0-9_-]{0,39}$/;
const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,79}$/;
function linesOf(text) {
	return text.split(/\r?\n/).map((line, at) => [line.trim(), at + 1]).filter(([line]) => line !== "");
}
const channelSettings = {
	form: "`name: kind option=value …`, one channel a line",
	entries: { between: ": " },
	parse(text) {
		const channels = linesOf(text).map(([line, number]) => channelIn(line, number));
		const twice = channels.find(({ name }, at) => channels.findIndex((one) => one.name === name) !== at);
		if (twice !== void 0) throw new Error(`has ${twice.name} twice`);
		return channels;
	}
};
function channelIn(line, number) {
	const [, name = "", rest = ""] = /^([^:\s]+):\s+(.+)$/.exec(line) ?? [];
	if (!NAME$1.test(name)) throw new Error(`line ${number} does not begin with a channel's name (small letters, digits, dashes) and a colon`);
	const [kind = "", ...words] = rest.split(/\s+/);
	const row = CHANNEL_KINDS[kind];
	const kinds = Object.keys(CHANNEL_KINDS);
	if (row === void 0) {
		const near = nearest(kind, kinds);
		throw new Error(`${name} is of no kind that there is: ${near === void 0 ? kinds.join(", ") : `did you mean ${near}?`}`);
	}
	const options = {};
	for (const word of words) {
		const [, option = "", value = ""] = /^([a-z]+)=(.+)$/.exec(word) ?? [];
		const sort = row.options[option];
		const names = Object.keys(row.options);
		if (sort === void 0) throw new Error(`${name} has an option that ${kind} does not know: there are ${names.join(", ")}`);
		if (sort === "secret" && !SECRET_NAME.test(value)) throw new Error(`${name}: \`${option}\` must be the name of a secret in capitals, and not the secret itself. Give the value as NAME=value in SAVEPOINT_NOTIFY_SECRETS; if it stands in a file, it is no secret any more: make a new one`);
		options[option] = value;
	}
	if (!row.needs.some((set) => set.every((option) => options[option] !== void 0))) throw new Error(`${name} lacks ${row.needs.map((set) => set.map((option) => `\`${option}\``).join(" and ")).join(", or ")}`);
	return {
		name,
		kind,
		options
	};
}
const namedSecrets = {
	form: "`NAME=value`, one a line",
	parse(text) {
		const secrets = new Map();
		for (const [line, number] of linesOf(text)) {
			const cut = line.indexOf("=");
			const name = line.slice(0, Math.max(0, cut)).trim();
			if (!SECRET_NAME.test(name)) throw new Error(`line ${number} does not begin with a name in capitals and \`=\``);
			const value = line.slice(cut + 1).trim();
			if (value !== "") secrets.set(name, new Secret(value));
		}
		return secrets;
	}
};
const channelNames = {
	form: "names of channels",
	entries: {},
	parse: (text) => text.split(/[\s,]+/).filter((name) => name !== "")
};
// src/notify/template.ts
const PLACEHOLDERS = [
	"event",
	"environment",
	"version",
	"commit",
	"reason",
	"who",
	"downtime"
];
const PLACEHOLDER = /\{([a-z]+)\}/g;
const template = {
	form: `text with ${PLACEHOLDERS.map((name) => `{${name}}`).join(", ")}`,
	parse(text) {
		const unknown = [...text.matchAll(PLACEHOLDER)].find(([, name]) => !PLACEHOLDERS.some((one) => one === name));
		if (unknown !== void 0) throw new Error(`has ${unknown[0]}, which stands for nothing`);
		return text;
	}
};
function inOwnWords(words, notification) {
	const facts = new Map(notification.facts);
	const values = {
		event: EVENTS[notification.event].title,
		environment: notification.environment,
		version: facts.get("version"),
		commit: facts.get("commit"),
		reason: notification.text,
		who: facts.get("who"),
		downtime: facts.get("downtime")
	};
	return {
		...notification,
		text: words.replaceAll(PLACEHOLDER, (_, name) => values[name] || "-")
	};
}
// src/notify/inputs.ts
const notifySection = {
	name: "notify",
	inputs: {
		channels: input(channelSettings, { description: "Who is told, one channel a line: `team: slack token=SLACK_TOKEN channel=deploys`. Kinds: slack, teams, discord, webhook, email. Words in capitals name secrets of `notify-secrets`." }),
		secrets: input(namedSecrets, {
			description: "The channels' secrets, `NAME=value`, one a line: webhook addresses, tokens. A name without a value switches its channels off.",
			secret: true
		}),
		info: input(channelNames, { description: "The channels that hear of started, stable and waiting deploys. Default: all." }),
		warning: input(channelNames, { description: "The channels that hear of what failed, was cancelled or rolled back. Default: all." }),
		critical: input(channelNames, { description: "The channels that hear at once of what needs a person, and of backups that failed. Default: all." }),
		template: input(template, { description: "What a message says in its own words: text with `{event}`, `{environment}`, `{version}`, `{commit}`, `{reason}`, `{who}`, `{downtime}`. Default: what happened." }),
		"repeat-every": input(timeLimit, {
			description: "How often, at most, `notify --repeat` tells a channel the same again.",
			default: "1h"
		}),
		test: input(flag, {
			description: "Sends a test message to every channel, whatever it is to hear of.",
			default: "false",
			perRun: true
		}),
		repeat: input(flag, {
			description: "Where the environment needs a person, tells again whoever hears of what is critical.",
			default: "false",
			perRun: true
		}),
		"waiting-for-approval": input(flag, {
			description: "Tells that this workflow run waits for a person to approve it, where the environment has such a rule.",
			default: "false",
			perRun: true
		})
	}
};
// src/deploy/call/next-command.ts
function nextCommand({ app, name, shared, ports }, operation, words) {
	const { host, "jump-host": jump, "state-dir": state } = shared;
	return quote([
		...ports.program,
		operation,
		"--environment",
		name,
		...words,
		...host === void 0 ? [] : ["--host", formatTarget(host)],
		...jump === void 0 ? [] : ["--jump-host", formatTarget(jump)],
		...state === void 0 ? [] : ["--state-dir", state],
		"--app",
		app
	]);
}
function rollbackCommand(environment, reason, more = []) {
	return nextCommand(environment, "rollback", [
		"--confirm",
		environment.name,
		...more,
		"--reason",
		reason
	]);
}
function statusWay(place) {
	return {
		command: nextCommand(place, "status", []),
		means: "Shows how things stand; changes nothing."
	};
}
function listWay(place) {
	return {
		command: nextCommand(place, "list", []),
		means: "Lists what there is to go back to; changes nothing."
	};
}
// src/core/json-places.ts
const TEXT = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`;
const TOKEN = new RegExp(String.raw`[ \t\r\n]*([{}[\],:]|${TEXT}"|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))`, "y");
const BEGUN = new RegExp(String.raw`[ \t\r\n]*(?:${TEXT}(?:\\(?:u[0-9a-fA-F]{0,3})?)?|-?(?:0|[1-9]\d*)?(?:(?<=\d)\.\d*)?(?:(?<=\d)[eE][+-]?)?|t(?:ru?)?|f(?:a(?:ls?)?)?|nu?l?)$`, "y");
function findJson(text) {
	const places = new Map();
	return {
		wrong: read(text, places),
		at(path) {
			for (let length = path.length; length > 0; length -= 1) {
				const found = places.get(JSON.stringify(path.slice(0, length)));
				if (found !== void 0) return found;
			}
			return places.get("[]") ?? 0;
		}
	};
}
function read(text, places) {
	const path = [];
	let want = "a value";
	for (let next = 0;;) {
		TOKEN.lastIndex = next;
		const token = TOKEN.exec(text)?.[1];
		if (token === void 0) {
			const at = next + (/^[ \t\r\n]*/.exec(text.slice(next))?.[0].length ?? 0);
			if (at === text.length) return want === "nothing" ? void 0 : {
				at,
				ends: true
			};
			BEGUN.lastIndex = next;
			return BEGUN.test(text) && mayBegin(want, text.charAt(at)) ? {
				at: text.length,
				ends: true
			} : {
				at,
				ends: false
			};
		}
		next = TOKEN.lastIndex;
		const then = follow(want, token, path);
		const at = next - token.length;
		if (then === void 0) return {
			at,
			ends: false
		};
		if (want.startsWith("a value") && token !== "]") places.set(JSON.stringify(token === "{" || token === "[" ? path.slice(0, -1) : path), at);
		want = then;
	}
}
function mayBegin(want, first) {
	return first === "\"" ? want.startsWith("a value") || want.startsWith("a name") : want.startsWith("a value");
}
function follow(want, token, path) {
	const inside = path.at(-1);
	const after = () => path.length === 0 ? "nothing" : "a comma or the end";
	if (want.endsWith("or the end") && token === (typeof inside === "number" ? "]" : "}")) {
		path.pop();
		return after();
	}
	if (want.startsWith("a value")) {
		if (token === "{" || token === "[") {
			path.push(token === "{" ? "" : 0);
			return token === "{" ? "a name or the end" : "a value or the end";
		}
		return /^["\w-]/.test(token) ? after() : void 0;
	}
	if (want.startsWith("a name") && token.startsWith("\"")) {
		path[path.length - 1] = JSON.parse(token);
		return "a colon";
	}
	if (want === "a colon" && token === ":") return "a value";
	if (want === "a comma or the end" && token === ",") {
		if (typeof inside !== "number") return "a name";
		path[path.length - 1] = inside + 1;
		return "a value";
	}
}
function placeIn(text, at) {
	const before = text.slice(0, at).split("\n");
	return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
// src/backup/manifest.ts
const PURPOSES = [
	"pre-deploy",
	"scheduled",
	"manual"
];
const VERIFICATIONS = ["read", "restore"];
const text = pipe(string(), nonEmpty("is empty"));
const whole = pipe(number(), safeInteger("is no whole number"), minValue(0, "is negative"));
const positive = pipe(whole, minValue(1, "is not above 0"));
const time = pipe(number(), minValue(0, "is negative"));
const moment = pipe(string(), regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "is no time in UTC"), check(isRealTime, "is no real time"));
const hex64 = pipe(string(), regex(/^[0-9a-f]{64}$/, "is no sha256 in lower case"));
const fileName = pipe(string(), regex(/^[^/\0\n]+\.dump$/, "is no plain file name that ends in .dump"), check((name) => !name.startsWith("."), "is hidden"));
const history = object({
	table: text,
	tool: text,
	entries: array(object({
		version: string(),
		checksum: optional(string()),
		state: picklist([
			"applied",
			"failed",
			"rolled-back"
		])
	}))
});
const parameters = array(object({
	role: optional(text),
	name: text,
	value: optional(string()),
	sealed: optional(string())
}));
const settings = object({
	owner: text,
	comment: nullable(string()),
	connectionLimit: pipe(number(), safeInteger("is no whole number")),
	template: optional(boolean()),
	grants: array(object({
		grantee: optional(text),
		privilege: pipe(text, regex(/^[A-Z ]+$/, "is no privilege")),
		grantable: boolean()
	})),
	parameters,
	roles: parameters,
	extensions: record(string(), string())
});
const schema = object({
	format: literal(1, "is a format this Savepoint does not know; a newer one wrote it"),
	id: pipe(string(), regex(/^\d{8}T\d{6}Z-[0-9a-z-]+$/, "is no backup id")),
	file: fileName,
	number: optional(positive),
	purpose: picklist(PURPOSES),
	app: text,
	environment: text,
	deploy: optional(text),
	from: optional(text),
	to: optional(text),
	startedAt: moment,
	endedAt: moment,
	database: object({
		system: pipe(string(), regex(/^\d+$/, "is no cluster identifier")),
		name: text,
		serverVersion: pipe(whole, minValue(1e4, "is no server_version_num")),
		encoding: text,
		locale: string()
	}),
	source: optional(text),
	tools: positive,
	sizeBytes: positive,
	sha256: hex64,
	verified: picklist(VERIFICATIONS),
	schema: object({
		fingerprint: text,
		history: array(history)
	}),
	settings: optional(settings),
	rows: record(string(), whole),
	sequences: record(string(), pipe(string(), regex(/^-?\d+$/, "is no whole number"))),
	durationMs: time,
	dumpMs: optional(time),
	restoreMs: optional(time)
});
function parseManifest(content) {
	const json = parsed(content);
	const result = safeParse(schema, json, { abortEarly: true });
	if (result.success) return result.output;
	const issue = result.issues[0];
	const field = getDotPath(issue);
	if (field === null) throw new Error("is no manifest");
	const problem = issue.received === "undefined" ? "is missing" : issue.message;
	const keys = (issue.path ?? []).map(({ key }) => key);
	throw new Error(`${field}: ${problem} (${placeIn(content, findJson(content).at(keys))})`);
}
function parsed(content) {
	try {
		return JSON.parse(content);
	} catch (error) {
		if (content.trim() === "") throw new Error("is empty", { cause: error });
		const { at, ends } = findJson(content).wrong ?? {
			at: 0,
			ends: false
		};
		throw new Error(ends ? `is cut off (it ends in ${placeIn(content, at)})` : `is no JSON (${placeIn(content, at)})`, { cause: error });
	}
}
function formatManifest(manifest) {
	return `${JSON.stringify(manifest, void 0, 2)}\n`;
}
function isRealTime(value) {
	return !Number.isNaN(Date.parse(value));
}
// src/backup/choose-verification.ts
const SMALL = 2e9;
const TIMES = 3;
function chooseVerification(dumped, known) {
	const { budgetMs } = known;
	const proofs = known.proofs.toSorted((a, b) => b.at.getTime() - a.at.getTime());
	const proven = provenBy(dumped, proofs);
	if (proven !== void 0 && !known.doubtful) return {
		verify: "read",
		proven
	};
	const expectedMs = expectation(dumped.sizeBytes, proofs);
	if (expectedMs !== void 0) {
		if (expectedMs < budgetMs) return {
			verify: "restore",
			why: `restoring it takes about ${formatDuration(expectedMs)}`
		};
		if (proven !== void 0) return {
			verify: "read",
			proven
		};
		const why = `to restore it would take about ${formatDuration(expectedMs)}, and no more than ${formatDuration(budgetMs)} may be spent on it (verify-budget)`;
		return {
			verify: "read",
			proven: void 0,
			last: proofs[0],
			why
		};
	}
	const size = `the database has ${formatSize(dumped.databaseBytes)}`;
	if (dumped.databaseBytes < SMALL) return {
		verify: "restore",
		why: size
	};
	if (proven !== void 0) return {
		verify: "read",
		proven
	};
	const why = `${size}, and how long a restore takes is not known`;
	return {
		verify: "read",
		proven: void 0,
		last: proofs[0],
		why
	};
}
function provenBy({ fingerprint, serverVersion }, proofs) {
	const server = Math.floor(serverVersion / 1e4);
	return proofs.toSorted((a, b) => b.at.getTime() - a.at.getTime()).find((proof) => proof.fingerprint === fingerprint && proof.server === server);
}
function expectation(sizeBytes, newestFirst) {
	const timed = newestFirst.flatMap((proof) => proof.restoreMs === void 0 ? [] : [{
		ms: proof.restoreMs,
		bytes: proof.sizeBytes
	}]);
	if (timed.length === 0) return void 0;
	return Math.max(...timed.slice(0, TIMES).map(({ ms, bytes }) => ms * Math.max(1, sizeBytes / bytes)));
}
const ASKED = ["auto", ...VERIFICATIONS];
// src/backup/inputs.ts
const backupSection = {
	name: "backup",
	inputs: {
		purpose: input(choice(...PURPOSES), {
			description: "Why it is taken. `pre-deploy` opens a deploy; `scheduled` and `manual` open nothing and are counted apart.",
			default: "pre-deploy",
			perRun: true
		}),
		verify: input(choice(...ASKED), {
			description: "`read`: every byte is read back and checksummed. `restore`: also restored into a side database and compared. `auto`: restored where no backup of this schema was yet and it takes less than `verify-budget`, else read.",
			default: "auto"
		}),
		"verify-budget": input(duration, {
			description: "How long `verify: auto` may restore, by the times of earlier restores; where there are none, databases below 2 GB are restored.",
			default: "2m"
		}),
		"keep-last": input(count(), {
			description: "Keep this many of the newest.",
			default: "10"
		}),
		"keep-daily": input(count(), {
			description: "Keep the last one of each day (UTC) for this many days.",
			default: "30"
		}),
		"keep-weekly": input(count(), {
			description: "Keep the last one of each ISO week for this many weeks.",
			default: "0"
		}),
		"keep-monthly": input(count(), {
			description: "Keep the last one of each month for this many months.",
			default: "0"
		}),
		"min-keep": input(count({ min: 1 }), {
			description: "The newest verified ones that stay, whatever the other rules say.",
			default: "3"
		}),
		"max-age-days": input(count({ min: 1 }), { description: "Delete what is older, whatever keeps it (privacy law). Only what an open deploy or this run made is spared." }),
		"keep-replaced": input(count(), {
			description: "Keep this many of the databases that swaps replaced, the newest.",
			default: "3"
		}),
		"keep-replaced-days": input(count(), {
			description: "Keep every replaced database for this many days.",
			default: "7"
		}),
		"max-replaced": input(count(), {
			description: "Where the rules keep more replaced databases than this, the next deploy is refused until one is dropped by hand.",
			default: "10"
		}),
		"max-total-size": input(size, { description: "Delete the oldest of what only the keep rules hold until the rest fits, e.g. `20GB`." })
	}
};
const restoreSection = {
	name: "restore",
	inputs: {
		backup: input(line, {
			description: "What to restore: a backup's id, its deploy's id, its file, or `latest`. Without it, the backups are listed.",
			perRun: true
		}),
		confirm: input(line, {
			description: "The environment's name, typed in, to confirm.",
			perRun: true
		}),
		foreign: input(flag, {
			description: "Restore a backup of another database or server, e.g. after a move to a new one. Refused where it is not said.",
			default: "false",
			perRun: true
		}),
		drill: input(flag, {
			description: "Restore into a side database, compare, and drop it; the live database is not touched.",
			default: "false",
			perRun: true
		})
	}
};
const githubSection = {
	name: "github",
	inputs: {
		deployments: input(flag, {
			description: "Keeps a deployment on GitHub for each deploy: under way, live, failed, replaced (`deployments: write`).",
			default: "false"
		}),
		status: input(flag, {
			description: "Sets the status `savepoint/<environment>` on the commit that is deployed (`statuses: write`).",
			default: "false"
		}),
		"pull-request": input(flag, {
			description: "Says at the pull request, in one comment that is kept up to date, what a merge would do: the dry run of a `pull_request` workflow (`pull-requests: write`).",
			default: "false"
		}),
		issue: input(flag, {
			description: "Opens an issue for each deploy that was rolled back or needs a person, with what was seen and a cause to fill in (`issues: write`).",
			default: "false"
		}),
		"issue-labels": input(lines, {
			description: "The labels of such an issue, one a line.",
			default: "savepoint"
		}),
		environment: input(line, { description: "What the environment is called on GitHub. Default: as here." }),
		url: input({
			form: "an address such as https://shop.example",
			parse(value) {
				const url = URL.canParse(value.trim()) ? new URL(value.trim()) : void 0;
				if (url === void 0 || !/^https?:$/.test(url.protocol)) throw new Error("is no http or https address");
				if (url.username !== "" || url.password !== "") throw new Error("holds a login, and everybody who sees the deployments would see it");
				return url.href;
			}
		}, { description: "Where the app is reached by its users, for the link at its deployments." })
	}
};
// src/health/pattern.ts
const MATCH_LIMIT_MS = 1e3;
const pattern = {
	form: "text that is contained, or a regular expression such as /ok|ready/i",
	parse(value) {
		const trimmed = value.trim();
		if (trimmed === "") throw new Error("is empty");
		const match = /^\/(.+)\/([a-z]*)$/s.exec(trimmed);
		if (!match) return { contains: trimmed };
		try {
			return { regex: new RegExp(match[1] ?? "", (match[2] ?? "").replaceAll(/[gy]/g, "")) };
		} catch (error) {
			throw new Error(`is no regular expression: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
	}
};
function matches(wanted, text) {
	if ("contains" in wanted) return text.includes(wanted.contains);
	try {
		return runInNewContext("regex.test(text)", {
			regex: wanted.regex,
			text
		}, { timeout: MATCH_LIMIT_MS }) === true;
	} catch (error) {
		if (error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return "too slow";
		throw error;
	}
}
function describePattern(wanted) {
	return "contains" in wanted ? JSON.stringify(wanted.contains) : String(wanted.regex);
}
// src/health/headers.ts
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const OURS = new Set([
	"connection",
	"content-length",
	"transfer-encoding",
	"upgrade",
	"expect",
	"te",
	"trailer"
]);
function* entries(value) {
	for (const [index, line] of value.split(/\r?\n/).entries()) if (line.trim() !== "") yield {
		line: line.trim(),
		number: index + 1
	};
}
const requestHeaders = {
	form: "`Name: value`, one a line",
	entries: { between: ": " },
	parse: (text) => [...entries(text)].map(({ line, number }) => {
		const colon = line.indexOf(":");
		const name = line.slice(0, Math.max(colon, 0)).trim();
		const value = line.slice(colon + 1).trim();
		if (!NAME.test(name)) throw new Error(`line ${number} is not \`Name: value\``);
		if (OURS.has(name.toLowerCase())) throw new Error(`line ${number} sets ${name}, which the check sets itself`);
		if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`line ${number} has characters that a header cannot carry`);
		return {
			name,
			value: new Secret(value)
		};
	})
};
const headerExpectations = {
	form: "`Name: value`, or `Name` for its presence, one a line",
	entries: { between: ": " },
	parse: (text) => [...entries(text)].map(({ line }) => {
		const match = /^([^:]+?)\s*(?::\s*(.*))?$/.exec(line);
		const name = match?.[1] ?? "";
		if (!NAME.test(name)) throw new Error(`has ${JSON.stringify(line)}, which names no header`);
		if (match?.[2] !== void 0) pattern.parse(match[2]);
		return {
			name,
			value: match?.[2] === "" ? void 0 : match?.[2]
		};
	})
};
function headerProblem(wanted, headers) {
	const values = headers.get(wanted.name.toLowerCase());
	if (values === void 0) return `the answer has no header ${wanted.name}`;
	const { value } = wanted;
	if (value === void 0) return void 0;
	const parsed = pattern.parse(value);
	const fits = (given) => "regex" in parsed ? matches(parsed, given) === true : given === value || given.split(";")[0]?.trim() === value;
	if (values.some(fits)) return void 0;
	return `the header ${wanted.name} is ${JSON.stringify(values.join(", ").slice(0, 200))}, expected ${JSON.stringify(value)}`;
}
// src/health/json.ts
const KEY = /^(?:\.?([^.[\]="\s]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\])/;
function readPath(text) {
	let rest = text.replace(/^\$\.?/, "");
	const keys = [];
	for (let match = KEY.exec(rest); match !== null; match = KEY.exec(rest)) {
		if (match[2] !== void 0) keys.push(Number(match[2]));
		else keys.push(match[3] === void 0 ? match[1] ?? "" : JSON.parse(`"${match[3]}"`));
		rest = rest.slice(match[0].length);
	}
	const path = {
		text: text.slice(0, text.length - rest.length).trim(),
		keys
	};
	if (keys.length === 0) throw new Error(`has ${JSON.stringify(text)}, where no path can be read`);
	return {
		path,
		rest: rest.trimStart()
	};
}
function parsePath(text) {
	const { path, rest } = readPath(text.trim());
	if (rest !== "") throw new Error(`has ${JSON.stringify(text)}, where no path can be read from ${JSON.stringify(rest)} on`);
	return path;
}
const jsonExpectations = {
	form: "`path=value`, one a line, such as status=ok, checks.db.ok=true or items[0].id=7",
	entries: { between: "=" },
	parse: (value) => value.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "").map((line) => {
		const { path, rest } = readPath(line);
		if (!rest.startsWith("=")) throw new Error(`has ${JSON.stringify(line)}, which is not path=value`);
		return {
			path,
			value: rest.slice(1).trim()
		};
	})
};
function valueAt(document, path) {
	let value = document;
	for (const key of path.keys) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return { found: false };
		if (Array.isArray(value) && !/^\d+$/.test(String(key))) return { found: false };
		value = value[key];
	}
	return {
		found: true,
		value
	};
}
function equalsText(value, text) {
	if (typeof value === "string" && value === text) return true;
	let wanted;
	try {
		wanted = JSON.parse(text);
	} catch {
		return false;
	}
	return same(value, wanted);
}
function same(a, b) {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	if (Array.isArray(a) !== Array.isArray(b)) return false;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
function showValue(value) {
	const text = JSON.stringify(value) ?? String(value);
	return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
// src/health/masking.ts
const HARMLESS = /^(accept(-.+)?|cache-control|content-type|host|origin|pragma|referer|user-agent|x-forwarded-(for|host|port|proto)|x-requested-with)$/i;
function harmless(text) {
	return text.split(/\r?\n/).every((line) => line.trim() === "" || isHarmless(line.split(":", 1)[0]?.trim() ?? ""));
}
function isHarmless(name) {
	return HARMLESS.test(name);
}
function secretsInHeaders(headers) {
	const found = new Set();
	for (const { name, value } of headers) {
		if (HARMLESS.test(name)) continue;
		const text = value.reveal();
		found.add(text);
		const [scheme, token] = [text.slice(0, text.indexOf(" ")), text.slice(text.indexOf(" ") + 1).trim()];
		if (/^[A-Za-z]+$/.test(scheme)) found.add(token);
		if (/^basic$/i.test(scheme)) found.add(Buffer.from(token, "base64").toString().replace(/^[^:]*:/, ""));
		if (/cookie/i.test(name)) for (const part of text.split(/;\s*/)) found.add(part.slice(part.indexOf("=") + 1));
	}
	return [...found].filter((text) => text.length >= 4 && !/^(true|false|null|none|https?)$/i.test(text)).map((text) => new Secret(text));
}
const SHORTEST$1 = 3;
function masker(secrets) {
	const longestFirst = [...new Set(secrets.flatMap((secret) => {
		const text = secret.reveal();
		return text.length < SHORTEST$1 ? [] : [
			text,
			encodeURIComponent(text),
			Buffer.from(text).toString("base64"),
			JSON.stringify(text).slice(1, -1)
		];
	}))].sort((a, b) => b.length - a.length);
	return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, "***"), text);
}
// src/health/places.ts
const webAddress = {
	form: "a URL such as http://localhost:3000/health",
	parse(value) {
		const text = value.trim();
		if (!URL.canParse(text)) throw new Error("is no URL");
		const url = new URL(text);
		if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error(`begins with ${url.protocol}//, not http:// or https://`);
		if (url.username !== "" || url.password !== "") throw new Error("contains a user or password; send them by `headers`: `Authorization: Basic …`");
		if (url.port === "0") throw new Error("has port 0");
		url.hash = "";
		return url;
	}
};
const hostPorts = {
	form: "`host:port`, one a line, such as localhost:5432 or [::1]:5432",
	entries: {},
	parse: (value) => value.split(/[\s,]+/).filter((part) => part !== "").map((part) => {
		const match = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(part);
		const port = Number(match?.[3]);
		if (!match || port < 1 || port > 65535) throw new Error(`has ${quoted(part)}, which is not host:port`);
		return {
			host: match[1] ?? match[2] ?? "",
			port
		};
	})
};
function hostPortOf(url) {
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: Number(url.port) || (url.protocol === "https:" ? 443 : 80)
	};
}
function isLoopback(host) {
	return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host) || host === "0.0.0.0";
}
function showAddress({ host, port }) {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
function showUrl(url) {
	return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}
// src/health/status.ts
const SUCCESS = [{
	from: 200,
	to: 299
}];
const statuses = {
	form: "status codes such as 200, 200-299,304 or 2xx",
	parse(value) {
		const parts = value.split(/[\s,]+/).filter((part) => part !== "");
		if (parts.length === 0) throw new Error("names no status code");
		return parts.map(parseRange);
	}
};
function parseRange(part) {
	const family = /^([1-5])xx$/i.exec(part);
	if (family) return {
		from: Number(family[1]) * 100,
		to: Number(family[1]) * 100 + 99
	};
	const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part);
	if (!match) throw new Error(`has ${quoted(part)}, which is no status code`);
	const from = Number(match[1]);
	const to = Number(match[2] ?? match[1]);
	if (to < from) throw new Error(`has ${quoted(part)}, which ends before it begins`);
	return {
		from,
		to
	};
}
function accepts(ranges, status) {
	return ranges.some((range) => status >= range.from && status <= range.to);
}
function describeStatuses(ranges) {
	return ranges.map(({ from, to }) => from === to ? `${from}` : `${from}-${to}`).join(", ");
}
// src/health/version.ts
const versionSource = {
	form: "where the app tells its version: json:path, header:Name or body; or a version that the body must contain",
	parse(value) {
		const text = value.trim();
		if (text === "body") return { from: "body" };
		const match = /^(\w+):\s*(.*)$/s.exec(text);
		if (match === null) return {
			from: "literal",
			text
		};
		const [, source = "", rest = ""] = match;
		if (source === "json") return {
			from: "json",
			path: parsePath(rest)
		};
		if (source === "header" && /^[\w-]+$/.test(rest)) return {
			from: "header",
			name: rest
		};
		if (nearest(source, ["json", "header"]) !== void 0) throw new Error(`is ${quoted(value)}`);
		return {
			from: "literal",
			text
		};
	}
};
function saysVersion(said, expected) {
	const text = said.trim();
	if (isCommit(text, expected.commit)) return true;
	const suffix = /(?:\+|-g)([0-9a-f]{7,64})$/i.exec(text)?.[1];
	if (suffix !== void 0 && isCommit(suffix, expected.commit)) return true;
	return expected.names.some((name) => name !== "" && withoutV(name) === withoutV(text));
}
function isCommit(text, commit) {
	return text.length >= 7 && /^[0-9a-f]+$/i.test(text) && commit.toLowerCase().startsWith(text.toLowerCase());
}
function withoutV(name) {
	return name.replace(/^v(?=\d)/, "");
}
function words(text) {
	return (text.match(/[\w.+/-]+/g) ?? []).map((word) => word.replace(/\.+$/, ""));
}
function versionProblem(source, expected, telling) {
	const wanted = source.from === "literal" ? source.text : describe(expected);
	switch (source.from) {
		case "literal":
		case "body": {
			const version = source.from === "body" ? expected : {
				commit: source.text,
				names: [source.text]
			};
			return source.from === "literal" && !/^[\w.+/-]+$/.test(source.text) && telling.body.includes(source.text) || words(telling.body).some((word) => saysVersion(word, version)) ? void 0 : `the body does not name version ${wanted}`;
		}
		case "header": {
			const said = telling.headers.get(source.name.toLowerCase());
			if (said === void 0) return `the answer has no header ${source.name}, where version ${wanted} was expected`;
			return said.some((one) => saysVersion(one, expected)) ? void 0 : `version ${JSON.stringify(said.join(", ").slice(0, 100))} answers, expected ${wanted}`;
		}
		case "json": {
			const read = telling.json();
			if ("problem" in read) return read.problem;
			const at = valueAt(read.document, source.path);
			if (!at.found) return `the JSON has no ${source.path.text}, where version ${wanted} was expected`;
			const said = typeof at.value === "string" || typeof at.value === "number" ? String(at.value) : void 0;
			return said !== void 0 && saysVersion(said, expected) ? void 0 : `version ${showValue(at.value)} answers, expected ${wanted}`;
		}
	}
}
function describe(expected) {
	const [name] = expected.names;
	const commit = expected.commit.slice(0, 7);
	return name === void 0 || name === "" ? commit : `${name} (${commit})`;
}
// src/health/inputs.ts
const pause = {
	form: `${timeLimit.form}, at least 10ms`,
	parse(value) {
		const ms = timeLimit.parse(value);
		if (ms < 10) throw new Error(`is ${quoted(value)}`);
		return ms;
	}
};
const healthSection = {
	name: "health",
	inputs: {
		url: input(webAddress, { description: "The URL to ask. `localhost` is the host's own, where there is one (see `from`)." }),
		method: input(choice("GET", "HEAD", "POST", "PUT", "OPTIONS"), {
			description: "The request's method; it carries no body.",
			default: "GET"
		}),
		headers: input(requestHeaders, {
			description: "Headers to send: `Name: value`, one a line. They are not sent on to another server by a redirect.",
			secret: true,
			plainWhen: harmless
		}),
		"expect-status": input(statuses, { description: "Status codes that are healthy, e.g. `200` or `200-299,304`. Default: 200-299." }),
		"expect-body": input(pattern, { description: "Text that the body contains, or a regular expression: `/ready|ok/i`." }),
		"expect-json": input(jsonExpectations, { description: "Values in the JSON body: `path=value`, one a line, e.g. `status=ok`, `checks.db.ok=true`, `items[0].id=7`." }),
		"expect-header": input(headerExpectations, { description: "Headers of the answer, one a line: `Name: value` (equal, or equal up to the first `;`, or `/regex/`), or `Name` where any value will do." }),
		"expect-version": input(versionSource, { description: "Where the app tells its version: `json:path`, `header:Name` or `body`. It must be the deploy's commit (7 digits or more of it) or one of its tags. Any other text must itself stand in the body." }),
		"follow-redirects": input(flag, {
			description: "Whether a redirect is followed (at most 5, never from https to http). Otherwise it is unhealthy, unless `expect-status` allows it.",
			default: "false"
		}),
		"tls-ca": input(text$1, { description: "The authority that signed the server's certificate: PEM text, or the path of a PEM file here. Then no other is trusted." }),
		"max-latency": input(timeLimit, { description: "The longest an answer may take, from the sent request to the last byte of the body, e.g. `500ms`." }),
		tcp: input(hostPorts, { description: "Addresses that must accept connections: `host:port`, one a line." }),
		query: input(text$1, { description: "SQL on the deploy's database. Healthy where the first column of the first row is neither false, null, 0 nor empty." }),
		service: input(line, { description: "A service of the compose project: its containers must run, be healthy where their image says how, and not restart." }),
		command: input(text$1, { description: "A shell command that must exit with 0. It runs once the other checks pass." }),
		from: input(choice("runner", "host"), { description: "Where the checks are made from. Default: the host where there is one." }),
		timeout: input(pause, {
			description: "The hard limit over everything: healthy by then, or failed.",
			default: "2m"
		}),
		interval: input(pause, {
			description: "The pause between passes, and the longest between attempts; the first attempts follow faster (after 100 ms, 200 ms, …).",
			default: "250ms"
		}),
		successes: input(count({
			min: 1,
			max: 1e3
		}), {
			description: "How many passes in a row make it healthy. To watch for longer than a moment, raise this and `interval`.",
			default: "3"
		})
	}
};
const migrateSection = {
	name: "migrate",
	inputs: {
		command: input(choice("status", "plan", "apply", "down"), {
			description: "What to do: `apply` what is pending, go `down`, or only look: `status`, `plan`.",
			default: "apply",
			perRun: true
		}),
		directory: input({
			form: "a folder in the checkout, such as db/migrations",
			parse(value) {
				const given = line.parse(value).trim().replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "") || ".";
				if (given.startsWith("/") || given.startsWith("~")) throw new Error("is not relative to the checkout");
				if (given.split("/").includes("..")) throw new Error("leads out of the checkout");
				return given;
			}
		}, {
			description: "The folder of the migration files in the checkout.",
			default: "migrations"
		}),
		to: input({
			form: "a migration's version: the digits its file name begins with",
			parse(value) {
				const digits = /^(\d+)(?:_.*)?$/su.exec(value.trim())?.[1];
				if (digits === void 0) throw new Error(`is ${quoted(value)}`);
				return digits;
			}
		}, {
			description: "`apply`: the last version to apply. `down`: the version to go back to, which stays (`0`: take everything back).",
			perRun: true
		}),
		steps: input(count({ min: 1 }), {
			description: "At most so many migrations. `down` without `to` or `steps` takes one back.",
			perRun: true
		}),
		run: input(line, { description: "Another tool's command instead of migration files, e.g. `npx prisma migrate deploy`. It gets `DATABASE_URL`." }),
		"lock-timeout": input(timeLimit, {
			description: "How long a statement may wait for a lock, and make others wait behind it, before the file is rolled back and tried again (5 times).",
			default: "5s"
		}),
		"statement-timeout": input(timeLimit, {
			description: "How long one statement may run; 0 means without limit.",
			default: "0"
		})
	}
};
// src/release/inputs.ts
const markStableSection = {
	name: "mark-stable",
	inputs: {
		"keep-tags": input(count({ min: 1 }), {
			description: "How many `stable-…` tags to keep; older ones are removed.",
			default: "50"
		}),
		confirm: input(line, {
			description: "At a terminal: the environment's name, typed in. A workflow needs none: its environment's rules are the confirmation.",
			perRun: true
		})
	}
};
const rolloutSection = {
	name: "rollout",
	inputs: {
		phase: input(choice("prepare", "switch"), {
			description: "`prepare`: all that is slow, and nothing the running app reads; `switch`: the change itself. Default: whatever is still to do.",
			perRun: true
		}),
		strategy: input(choice(...["compose", "command"]), { description: "How the app runs: as a `compose` project, or by `command`s of yours. Default: `compose` where `services` is given, or where `app-dir` holds a compose project and neither `command` nor `start-command` is given." }),
		command: input(text$1, { description: "Shell text run in `app-dir` after the new code is in place, before the app is started (install, build, restart). Stops at its first failing line." }),
		services: input(lines, { description: "The compose services that a deploy changes, one a line; never a database. Default: all with a build, all whose image or definition changed, and new ones." }),
		"stop-command": input(text$1, { description: "Shell text that stops the app, run before the code changes and before a database is swapped. With compose, default: the services are stopped for a swap, and for a switch only replaced." }),
		"start-command": input(text$1, { description: "Shell text that starts the app and returns: a service manager, or a process in the background (`nohup … &`). With compose, default: `compose up` of what changed." }),
		transport: input(choice("fetch", "push"), {
			description: "`fetch`: the host's clone fetches from its origin; `push`: the checkout brings the code over the same connection.",
			default: "fetch"
		}),
		"allow-ahead": input(flag, {
			description: "Deploy a commit that lacks migrations which the live database has.",
			default: "false"
		})
	}
};
function refuseMisfits(settings) {
	if (settings.strategy !== "command" || settings.services === void 0 || settings.services.length === 0) return;
	throw refusal("`services` belongs to `strategy: compose`, and `strategy: command` is given.", {
		code: "inputs",
		hint: "Take one of them away; with `strategy: command` the services stand in `command`, `stop-command` and `start-command`."
	});
}
// src/deploy/call/rollback-inputs.ts
const rollbackSection = {
	name: "rollback",
	inputs: {
		to: input(line, {
			description: "Where to go: `latest-stable`, a stable tag, a savepoint's id or a commit. Default: what the open deploy was opened on; with nothing open, `latest-stable` or the stable version before it.",
			perRun: true
		}),
		database: input(choice("auto", "restore", "down", "keep"), {
			description: "The database's way back: `auto` decides by looking, `restore` the savepoint, `down` migrations, or `keep` it as it is.",
			default: "auto",
			perRun: true
		}),
		"prefer-down": input(flag, {
			description: "Go back by DOWN migrations where every migration since has one.",
			default: "false"
		}),
		reason: input(line, {
			description: "Why, for the journal. Required by hand.",
			perRun: true
		}),
		confirm: input(line, {
			description: "The environment's name, typed in, for a rollback by hand.",
			perRun: true
		})
	}
};
// src/deploy/call/sections.ts
const allSections = {
	shared: sharedSection,
	backup: backupSection,
	migrate: migrateSection,
	rollout: rolloutSection,
	health: healthSection,
	markStable: markStableSection,
	rollback: rollbackSection,
	github: githubSection
};
function journaledSettings(settings) {
	const raw = {};
	for (const section of [...Object.values(allSections), notifySection]) {
		const given = settings.effective(section);
		if (Object.keys(given).length > 0) raw[section.name] = given;
	}
	return raw;
}
function settingsOfDeploy(deploy) {
	const raw = { ...deploy.settings };
	for (const step of deploy.steps) {
		const { section } = STEPS[step.step];
		if (section === void 0) continue;
		raw[section] = {
			...raw[section],
			...step.settings
		};
		raw[""] = mergeGiven(raw[""] ?? {}, step.shared);
	}
	return raw;
}
// src/deploy/telling/without-secrets.ts
const SHORTEST = 4;
function withoutSecrets(settings) {
	const sections = {
		...allSections,
		notify: notifySection,
		[""]: allSections.shared
	};
	const forms = new Set();
	for (const secret of givenSecrets(settings, sections)) {
		const value = secret.reveal();
		const lines = value.split(/\r?\n/).map((line) => line.trim());
		const named = lines.map((line) => /^[A-Z][A-Z0-9_]*=(.+)$/.exec(line)?.[1] ?? line);
		const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(value)?.[1];
		for (const form of [
			value,
			...lines,
			...named,
			...password === void 0 ? [] : [password, decoded(password)]
		]) if (form.length >= SHORTEST && !form.startsWith("-----")) for (const one of [form, encodeURIComponent(form)]) forms.add(one);
	}
	const longestFirst = [...forms].sort((a, b) => b.length - a.length);
	return (text) => longestFirst.reduce((hidden, form) => hidden.replaceAll(form, "***"), text);
}
function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
// src/deploy/call/owner.ts
function ownerOf(ports) {
	const { env } = ports;
	const run = env["GITHUB_RUN_ID"];
	if (run !== void 0 && run !== "") {
		const attempt = env["GITHUB_RUN_ATTEMPT"] || "1";
		const server = env["GITHUB_SERVER_URL"] || "https://github.com";
		const repository = env["GITHUB_REPOSITORY"];
		return {
			id: `${run}.${attempt}`,
			terminal: false,
			run: repository === void 0 ? void 0 : `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`,
			actor: env["GITHUB_ACTOR"]
		};
	}
	const named = env["SAVEPOINT_RUN"];
	return {
		id: named === void 0 || named === "" ? ports.here.login : named,
		terminal: true,
		run: void 0,
		actor: env["USER"]
	};
}
function isEarlierAttempt(other, mine) {
	const [otherRun, otherAttempt] = other.split(".");
	const [myRun, myAttempt] = mine.split(".");
	return otherRun === myRun && Number(otherAttempt) < Number(myAttempt);
}
function runOf(link) {
	const match = /^(.*)\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(link ?? "");
	if (!match) return void 0;
	const [, server = "", name = "", number = "", attempt = ""] = match;
	return {
		repository: `${server}/${name}`,
		number: Number(number),
		path: `${name}/actions/runs/${number}`,
		attempt
	};
}
async function attemptCompleted(link, env, token) {
	const run = runOf(link);
	const body = run && await askGithub(`${run.path}/attempts/${run.attempt}`, env, token);
	return body === void 0 ? void 0 : body["status"] === "completed";
}
async function runCreated(link, env, token) {
	const run = runOf(link);
	const created = run && (await askGithub(run.path, env, token))?.["created_at"];
	const time = typeof created === "string" ? Date.parse(created) : NaN;
	return Number.isNaN(time) ? void 0 : new Date(time);
}
async function askGithub(path, env, token) {
	if (token === void 0 || token === "") return void 0;
	const api = env["GITHUB_API_URL"] || "https://api.github.com";
	try {
		const response = await fetch(`${api}/repos/${path}`, {
			headers: {
				authorization: `Bearer ${token}`,
				accept: "application/vnd.github+json",
				"x-github-api-version": "2022-11-28"
			},
			signal: AbortSignal.timeout(1e4)
		});
		return response.ok ? await response.json() : void 0;
	} catch {
		return;
	}
}
export { mayMoveApp as $, headerProblem as A, findJson as B, showUrl as C, equalsText as D, secretsInHeaders as E, restoreSection as F, notifySection as G, nextCommand as H, chooseVerification as I, EVENTS as J, inOwnWords as K, provenBy as L, matches as M, githubSection as N, showValue as O, backupSection as P, mayChange as Q, formatManifest as R, showAddress as S, masker as T, rollbackCommand as U, listWay as V, statusWay as W, STEPS as X, NotSent as Y, forwardSteps as Z, SUCCESS as _, runOf as a, hostPortOf as b, journaledSettings as c, refuseMisfits as d, stepNames as et, rolloutSection as f, versionProblem as g, healthSection as h, runCreated as i, describePattern as j, valueAt as k, settingsOfDeploy as l, migrateSection as m, isEarlierAttempt as n, withoutSecrets as o, markStableSection as p, CHANNEL_KINDS as q, ownerOf as r, allSections as s, attemptCompleted as t, takesBack as tt, rollbackSection as u, accepts as v, isHarmless as w, isLoopback as x, describeStatuses as y, parseManifest as z };

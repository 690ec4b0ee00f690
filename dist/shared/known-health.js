import { F as plural, H as refusal, I as quoted, N as formatDuration, P as formatSize, R as Cancelled, T as Secret, U as stopIfCancelled, V as messageOf, h as within, z as Failure } from "./output.js";
import { Ci as passwordToHide, Cr as describePattern, Lr as COMMIT_LABEL, Sr as headerProblem, Wt as commandEnvironment, Xr as _usingCtx, _r as masker, br as showValue, cr as versionProblem, dr as describeStatuses, fr as hostPortOf, gr as isHarmless, hr as showUrl, ii as resolvePath, ir as rolloutSection, li as JOURNAL, lr as SUCCESS, mr as showAddress, ni as readText, pr as isLoopback, sr as healthSection, tr as settingsOfDeploy, ur as accepts, vr as secretsInHeaders, wr as matches, xr as valueAt, yr as equalsText } from "./text.js";
import { n as watchApp, o as describeContainer, s as hasFailed } from "./strategies.js";
import { X509Certificate } from "node:crypto";
import { posix } from "node:path";
import { connect, createSecureContext } from "node:tls";
import { isIP } from "node:net";
import { pipeline } from "node:stream";
import * as zlib from "node:zlib";
// src/rollout/standstill.ts
const STARTING = "start until the first healthy answer";
const TELLING_MS$1 = 5;
var Standstill = class {
	#clock;
	#since;
	#parts;
	#downtime;
	#started;
	#before;
	countedUntil = 0;
	constructor(clock, earlier, before) {
		this.#clock = clock;
		this.#before = before;
		this.#started = earlier?.started;
		this.#since = earlier === void 0 ? void 0 : Date.parse(earlier.since);
		this.#parts = [...earlier?.parts ?? []];
	}
	begin(agoMs = 0) {
		if (this.#downtime !== void 0) {
			this.#since = void 0;
			this.#downtime = void 0;
			this.#parts.length = 0;
			this.#started = void 0;
		}
		const now = Math.round(this.#clock.now().getTime() - agoMs);
		if (this.#since !== void 0) this.#endWait(now);
		else this.#since = now;
	}
	started(version) {
		this.#started = version;
	}
	#endWait(now) {
		const ms = this.#unnoted(now);
		if (this.#started !== void 0 && ms >= TELLING_MS$1) this.#parts.push({
			what: `${this.#started} was on, and not healthy`,
			ms
		});
		this.#started = void 0;
	}
	#unnoted(now) {
		return Math.round(now - (this.#since ?? now) - this.#parts.reduce((sum, part) => sum + part.ms, 0));
	}
	add(what, ms) {
		if (this.#since !== void 0 && this.#downtime === void 0 && ms >= TELLING_MS$1) this.#parts.push({
			what,
			ms: Math.max(0, Math.round(ms))
		});
	}
	async timed(what, body) {
		const began = this.#clock.now().getTime();
		const result = await body();
		this.add(typeof what === "string" ? what : what(result), this.#clock.now().getTime() - began);
		return result;
	}
	get stopped() {
		return this.#since === void 0 ? void 0 : {
			since: new Date(this.#since).toISOString(),
			parts: [...this.#parts],
			...this.#started !== void 0 && { started: this.#started }
		};
	}
	answered(agoMs) {
		if (this.#since === void 0 || this.#downtime !== void 0) return;
		const now = this.#clock.now().getTime() - agoMs;
		const ms = Math.max(0, Math.round(now - this.#since));
		const rest = this.#unnoted(now);
		const what = this.#started === void 0 ? STARTING : `start of ${this.#started} until its first healthy answer`;
		const before = this.#before && {
			what: this.#before.what,
			ms: Math.max(0, this.#since - Date.parse(this.#before.since))
		};
		this.#downtime = {
			ms,
			parts: rest > 0 ? [...this.#parts, {
				what,
				ms: rest
			}] : [...this.#parts],
			...before && { before }
		};
	}
	get downtime() {
		return this.#downtime;
	}
};
function downtimeLines({ parts, before }) {
	const lines = parts.map(({ what, ms }) => `${what}: ${formatDuration(ms)}`);
	return before === void 0 ? lines : [`${before.what}: ${formatDuration(before.ms)}, not counted`, ...lines];
}
function readStopped(value) {
	if (typeof value !== "object" || value === null) return void 0;
	const { since, parts, started } = value;
	if (typeof since !== "string" || Number.isNaN(Date.parse(since)) || !Array.isArray(parts)) return void 0;
	return {
		since,
		parts: parts.filter((one) => typeof one?.what === "string" && typeof one.ms === "number"),
		...typeof started === "string" && { started }
	};
}
// src/deploy/steps/downtime.ts
async function standstillOf(tx) {
	if (tx.standstill !== void 0) return tx.standstill;
	const { deploys, unwell } = await tx.state.journal.read();
	const record = deploys.find(({ id }) => id === tx.deploy);
	const earlier = record && stoppedBefore(record);
	return tx.standstill ??= new Standstill(tx.environment.ports.clock, earlier, awayBefore(unwell));
}
function awayBefore(unwell) {
	if (unwell?.how !== "unhealthy") return void 0;
	return {
		since: unwell.since,
		what: `no healthy answer was seen since deploy ${unwell.deploy} failed, before this command`
	};
}
function stoppedBefore({ steps }) {
	const last = steps.findLast(({ step, state, result }) => step === "health" && state === "done" || step === "switch" && (state === "done" || result !== void 0));
	return last?.step === "switch" ? readStopped(last.result?.["stopped"]) : void 0;
}
function downtimeOutputs(downtime) {
	return downtime === void 0 ? {} : {
		"downtime-ms": downtime.ms,
		downtime: downtimeLines(downtime)
	};
}
const DOWNTIME_OUTPUTS = {
	"downtime-ms": "How long nothing answered, from the first stop to the first healthy answer, in milliseconds. Not set where nothing was stopped.",
	downtime: "Where that time went."
};
function awayFor(downtime) {
	if (downtime === void 0) return "";
	const before = downtime.before && `, and nobody had seen it healthy for ${formatDuration(downtime.before.ms)} before`;
	return `; the app was away for ${formatDuration(downtime.ms)}${before ?? ""}`;
}
function downtimeBlocks(downtime) {
	if (downtime === void 0) return [];
	return [{
		kind: "code",
		title: `Without the app for ${formatDuration(downtime.ms)}`,
		lines: downtimeLines(downtime)
	}];
}
function standstillLine(stopped, health) {
	if (stopped === void 0) return "How long the app was away is not measured: no step of this rollout stopped it.";
	const since = `The app was stopped at ${stopped.since}.`;
	return health ? `${since} How long it was away is told by the health check that sees it answer.` : `${since} How long it was away is not known: no health check is given that would see it answer.`;
}
// src/health/excerpt.ts
const SHOWN = 2048;
const UNPRINTABLE = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
function cleanText(text) {
	return text.replaceAll("\r\n", "\n").replaceAll(UNPRINTABLE, "");
}
function shortLine(text, length = 300) {
	const flat = cleanText(text).replaceAll(/\s+/g, " ").trim();
	return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
function bodyLines(body, bytes) {
	const text = cleanText(body);
	if (text.trim() === "") return [bytes === 0 ? "body: empty" : `body: ${formatSize(bytes)}, nothing printable`];
	return [text.length > SHOWN ? `body (the first ${formatSize(SHOWN)} of ${formatSize(bytes)}):` : "body:", ...text.slice(0, SHOWN).trimEnd().split("\n").map((line) => `| ${line}`)];
}
function lastOutput(lines, count = 20) {
	const last = lines.slice(-count).map((line) => `| ${cleanText(line).slice(0, 1e3)}`);
	if (last.length === 0) return ["output: none"];
	return [lines.length > count ? `output (the last ${count} lines):` : "output:", ...last];
}
// src/health/command.ts
const KEPT = 20;
function commandCheck(check) {
	return {
		label: "command",
		order: "late",
		run: async (attempt) => await ask$2(check, attempt)
	};
}
async function ask$2({ command, machine, cwd, env, mask }, { signal, limitMs }) {
	const lines = [];
	const evidence = () => [`command on ${machine.name}: ${shortLine(command)}`, ...lastOutput(lines, KEPT)];
	try {
		const { code, signal: killedBy } = await machine.run({
			words: [
				"sh",
				"-c",
				command
			],
			cwd,
			env,
			signal,
			onLine: (line) => {
				lines.push(mask(line));
				if (lines.length > 21) lines.shift();
			}
		});
		if (code === 0) return {
			passed: true,
			detail: "the command passes"
		};
		return {
			passed: false,
			reason: `the command ${code === null ? `was killed by ${killedBy ?? "a signal"}` : `failed (exit ${code})`}`,
			evidence: evidence()
		};
	} catch (error) {
		if (signal.aborted) return {
			passed: false,
			reason: `the command did not end within ${formatDuration(limitMs)}`,
			topic: "command gave up",
			gaveUp: true,
			evidence: evidence()
		};
		const hint = error instanceof Failure ? error.hint : void 0;
		return {
			passed: false,
			reason: `the command could not run: ${shortLine(messageOf(error))}`,
			hint,
			evidence: evidence()
		};
	}
}
// src/health/containers.ts
const LOOP = 3;
const GONE = 3;
function serviceCheck(service, containers, version) {
	const seen = new Restarts();
	let missing = 0;
	return {
		label: `service ${service}`,
		order: "together",
		run: async () => await asked$1(`service ${service}`, containers, (all) => {
			missing = all.some((one) => one.service === service) ? 0 : missing + 1;
			const result = judgeService(service, all, version, seen);
			return missing >= GONE && !result.passed ? {
				...result,
				hopeless: true
			} : result;
		})
	};
}
function aliveCheck(containers, version) {
	const seen = new Restarts();
	const known = new Set();
	return {
		label: "containers",
		order: "together",
		quiet: true,
		run: async () => await asked$1("containers", containers, (all) => {
			const mine = all.filter(({ labels }) => version !== void 0 && labels["savepoint.commit"] === version.commit);
			for (const { service } of mine) known.add(service);
			const gone = [...known].find((service) => !all.some((one) => one.service === service));
			if (gone !== void 0) return {
				passed: false,
				reason: `the container of ${gone} is gone`,
				evidence: [],
				hopeless: true
			};
			for (const one of mine) {
				const trouble = troubleOf(one, seen);
				if (trouble?.hopeless === true) return {
					...trouble,
					evidence: []
				};
			}
			return {
				passed: true,
				detail: "containers are up"
			};
		})
	};
}
async function asked$1(label, containers, judge) {
	try {
		return judge(await containers());
	} catch (error) {
		const reason = `${label}: the containers cannot be asked: ${shortLine(messageOf(error))}`;
		return {
			passed: false,
			reason,
			evidence: [reason]
		};
	}
}
function judgeService(service, all, version, seen) {
	const mine = all.filter((one) => one.service === service);
	if (mine.length === 0) {
		const others = [...new Set(all.map((one) => one.service))].join(", ");
		const reason = `service ${service} has no container`;
		return {
			passed: false,
			reason,
			hint: others === "" ? void 0 : `There are containers of ${others}.`,
			evidence: [reason]
		};
	}
	for (const one of mine) {
		const trouble = troubleOf(one, seen) ?? notYet(one, version);
		if (trouble !== void 0) return trouble;
	}
	return {
		passed: true,
		detail: `service ${service} ${mine.every(({ health }) => health === "healthy") ? "is healthy" : "runs"}`
	};
}
function troubleOf(one, seen) {
	const told = describeContainer(one);
	const again = seen.since(one);
	if (hasFailed(one)) return {
		passed: false,
		reason: told,
		evidence: [told],
		hopeless: true
	};
	if (again.ever >= LOOP) return {
		passed: false,
		reason: `${told}: it restarts in a loop`,
		topic: `${one.service} loops`,
		evidence: [told],
		hopeless: true
	};
	if (again.now > 0) return {
		passed: false,
		reason: `${told}: it was restarted`,
		topic: `${one.service} restarts`,
		evidence: [told]
	};
}
function notYet(one, version) {
	const told = describeContainer(one);
	const commit = one.labels[COMMIT_LABEL];
	if (version !== void 0 && commit !== void 0 && commit !== version.commit) return {
		passed: false,
		reason: `${told}: it is of ${commit.slice(0, 7)}, not of ${version.commit.slice(0, 7)}`,
		evidence: [told]
	};
	return one.state === "running" && (one.health === void 0 || one.health === "healthy") ? void 0 : {
		passed: false,
		reason: told,
		evidence: [told]
	};
}
var Restarts = class {
	#first = new Map();
	#last = new Map();
	since({ id, restarts }) {
		const first = this.#first.get(id) ?? restarts;
		const last = this.#last.get(id) ?? restarts;
		this.#first.set(id, first);
		this.#last.set(id, restarts);
		return {
			ever: restarts - first,
			now: restarts - last
		};
	}
};
// src/health/body.ts
const BODY_LIMIT = 1048576;
async function readBody(response, limit = BODY_LIMIT) {
	const chunks = [];
	let size = 0;
	try {
		for await (const chunk of decoded(response)) {
			const bytes = chunk.subarray(0, limit - size);
			chunks.push(bytes);
			size += bytes.length;
			if (size >= limit) return {
				bytes: Buffer.concat(chunks),
				ending: "cut"
			};
		}
	} catch (problem) {
		return {
			bytes: Buffer.concat(chunks),
			ending: "broken",
			problem
		};
	}
	return {
		bytes: Buffer.concat(chunks),
		ending: "whole"
	};
}
function decoded(response) {
	const decoder = decoderFor(response.headers["content-encoding"]);
	if (decoder === void 0) return response;
	return pipeline(response, decoder, () => void 0);
}
function unreadEncoding(encoding) {
	const named = encoding?.trim().toLowerCase() ?? "";
	return named === "" || named === "identity" || decoderFor(named) !== void 0 ? void 0 : named;
}
function decoderFor(encoding) {
	switch (encoding?.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip": return zlib.createGunzip();
		case "deflate": return zlib.createInflate();
		case "br": return zlib.createBrotliDecompress();
		case "zstd": return "createZstdDecompress" in zlib ? zlib.createZstdDecompress() : void 0;
		default: return;
	}
}
function decodeText(bytes, contentType) {
	const charset = /charset="?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
	try {
		return new TextDecoder(charset).decode(bytes);
	} catch {
		return new TextDecoder().decode(bytes);
	}
}
// src/health/exchange.ts
async function exchange(request, wire) {
	const { url } = request;
	wire.phase = "connecting";
	const dialled = await within({
		signal: wire.signal,
		discard
	}, async () => await wire.machine.dial(hostPortOf(url)));
	dialled.on("error", () => void 0);
	try {
		const stream = url.protocol === "https:" ? await handshake(dialled, url, wire) : dialled;
		wire.phase = "waiting";
		const sentAt = wire.clock.now().getTime();
		const response = await send(request, stream, wire.signal);
		const body = await readBody(response);
		const headers = headersOf(response);
		return {
			status: response.statusCode ?? 0,
			statusText: response.statusMessage ?? "",
			headers,
			body: decodeText(body.bytes, headers.get("content-type")?.[0]),
			bytes: body.bytes.length,
			ending: body.ending,
			problem: body.problem,
			latencyMs: wire.clock.now().getTime() - sentAt
		};
	} finally {
		dialled.destroy();
	}
}
function discard(late) {
	late.on("error", () => void 0);
	late.destroy();
}
async function handshake(stream, url, wire) {
	wire.phase = "handshake";
	return await within({
		signal: wire.signal,
		discard
	}, async () => await shaken(stream, url, wire.trust));
}
async function shaken(stream, url, trust) {
	const { host } = hostPortOf(url);
	const secure = connect({
		socket: stream,
		host,
		servername: isIP(host) === 0 ? host : "",
		ALPNProtocols: ["http/1.1"],
		rejectUnauthorized: true,
		...trust === void 0 ? {} : { secureContext: trust }
	});
	return await new Promise((resolve, reject) => {
		secure.on("error", reject);
		secure.once("close", () => reject(Object.assign(new Error("closed during the handshake"), { code: "ECONNRESET" })));
		secure.once("secureConnect", () => resolve(secure));
	});
}
async function send({ url, method, headers }, stream, signal) {
	const http = process.getBuiltinModule("node:http");
	return await new Promise((resolve, reject) => {
		const sent = http.request({
			createConnection: () => stream,
			method,
			path: `${url.pathname}${url.search}`,
			headers: {
				host: url.host,
				"user-agent": "savepoint",
				accept: "*/*",
				connection: "close",
				...grouped(headers)
			},
			setHost: false,
			signal
		});
		sent.once("response", resolve);
		sent.on("error", reject);
		sent.end();
	});
}
function grouped(headers) {
	const groups = Map.groupBy(headers, ([name]) => name.toLowerCase());
	return Object.fromEntries([...groups].map(([name, [first, ...more]]) => [name, more.length === 0 ? first?.[1] ?? "" : [first, ...more].map((entry) => entry?.[1] ?? "")]));
}
function headersOf(response) {
	const headers = new Map();
	for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
		const name = (response.rawHeaders[at] ?? "").toLowerCase();
		headers.set(name, [...headers.get(name) ?? [], response.rawHeaders[at + 1] ?? ""]);
	}
	return headers;
}
function locationOf(answer) {
	return [
		301,
		302,
		303,
		307,
		308
	].includes(answer.status) ? answer.headers.get("location")?.[0] : void 0;
}
function nextHop(answer, before) {
	const last = before.at(-1);
	const location = locationOf(answer);
	if (last === void 0 || location === void 0) return void 0;
	if (!URL.canParse(location, last.url.href)) return { problem: `redirects to ${JSON.stringify(shortLine(location))}, which is no URL` };
	const url = new URL(location, last.url);
	url.hash = "";
	if (url.protocol !== "http:" && url.protocol !== "https:") return { problem: `redirects to ${url.protocol}, which is not HTTP` };
	if (url.protocol === "http:" && last.url.protocol === "https:") return { problem: `redirects from https to ${showUrl(url)}, which is not encrypted` };
	const method = answer.status === 303 || answer.status <= 302 && last.method === "POST" ? last.method === "HEAD" ? "HEAD" : "GET" : last.method;
	if (before.some((one) => one.method === method && one.url.href === url.href)) return { problem: `redirects in a circle, back to ${showUrl(url)}` };
	if (before.length > 5) return { problem: `redirects more than 5 times, last to ${showUrl(url)}` };
	return { to: {
		url,
		method,
		headers: url.origin === last.url.origin ? last.headers : []
	} };
}
// src/health/judge.ts
function judge(answer, wanted) {
	if (!accepts(wanted.status ?? SUCCESS, answer.status)) return [wrongStatus(answer, wanted.status)];
	const encoded = unreadEncoding(answer.headers.get("content-encoding")?.[0]);
	if (encoded !== void 0 && (wanted.body ?? wanted.json ?? wanted.version) !== void 0) return [unreadable(encoded)];
	const json = jsonOf(answer);
	return [
		wanted.version && complain(versionProblem(wanted.version.source, wanted.version.expected, {
			...answer,
			json
		})),
		...(wanted.headers ?? []).map((header) => complain(headerProblem(header, answer.headers))),
		...(wanted.json ?? []).map((expectation) => jsonComplaint(expectation, json())),
		wanted.body && bodyComplaint(answer, wanted.body),
		wanted.maxLatencyMs === void 0 ? void 0 : slow(answer.latencyMs, wanted.maxLatencyMs)
	].filter((complaint) => complaint !== void 0);
}
function complain(problem) {
	return problem === void 0 ? void 0 : { reason: problem };
}
function wrongStatus(answer, wanted) {
	const location = locationOf(answer);
	const expected = wanted === void 0 ? "" : `, expected ${describeStatuses(wanted)}`;
	const proxy = NO_UPSTREAM.has(answer.status) ? proxyOf(answer) : void 0;
	if (proxy !== void 0) return {
		reason: `HTTP ${answer.status} from ${proxy}, a proxy that reaches no app behind it${expected}`,
		hint: "Does the app run, and does it listen where the proxy looks for it? The proxy's own log says where that is."
	};
	if (location === void 0) return { reason: `HTTP ${answer.status}${expected}` };
	return {
		reason: `HTTP ${answer.status}, a redirect to ${shortLine(location)}${expected}`,
		hint: "Check that URL itself, or allow it: `follow-redirects: true`, or the status in `expect-status`."
	};
}
const NO_UPSTREAM = new Set([
	502,
	503,
	504
]);
const PROXIES = /^(nginx|openresty|haproxy|traefik|caddy|envoy|istio-envoy|cloudflare|awselb|varnish)\b/i;
function proxyOf(answer) {
	const named = PROXIES.exec(answer.headers.get("server")?.[0] ?? "")?.[0];
	if (answer.body.includes("No server is available to handle this request")) return "HAProxy";
	if (named === void 0) return void 0;
	return /<center>|no available server|no healthy upstream|upstream connect error/i.test(answer.body) ? named.toLowerCase() : void 0;
}
function unreadable(encoding) {
	return {
		reason: `the body is encoded as ${shortLine(encoding, 40)}, which was not asked for and cannot be read here`,
		hint: "Let the app send it as it is where the request has no `Accept-Encoding`."
	};
}
function jsonOf(answer) {
	let read;
	return () => read ??= parseJson(answer);
}
function parseJson(answer) {
	if (answer.ending === "cut") return { problem: `the body is longer than ${formatSize(BODY_LIMIT)}, too long to be read as JSON` };
	try {
		return { document: JSON.parse(answer.body) };
	} catch {
		const start = shortLine(answer.body, 60);
		return { problem: start === "" ? "the body is empty, expected JSON" : `the body is no JSON, it begins with ${JSON.stringify(start)}` };
	}
}
function jsonComplaint({ path, value }, json) {
	if ("problem" in json) return { reason: json.problem };
	const at = valueAt(json.document, path);
	if (!at.found) return { reason: `the JSON has no ${path.text}, expected ${value}` };
	return equalsText(at.value, value) ? void 0 : {
		reason: `${path.text} is ${showValue(at.value)}, expected ${value}`,
		topic: `json ${path.text} ${typeof at.value === "number" ? "" : showValue(at.value)}`
	};
}
function bodyComplaint(answer, wanted) {
	const found = matches(wanted, answer.body);
	if (found === true) return void 0;
	if (found === "too slow") return {
		reason: `${describePattern(wanted)} does not come to an end on this body`,
		hint: "Write the expression without nested repetitions."
	};
	const beyond = answer.ending === "cut" ? ` in its first ${formatSize(BODY_LIMIT)}` : "";
	return { reason: `the body does not ${"contains" in wanted ? "contain" : "match"} ${describePattern(wanted)}${beyond}` };
}
function slow(latencyMs, mostMs) {
	if (latencyMs <= mostMs) return void 0;
	return {
		reason: `answered in ${formatDuration(latencyMs)}, allowed are ${formatDuration(mostMs)}`,
		topic: "slow"
	};
}
// src/health/trouble.ts
function explain(error, place) {
	const at = showAddress(place.address);
	const codes = codesOf(error);
	const is = (...known) => known.some((code) => codes.includes(code));
	if (is("refused", "ECONNREFUSED")) {
		const [said] = error instanceof Failure ? error.evidence : [];
		return {
			reason: said === void 0 ? `connection refused (${at})` : `no connection to ${at}: ${shortLine(said)}`,
			hint: listening(place),
			refused: said === void 0 || isLoopback(place.address.host)
		};
	}
	if (is("name-not-resolved", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL")) return {
		reason: `the name ${place.address.host} is not known on ${place.from} (DNS)`,
		hint: "Check the spelling; a name of the compose network is known inside its containers only."
	};
	if (is("timeout", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH")) return {
		reason: `no way to ${at} from ${place.from}`,
		hint: "Check the address and the firewall between; `from: host` and `from: runner` see different networks."
	};
	const tls = place.tls ? explainTls(error, codes, place) : void 0;
	if (tls !== void 0) return tls;
	if (is("HPE_CR_EXPECTED", "HPE_LF_EXPECTED")) return {
		reason: `${at} ends the lines of its answer with a bare line feed, which HTTP does not allow`,
		hint: "HTTP/1.1 wants CR and LF at the end of each header line. Let the app's HTTP library write them, or put a proxy before it."
	};
	if (codes.some((code) => code.startsWith("HPE_")) && speaksHttp2(error)) return onlyHttp2(at);
	if (codes.some((code) => code.startsWith("HPE_"))) return {
		reason: `${at} answers something that is not HTTP`,
		hint: place.tls ? void 0 : "Does it expect TLS (https://), or is it another service's port?"
	};
	if (is("ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNABORTED", "connection-lost")) return {
		reason: `${at} closed the connection without a whole answer`,
		hint: "The app may have crashed in the middle of it: its log says more."
	};
	if (error instanceof Failure) return {
		reason: shortLine(error.message),
		hint: error.hint
	};
	return { reason: `${at}: ${shortLine(messageOf(error))}` };
}
function listening({ address, from }) {
	if (!/^(localhost|127\.|::1$)/.test(address.host)) return `Is the app listening on this address, and not only on the host's localhost? Asked from ${from}.`;
	return `Is the app listening on port ${address.port}? Asked from ${from}, whose own localhost this is (see \`from\`).`;
}
function explainTls(error, codes, { address }) {
	const at = showAddress(address);
	const is = (...known) => known.some((code) => codes.includes(code));
	if (is("DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN")) return {
		reason: `the certificate of ${at} is self-signed, or signed by an authority that is not known`,
		hint: "Give that authority's certificate as `tls-ca`."
	};
	if (is("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "CERT_UNTRUSTED", "INVALID_CA", "CERT_SIGNATURE_FAILURE")) return {
		reason: `nobody known signed the certificate of ${at}`,
		hint: "Give the authority's certificate as `tls-ca`, or let the server send the whole chain, with its intermediate certificates."
	};
	if (is("CERT_HAS_EXPIRED")) return {
		reason: `the certificate of ${at} has expired`,
		hint: "Renew it, and reload the server."
	};
	if (is("CERT_NOT_YET_VALID")) return {
		reason: `the certificate of ${at} is not valid yet`,
		hint: "Compare the clocks of both machines."
	};
	if (is("ERR_TLS_CERT_ALTNAME_INVALID")) return {
		reason: `the certificate of ${at} is for other names: ${shortLine(messageOf(error))}`,
		hint: "Use one of its names in `url`."
	};
	if (is("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_TLS_ALERT_NO_APPLICATION_PROTOCOL")) return onlyHttp2(at);
	if (is("ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ERR_SSL_HTTP_REQUEST")) return {
		reason: `${at} does not speak TLS`,
		hint: "Does it expect plain HTTP (http://)?"
	};
	if (codes.some((code) => code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO")) return { reason: `no TLS connection to ${at}: ${shortLine(messageOf(error))}` };
}
function onlyHttp2(at) {
	return {
		reason: `${at} speaks HTTP/2 only, and health is asked over HTTP/1.1`,
		hint: "Allow HTTP/1.1 on that port too, or give a `url` that answers it (a plain health port, the proxy in front), or a `command`."
	};
}
function speaksHttp2(error) {
	const { rawPacket } = error;
	if (!Buffer.isBuffer(rawPacket) || rawPacket.length < 9) return false;
	return rawPacket[3] === 4 && rawPacket.readUInt32BE(5) === 0;
}
function codesOf(error) {
	const codes = [];
	for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
		const { code } = at;
		if (typeof code === "string") codes.push(code);
	}
	return codes;
}
// src/health/http.ts
const TELLING = [
	"location",
	"content-type",
	"server",
	"via",
	"retry-after",
	"www-authenticate",
	"x-request-id"
];
function httpCheck(check) {
	const { url, method } = check.request;
	return {
		label: `${method} ${showUrl(url)}`,
		order: "together",
		run: async (attempt) => await ask$1(check, attempt)
	};
}
async function ask$1(check, { signal, limitMs }) {
	const { machine, clock, trust } = check;
	const wire = {
		machine,
		clock,
		trust,
		signal,
		phase: "connecting"
	};
	const requests = [check.request];
	let latencyMs = 0;
	for (;;) {
		const request = requests.at(-1) ?? check.request;
		let answer;
		try {
			answer = await exchange(request, wire);
		} catch (error) {
			if (signal.aborted) return unanswered(request, wire, limitMs, requests);
			const trouble = explain(error, {
				address: hostPortOf(request.url),
				from: machine.name,
				tls: request.url.protocol === "https:"
			});
			return {
				passed: false,
				...trouble,
				evidence: [...asked(requests, machine), trouble.reason]
			};
		}
		latencyMs += answer.latencyMs;
		const whole = {
			...answer,
			latencyMs
		};
		const shown = hidden(whole, check.mask);
		const fail = (complaints, gaveUp = false) => failed(complaints, requests, shown, machine, gaveUp);
		if (answer.ending === "broken") return fail([brokenOff(whole, request, machine, signal.aborted ? limitMs : void 0)], signal.aborted);
		const wanted = check.expectations.status ?? SUCCESS;
		const hop = check.followRedirects && !accepts(wanted, answer.status) ? nextHop(answer, requests) : void 0;
		if (hop !== void 0 && "problem" in hop) return fail([{ reason: hop.problem }]);
		if (hop !== void 0) {
			requests.push(hop.to);
			continue;
		}
		const complaints = judge(whole, check.expectations);
		if (complaints.length > 0) {
			const told = judge(shown, check.expectations);
			return fail(told.length > 0 ? told : complaints);
		}
		return {
			passed: true,
			detail: `HTTP ${answer.status} from ${showUrl(request.url)} in ${formatDuration(latencyMs)}`
		};
	}
}
function hidden(answer, mask) {
	const headers = new Map([...answer.headers].map(([name, values]) => [name, values.map(mask)]));
	return {
		...answer,
		statusText: mask(answer.statusText),
		headers,
		body: mask(answer.body)
	};
}
function asked(requests, machine) {
	return requests.map(({ method, url }, index) => `${index === 0 ? "" : "redirected to "}${method} ${showUrl(url)}${index === 0 ? `, asked from ${machine.name}` : ""}`);
}
function failed(complaints, requests, answer, machine, gaveUp) {
	const [first, ...more] = complaints;
	const url = requests.at(-1)?.url;
	return {
		passed: false,
		reason: `${first?.reason ?? "unhealthy"}${url === void 0 ? "" : ` (${showUrl(url)})`}`,
		topic: first?.topic,
		hint: first?.hint,
		gaveUp,
		evidence: [
			...asked(requests, machine),
			`HTTP ${answer.status} ${shortLine(answer.statusText, 80)}`.trimEnd() + ` in ${formatDuration(answer.latencyMs)}`,
			...more.map((complaint) => `also: ${complaint.reason}`),
			...TELLING.flatMap((name) => (answer.headers.get(name) ?? []).map((value) => `${name}: ${shortLine(value)}`)),
			...bodyLines(answer.body, answer.bytes)
		]
	};
}
function unanswered(request, wire, limitMs, requests) {
	const at = showAddress(hostPortOf(request.url));
	const within = `within ${formatDuration(limitMs)}`;
	const reason = {
		connecting: `no connection to ${at} ${within}`,
		handshake: `${at} accepts connections, but makes no TLS handshake ${within}`,
		waiting: `${at} accepts connections, but ${showUrl(request.url)} gave no answer ${within}`
	}[wire.phase];
	return {
		passed: false,
		reason,
		topic: `no answer: ${wire.phase}`,
		gaveUp: true,
		evidence: [...asked(requests, wire.machine), reason]
	};
}
function brokenOff(answer, request, machine, limitMs) {
	const size = formatSize(answer.bytes);
	if (limitMs !== void 0) return {
		reason: `HTTP ${answer.status}, but the body did not end within ${formatDuration(limitMs)} (${size} came)`,
		topic: "no end of the body"
	};
	const encoding = answer.headers.get("content-encoding")?.[0];
	const { code } = answer.problem;
	if (encoding !== void 0 && typeof code === "string" && /^Z_|^ERR_/.test(code)) return { reason: `HTTP ${answer.status}, but the body is not the ${shortLine(encoding, 40)} that its header says` };
	const { hint } = explain(answer.problem, {
		address: hostPortOf(request.url),
		from: machine.name,
		tls: request.url.protocol === "https:"
	});
	return {
		reason: `HTTP ${answer.status}, but the connection broke off in the middle of the body (${size} came)`,
		...hint === void 0 ? {} : { hint }
	};
}
// src/health/query.ts
const SYNTAX_ERROR = "42601";
function queryCheck(sql, database) {
	return {
		label: "query",
		order: "together",
		run: async (attempt) => await ask(sql, database, attempt)
	};
}
async function ask(sql, database, { signal, limitMs }) {
	const about = `query on ${database.name}: ${shortLine(sql)}`;
	const failing = (reason, more = {}) => ({
		passed: false,
		reason,
		evidence: [about, reason],
		...more
	});
	let connected = false;
	try {
		try {
			var _usingCtx$1 = _usingCtx();
			const connection = _usingCtx$1.a(await database.connect("health", {
				signal,
				statementTimeout: limitMs
			}));
			connected = true;
			const [row] = await connection.query(sql);
			const answer = row === void 0 ? void 0 : Object.values(row)[0];
			if (isTrue(answer)) return {
				passed: true,
				detail: "the query is true"
			};
			return failing(`the query returned ${row === void 0 ? "no row" : describeAnswer(answer)}`);
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	} catch (error) {
		if (signal.aborted || connected && codeOf(error) === "57014") return failing(connected ? `the query did not end within ${formatDuration(limitMs)}` : `no connection to ${database.name} within ${formatDuration(limitMs)}`, {
			topic: "query gave up",
			gaveUp: true
		});
		const message = shortLine(messageOf(error));
		const reason = connected ? describeFailure(codeOf(error), message) : message;
		const [hint, seen] = error instanceof Failure ? [error.hint, error.evidence] : [void 0, []];
		return failing(reason, {
			hint,
			evidence: [
				about,
				message,
				...seen
			],
			hopeless: codeOf(error) === SYNTAX_ERROR
		});
	}
}
function describeAnswer(answer) {
	const word = shortLine(String(answer), 40);
	return word === "" ? "an empty text" : word;
}
const OF_THE_QUERY = /^(?:08|0A|25|28|3D|40|42|53|54|55|57)/;
function describeFailure(code, message) {
	if (code === void 0 || OF_THE_QUERY.test(code)) return `the query failed: ${message}`;
	return `the query failed (${code})`;
}
function codeOf(error) {
	return error instanceof Failure ? error.code : void 0;
}
function isTrue(value) {
	if (value === null || value === void 0 || value === false) return false;
	if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0 && !Number.isNaN(Number(value));
	if (typeof value !== "string") return true;
	const word = value.trim().toLowerCase();
	return ![
		"",
		"f",
		"false",
		"n",
		"no",
		"off",
		"nan"
	].includes(word) && Number(word) !== 0;
}
// src/health/takeover.ts
function judgeTakeover(sight, begun, { port, kept }) {
	const { holders, processes, inFolder, programs } = sight;
	if (sight.boot !== begun.boot || sight.hidden || holders.length === 0) return { state: "unknown" };
	const startOf = (pid) => processes.get(pid)?.start ?? Number.POSITIVE_INFINITY;
	if (holders.some((pid) => startOf(pid) >= begun.since)) return { state: "new" };
	if (kept && holders.every((pid) => startOf(pid) < begun.first)) return { state: "new" };
	const { own } = begun;
	const isBelow = (pid, tops) => {
		for (let at = pid, steps = 0; at !== void 0 && at > 1 && steps < 64; steps += 1) {
			if (tops.includes(at)) return true;
			at = processes.get(at)?.parent;
		}
		return false;
	};
	if ([...processes].filter(([pid, seen]) => !seen.dead && seen.start >= begun.since && (own === void 0 || !isBelow(pid, [own.pid]))).some(([pid]) => inFolder.has(pid) || isBelow(pid, holders))) return { state: "unknown" };
	if (own === void 0) return { state: "unknown" };
	const now = processes.get(own.pid);
	const lives = now !== void 0 && !now.dead && now.start === own.start;
	const who = `port ${port} is still held by process ${holders.join(", ")}, which was there before the start`;
	if (!lives) return {
		state: "old",
		reason: `the old version answers: ${who}, and the process that was started (${own.pid}) has ended`
	};
	const program = programs.get(own.pid);
	return holders.some((pid) => inFolder.has(pid) || program !== void 0 && programs.get(pid) === program) ? {
		state: "waiting",
		reason: `the old version answers: ${who}; the one that was started (${own.pid}) has not taken over`
	} : { state: "unknown" };
}
function takeoverCheck(ask) {
	return {
		label: "who listens",
		order: "late",
		quiet: true,
		run: async () => {
			const seen = await ask();
			if (seen.state === "new" || seen.state === "unknown") return {
				passed: true,
				detail: "the new version listens"
			};
			return {
				passed: false,
				reason: seen.reason,
				topic: `takeover: ${seen.state}`,
				hint: "The port was taken when the new version started. Give a `stop-command` that ends the old one first; or `expect-version`, where the app can tell its version.",
				evidence: [seen.reason],
				hopeless: seen.state === "old"
			};
		}
	};
}
// src/health/tcp.ts
const HOLD_MS = 100;
function tcpCheck(address, machine, clock) {
	const at = showAddress(address);
	return {
		label: `tcp ${at}`,
		order: "together",
		run: async ({ signal, limitMs }) => {
			const failing = (reason, { hint, gaveUp = false, refused = false } = {}) => ({
				passed: false,
				reason,
				hint,
				gaveUp,
				refused,
				topic: gaveUp ? `no connection ${at}` : reason,
				evidence: [`tcp ${at}, asked from ${machine.name}`, reason]
			});
			try {
				const stream = await within({
					signal,
					discard: hangUp
				}, async () => await machine.dial(address));
				const held = await hold(stream, clock);
				hangUp(stream);
				return held ? {
					passed: true,
					detail: `${at} accepts connections`
				} : failing(`${at} accepts connections and closes them at once`, { hint: "A proxy may listen there before the server behind it does." });
			} catch (error) {
				if (signal.aborted) return failing(`no connection to ${at} within ${formatDuration(limitMs)}`, { gaveUp: true });
				const { reason, ...trouble } = explain(error, {
					address,
					from: machine.name,
					tls: false
				});
				return failing(reason, trouble);
			}
		}
	};
}
async function hold(stream, clock) {
	const said = new Promise((resolve) => {
		stream.on("error", () => resolve(false));
		stream.once("end", () => resolve(false));
		stream.once("close", () => resolve(false));
		stream.once("data", () => resolve(true));
	});
	return await within({
		ms: HOLD_MS,
		late: () => true,
		clock
	}, async () => await said);
}
function hangUp(stream) {
	stream.on("error", () => void 0);
	stream.destroy();
}
// src/health/trust.ts
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
async function trustIn(tlsCa, here) {
	const inline = tlsCa.includes("-----BEGIN");
	const where = inline ? "`tls-ca`" : `The file of \`tls-ca\`, ${quoted(tlsCa.trim())},`;
	const certificates = (inline ? tlsCa : await readNamed(tlsCa.trim(), where, here)).match(CERTIFICATE) ?? [];
	if (certificates.length === 0) throw refusal(`${where} holds no certificate.`, { hint: "A PEM certificate begins with -----BEGIN CERTIFICATE-----." });
	try {
		const ca = certificates.map((certificate) => new X509Certificate(certificate).toString());
		return createSecureContext({
			ca,
			allowPartialTrustChain: true
		});
	} catch (error) {
		throw refusal(`${where} holds a certificate that cannot be read.`, {
			hint: "Was it cut, or its line breaks lost?",
			cause: error
		});
	}
}
async function readNamed(path, where, here) {
	const hint = "Give the PEM text itself, or the path of a file here.";
	let text;
	try {
		text = await readText(here, await resolvePath(here, path));
	} catch (error) {
		throw refusal(`${where} cannot be read on ${here.name}: ${messageOf(error)}.`, {
			hint,
			cause: error
		});
	}
	if (text === void 0) throw refusal(`${where} does not exist on ${here.name}.`, { hint });
	return text;
}
// src/health/kinds.ts
const none = () => [];
const LACKING = {
	database: ({ database }) => database === void 0 ? "needs `database-url` or `database-service`, and neither is given" : void 0,
	containers: ({ containers }) => containers === void 0 ? "needs a compose project, and `app-dir` is none" : void 0,
	folder: () => void 0
};
const KINDS = {
	tcp: {
		needs: [],
		plan: (addresses) => addresses.map((address) => `tcp ${showAddress(address)}`),
		secrets: none,
		only: [],
		unasked: none,
		checks: async (addresses, { world, machine }) => addresses.map((address) => tcpCheck(address, machine, world.ports.clock))
	},
	service: {
		needs: ["containers"],
		plan: () => ["service"],
		secrets: none,
		only: [],
		unasked: ({ world }) => world.containers === void 0 ? [] : [aliveCheck(world.containers, world.version)],
		checks: async (service, { world }) => world.containers === void 0 ? [] : [serviceCheck(service, world.containers, world.version)]
	},
	query: {
		needs: ["database"],
		plan: () => ["query"],
		secrets: (_, { database }) => [database && passwordToHide(database.target)].filter((one) => one !== void 0),
		only: [],
		unasked: none,
		checks: async (sql, { world }) => world.database === void 0 ? [] : [queryCheck(sql, world.database)]
	},
	url: {
		needs: [],
		plan: (url, { method }) => [`${method} ${url.href}`],
		secrets: ({ headers }) => secretsInHeaders(headers ?? []),
		only: [
			"expect-status",
			"expect-body",
			"expect-json",
			"expect-header",
			"expect-version",
			"max-latency",
			"tls-ca"
		],
		unasked: none,
		checks: async (url, making) => [await urlCheck(url, making)]
	},
	command: {
		needs: ["folder"],
		plan: () => ["command"],
		secrets: (_, { env }) => Object.values(env ?? {}).filter((value) => value instanceof Secret),
		only: [],
		unasked: ({ world }) => world.takeover === void 0 ? [] : [takeoverCheck(world.takeover)],
		checks: async (command, { settings, world, machine, mask }) => [commandCheck({
			command,
			machine,
			cwd: settings.from === "runner" ? void 0 : world.cwd,
			env: world.env,
			mask
		})]
	}
};
const kindNames = Object.keys(healthSection.inputs).filter((name) => name in KINDS);
function needsOf(settings) {
	return new Set(givenIn(settings).flatMap((name) => KINDS[name].needs));
}
function lackingOf(name, offer) {
	return KINDS[name].needs.map((need) => LACKING[need](offer)).find((lacking) => lacking !== void 0);
}
function plannedChecks(settings) {
	return givenIn(settings).flatMap((name) => planned(name, settings));
}
function secretsOf(settings, world) {
	return givenIn(settings).flatMap((name) => KINDS[name].secrets(settings, world));
}
function givenIn(settings) {
	return kindNames.filter((name) => isGiven(settings[name]));
}
function isGiven(value) {
	return Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== "";
}
function planned(name, settings) {
	const value = settings[name];
	return value === void 0 || value === null ? [] : KINDS[name].plan(value, settings);
}
async function checksOf(making) {
	const checks = [];
	for (const name of Object.keys(KINDS)) checks.push(...KINDS[name].unasked(making), ...await given(name, making));
	return checks;
}
async function given(name, making) {
	const value = making.settings[name];
	return value === void 0 || value === null ? [] : await KINDS[name].checks(value, making);
}
async function urlCheck(url, { settings, world, machine, mask }) {
	const source = settings["expect-version"];
	return httpCheck({
		request: {
			url,
			method: settings.method,
			headers: (settings.headers ?? []).map(({ name, value }) => [name, value.reveal()])
		},
		expectations: {
			status: settings["expect-status"],
			body: settings["expect-body"],
			json: settings["expect-json"],
			headers: settings["expect-header"],
			version: source && {
				source,
				expected: world.version ?? {
					commit: "",
					names: []
				}
			},
			maxLatencyMs: settings["max-latency"]
		},
		followRedirects: settings["follow-redirects"],
		machine,
		clock: world.ports.clock,
		mask,
		trust: settings["tls-ca"] === void 0 ? void 0 : await trustIn(settings["tls-ca"], world.here)
	});
}
// src/health/plan.ts
function hasChecks(settings) {
	return givenIn(settings).length > 0;
}
function healthProblems(settings, offer) {
	const problems = [];
	const say = (input, message, form) => problems.push(form === void 0 ? {
		input,
		message
	} : {
		input,
		message,
		form
	});
	if (!hasChecks(settings)) say("url", "is not given, and nothing else to check either", `one or more of ${kindNames.join(", ")}`);
	for (const kind of kindNames) {
		const { only } = KINDS[kind];
		if (isGiven(settings[kind])) {
			const lacking = lackingOf(kind, offer);
			if (lacking !== void 0) say(kind, lacking);
		} else for (const name of only) if (isGiven(settings[name])) say(name, `needs \`${kind}\`, which is not given`);
	}
	const source = settings["expect-version"]?.from;
	if (settings.method === "HEAD") {
		for (const name of ["expect-body", "expect-json"]) if (isGiven(settings[name])) say(name, "needs a body, and `method: HEAD` brings none");
		if (source !== void 0 && source !== "header") say("expect-version", "needs a body, and `method: HEAD` brings none", "header:Name");
	}
	if (source !== void 0 && source !== "literal" && offer.version === void 0) say("expect-version", "has no commit to compare with", "give `commit`");
	const least = (settings.successes - 1) * settings.interval;
	if (least >= settings.timeout) say("timeout", `is over before ${settings.successes} passes at this interval can be made`, `more than ${least} ms, or fewer \`successes\`, or a shorter \`interval\``);
	return problems;
}
// src/health/round.ts
async function runRound(checks, limits) {
	const results = new Map();
	await Promise.all(checks.filter((check) => check.order === "together").map(async (check) => results.set(check, await attempt(check, limits.requestMs, limits))));
	for (const check of checks.filter(({ order }) => order === "late")) {
		if (firstFailing(results.values()) !== void 0) break;
		results.set(check, await attempt(check, Math.max(1, limits.remainingMs()), limits));
	}
	return {
		entries: checks.map((check) => ({
			check,
			result: results.get(check)
		})),
		failing: firstFailing(checks.map((check) => results.get(check)))
	};
}
function firstFailing(results) {
	for (const result of results) if (result?.passed === false) return result;
}
const GRACE_MS = {
	together: 1e3,
	late: 7e3
};
async function attempt(check, limitMs, { clock, stop }) {
	const giveUp = new AbortController();
	const done = new AbortController();
	clock.sleep(limitMs, done.signal).then(() => giveUp.abort(), () => void 0);
	try {
		const signal = AbortSignal.any([giveUp.signal, stop]);
		return await Promise.race([check.run({
			signal,
			limitMs
		}), leftBehind(check, signal, limitMs, {
			clock,
			done: done.signal
		})]);
	} finally {
		done.abort();
	}
}
async function leftBehind(check, signal, limitMs, { clock, done }) {
	return await new Promise((resolve) => {
		const wait = () => void clock.sleep(GRACE_MS[check.order], done).then(() => {
			const reason = `${check.label}: no answer within ${formatDuration(limitMs)}`;
			resolve({
				passed: false,
				reason,
				topic: `${check.label}: no answer`,
				gaveUp: true,
				evidence: [reason]
			});
		}, () => void 0);
		if (signal.aborted) wait();
		else signal.addEventListener("abort", wait, { once: true });
	});
}
const FIRST_LIMIT_MS = 1e4;
function pauseBefore(round) {
	if (round.failures === 0) return round.intervalMs;
	return Math.min(round.intervalMs, 100 * 2 ** Math.min(round.failures - 1, 20));
}
function requestLimit(round) {
	const limit = Math.max(FIRST_LIMIT_MS, round.maxLatencyMs) * 2 ** Math.min(round.givenUp, 20);
	return Math.max(1, Math.min(limit, round.remainingMs));
}
// src/health/story.ts
const SAME = 3;
const MOST = 20;
const REMEMBERED = 10;
var HealthStory = class {
	#report;
	#told = new Map();
	#changes = [];
	#lines = 0;
	#now = "";
	#last;
	#again = 0;
	constructor(report) {
		this.#report = report;
	}
	failed(failing, elapsedMs, lost) {
		const topic = failing.topic ?? failing.reason;
		if (topic === this.#now && lost === 0) {
			this.#detail(failing.reason, topic);
			return;
		}
		this.#now = topic;
		this.#changes.push(`${formatDuration(elapsedMs)}: ${failing.reason}`);
		const text = lost === 0 ? `waiting: ${failing.reason}` : `passed ${plural(lost, "time")}, and then: ${failing.reason}`;
		const before = this.#told.get(topic) ?? 0;
		this.#told.set(topic, before + 1);
		if (before >= SAME || this.#lines >= MOST) this.#detail(text, text);
		else {
			this.end();
			this.#lines += 1;
			this.#report.say(text);
		}
	}
	passed(details, elapsedMs, streak) {
		this.#detail(`passed: ${details.join(", ")}`, "passed");
		if (streak > 1) return;
		this.#now = "";
		this.#changes.push(`${formatDuration(elapsedMs)}: passed`);
	}
	end() {
		if (this.#again > 0) this.#report.detail(`The same × ${this.#again} more.`);
		this.#last = void 0;
		this.#again = 0;
	}
	#detail(text, topic) {
		if (topic === this.#last) {
			this.#again += 1;
			return;
		}
		this.end();
		this.#last = topic;
		this.#report.detail(text);
	}
	history() {
		if (this.#changes.length < 2) return [];
		const left = this.#changes.length - REMEMBERED;
		return [
			"what came before:",
			...left > 0 ? [`  … ${plural(left, "earlier change")}`] : [],
			...this.#changes.slice(-10).map((line) => `  ${line}`)
		];
	}
};
// src/health/wait.ts
const TELLING_MS = 1e3;
async function waitUntilHealthy({ checks, settings, nobodyComes, clock, report, signal }) {
	const { timeout, interval, successes } = settings;
	const startedAt = clock.now().getTime();
	const elapsed = () => clock.now().getTime() - startedAt;
	const done = new AbortController();
	const deadline = new AbortController();
	clock.sleep(timeout, done.signal).then(() => deadline.abort(), () => void 0);
	const stop = AbortSignal.any([signal, deadline.signal]);
	const timeIsUp = () => deadline.signal.aborted || timeout - elapsed() <= 10;
	const story = new HealthStory(report);
	let attempts = 0;
	let streak = 0;
	let failures = 0;
	let givenUp = 0;
	let readyAfterMs = 0;
	let failed;
	try {
		for (;;) {
			stopIfCancelled(signal);
			attempts += 1;
			const remainingMs = () => timeout - elapsed();
			const requestMs = requestLimit({
				givenUp,
				maxLatencyMs: settings["max-latency"] ?? 0,
				remainingMs: remainingMs()
			});
			const began = elapsed();
			const round = await runRound(checks, {
				clock,
				stop,
				requestMs,
				remainingMs
			});
			stopIfCancelled(signal);
			const { failing } = round;
			if (failing === void 0) {
				streak += 1;
				failures = 0;
				givenUp = 0;
				if (streak === 1) readyAfterMs = elapsed();
				const details = round.entries.flatMap(({ check, result }) => result?.passed === true && check.quiet !== true ? [result.detail] : []);
				story.passed(details, elapsed(), streak);
				if (streak >= successes) return {
					state: "healthy",
					attempts,
					elapsedMs: elapsed(),
					readyAfterMs,
					details
				};
			} else if (timeIsUp() && failing.gaveUp === true && elapsed() - began < TELLING_MS && attempts > 1) attempts -= 1;
			else {
				story.failed(failing, elapsed(), streak);
				failed = round;
				streak = 0;
				failures += 1;
				givenUp = failing.gaveUp === true ? givenUp + 1 : 0;
			}
			if (timeIsUp() || failing?.hopeless === true || nobodyComes === true && failing?.refused === true) break;
			await clock.sleep(pauseBefore({
				failures,
				intervalMs: interval
			}), stop).catch(() => void 0);
			stopIfCancelled(signal);
			if (deadline.signal.aborted) break;
		}
	} finally {
		story.end();
		done.abort();
	}
	return verdictOf({
		round: failed,
		streak,
		attempts,
		elapsedMs: elapsed(),
		story,
		settings
	});
}
function verdictOf({ round, streak, attempts, elapsedMs, story, settings }) {
	const evidence = [
		...streak > 0 && round !== void 0 ? ["before it passed:"] : [],
		...round === void 0 ? [] : evidenceOf(round),
		...story.history()
	];
	if (streak > 0 || round?.failing === void 0) return {
		state: "failing",
		attempts,
		elapsedMs,
		reason: `passed ${streak} of ${settings.successes} times in a row when the ${formatDuration(settings.timeout)} were over`,
		hint: "It may only have needed a little longer: raise `timeout`.",
		evidence
	};
	return {
		state: "failing",
		attempts,
		elapsedMs,
		reason: round.failing.reason,
		hint: round.failing.hint,
		evidence
	};
}
function evidenceOf(round) {
	return round.entries.flatMap(({ check, result }) => {
		if (result === void 0) return [];
		if (result.passed && check.quiet === true) return [];
		if (result.passed) return [`${check.label}: passed, ${result.detail}`];
		return result.evidence;
	});
}
// src/health/check.ts
const COLLECTING_MS = 15e3;
async function checkHealth(settings, world) {
	refuseProblems(settings, world);
	const { clock, report, signal } = world.ports;
	const secrets = secretsOf(settings, world);
	for (const secret of secrets) report.mask(secret);
	const mask = masker(secrets);
	const checks = await checksOf({
		settings,
		world,
		machine: settings.from === "runner" ? world.here : world.machine,
		mask
	});
	const { nobodyComes } = world;
	const verdict = await waitUntilHealthy({
		checks: checks.map((check) => masked(check, mask)),
		settings,
		nobodyComes,
		clock,
		report,
		signal
	});
	if (verdict.state === "healthy") return verdict;
	const collected = await collect(world);
	return {
		...verdict,
		evidence: [...verdict.evidence, ...collected.map((line) => mask(cleanText(line)))]
	};
}
function refuseProblems(settings, world) {
	const problems = healthProblems(settings, {
		database: world.database,
		version: world.version,
		containers: world.containers
	});
	const [first] = problems;
	if (first === void 0) return;
	const lines = problems.map(({ input, message, form }) => `${input} ${message}${form === void 0 ? "" : ` (${form})`}`);
	throw refusal(problems.length === 1 ? lines[0] ?? "" : "the health check's settings do not fit together", {
		evidence: problems.length === 1 ? [] : lines,
		hint: "Correct the inputs of the health check.",
		code: "health-settings"
	});
}
function masked(check, mask) {
	return {
		...check,
		run: async (attempt) => {
			const result = await check.run(attempt);
			if (result.passed) return {
				passed: true,
				detail: mask(result.detail)
			};
			return {
				...result,
				reason: mask(result.reason),
				hint: result.hint && mask(result.hint),
				topic: result.topic && mask(result.topic),
				evidence: result.evidence.map(mask)
			};
		}
	};
}
async function collect({ collectEvidence, ports }) {
	if (collectEvidence === void 0) return [];
	const { clock, signal } = ports;
	const late = () => [`further evidence did not come within ${formatDuration(COLLECTING_MS)}`];
	try {
		return await within({
			ms: COLLECTING_MS,
			late,
			signal,
			clock
		}, collectEvidence);
	} catch (error) {
		stopIfCancelled(signal);
		if (error instanceof Cancelled) throw error;
		return [`further evidence could not be collected: ${shortLine(messageOf(error))}`];
	}
}
// src/deploy/environment/project-containers.ts
async function projectContainers(environment, { commit, needed }) {
	const clone = await environment.clone();
	if (clone === void 0) return void 0;
	const { shared, ports } = environment;
	const told = commandEnvironment(environment, { commit: commit ?? "" });
	return await watchApp({
		clone,
		shared,
		environment: told,
		ports
	}, { needed });
}
// src/machine/process/listeners.ts
const LOOK = `
cd /
[ -r /proc/net/tcp ] && [ -r /proc/self/stat ] || exit 78
port=$(printf '%04X' "$1")
inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$port" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' | sort -u | tr '\\n' ' ')
echo "caller $$"
printf 'boot %s\\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
[ -n "$inodes" ] || exit 0
holders=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v wanted=" $inodes" '
  /^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
  $NF ~ /^socket:\\[/ { n = $NF; gsub(/[^0-9]/, "", n); if (index(wanted, " " n " ")) print pid, n }')
printf '%s\\n' "$holders" | awk 'NF { print "holder", $1 }' | sort -u
for inode in $inodes; do printf '%s\\n' "$holders" | grep -q " $inode$" || echo hidden; done
stats=$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\\([0-9][0-9]*\\) .*) /\\1 /p' | awk '{ print $1, $3, $21, $2 }')
printf '%s\\n' "$stats" | sed 's/^/process /'
here=$(cd "$3" 2>/dev/null && pwd -P)
for pid in $(printf '%s\\n' "$holders" | cut -d' ' -f1 | sort -u) $4 $(printf '%s\\n' "$stats" | awk -v since="$2" '$3 >= since { print $1 }'); do
  [ -n "$here" ] && case $(readlink "/proc/$pid/cwd" 2>/dev/null)/ in "$here"/*) echo "works $pid" ;; esac
  program=$(readlink "/proc/$pid/exe" 2>/dev/null) && printf 'program %s %s\\n' "$pid" "$program"
done
:
`;
async function lookAtPort(machine, about) {
	const words = [
		"sh",
		"-c",
		LOOK,
		"sh",
		String(about.port),
		String(about.since),
		about.folder,
		String(about.also ?? "")
	];
	const { code, stdout } = await machine.run({
		words,
		repeatable: true
	});
	return code === 0 ? parseSight(stdout) : void 0;
}
function parseSight(text) {
	const lines = text.split("\n").map((line) => line.split(" "));
	const of = (kind) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
	const processes = new Map(of("process").map(([pid, parent, start, state]) => [Number(pid), {
		parent: Number(parent),
		start: Number(start),
		dead: state === "Z" || state === "X"
	}]));
	const ours = new Set();
	for (let at = Number(of("caller")[0]?.[0] ?? 0); at > 1 && !ours.has(at); at = processes.get(at)?.parent ?? 0) ours.add(at);
	return {
		boot: of("boot")[0]?.[0] ?? "",
		holders: of("holder").map(([pid]) => Number(pid)),
		hidden: of("hidden").length > 0,
		processes,
		inFolder: new Set(of("works").map(([pid]) => Number(pid)).filter((pid) => !ours.has(pid))),
		programs: new Map(of("program").map(([pid, ...program]) => [Number(pid), program.join(" ")]))
	};
}
// src/rollout/started.ts
async function lastStart(clone, settings, deploy) {
	const name = settings["start-command"] === void 0 ? "command" : "start-command";
	return parseStarted(await readText(clone.machine, `${clone.gitDirectory}/savepoint/${name}.started`) ?? "", deploy);
}
function parseStarted(text, deploy) {
	const mine = text.split("\n").map((line) => line.split(" ")).filter(([id, boot, since]) => id === deploy && boot !== void 0 && Number(since) > 0);
	const [, boot = "", since = "", pid = "-", start = ""] = mine.at(-1) ?? [];
	if (boot === "") return void 0;
	return {
		boot,
		since: Number(since),
		first: Number(mine.find((line) => line[1] === boot)?.[2] ?? since),
		own: /^\d+$/.test(pid) ? {
			pid: Number(pid),
			start: start === "" ? void 0 : Number(start)
		} : void 0
	};
}
// src/deploy/steps/takeover.ts
async function takeoverOf(environment, settings, started) {
	const { machine } = environment;
	const url = ownUrl(environment, settings);
	const clone = await environment.clone();
	if (started === void 0 || url === void 0 || clone === void 0) return void 0;
	const begun = await lastStart(clone, started.rollout, started.deploy);
	if (begun === void 0) return void 0;
	const { port } = hostPortOf(url);
	return async () => {
		const sight = await lookAtPort(machine, {
			port,
			since: begun.since,
			folder: clone.directory,
			also: begun.own?.pid
		});
		return sight === void 0 ? { state: "unknown" } : judgeTakeover(sight, begun, {
			port,
			kept: started.kept
		});
	};
}
function ownUrl({ machine }, { url, from, "expect-version": version }) {
	return url !== void 0 && (version === void 0 || version.from === "literal") && (from !== "runner" || machine.local) && isLoopback(hostPortOf(url).host) ? url : void 0;
}
function noticeUntold(environment, rollout, health) {
	const { report } = environment.ports;
	const commands = rollout.command !== void 0 || rollout["start-command"] !== void 0;
	if (health === void 0 || !commands || rollout["stop-command"] !== void 0) return;
	if (health.url !== void 0 && health["expect-version"] !== void 0 && health["expect-version"].from !== "literal") return;
	const url = ownUrl(environment, health);
	report.notice(`Nothing that was given tells the new version from the old one: no \`stop-command\`, and no \`expect-version\`. ${url === void 0 ? "Should the old one go on answering, that will not be seen." : `What is looked at instead is which process listens on port ${hostPortOf(url).port} of ${environment.machine.name}, as far as ${environment.machine.login} may see it.`}`);
}
async function whoHolds({ machine }, { url, from }) {
	if (url === void 0 || from === "runner" && !machine.local || !isLoopback(hostPortOf(url).host)) return [];
	const { port } = hostPortOf(url);
	const sight = await lookAtPort(machine, {
		port,
		since: Number.MAX_SAFE_INTEGER,
		folder: "/",
		also: void 0
	});
	if (sight === void 0 || sight.holders.length === 0) return [];
	const who = sight.holders.map((pid) => {
		const program = sight.programs.get(pid);
		return program === void 0 ? String(pid) : `${pid} (${posix.basename(program)})`;
	});
	return [`port ${port} of ${machine.name} is held by process ${who.join(", ")}`];
}
// src/deploy/steps/gate.ts
async function expectedVersion(environment, commit) {
	const clone = await environment.clone();
	if (clone === void 0 || !await clone.has(commit)) return {
		commit,
		names: []
	};
	const { stdout } = await clone.git.run([
		"tag",
		"--points-at",
		commit
	]);
	return {
		commit,
		names: stdout.split("\n").filter((name) => name !== "")
	};
}
async function askHealth(environment, settings, version, signal, { started, nobodyComes } = {}) {
	const { ports, machine } = environment;
	const needs = needsOf(settings);
	const containers = await projectContainers(environment, {
		commit: version?.commit,
		needed: needs.has("containers")
	});
	const verdict = await checkHealth(settings, {
		machine: settings.from === "runner" ? ports.here : machine,
		here: ports.here,
		database: needs.has("database") ? await environment.database() : void 0,
		version,
		ports: {
			...ports,
			signal
		},
		cwd: needs.has("folder") ? await appFolder(environment) : void 0,
		takeover: await takeoverOf(environment, settings, started),
		nobodyComes,
		...containers && {
			containers: containers.ask,
			collectEvidence: containers.tell
		}
	});
	return verdict.state === "failing" ? {
		...verdict,
		evidence: [...verdict.evidence, ...await whoHolds(environment, settings)]
	} : verdict;
}
async function appFolder({ machine, shared }) {
	const folder = shared["app-dir"];
	return folder === void 0 ? void 0 : await resolvePath(machine, folder);
}
async function passGate(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	return await tx.step("health", {
		title: `Checking the health of ${environment.title}`,
		intent: {},
		settings: raw
	}, async (signal) => {
		const started = await startedIn(tx, deploy);
		const verdict = await askHealth(environment, settings, await expectedVersion(environment, deploy.commit), signal, { started });
		if (verdict.state === "failing") throw unhealthy(verdict);
		const standstill = await standstillOf(tx);
		standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
		const { downtime } = standstill;
		return {
			value: {
				...verdict,
				downtime
			},
			result: {
				attempts: verdict.attempts,
				elapsedMs: verdict.elapsedMs,
				...downtime && { downtime }
			},
			headline: `${describeHealth(verdict)}${awayFor(downtime)}`
		};
	});
}
async function startedIn({ environment }, deploy) {
	if (!deploy.steps.some(({ step }) => step === "switch")) return void 0;
	const settings = environment.settings.withFallback({
		source: JOURNAL,
		raw: settingsOfDeploy(deploy)
	});
	return {
		deploy: deploy.id,
		rollout: settings.section(rolloutSection),
		kept: false
	};
}
function describeHealth(verdict) {
	return `healthy after ${formatDuration(verdict.elapsedMs)} (${plural(verdict.attempts, "attempt")})`;
}
function unhealthy(verdict) {
	return new Failure(`The app is not healthy: ${verdict.reason}.`, {
		evidence: verdict.evidence,
		hint: verdict.hint,
		code: "unhealthy",
		outputs: {
			healthy: false,
			attempts: verdict.attempts,
			"elapsed-ms": verdict.elapsedMs,
			reason: verdict.reason
		}
	});
}
// src/deploy/environment/known-health.ts
function readHealthSettings(settings) {
	const health = settings.section(healthSection);
	return hasChecks(health) ? health : void 0;
}
function withoutForeign(environment, health) {
	return withoutForeignSecrets(environment, withoutForeignCommand(environment, health));
}
function withoutForeignSecrets({ machine, settings, ports }, health) {
	const secret = (health?.headers ?? []).filter(({ name }) => !isHarmless(name));
	if (health?.url === void 0 || secret.length === 0 || machine.local) return health;
	const said = settings.saidHere();
	const url = said.text("health", "url");
	const sameOrigin = url !== void 0 && URL.canParse(url) && new URL(url).origin === health.url.origin;
	if (sameOrigin && said.text("health", "tls-ca") === health["tls-ca"]) return health;
	const names = secret.map(({ name }) => name).join(", ");
	ports.report.warning(`Only the journal on ${machine.name} says ${sameOrigin ? "which authority is trusted for" : "that the health check asks"} ${health.url.origin}, so the secret headers (${names}) are not sent there. To have them sent, say it in savepoint.yml or ${sameOrigin ? "SAVEPOINT_HEALTH_TLS_CA" : "SAVEPOINT_HEALTH_URL"}.`);
	return {
		...health,
		headers: health.headers?.filter(({ name }) => isHarmless(name))
	};
}
function withoutForeignCommand({ machine, settings, ports }, health) {
	if (health?.command === void 0 || health.from !== "runner" || machine.local) return health;
	if (settings.saidHere().text("health", "command") === health.command) return health;
	ports.report.warning(`The health command of this version runs here (\`from: runner\`), and only the journal on ${machine.name} says what it is: it is left out. To have it run, say it in savepoint.yml or SAVEPOINT_HEALTH_COMMAND.`);
	const rest = {
		...health,
		command: void 0
	};
	return hasChecks(rest) ? rest : void 0;
}
export { downtimeOutputs as _, expectedVersion as a, noticeUntold as c, kindNames as d, plannedChecks as f, downtimeBlocks as g, awayFor as h, describeHealth as i, hasChecks as l, DOWNTIME_OUTPUTS as m, withoutForeign as n, passGate as o, trustIn as p, askHealth as r, unhealthy as s, readHealthSettings as t, healthProblems as u, standstillLine as v, standstillOf as y };

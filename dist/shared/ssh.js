import { r as __toESM } from "./rolldown-runtime.js";
import { A as formatTarget, C as Cancelled, E as refusal, O as Secret, T as messageOf, a as lineHandler, c as dialLocal, d as finishWords, h as lastLines, i as inputFailure, k as reveal, l as formatAddress, m as ending, n as feed, o as outputFailure, p as NOTE, r as Ending, s as drain, t as Output, w as Failure } from "./output.js";
import { n as quote } from "./quote.js";
import { t as pLimit } from "./p-limit.js";
import { t as require_lib } from "./ssh2.js";
import { join } from "node:path";
import { Transform } from "node:stream";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
// src/machine/channels.ts
const COMMANDS = 6;
const ENDINGS = 3;
const PAUSES_MS = [
	50,
	200,
	500
];
var Channels = class {
	#link;
	#name;
	#commands = pLimit(COMMANDS);
	#endings = pLimit(ENDINGS);
	constructor(link, name) {
		this.#link = link;
		this.#name = name;
	}
	async forCommand(body) {
		return await this.#commands(body);
	}
	async forEnding(body) {
		return await this.#endings(body);
	}
	async open(line) {
		for (const pause of PAUSES_MS) {
			const opened = await this.#tryOpen(line);
			if (!(opened instanceof Error)) return opened;
			await new Promise((done) => setTimeout(done, pause));
		}
		const opened = await this.#tryOpen(line);
		if (opened instanceof Error) throw this.#refused(opened);
		return opened;
	}
	async #tryOpen(line) {
		const lost = this.#link.lost();
		if (lost !== void 0) throw connectionLost(this.#name, lost);
		return await new Promise((done) => exec(this.#link.client, line, (error, channel) => done(error ?? channel)));
	}
	#refused(error) {
		const lost = this.#link.lost();
		if (lost !== void 0) return connectionLost(this.#name, lost);
		return new Failure(`${this.#name} opens no more sessions on this connection`, {
			code: "no-session",
			cause: error,
			hint: "sshd's MaxSessions (default 10) must be at least 10 for this user, and commands must be allowed."
		});
	}
};
function exec(client, line, done) {
	try {
		client.exec(line, done);
	} catch (error) {
		done(error, void 0);
	}
}
function connectionLost(name, why) {
	return new Failure(`the connection to ${name} was lost: ${why}`, { code: "connection-lost" });
}
// src/machine/ssh-dial.ts
const PROHIBITED = 1;
const CONNECT_FAILED = 2;
async function dialOver(link, name, address) {
	const shown = formatAddress(address);
	const lost = link.lost();
	if (lost !== void 0) throw connectionLost(name, lost);
	return await new Promise((done, fail) => {
		const opened = (error, channel) => {
			if (error === void 0) done(channel);
			else fail(explain$1(link, name, shown, address, error));
		};
		if ("socket" in address) link.client.openssh_forwardOutStreamLocal(address.socket, opened);
		else link.client.forwardOut("127.0.0.1", 0, address.host, address.port, opened);
	});
}
function explain$1(link, name, shown, address, error) {
	const lost = link.lost();
	if (lost !== void 0) return connectionLost(name, lost);
	if (error.reason === PROHIBITED) {
		const option = "socket" in address ? "AllowStreamLocalForwarding" : "AllowTcpForwarding";
		return new Failure(`${name} does not allow a connection to ${shown} through SSH`, {
			code: "forwarding-refused",
			cause: error,
			hint: `Set ${option} yes for this user in the host's sshd_config (PermitOpen, PermitListen and DisableForwarding count too).`
		});
	}
	if (error.reason === CONNECT_FAILED) {
		const hint = "socket" in address ? "Check that the server runs and has its socket there, that this user may use it, and that sshd_config says AllowStreamLocalForwarding yes." : "Check the address as seen from the host, and that the server runs and listens there.";
		return new Failure(`${name} cannot connect to ${shown}`, {
			code: "refused",
			cause: error,
			hint
		});
	}
	return new Failure(`${name} opened no connection to ${shown}`, {
		code: "unreachable",
		cause: error
	});
}
// src/machine/known-hosts.ts
var import_lib = __toESM(require_lib(), 1);
const MARKERS = ["@revoked", "@cert-authority"];
const FINGERPRINT = /(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})=?(?=\s|$)/;
function parseKnownHosts(text) {
	const entries = [];
	const fingerprints = [];
	const problems = [];
	for (const [index, raw] of text.replace(/^\u{feff}/u, "").split(/\r?\n|\r/).entries()) {
		const line = raw.trim();
		if (line === "" || line.startsWith("#")) continue;
		const fingerprint = FINGERPRINT.exec(line)?.[1];
		if (fingerprint !== void 0) {
			fingerprints.push(fingerprint);
			continue;
		}
		const entry = parseEntry(line);
		if (typeof entry === "string") problems.push(`line ${index + 1}: ${entry}`);
		else entries.push(entry);
	}
	return {
		entries,
		fingerprints,
		problems
	};
}
function parseEntry(line) {
	const fields = line.split(/[ \t]+/);
	const marker = MARKERS.find((one) => one === fields[0]) ?? "";
	if (marker !== "") fields.shift();
	const [hosts = "", type = "", encoded = ""] = fields;
	if (hosts.startsWith("@")) return `${hosts} is no marker (@revoked, @cert-authority)`;
	if (/^MD5:/i.test(hosts) || /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/i.test(hosts)) return "MD5 fingerprints are not accepted: give the SHA256 one (ssh-keygen -lf)";
	if (hosts.startsWith("SHA256:")) return "a SHA256 fingerprint has 43 characters behind the colon";
	if (keyTypeIn(Buffer.from(type, "base64")) === hosts) return "the host is missing before the key type";
	if (encoded === "") return "a line has three parts: host, key type, key";
	const key = Buffer.from(encoded, "base64");
	if (keyTypeIn(key) !== type) return `the key is not a whole ${type} key in base64`;
	return {
		marker,
		patterns: hosts.split(","),
		type,
		key
	};
}
function keyTypeIn(key) {
	if (key.length < 4) return void 0;
	const length = key.readUInt32BE(0);
	return length > 0 && length < 64 && key.length > 4 + length ? key.toString("latin1", 4, 4 + length) : void 0;
}
function fingerprintOf(key) {
	return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
function hostName(host, port) {
	return (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
}
function knownTypes(known, host, port) {
	const own = typesFor(known, hostName(host, port));
	return own.length > 0 ? own : typesFor(known, hostName(host, 22));
}
function typesFor(known, name) {
	return [...new Set(known.entries.filter((entry) => entry.marker === "" && matches(entry.patterns, name)).map((entry) => entry.type))];
}
function judgeHostKey(known, { host, port }, key) {
	const exact = judgeName(known.entries, hostName(host, port), key);
	const portless = port === 22 ? exact : judgeName(known.entries, hostName(host, 22), key);
	if (exact.state === "revoked" || portless.state === "revoked") return { state: "revoked" };
	if (exact.state === "known" || known.fingerprints.includes(fingerprintOf(key))) return { state: "known" };
	if (exact.state !== "unknown") return exact;
	if (portless.state === "known") return portless;
	return known.fingerprints.length > 0 ? { state: "changed" } : exact;
}
function judgeName(entries, name, key) {
	const about = entries.filter((entry) => matches(entry.patterns, name));
	if (about.some((entry) => entry.marker === "@revoked" && entry.key.equals(key))) return { state: "revoked" };
	const trusted = about.filter((entry) => entry.marker === "");
	if (trusted.some((entry) => entry.key.equals(key))) return { state: "known" };
	if (trusted.length === 0) return {
		state: "unknown",
		authority: about.some((entry) => entry.marker === "@cert-authority")
	};
	const type = keyTypeIn(key);
	if (trusted.some((entry) => entry.type === type)) return { state: "changed" };
	return {
		state: "other-type",
		types: [...new Set(trusted.map((entry) => entry.type))]
	};
}
function matches(patterns, name) {
	let found = false;
	for (const pattern of patterns) if (pattern.startsWith("|1|")) found ||= matchesHash(pattern, name);
	else if (pattern.startsWith("!")) {
		if (matchesGlob(pattern.slice(1), name)) return false;
	} else found ||= matchesGlob(pattern, name);
	return found;
}
function matchesHash(pattern, name) {
	const [, , salt = "", hash = ""] = pattern.split("|");
	return hash !== "" && createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
function matchesGlob(pattern, name) {
	const source = pattern.toLowerCase().replaceAll(/[$()*+./?[\\\]^{|}]/g, (char) => char === "*" ? "[^]*" : char === "?" ? "[^]" : `\\${char}`);
	return new RegExp(`^${source}$`, "u").test(name);
}
// src/machine/host-key.ts
const PREFERENCE = [
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"rsa-sha2-512",
	"rsa-sha2-256"
];
function hostKeyAlgorithms(known, tried) {
	const wanted = PREFERENCE.filter((algorithm) => !tried.includes(keyTypeOf(algorithm)));
	return [...wanted.filter((algorithm) => known.includes(keyTypeOf(algorithm))), ...wanted.filter((algorithm) => !known.includes(keyTypeOf(algorithm)))];
}
function keyTypeOf(algorithm) {
	return algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm;
}
function hostKeyFailure(address, key, verdict) {
	const host = formatTarget(address).slice(address.user.length + 1);
	const type = keyTypeIn(key) ?? "unknown";
	const evidence = [`offered: ${type} ${fingerprintOf(key)}`];
	const lookUp = `\`${quote([
		"ssh-keyscan",
		...address.port === 22 ? [] : ["-p", String(address.port)],
		"-t",
		shortType(type),
		address.host
	])}\` prints the line for ssh-known-hosts. Compare its fingerprint by another way first (on the host's console: ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub): whoever stands in between would answer the same question.`;
	switch (verdict.state) {
		case "changed": return refusal(`the host key of ${host} is not the known one: somebody may stand in between, or the host was set up anew`, {
			code: "host-key-changed",
			evidence,
			hint: `Do not go on before you know why. If the host was set up anew: ${lookUp}`
		});
		case "other-type": return refusal(`${host} offers a ${type} key, and only ${verdict.types.join(", ")} is known for it`, {
			code: "host-key-type",
			evidence,
			hint: `Add this key too, once it is verified: ${lookUp}`
		});
		case "revoked": return refusal(`the host key of ${host} is marked @revoked`, {
			code: "host-key-revoked",
			evidence,
			hint: "The host needs a new key; do not go on with this one."
		});
		case "unknown": return refusal(`the host key of ${host} is not known`, {
			code: "host-key-unknown",
			evidence: verdict.authority ? [...evidence, "a @cert-authority line speaks of this host; certificates are not supported: give the host's own key"] : evidence,
			hint: lookUp
		});
	}
}
function shortType(type) {
	if (type.startsWith("ecdsa-")) return "ecdsa";
	return type.replace(/^ssh-/, "");
}
// src/machine/ssh-link.ts
const HANDSHAKE_MS = 2e4;
const KEEPALIVE_MS = 15e3;
const KEEPALIVE_MISSES = 3;
const CLOSE_MS$1 = 2e3;
async function openLink(request) {
	const { known, address } = request;
	const tried = [];
	let first;
	for (;;) {
		const attempt = await tryLink(request, hostKeyAlgorithms(knownTypes(known, address.host, address.port), tried));
		if ("link" in attempt) return attempt.link;
		if (attempt.verdict?.state === "known") throw attempt.failure;
		first ??= attempt.failure;
		const type = attempt.key === void 0 ? void 0 : keyTypeIn(attempt.key);
		if (known.fingerprints.length === 0 || attempt.verdict?.state !== "changed" || type === void 0 || tried.includes(type)) throw first;
		tried.push(type);
	}
}
async function tryLink(request, algorithms) {
	const { address, signal } = request;
	if (signal?.aborted === true) throw new Cancelled();
	const sock = await request.dial();
	const client = new import_lib.default.Client();
	const seen = {};
	let abort = () => {};
	try {
		return await new Promise((done, stop) => {
			abort = () => stop(new Cancelled());
			signal?.addEventListener("abort", abort, { once: true });
			const fail = (error) => {
				if (error?.level === "agent") request.report.detail(`ssh agent: ${error.message}`);
				else done({
					failure: explain(request, seen, error),
					...seen
				});
			};
			client.on("error", fail);
			client.on("close", () => fail(void 0));
			client.on("handshake", () => seen.secured = true);
			client.on("banner", (message) => request.report.detail(message.trimEnd()));
			client.on("ready", () => done({ link: watch(client) }));
			client.connect({
				sock,
				username: address.user,
				readyTimeout: HANDSHAKE_MS,
				keepaliveInterval: KEEPALIVE_MS,
				keepaliveCountMax: KEEPALIVE_MISSES,
				algorithms: { serverHostKey: algorithms },
				authHandler: request.proofs.map((proof) => proof.method(address.user)),
				hostVerifier: (key) => {
					seen.key = key;
					seen.verdict = judgeHostKey(request.known, address, key);
					return seen.verdict.state === "known";
				}
			});
		}).then((attempt) => {
			if (!("link" in attempt)) abandon(client, sock);
			return attempt;
		});
	} catch (error) {
		abandon(client, sock);
		throw error;
	} finally {
		signal?.removeEventListener("abort", abort);
	}
}
function abandon(client, sock) {
	client.destroy();
	sock.destroy();
}
function explain(request, seen, error) {
	const { address, proofs, notes } = request;
	const host = formatTarget(address);
	if (seen.key !== void 0 && seen.verdict !== void 0 && seen.verdict.state !== "known") return hostKeyFailure(address, seen.key, seen.verdict);
	if (error?.level === "client-timeout") return new Failure(`${host} did not finish the SSH handshake within ${HANDSHAKE_MS / 1e3} s`, {
		code: "timeout",
		cause: error
	});
	if (seen.secured === true) return refusal(`${host} does not accept ${proofs.map((proof) => proof.name).join(", ")}`, {
		code: "auth-refused",
		cause: error,
		hint: `Check the user, and that the public key stands in ~${address.user}/.ssh/authorized_keys on the host.`,
		evidence: notes
	});
	return new Failure(`${host} ended the SSH handshake${error === void 0 ? "" : `: ${messageOf(error)}`}`, {
		code: "handshake",
		cause: error,
		hint: "Check that an SSH server answers on that port."
	});
}
function watch(client) {
	let lost;
	const closed = new Promise((done) => {
		client.once("close", () => {
			lost ??= "it was closed";
			done();
		});
	});
	client.removeAllListeners("error");
	client.on("error", (error) => {
		lost ??= error.level === "client-timeout" ? `nothing came for ${KEEPALIVE_MS / 1e3 * 4} s` : messageOf(error);
	});
	return {
		client,
		lost: () => lost,
		close: async () => {
			if (lost !== void 0) return;
			client.end();
			let timer;
			const patience = new Promise((done) => timer = setTimeout(done, CLOSE_MS$1));
			await Promise.race([closed, patience]);
			clearTimeout(timer);
			client.destroy();
		}
	};
}
// src/machine/private-key.ts
function readPrivateKey(key, passphrase, from = "ssh-key") {
	const text = normalize(key.reveal());
	if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text)) throw refusal(`${from} is the public key`, {
		code: "key-public",
		hint: "Give the private one: the file of that name without .pub."
	});
	const encrypted = isEncrypted(text);
	if (encrypted === void 0) throw refusal(`${from} is not a private key`, {
		code: "key-malformed",
		hint: "Give the whole file, from -----BEGIN … to -----END … PRIVATE KEY-----."
	});
	if (encrypted && passphrase === void 0) throw refusal(`${from} is protected by a passphrase, and none is given`, {
		code: "key-encrypted",
		hint: "Give ssh-passphrase."
	});
	const parsed = import_lib.default.utils.parseKey(text, encrypted ? passphrase?.reveal() : void 0);
	if (parsed instanceof Error) {
		if (encrypted) throw refusal(`the passphrase does not open ${from}`, {
			code: "bad-passphrase",
			hint: "Check ssh-passphrase."
		});
		throw refusal(`${from} cannot be read as a private key`, {
			code: "key-malformed",
			hint: "It may be cut off, or of a format that is not supported. OpenSSH's own is: ssh-keygen -p -f <key> rewrites it."
		});
	}
	if (!parsed.isPrivateKey()) throw refusal(`${from} holds no private key`, { code: "key-malformed" });
	return parsed;
}
function normalize(text) {
	const trimmed = text.replace(/^\u{feff}/u, "").trim();
	return `${(trimmed.includes("\n") || trimmed.includes("\r") ? trimmed : trimmed.replaceAll(String.raw`\n`, "\n")).split(/\r\n|\r|\n/).map((line) => line.trim()).join("\n").trim()}\n`;
}
function isEncrypted(text) {
	const putty = /^PuTTY-User-Key-File-\d: [^\n]+\nEncryption: (\S+)/.exec(text);
	if (putty !== null) return putty[1] !== "none";
	const [, label, body] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\n([^]*?)\n?-----END \1-----/.exec(text) ?? [];
	if (label === void 0 || body === void 0) return void 0;
	if (label !== "OPENSSH PRIVATE KEY") return label.startsWith("ENCRYPTED ") || /^Proc-Type: 4,ENCRYPTED/m.test(body);
	const bytes = Buffer.from(body, "base64");
	if (bytes.toString("latin1", 0, 15) !== "openssh-key-v1\0" || bytes.length < 23) return void 0;
	const length = bytes.readUInt32BE(15);
	return bytes.toString("latin1", 19, 19 + length) !== "none";
}
// src/machine/ssh-login.ts
const OWN_KEYS = [
	"id_ed25519",
	"id_ecdsa",
	"id_rsa"
];
const OWN_KNOWN_HOSTS = ["known_hosts", "known_hosts2"];
const SYSTEM_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
async function findProofs(target, world) {
	if (target.key !== void 0) return {
		proofs: [keyProof(readPrivateKey(target.key, target.passphrase))],
		notes: []
	};
	if (!world.terminal) throw refusal("host is given without ssh-key", {
		code: "no-key",
		hint: "Give the private key as ssh-key, from a secret."
	});
	const proofs = [];
	const notes = [];
	const agent = world.env["SSH_AUTH_SOCK"];
	if (agent !== void 0 && agent !== "") proofs.push({
		name: "the keys of the agent",
		method: (username) => ({
			type: "agent",
			username,
			agent
		})
	});
	for (const name of OWN_KEYS) {
		const text = await readIfThere(join(world.home, ".ssh", name));
		if (text === void 0) continue;
		try {
			proofs.push(keyProof(readPrivateKey(new Secret(text), target.passphrase, `~/.ssh/${name}`)));
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			notes.push(error.code === "key-encrypted" ? `~/.ssh/${name} is protected by a passphrase: ssh-add it` : error.message);
		}
	}
	if (proofs.length === 0) throw refusal("no key to log in with: no agent, and none in ~/.ssh that can be used", {
		code: "no-key",
		evidence: notes,
		hint: "ssh-add a key, or make one: ssh-keygen."
	});
	return {
		proofs,
		notes
	};
}
function keyProof(key) {
	return {
		name: `the ${key.type} key ${fingerprintOf(key.getPublicSSH())}`,
		method: (username) => ({
			type: "publickey",
			username,
			key
		})
	};
}
async function findKnownHosts(target, world) {
	if (target.knownHosts !== void 0 && target.knownHosts.trim() !== "") {
		const known = parseKnownHosts(target.knownHosts);
		if (known.entries.length + known.fingerprints.length > 0) return known;
		throw refusal("ssh-known-hosts holds no host key", {
			code: "known-hosts-malformed",
			evidence: known.problems,
			hint: "Give known_hosts lines (`server ssh-ed25519 AAAA…`, as ssh-keyscan prints them) or a `SHA256:…` fingerprint."
		});
	}
	if (!world.terminal) throw refusal("host is given without ssh-known-hosts", {
		code: "known-hosts-missing",
		hint: `Give the host's keys or fingerprint: \`ssh-keyscan ${target.port === 22 ? "" : `-p ${target.port} `}${target.host}\` prints the lines; compare them by another way.`
	});
	const files = [...OWN_KNOWN_HOSTS.map((name) => join(world.home, ".ssh", name)), ...SYSTEM_KNOWN_HOSTS];
	const known = parseKnownHosts((await Promise.all(files.map(readIfThere))).filter((text) => text !== void 0).join("\n"));
	for (const problem of known.problems) world.report.detail(`known_hosts: ${problem}`);
	return known;
}
async function readIfThere(path) {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		const { code } = error;
		if (code === "ENOENT" || code === "ENOTDIR") return void 0;
		throw new Failure(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
	}
}
// src/machine/boundary.ts
var BehindBoundary = class extends Transform {
	#boundary;
	#waiting = Buffer.alloc(0);
	#said = Promise.withResolvers();
	constructor(boundary) {
		super({
			readableHighWaterMark: 262144,
			writableHighWaterMark: 262144
		});
		this.#boundary = Buffer.from(boundary);
	}
	async said() {
		return await this.#said.promise;
	}
	get preamble() {
		return this.#waiting?.toString("utf8") ?? "";
	}
	_transform(chunk, _encoding, done) {
		if (this.#waiting === void 0) {
			done(null, chunk);
			return;
		}
		const all = Buffer.concat([this.#waiting, chunk]);
		const at = all.indexOf(this.#boundary);
		const end = at === -1 ? -1 : all.indexOf(10, at);
		if (end === -1) {
			this.#waiting = at === -1 ? all.subarray(-262144) : all.subarray(at);
			done();
			return;
		}
		this.#waiting = void 0;
		this.#said.resolve(all.toString("utf8", at + this.#boundary.length, end));
		done(null, all.subarray(end + 1));
	}
	_flush(done) {
		this.#said.resolve(void 0);
		done();
	}
	_destroy(error, done) {
		this.#said.resolve(void 0);
		done(error);
	}
};
// src/machine/remote-script.ts
function bootstrap(boundary) {
	return `exec sh -c 'savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do case $savepoint_l in "#${boundary}")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"'`;
}
function remoteScript(command, boundary) {
	const { words, cwd, env = {}, noteIn } = command;
	return `${[
		`unset CDPATH savepoint_s`,
		`savepoint_say() { printf '%s %s\\n' ${boundary} "$1" >&2; }`,
		...Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : [],
		...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
		...cwd === void 0 ? [] : [`${quote([
			"cd",
			"--",
			cwd.startsWith("/") ? cwd : `./${cwd}`
		])} >/dev/null 2>&1 || { savepoint_say no-folder; exit 1; }`],
		quote([
			"set",
			"--",
			...words
		]),
		`command -v "$1" >/dev/null 2>&1 || { savepoint_say not-found; exit 1; }`,
		...noteIn === void 0 ? [] : [NOTE, `${quote(["note", noteIn])} "$1" 2>/dev/null || { savepoint_say no-note; exit 1; }`],
		`savepoint_say "started $$"`,
		`printf '%s\\n' ${boundary}`,
		`exec "$@"`,
		`#${boundary}`
	].join("\n")}\n`;
}
function exported(name, value) {
	if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable on a host`, { code: "bad-name" });
	return quote(["export", `${name}=${value}`]);
}
function parseStart(said) {
	const [state, pid] = said.trim().split(" ");
	if (state === "started" && /^\d+$/.test(pid ?? "")) return {
		state,
		pid: Number(pid)
	};
	return state === "no-folder" || state === "no-note" || state === "not-found" ? { state } : void 0;
}
// src/machine/ssh-run.ts
const CLOSE_MS = 5e3;
async function runRemote(session, command) {
	const [program] = command.words;
	if (program === void 0 || program === "") throw new Failure("a command without a program", { code: "not-found" });
	const ending = new Ending(program, command);
	const started = performance.now();
	const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
	const script = remoteScript(command, boundary);
	const channel = await session.channels.open(bootstrap(boundary));
	const exited = exitOf(channel);
	const closed = new Promise((done) => channel.once("close", () => done()));
	const clean = cleanEnd(channel, session.link);
	const behind = {
		stdout: behindBoundary(channel, boundary),
		stderr: behindBoundary(channel.stderr, boundary)
	};
	const begun = behind.stderr.said().then((said) => said === void 0 ? void 0 : parseStart(said));
	const stdout = new Output(lineHandler(command, "stdout", ending));
	const stderr = new Output(lineHandler(command, "stderr", ending));
	const drains = {
		stdout: drain(behind.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))),
		stderr: drain(behind.stderr, stderr, () => void 0)
	};
	let whole = false;
	try {
		channel.write(script);
		ending.endWith(async () => await endRemote(session, channel, begun));
		feed(channel, command.stdin, (error) => ending.fail(inputFailure(program, error)));
		const exit = await Promise.race([exited, ending.over()]);
		const roundTrip = async () => await thereAndBack(session);
		const quiet = [command.stdout === void 0 ? drains.stdout.silence(roundTrip) : drains.stdout.ended, drains.stderr.silence(roundTrip)];
		await Promise.race([Promise.all(quiet), ending.over()]);
		const lost = clean() ? void 0 : session.link.lost();
		whole = !ending.early && exit !== void 0 && lost === void 0;
		await Promise.all([drains.stdout.close(!whole), drains.stderr.close(!whole)]);
		const finished = {
			...exit ?? {
				code: null,
				signal: null
			},
			stdout: stdout.text(),
			stderr: stderr.text(),
			durationMs: performance.now() - started
		};
		await ending.throwIfEarly(finished);
		if (lost !== void 0) throw lostDuring(session, program, lost, finished);
		behind.stderr.destroy();
		const start = await begun;
		if (start?.state !== "started") throw notStarted(session, command, start, behind, finished);
		if (exit === void 0) throw lostDuring(session, program, "the session was closed without an exit code", finished);
		return finished;
	} finally {
		ending.release();
		if (!whole) command.stdout?.destroy();
		await closeSession(channel, closed);
		if (command.noteIn !== void 0 && session.link.lost() === void 0) await removeNote(session, command.noteIn);
	}
}
function behindBoundary(source, boundary) {
	return source.pipe(new BehindBoundary(boundary));
}
function exitOf(channel) {
	return new Promise((done) => {
		channel.once("exit", (code, signal) => done({
			code,
			signal: code === null ? signal ?? null : null
		}));
		channel.once("close", () => done(void 0));
	});
}
async function closeSession(channel, closed) {
	for (const stream of [channel, channel.stderr]) stream.unpipe().resume();
	channel.close();
	let timer;
	const patience = new Promise((done) => timer = setTimeout(done, CLOSE_MS));
	await Promise.race([closed, patience]);
	clearTimeout(timer);
}
function cleanEnd(channel, link) {
	let ends = 0;
	const count = () => {
		if (link.lost() === void 0) ends += 1;
	};
	channel.once("end", count);
	channel.stderr.once("end", count);
	return () => ends === 2;
}
async function thereAndBack(session) {
	await session.channels.forEnding(async () => {
		const channel = await session.channels.open("exit 0").catch(() => void 0);
		if (channel === void 0) return;
		const closed = new Promise((done) => channel.once("close", () => done()));
		channel.end();
		channel.resume();
		channel.stderr.resume();
		await closed;
	});
}
async function endRemote(session, channel, begun) {
	let timer;
	const patience = new Promise((done) => timer = setTimeout(() => done("silent"), CLOSE_MS));
	const start = await Promise.race([begun, patience]);
	clearTimeout(timer);
	if (start === "silent") {
		channel.close();
		return false;
	}
	if (start?.state !== "started") return session.link.lost() === void 0;
	const { pid } = start;
	return (await session.channels.forEnding(async () => await runRemote(session, { words: finishWords(pid) }))).code === 0;
}
async function removeNote(session, note) {
	await session.channels.forEnding(async () => await runRemote(session, { words: [
		"rm",
		"-f",
		"--",
		note
	] })).catch(() => void 0);
}
function notStarted(session, command, start, behind, finished) {
	const program = command.words[0] ?? "";
	switch (start?.state) {
		case "no-folder": return new Failure(`the working folder ${command.cwd} does not exist on ${session.name}, or ${session.login} may not enter it`, { code: "no-folder" });
		case "no-note": return new Failure(`the folder for running commands cannot be written on ${session.name}: ${command.noteIn}`, { code: "no-folder" });
		case "not-found": return new Failure(`${program} is not installed on ${session.name}, or not in the PATH of ${session.login}`, {
			code: "not-found",
			hint: `Install ${program}, or give its full path.`
		});
		default: return new Failure(`the login shell of ${session.login} did not run the command (${ending(finished)})`, {
			code: "no-shell",
			hint: "The user needs a login shell that runs commands: no nologin, no git-shell, no ForceCommand.",
			evidence: lastLines({
				stdout: behind.stdout.preamble,
				stderr: behind.stderr.preamble
			})
		});
	}
}
function lostDuring(session, program, why, finished) {
	return new Failure(`the connection to ${session.name} was lost while ${program} ran: ${why}`, {
		code: "connection-lost",
		hint: "Nobody knows how it ended: it may have succeeded, failed, or still run there. Look before you do it again.",
		evidence: lastLines(finished)
	});
}
// src/machine/ssh.ts
async function connectSsh(target, world) {
	const { jump } = target;
	const known = await findKnownHosts(target, world);
	const { proofs, notes } = await findProofs(target, world);
	const link = async (address, dial) => await openLink({
		address,
		known,
		proofs,
		notes,
		report: world.report,
		signal: world.signal,
		dial
	});
	if (jump === void 0) return sshMachine(target, await link(target, async () => await dialServer(target, world.signal)), []);
	const first = await link(jump, async () => await dialServer(jump, world.signal));
	try {
		return sshMachine(target, await link(target, async () => await dialOver(first, formatTarget(jump), {
			host: target.host,
			port: target.port
		})), [first]);
	} catch (error) {
		await first.close();
		throw error;
	}
}
function sshMachine(target, link, below) {
	const name = formatTarget(target);
	const login = `${target.user}@${target.host}`;
	const session = {
		name,
		login,
		link,
		channels: new Channels(link, name)
	};
	return {
		name,
		login,
		local: false,
		run: async (command) => await whenFree(session, command),
		dial: async (address) => await dialOver(link, name, address),
		[Symbol.asyncDispose]: async () => {
			for (const one of [link, ...below]) await one.close();
		}
	};
}
async function whenFree(session, command) {
	const { signal } = command;
	const cancelled = Promise.withResolvers();
	const cancel = () => cancelled.reject(new Cancelled());
	const finished = session.channels.forCommand(async () => {
		signal?.removeEventListener("abort", cancel);
		return await runRemote(session, command);
	});
	if (signal?.aborted === true) cancel();
	signal?.addEventListener("abort", cancel, { once: true });
	try {
		return await Promise.race([finished, cancelled.promise]);
	} finally {
		signal?.removeEventListener("abort", cancel);
		finished.catch(() => void 0);
	}
}
async function dialServer(address, signal) {
	if (signal?.aborted === true) throw new Cancelled();
	try {
		return await dialLocal({
			host: address.host,
			port: address.port
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw new Failure(`${formatTarget(address)} cannot be reached over SSH: ${error.message}`, {
			cause: error,
			code: error.code,
			hint: error.hint
		});
	}
}
export { connectSsh };

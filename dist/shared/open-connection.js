import "./rolldown-runtime.js";
import { $n as describeTarget, Ar as Failure, Fr as stopIfCancelled, Nr as messageOf, Pr as refusal, Qn as describeServer, Zn as addressOf, rr as serverOptions, wn as within } from "./start.js";
import { Gn as entryFailure, Kn as sqlFailure, oa as UNLIMITED } from "./work.js";
import { t as esm_default } from "./pg.js";
import { isIP } from "node:net";
import { TLSSocket, connect as connect$1 } from "node:tls";
// src/postgres/channel-binding.ts
const BOUND = "SCRAM-SHA-256-PLUS";
function requireChannelBinding(client, stream) {
	const { connection } = client;
	const refuse = () => {
		const failure = new Failure("The server does not bind the login to the encrypted connection, and channel_binding=require asks for it.", {
			code: "tls",
			hint: "Switch SSL and scram-sha-256 on in the server; where a pooler or a proxy is in between that cannot, say channel_binding=prefer."
		});
		stream.destroy(failure);
	};
	connection.prependListener("authenticationSASL", ({ mechanisms }) => {
		if (!(stream instanceof TLSSocket && mechanisms.includes(BOUND))) refuse();
	});
	for (const other of ["authenticationCleartextPassword", "authenticationMD5Password"]) connection.prependListener(other, refuse);
	let bound = false;
	connection.prependListener("authenticationSASLFinal", () => bound = true);
	connection.prependListener("authenticationOk", () => {
		if (!bound) refuse();
	});
}
// src/postgres/session-settings.ts
function settingsFor(request) {
	const { lockTimeout = 0, statementTimeout = 0, asApp = false } = request;
	return [
		{
			name: "DateStyle",
			value: "ISO"
		},
		{
			name: "IntervalStyle",
			value: "postgres"
		},
		{
			name: "lock_timeout",
			value: String(lockTimeout)
		},
		{
			name: "statement_timeout",
			value: String(statementTimeout)
		},
		{
			name: "idle_in_transaction_session_timeout",
			value: "0"
		},
		{
			name: "idle_session_timeout",
			value: "0",
			since: 14
		},
		{
			name: "transaction_timeout",
			value: "0",
			since: 17
		},
		{
			name: "client_connection_check_interval",
			value: "5s",
			since: 14
		},
		{
			name: "default_transaction_read_only",
			value: "off"
		},
		...asApp ? [] : PINNED
	];
}
const PINNED = [
	{
		name: "search_path",
		value: ""
	},
	{
		name: "default_transaction_isolation",
		value: "read committed"
	},
	{
		name: "default_transaction_deferrable",
		value: "off"
	},
	{
		name: "row_security",
		value: "on"
	},
	{
		name: "standard_conforming_strings",
		value: "on"
	},
	{
		name: "quote_all_identifiers",
		value: "off"
	},
	{
		name: "session_replication_role",
		value: "origin",
		superuser: true
	}
];
function hearServer(client) {
	const told = new Map();
	const { connection } = client;
	connection?.on("parameterStatus", ({ parameterName, parameterValue }) => {
		told.set(parameterName, parameterValue);
	});
	return told;
}
function knownSettings(wanted, told) {
	const major = /^(\d+)\./.exec(told.get("server_version") ?? "")?.[1];
	const superuser = told.get("is_superuser");
	if (major === void 0 || superuser === void 0) return void 0;
	const chosen = wanted.filter((one) => (one.since ?? 0) <= Number(major) && (one.superuser !== true || superuser === "on"));
	return {
		sql: `pg_catalog.concat(${chosen.map(({ name }, at) => `pg_catalog.set_config('${name}', $${at + 3}, false)`).join(", ")})`,
		values: chosen.map(({ value }) => value)
	};
}
function lookedUpSettings(wanted) {
	return {
		sql: `(SELECT pg_catalog.count(pg_catalog.set_config(s.name, w.setting, false))::pg_catalog.text FROM pg_catalog.pg_settings s
         JOIN pg_catalog.jsonb_each_text($3::pg_catalog.jsonb) AS w(name, setting) ON pg_catalog.lower(w.name) OPERATOR(pg_catalog.=) pg_catalog.lower(s.name)
         WHERE s.context OPERATOR(pg_catalog.<>) 'superuser' OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER))`,
		values: [JSON.stringify(Object.fromEntries(wanted.map(({ name, value }) => [name, value])))]
	};
}
const NOT_SET = new Set([
	"42704",
	"42501",
	"55P02",
	"22023"
]);
function greetingSql(settings) {
	return `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
        pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS readonly,
        CASE WHEN $1::pg_catalog.bool OR pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $2::pg_catalog.int4 THEN ${settings} END AS settings`;
}
// src/postgres/pg-connection.ts
const CANCEL_GRACE = 5e3;
const CLOSE_GRACE = 2e3;
var PgConnection = class {
	target;
	pid = 0;
	keyPid = 0;
	serverVersion = 0;
	#client;
	#stream;
	#request;
	#last = Promise.resolve();
	#abreast = false;
	#lost;
	#told;
	constructor(client, stream, request) {
		this.target = request.target;
		this.#client = client;
		this.#stream = stream;
		this.#request = request;
		this.#told = hearServer(client);
		client.on("error", (error) => this.#lost ??= error);
		const { onNotice } = request;
		if (onNotice) client.on("notice", (notice) => onNotice(`${notice.severity ?? "NOTICE"}: ${notice.message ?? ""}`));
	}
	async begin() {
		this.keyPid = "processID" in this.#client ? Number(this.#client.processID) : 0;
		const row = await this.#greet();
		this.pid = row?.pid ?? 0;
		this.serverVersion = row?.version ?? 0;
		this.#refuseOther(row?.standby === true, row?.readonly === true);
	}
	async #greet() {
		const { untouched = false } = this.#request;
		const wanted = settingsFor(this.#request);
		const ways = [knownSettings(wanted, this.#told), lookedUpSettings(wanted)].filter((way) => way !== void 0);
		for (const [turn, { sql, values }] of ways.entries()) try {
			const [row] = await this.query(greetingSql(sql), [
				!untouched,
				this.keyPid,
				...values
			]);
			return row;
		} catch (error) {
			if (!(error instanceof Failure && NOT_SET.has(error.code ?? "")) || turn === ways.length - 1) throw error;
		}
	}
	#refuseOther(standby, readonly) {
		const wanted = this.target.options["target_session_attrs"];
		if (!(wanted === "primary" && standby) && !(wanted === "read-write" && (standby || readonly))) return;
		this.#stream.destroy();
		throw refusal(`${describeTarget(this.target)} is ${standby ? "a standby" : "read-only"}, and target_session_attrs=${wanted} asks for the server that writes.`, {
			code: "read-only",
			hint: standby ? "Name the primary." : "ALTER DATABASE or ALTER ROLE … RESET default_transaction_read_only, where that is what says so."
		});
	}
	async query(sql, values) {
		const result = await this.#inTurn(sql, values);
		return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
	}
	async exec(sql) {
		await this.#inTurn(sql, void 0);
	}
	async atOnce(body) {
		await this.#last;
		this.#abreast = true;
		try {
			return await body();
		} finally {
			this.#abreast = false;
		}
	}
	async transaction(body, mode = "") {
		await this.exec(`BEGIN ${mode}`);
		try {
			const result = await body();
			if ((await this.#inTurn("COMMIT", void 0)).command !== "COMMIT") throw new Failure("The transaction was rolled back: a statement in it had failed.", { code: "25P02" });
			return result;
		} catch (error) {
			if (this.#lost === void 0) await this.#send("ROLLBACK", void 0).catch((lost) => this.#lost ??= lost);
			throw error;
		}
	}
	async inSnapshot(body) {
		await this.#last;
		if (this.#client.getTransactionStatus() === "T") return await body();
		return await this.transaction(body, "ISOLATION LEVEL REPEATABLE READ, READ ONLY");
	}
	async [Symbol.asyncDispose]() {
		if (this.#lost === void 0) {
			const ended = this.#client.end().catch((error) => this.#lost ??= error);
			await within({
				ms: CLOSE_GRACE,
				late: () => void 0
			}, async () => await ended);
		}
		this.#stream.destroy();
	}
	async #inTurn(sql, values) {
		if (this.#abreast) return await this.#run(sql, values);
		const turn = this.#last.then(async () => await this.#run(sql, values));
		this.#last = turn.catch(() => void 0);
		return await turn;
	}
	async #run(sql, values) {
		const { signal } = this.#request;
		if (signal) stopIfCancelled(signal);
		const onAbort = () => void this.#cancel();
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			return await this.#send(sql, values);
		} catch (error) {
			if (signal) stopIfCancelled(signal);
			if (error instanceof esm_default.DatabaseError) throw sqlFailure(error, sql, this.target);
			throw new Failure(`The connection to ${describeTarget(this.target)} was lost.`, {
				code: "connection-lost",
				evidence: [messageOf(this.#lost ?? error)],
				hint: "What the statement did is unknown: look before it is run again.",
				cause: error
			});
		} finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}
	async #send(sql, values) {
		return await (values === void 0 ? this.#client.query(sql) : this.#client.query(sql, [...values]));
	}
	async #cancel() {
		const secret = "secretKey" in this.#client ? Number(this.#client.secretKey) : 0;
		const message = Buffer.alloc(16);
		[
			16,
			80877102,
			this.keyPid,
			secret
		].forEach((word, index) => message.writeInt32BE(word, index * 4));
		try {
			const stream = await this.#request.dial(addressOf(this.target));
			stream.on("error", () => void 0);
			stream.resume();
			stream.write(message);
			await delay(CANCEL_GRACE);
			stream.destroy();
		} catch (error) {
			this.#lost ??= error instanceof Error ? error : new Error(String(error));
		} finally {
			this.#stream.destroy();
		}
	}
};
async function delay(ms) {
	await new Promise((resolve) => setTimeout(resolve, ms).unref());
}
const { builtins } = esm_default.types;
const asText = (value) => value;
const parsers = {
	[builtins.INT8]: BigInt,
	[builtins.DATE]: asText,
	[builtins.TIMESTAMP]: asText,
	[builtins.INTERVAL]: asText
};
const TYPES = { getTypeParser: (oid, format) => parsers[oid] ?? esm_default.types.getTypeParser(oid, format) };
// src/postgres/wire.ts
const SSL_REQUEST = Buffer.from([
	0,
	0,
	0,
	8,
	4,
	210,
	22,
	47
]);
async function secureWire(raw, target, certificates) {
	if (target.socket !== void 0 || target.sslmode === "disable" || target.sslmode === "allow") return raw;
	raw.write(SSL_REQUEST);
	const answer = await firstBytes(raw);
	if (answer === "S") return await handshake(raw, target, certificates);
	if (answer === "N" && target.sslmode === "prefer") return raw;
	raw.destroy();
	if (answer === "N") throw new Failure("The server does not offer encryption, and sslmode asks for it.", {
		code: "tls",
		hint: "Switch SSL on in the server, or, where the way to it is safe, say sslmode=disable in the URL."
	});
	throw new Failure("What answers there does not speak PostgreSQL.", {
		code: "tls",
		hint: "Check the server's name and port."
	});
}
async function firstBytes(raw) {
	return await new Promise((resolve, reject) => {
		const settle = (act) => {
			raw.off("data", onData).off("error", onError).off("close", onClose).off("end", onClose);
			act();
		};
		const onData = (bytes) => {
			raw.pause();
			settle(() => resolve(bytes.toString("latin1")));
		};
		const onError = (error) => settle(() => reject(error));
		const onClose = () => settle(() => reject(new Failure("The connection was closed before it began.", { code: "connection-lost" })));
		raw.on("data", onData).on("error", onError).on("close", onClose).on("end", onClose);
	});
}
async function handshake(raw, target, certificates) {
	const stream = connect$1(tlsOptions(raw, target, certificates));
	raw.on("error", (error) => stream.destroy(error));
	await new Promise((resolve, reject) => {
		const onError = (error) => {
			const code = "code" in error && typeof error.code === "string" ? error.code : "";
			reject(new Failure(`No trusted encrypted connection to ${target.host} (sslmode=${target.sslmode}).`, {
				code: "tls",
				evidence: [code === "" ? messageOf(error) : `${messageOf(error)} (${code})`],
				hint: "Give the authority that signed the server's certificate as sslrootcert=/path/on/that/machine in the URL, and the server by the name in its certificate.",
				cause: error
			}));
		};
		stream.once("error", onError);
		stream.once("close", () => onError(new Error("closed during the handshake")));
		stream.once("secureConnect", () => {
			stream.off("error", onError);
			resolve();
		});
	});
	return stream;
}
function tlsOptions(raw, target, certificates) {
	const verified = target.sslmode.startsWith("verify-") || target.sslmode === "require" && certificates.root !== void 0;
	const { ssl_min_protocol_version: minVersion, ssl_max_protocol_version: maxVersion } = target.options;
	return {
		...minVersion === void 0 ? {} : { minVersion },
		...maxVersion === void 0 ? {} : { maxVersion },
		socket: raw,
		host: target.host,
		...isIP(target.host) === 0 && target.options["sslsni"] !== "0" ? { servername: target.host } : {},
		rejectUnauthorized: verified,
		...target.sslmode === "verify-full" ? {} : { checkServerIdentity: () => void 0 },
		...certificates.root === void 0 ? {} : { ca: certificates.root },
		...certificates.certificate === void 0 ? {} : { cert: certificates.certificate },
		...certificates.key === void 0 ? {} : { key: certificates.key }
	};
}
// src/postgres/open-connection.ts
const CONNECT_TIMEOUT = 1e4;
const LEAST_SECONDS = 2;
const FOR_EVER_SECONDS = 3600;
function connectTimeoutOf({ options }) {
	const said = options["connect_timeout"];
	if (said === void 0) return CONNECT_TIMEOUT;
	const seconds = Number(said) <= 0 ? FOR_EVER_SECONDS : Number(said);
	return Math.min(Math.max(seconds, LEAST_SECONDS), FOR_EVER_SECONDS) * 1e3;
}
const TOO_SHORT = [
	"57014",
	"25P04",
	"25P03",
	"57P05",
	"connection-lost"
];
async function openConnection(request) {
	try {
		return await openWith(request, void 0);
	} catch (error) {
		if (!(error instanceof Failure && TOO_SHORT.includes(error.code ?? ""))) throw error;
		for (const options of UNLIMITED) try {
			return await openWith(request, options);
		} catch (again) {
			if (!(again instanceof Failure)) throw again;
		}
		throw error;
	}
}
async function openWith(request, door) {
	const { target, signal } = request;
	const timeout = request.connectTimeout ?? connectTimeoutOf(target);
	const opening = new ConnectionAttempt(request, door);
	const late = () => {
		throw new Failure(`No answer from ${describeTarget(target)} within ${timeout / 1e3} s.`, {
			code: "timeout",
			hint: "Check the server's name and port, and the firewall between."
		});
	};
	try {
		return await within({
			ms: timeout,
			late,
			signal
		}, async () => await opening.open());
	} catch (error) {
		opening.abandon();
		throw error;
	}
}
var ConnectionAttempt = class {
	#request;
	#door;
	#stream;
	#abandoned = false;
	constructor(request, door) {
		this.#request = request;
		this.#door = door;
	}
	abandon() {
		this.#abandoned = true;
		this.#stream?.destroy();
	}
	async open() {
		const { target } = this.#request;
		const stream = await this.#wire();
		const options = [serverOptions(target), this.#door].filter((text) => text !== void 0).join(" ");
		let passwordAsked = false;
		const client = new esm_default.Client({
			host: target.host,
			port: target.port,
			user: target.user,
			database: target.database,
			password: () => {
				passwordAsked = true;
				return target.password?.reveal() ?? "";
			},
			ssl: false,
			stream: () => asSocket(stream),
			application_name: this.#request.applicationName,
			...options === "" ? {} : { options },
			...this.#request.abreast === true && { pipeline: true },
			enableChannelBinding: target.options["channel_binding"] === "require",
			types: TYPES
		});
		if (target.options["channel_binding"] === "require") requireChannelBinding(client, stream);
		const session = new PgConnection(client, stream, this.#request);
		try {
			await client.connect();
		} catch (error) {
			if (passwordAsked && target.password === void 0) throw new Failure(`${describeServer(target)} wants a password, and ${target.setting ?? "the URL"} has none.`, {
				code: "28P01",
				hint: "Put it into the URL: postgres://user:password@server/database"
			});
			throw error instanceof esm_default.DatabaseError ? entryFailure(error, target) : unreachable(error, target);
		}
		await session.begin();
		return session;
	}
	async #wire() {
		const { target, certificates = {} } = this.#request;
		try {
			const raw = await this.#request.dial(addressOf(target));
			this.#stream = raw;
			raw.on("error", () => void 0);
			if (this.#abandoned) raw.destroy();
			const stream = await secureWire(raw, target, certificates);
			this.#stream = stream;
			return stream;
		} catch (error) {
			throw unreachable(error, target);
		}
	}
};
function asSocket(stream) {
	const nothing = () => stream;
	const missing = Object.fromEntries([
		"setNoDelay",
		"setKeepAlive",
		"ref",
		"unref"
	].filter((name) => !(name in stream)).map((name) => [name, nothing]));
	return Object.assign(stream, missing, { connect: () => {
		process.nextTick(() => stream.resume().emit("connect"));
		return stream;
	} });
}
function unreachable(error, target) {
	const known = error instanceof Failure ? error : void 0;
	if (known?.code === "tls") return known;
	return new Failure(`Cannot reach ${describeTarget(target)}.`, {
		code: known?.code ?? "unreachable",
		evidence: [messageOf(error), ...known?.evidence ?? []],
		hint: `${known?.hint ?? "Check the server's name and port, that it runs, and the firewall between."} It is named by ${target.setting ?? "the URL"}.`,
		cause: error
	});
}
export { openConnection };

import { r as __toESM } from "./rolldown-runtime.js";
import { C as string, S as safeParse, _ as picklist, b as regex, c as minValue, f as number, h as optional, i as getDotPath, l as nonEmpty, n as boolean, o as literal$1, p as object, r as check$2, t as array, u as nullable, v as pipe, x as safeInteger, y as record } from "./valibot.js";
import { inspect } from "node:util";
import { createHmac, randomBytes } from "node:crypto";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { homedir, hostname, userInfo } from "node:os";
import { runInNewContext } from "node:vm";
import { spawn } from "node:child_process";
import { accessSync, constants as constants$1, realpathSync, statSync } from "node:fs";
import { finished } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
// src/core/failure.ts
var Failure = class Failure extends Error {
	name = "Failure";
	hint;
	evidence;
	exit;
	code;
	outputs;
	state;
	ways;
	blocks;
	places;
	constructor(message, details = {}) {
		super(message, details.cause === void 0 ? void 0 : { cause: details.cause });
		this.hint = details.hint;
		this.evidence = details.evidence ?? [];
		this.exit = details.exit ?? 1;
		this.code = details.code;
		this.outputs = details.outputs ?? {};
		this.state = details.state ?? [];
		this.ways = details.ways ?? [];
		this.blocks = details.blocks ?? [];
		this.places = details.places ?? [];
	}
	with(details) {
		return new Failure(this.message, {
			cause: this.cause,
			hint: this.hint,
			evidence: this.evidence,
			exit: this.exit,
			code: this.code,
			outputs: this.outputs,
			state: this.state,
			ways: this.ways,
			blocks: this.blocks,
			places: this.places,
			...details
		});
	}
};
function refusal(message, details = {}) {
	return new Failure(message, {
		...details,
		exit: 2
	});
}
var Cancelled = class extends Error {
	name = "Cancelled";
	details;
	constructor(message = "cancelled", details = {}) {
		super(message);
		this.details = details;
	}
};
function stopIfCancelled(signal) {
	if (signal.aborted) throw new Cancelled();
}
function firstError(error) {
	return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error ? firstError(error.suppressed) : error;
}
function messageOf$2(error) {
	return error instanceof Error ? error.message : String(error);
}
function clauseOf(error) {
	return messageOf$2(error).replace(/\.$/, "");
}
// src/core/input.ts
function input(kind, about) {
	return {
		description: about.description,
		kind,
		fallback: about.default,
		secret: about.secret ?? false,
		plainWhen: about.plainWhen,
		perRun: about.perRun ?? false
	};
}
function externalName(section, name, own) {
	return section === "" || section === own ? name : `${section}-${name}`;
}
function variableName(section, name) {
	return (section === "" ? ["savepoint", name] : [
		"savepoint",
		section,
		name
	]).join("_").toUpperCase().replaceAll("-", "_");
}
// src/core/format.ts
function formatDuration(ms) {
	if (ms < 1e3) return `${Math.round(ms)} ms`;
	if (ms < 6e4) return `${(ms / 1e3).toFixed(1)} s`;
	const seconds = Math.round(ms / 1e3);
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}
function formatSize(bytes) {
	const units = [
		"B",
		"kB",
		"MB",
		"GB",
		"TB"
	];
	let value = bytes;
	let unit = 0;
	while (value >= 1e3 && unit < units.length - 1) {
		value /= 1e3;
		unit += 1;
	}
	return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
function formatCount(count) {
	if (typeof count === "bigint" || Number.isSafeInteger(count)) return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
	return count.toLocaleString("en-US");
}
function plural(count, one, many = `${one}s`) {
	return `${formatCount(count)} ${count === 1 ? one : many}`;
}
function formatAgo(ms) {
	const minutes = Math.floor(ms / 6e4);
	if (minutes < 1) return "just now";
	if (minutes < 60) return `${minutes} min ago`;
	return minutes < 2880 ? `${plural(Math.floor(minutes / 60), "hour")} ago` : `${plural(Math.floor(minutes / 1440), "day")} ago`;
}
function formatMoment(at) {
	const iso = typeof at === "string" ? at : at.toISOString();
	const [, day, time] = /^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso) ?? [];
	return day === void 0 ? iso : `${day} ${time} UTC`;
}
function compactUtc(date) {
	return date.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(/[-:]/g, "");
}
function shortCommit(commit) {
	return commit.slice(0, 7);
}
const LONGEST_QUOTED = 60;
function quoted(text) {
	return text.length <= LONGEST_QUOTED && !/[\r\n]/.test(text) && !/:\/\/[^/\s]*@/.test(text) ? JSON.stringify(text) : `a text of ${plural(text.length, "character")}`;
}
// src/core/kinds.ts
const text$1 = {
	form: "text",
	parse: (value) => value
};
const line = {
	form: "text on one line",
	parse(value) {
		if (/[\n\r\0]/.test(value)) throw new Error("contains a line break");
		return value;
	}
};
const lines = {
	form: "one value a line",
	entries: {},
	parse: (value) => value.split(/\r?\n/).map((entry) => entry.trim()).filter((entry) => entry !== "")
};
function choice(...choices) {
	return {
		form: `one of ${choices.join(", ")}`,
		choices,
		parse(value) {
			const found = choices.find((one) => one === value.trim());
			if (found === void 0) throw new Error(`is ${quoted(value)}`);
			return found;
		}
	};
}
const flag = {
	form: "true or false",
	choices: ["true", "false"],
	parse(value) {
		const word = value.trim().toLowerCase();
		if (word !== "true" && word !== "false") throw new Error(`is ${quoted(value)}`);
		return word === "true";
	}
};
function count(bounds = {}) {
	const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
	return {
		form: max === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`,
		parse(value) {
			const number = Number(value.trim());
			if (!/^\d+$/.test(value.trim()) || !Number.isSafeInteger(number)) throw new Error(`is ${quoted(value)}`);
			if (number < min || number > max) throw new Error(`is ${number}`);
			return number;
		}
	};
}
const DURATION_UNITS = {
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 36e5,
	d: 864e5
};
const duration = {
	form: "a duration such as 90s, 3m, 250ms (a plain number: seconds)",
	parse(value) {
		const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(value.trim());
		if (!match) throw new Error(`is ${quoted(value)}`);
		return Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? "s"] ?? 1e3));
	}
};
const LONGEST_LIMIT_DAYS = 24;
const timeLimit = {
	form: `${duration.form}, at most ${LONGEST_LIMIT_DAYS}d`,
	parse(value) {
		const ms = duration.parse(value);
		if (ms > LONGEST_LIMIT_DAYS * 864e5) throw new Error(`is ${quoted(value)}`);
		return ms;
	}
};
const SIZE_UNITS = {
	"": 1,
	B: 1,
	KB: 1e3,
	MB: 1e6,
	GB: 1e9,
	TB: 0xe8d4a51000,
	KIB: 1024,
	MIB: 2 ** 20,
	GIB: 2 ** 30,
	TIB: 2 ** 40
};
const size = {
	form: "a size such as 500MB, 20GB, 4GiB (a plain number: bytes)",
	parse(value) {
		const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim());
		const unit = SIZE_UNITS[(match?.[2] ?? "").toUpperCase()];
		if (!match || unit === void 0) throw new Error(`is ${quoted(value)}`);
		return Math.round(Number(match[1]) * unit);
	}
};
// src/core/path.ts
function isPath(text) {
	return /^(?:~|\.{0,2})\/[^\r\n]*$/.test(text) && text.length <= 4096;
}
// src/machine/ssh/address.ts
const FORM$1 = "user@server, user@server:port or user@[IPv6]:port";
function parseTarget(text) {
	const given = text.trim();
	const shown = quoted(given);
	if (/[\s\p{Cc}]/u.test(given)) throw new Error(`is ${shown}: it holds a space or a control character`);
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) throw new Error(`is ${shown}: leave out ${given.slice(0, given.indexOf("//") + 2)}`);
	const at = given.lastIndexOf("@");
	const user = given.slice(0, Math.max(at, 0));
	const server = given.slice(at + 1);
	if (user === "") throw new Error(`is ${shown}: the user is missing (deploy@${server === "" ? "shop.example" : server})`);
	if (user.includes(":")) throw new Error("has a password before the @: passwords are not used, give a key");
	if (server === "") throw new Error(`is ${shown}: the server is missing`);
	const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(server);
	if (!bracketed && server.split(":").length > 2) throw new Error(`is ${shown}: write an IPv6 address in brackets (${user}@[::1]:22)`);
	const plain = /^([^:]*)(?::(.*))?$/.exec(server);
	const [, host = "", port] = bracketed ?? plain ?? [];
	if (bracketed && !/^[0-9a-f:.]+(%[\w.-]+)?$/i.test(host)) throw new Error(`is ${shown}: ${JSON.stringify(host)} is no IPv6 address`);
	if (!bracketed && !/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*)$/u.test(host)) throw new Error(`is ${shown}: ${JSON.stringify(host)} is no server name`);
	return {
		user,
		host,
		port: parsePort(port, shown)
	};
}
function parsePort(text, shown) {
	if (text === void 0) return 22;
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new Error(`is ${shown}: ${JSON.stringify(text)} is no port (1 to 65535)`);
	return port;
}
function formatTarget(address) {
	const host = address.host.includes(":") ? `[${address.host}]` : address.host;
	return `${address.user}@${host}${address.port === 22 ? "" : `:${address.port}`}`;
}
const target = {
	form: FORM$1,
	parse: parseTarget
};
// src/core/secret.ts
var Secret = class {
	#value;
	#source;
	constructor(value, source) {
		this.#value = value;
		this.#source = source;
	}
	get source() {
		return this.#source;
	}
	reveal() {
		return this.#value;
	}
	toString() {
		return "***";
	}
	toJSON() {
		return "***";
	}
	[inspect.custom]() {
		return "***";
	}
};
function reveal(value) {
	return typeof value === "string" ? value : value.reveal();
}
// src/postgres/literal.ts
function identifier(name) {
	if (name === "" || name.includes("\0")) throw new RangeError("a name in SQL is neither empty nor holds a NUL byte");
	return `"${name.replaceAll("\"", "\"\"")}"`;
}
function qualified(schema, name) {
	return `${identifier(schema)}.${identifier(name)}`;
}
function literal(text) {
	if (text.includes("\0")) throw new RangeError("a text in SQL holds no NUL byte");
	const quoted = `'${text.replaceAll("'", "''")}'`;
	return text.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}
// src/postgres/server-options.ts
function optionWords(text) {
	const words = [];
	let word;
	for (let at = 0; at < text.length; at += 1) {
		const char = text.charAt(at);
		if (/[ \t\n\v\f\r]/.test(char)) {
			if (word !== void 0) words.push(word);
			word = void 0;
		} else if (char === "\\") {
			at += 1;
			word = `${word ?? ""}${text.charAt(at)}`;
		} else word = `${word ?? ""}${char}`;
	}
	return word === void 0 ? words : [...words, word];
}
function settingsIn(text) {
	const words = [...optionWords(text)];
	const settings = [];
	for (let word = words.shift(); word !== void 0; word = words.shift()) {
		const pair = word === "-c" ? words.shift() ?? "" : /^(?:-c|--)(.+)$/s.exec(word)?.[1];
		const equals = pair?.indexOf("=") ?? -1;
		if (pair === void 0 || equals < 1) continue;
		settings.push({
			name: pair.slice(0, equals).toLowerCase().replaceAll("-", "_"),
			value: pair.slice(equals + 1)
		});
	}
	return settings;
}
function asOption({ name, value }) {
	return `-c ${name}=${value.replaceAll(/[\\ \t\n\v\f\r]/g, (char) => `\\${char}`)}`;
}
// src/core/nearest.ts
function nearest(word, known) {
	const candidates = [...known];
	return misspelt(word, candidates) ?? elsewhere(word, candidates);
}
function misspelt(word, known) {
	let best;
	for (const candidate of known) {
		const distance = editDistance(plain$2(word), plain$2(candidate));
		if (best === void 0 || distance < best.distance) best = {
			word: candidate,
			distance
		};
	}
	return best !== void 0 && best.distance <= slips(word.length) ? best.word : void 0;
}
function slips(length) {
	return length <= 3 ? 1 : Math.max(2, Math.floor(length / 3));
}
function elsewhere(word, known) {
	const dashed = (name) => `-${name.toLowerCase().replaceAll(/[_ ]/g, "-")}`;
	return known.filter((one) => dashed(one).endsWith(dashed(word)) || dashed(word).endsWith(dashed(one))).toSorted((a, b) => a.length - b.length)[0];
}
function plain$2(word) {
	return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
function editDistance(a, b) {
	let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let row = 1; row <= a.length; row += 1) {
		const current = [row];
		for (let column = 1; column <= b.length; column += 1) {
			const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
			current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[b.length] ?? 0;
}
// src/postgres/url-names.ts
const SAME_AS = {
	currentSchema: "search_path",
	schema_search_path: "search_path",
	searchPath: "search_path",
	socket: "unix_sock",
	"ssl-mode": "sslmode",
	"ssl-root-cert": "sslrootcert",
	"ssl-cert": "sslcert",
	"ssl-key": "sslkey",
	ssl_root_cert: "sslrootcert",
	connectTimeout: "connect_timeout",
	channelBinding: "channel_binding",
	gssEncMode: "gssencmode",
	sslNegotiation: "sslnegotiation",
	requireAuth: "require_auth",
	targetServerType: "target_session_attrs",
	client_encoding: "encoding",
	ApplicationName: "application_name",
	readOnly: "default_transaction_read_only"
};
const READ = new Set(`host port user password dbname unix_sock search_path schema options sslmode ssl encoding pgbouncer target_session_attrs
   channel_binding gssencmode connect_timeout sslrootcert sslcert sslkey sslsni hostaddr ssl_min_protocol_version
   ssl_max_protocol_version default_transaction_read_only sslaccept sslnegotiation sslcertmode requiressl`.split(/\s+/));
const WIRE = new Set(`keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout load_balance_hosts sslcompression
   max_protocol_version`.split(/\s+/));
const SERVER = new Set(`role timezone datestyle intervalstyle statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout
   transaction_timeout work_mem maintenance_work_mem default_tablespace temp_tablespaces default_transaction_isolation
   default_table_access_method extra_float_digits bytea_output standard_conforming_strings client_min_messages jit
   row_security session_replication_role synchronous_commit plan_cache_mode lc_messages`.split(/\s+/));
const APPLICATION = new Set(`application_name fallback_application_name
   connection_limit pool_timeout socket_timeout statement_cache_size single_use_connections max_connection_lifetime
   max_idle_connection_lifetime
   socketTimeout loginTimeout cancelSignalTimeout tcpKeepAlive tcpNoDelay prepareThreshold preparedStatementCacheQueries
   preparedStatementCacheSizeMiB defaultRowFetchSize reWriteBatchedInserts binaryTransfer binaryTransferEnable
   binaryTransferDisable stringtype autosave cleanupSavepoints escapeSyntaxCallMode logUnclosedConnections unknownLength
   disableColumnSanitiser assumeMinServerVersion databaseMetadataCacheFields databaseMetadataCacheFieldsMiB maxResultBuffer
   maxSendBufferSize adaptiveFetch adaptiveFetchMinimum adaptiveFetchMaximum loggerLevel loggerFile preferQueryMode
   quoteReturningIdentifiers hideUnprivilegedObjects sendBufferSize receiveBufferSize groupStartupParameters readOnlyMode
   loadBalanceHosts hostRecheckSeconds sslResponseTimeout allowEncodingChanges convertBooleanToNumeric
   uselibpqcompat max min keepAlive connectionTimeoutMillis idleTimeoutMillis query_timeout idle_timeout max_lifetime prepare
   fetch_types debug backoff
   prepared_statement_cache_size prepared_statement_name_func command_timeout executemany_mode use_native_uuid
   conn_max_age conn_health_checks
   pool checkout_timeout reaping_frequency prepared_statements statement_limit advisory_locks min_messages insert_returning
   timeout adapter reconnect replica database_tasks migrations_paths schema_dump max_connections min_connections max_threads
   min_threads max_age keepalive pool_jitter url
   pool_max_conns pool_min_conns pool_min_idle_conns pool_max_conn_lifetime pool_max_conn_lifetime_jitter
   pool_max_conn_idle_time pool_health_check_period default_query_exec_mode statement_cache_capacity
   description_cache_capacity statement_cache_mode binary_parameters disable_prepared_binary_result
   statement-cache-capacity pool_size pool_recycle pool_pre_ping max_overflow queue_target queue_interval`.split(/\s+/));
const KERBEROS = "is Kerberos, which is not spoken here: name a role with a password";
const OAUTH = "is a way to log in that is not spoken here: name a role with a password";
const JAVA = "is a class of the application's: write sslmode, and sslrootcert where an authority of your own signed";
const REFUSED = {
	passfile: "names a file of passwords: write the password into the URL",
	service: "names a section of a service file: write out the server, the user and the database",
	servicefile: "names a service file: write out the server, the user and the database",
	replication: "asks for a replication session: leave it out",
	require_auth: "is not looked at here: leave it out",
	requirepeer: "is not looked at here: leave it out",
	sslpassword: "would have to reach pg_dump, which takes it nowhere but in its arguments: give a key without a passphrase (openssl pkey -in KEY -out PLAIN), readable by its user alone",
	sslcrl: "is not looked at here: leave it out",
	sslcrldir: "is not looked at here: leave it out",
	sslkeylogfile: "writes the session's keys into a file: leave it out",
	sslidentity: "is a PKCS#12 file: write its two parts as PEM files, sslcert and sslkey",
	min_protocol_version: "is not looked at here: leave it out",
	gssdelegation: KERBEROS,
	gsslib: KERBEROS,
	krbsrvname: KERBEROS,
	kerberosServerName: KERBEROS,
	jaasLogin: KERBEROS,
	jaasApplicationName: KERBEROS,
	useSpnego: KERBEROS,
	sspiServiceClass: KERBEROS,
	scram_client_key: OAUTH,
	scram_server_key: OAUTH,
	oauth_issuer: OAUTH,
	oauth_client_id: OAUTH,
	oauth_client_secret: OAUTH,
	oauth_scope: OAUTH,
	authenticationPluginClassName: OAUTH,
	sslfactory: JAVA,
	sslfactoryarg: JAVA,
	sslhostnameverifier: JAVA,
	sslpasswordcallback: JAVA,
	xmlFactoryFactory: "is a class of the application's: leave it out",
	socketFactory: "is a class of the application's: give the address at which a proxy answers",
	socketFactoryArg: "is of the application's: give the address at which a proxy answers",
	localSocketAddress: "is not kept here: leave it out",
	session_authorization: "is another role than the one that logs in: write role=, or log in as it",
	template: "is for creating a database: leave it out",
	collation: "is for creating a database: leave it out",
	variables: "cannot stand in a URL: write options=-c%20name%3Dvalue",
	server_settings: "cannot stand in a URL: write options=-c%20name%3Dvalue"
};
function isToolsOwn(name) {
	return name.startsWith("x-");
}
const KNOWN = [
	...READ,
	...Object.keys(SAME_AS),
	...WIRE,
	...SERVER,
	...APPLICATION,
	...Object.keys(REFUSED)
];
// src/postgres/url-parameters.ts
const SSL_MODES = [
	"disable",
	"allow",
	"prefer",
	"require",
	"verify-ca",
	"verify-full"
];
const TLS_VERSIONS = [
	"TLSv1",
	"TLSv1.1",
	"TLSv1.2",
	"TLSv1.3"
];
const PLACE = [
	"host",
	"port",
	"user",
	"password",
	"dbname"
];
const HANDED_ON = [
	"options",
	"channel_binding",
	"connect_timeout",
	"sslrootcert",
	"sslcert",
	"sslkey",
	"sslsni",
	"hostaddr",
	"ssl_min_protocol_version",
	"ssl_max_protocol_version",
	"target_session_attrs",
	"gssencmode"
];
function readParameters(given) {
	const said = new Map();
	const server = [];
	const toolsOwn = {};
	for (const [name, value] of given) {
		const setting = serverSetting(name);
		if (isToolsOwn(name)) toolsOwn[name] = value;
		else if (setting !== void 0) server.push(asOption({
			name: setting,
			value
		}));
		else put(said, known(name), value);
	}
	check(said);
	const options = [said.get("options") ?? "", ...server].filter((part) => part !== "").join(" ");
	if (options !== "") said.set("options", options);
	const searchPath = pathOf(said, options);
	const schema = said.get("schema");
	return {
		libpq: picked(said, [...HANDED_ON, ...WIRE]),
		sslmode: sslModeOf(said),
		...schema !== void 0 && schema !== "" && { schema },
		...searchPath !== void 0 && { searchPath },
		...said.get("pgbouncer") === "true" && { pooled: true },
		toolsOwn,
		place: {
			...picked(said, PLACE),
			...socketOf(said)
		}
	};
}
function serverSetting(name) {
	const bracketed = /^options\[(.+)\]$/.exec(name)?.[1]?.toLowerCase();
	if (bracketed !== void 0) return bracketed === "search_path" ? void 0 : bracketed;
	return SERVER.has(name.toLowerCase()) ? name.toLowerCase() : void 0;
}
function known(name) {
	if (name.toLowerCase() === "options[search_path]") return "search_path";
	const one = SAME_AS[name] ?? name;
	const instead = REFUSED[one];
	if (instead !== void 0) throw new Error(`has the option ${name}, which ${instead}`);
	if (READ.has(one) || WIRE.has(one) || APPLICATION.has(one)) return one;
	const close = nearest(name, KNOWN);
	throw new Error(`has the option ${name}, which is not known${close === void 0 ? "" : ` (is ${close} meant?)`}: a setting of the server is written options=-c%20name%3Dvalue`);
}
function put(said, name, value) {
	if ((said.get(name) ?? value) !== value) throw new Error(`says ${name} twice, under two names`);
	said.set(name, value);
}
function picked(said, names) {
	return Object.fromEntries([...said].filter(([name, value]) => value !== "" && names.includes(name)));
}
const ALLOWED = {
	gssencmode: {
		values: /^(?:disable|prefer|allow)$/,
		instead: "write disable: encryption by Kerberos is not spoken here"
	},
	channel_binding: {
		values: /^(?:disable|prefer|require)$/,
		instead: "it is one of disable, prefer, require"
	},
	connect_timeout: {
		values: /^-?\d{1,6}$/,
		instead: "it is a number of seconds"
	},
	encoding: {
		values: /^(?:utf-?8|unicode|auto)$/i,
		instead: "leave it out: UTF8 is spoken here, and a backup keeps the database's own encoding"
	},
	pgbouncer: {
		values: /^(?:true|false)$/,
		instead: "it is true or false"
	},
	target_session_attrs: {
		values: /^(?:any|read-write|primary|master)$/,
		instead: "name the server that writes, and write read-write or primary"
	},
	sslsni: {
		values: /^[01]$/,
		instead: "it is 0 or 1"
	},
	sslaccept: {
		values: /^accept_invalid_certs$/,
		instead: "write sslmode=verify-full, and sslrootcert=/path where an authority of your own signed"
	},
	sslnegotiation: {
		values: /^postgres$/,
		instead: "leave it out: such a server takes the usual way too"
	},
	sslcertmode: {
		values: /^allow$/,
		instead: "leave it out"
	},
	requiressl: {
		values: /^0$/,
		instead: "write sslmode=require"
	},
	default_transaction_read_only: {
		values: /^(?:false|off|no|0)$/i,
		instead: "leave it out: migrations and restores write"
	},
	ssl_min_protocol_version: {
		values: new RegExp(`^(?:${TLS_VERSIONS.join("|")})$`),
		instead: `it is one of ${TLS_VERSIONS.join(", ")}`
	},
	ssl_max_protocol_version: {
		values: new RegExp(`^(?:${TLS_VERSIONS.join("|")})$`),
		instead: `it is one of ${TLS_VERSIONS.join(", ")}`
	}
};
function check(said) {
	for (const [name, { values, instead }] of Object.entries(ALLOWED)) {
		const value = said.get(name);
		if (value !== void 0 && value !== "" && !values.test(value)) throw new Error(`has a ${name} that cannot be kept here: ${instead}`);
	}
	if (said.get("target_session_attrs") === "master") said.set("target_session_attrs", "primary");
	if (said.has("sslcert") !== said.has("sslkey")) throw new Error("has one of sslcert and sslkey: a client's certificate needs both; the certificate of the authority that signed the server's is sslrootcert");
}
function pathOf(said, options) {
	const inOptions = settingsIn(options).findLast(({ name }) => name === "search_path")?.value;
	const own = said.get("search_path");
	if (own !== void 0 && own !== "" && inOptions !== void 0 && inOptions !== own) throw new Error("says search_path twice: once by itself, and another one in options");
	return own === "" ? inOptions : own ?? inOptions;
}
function sslModeOf(said) {
	const ssl = said.get("ssl") ?? "";
	const mode = said.get("sslmode") || (SSL_MODES.includes(ssl) || ssl === "no-verify" ? ssl : /^(?:true|1|yes|on)$/i.test(ssl) ? "require" : "prefer");
	if (ssl !== "" && !SSL_MODES.includes(ssl) && !/^(?:true|false|1|0|yes|no|on|off|no-verify)$/i.test(ssl)) throw new Error(`has an ssl that cannot be read: write sslmode, one of ${SSL_MODES.join(", ")}`);
	if (mode === "no-verify") return "require";
	if (!SSL_MODES.includes(mode)) throw new Error(`has an unknown sslmode: it is one of ${SSL_MODES.join(", ")}`);
	return mode;
}
function socketOf(said) {
	const path = said.get("unix_sock");
	if (path === void 0 || path === "") return {};
	if (!path.startsWith("/")) throw new Error("has a socket that is no path: write the folder, such as host=/var/run/postgresql");
	const file = /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(path);
	return file ? {
		host: file[1] || "/",
		port: file[2] ?? ""
	} : { host: path.replace(/(.)\/+$/, "$1") };
}
// src/postgres/url-text.ts
const SCHEME = /^(jdbc:)?postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i;
function readUrl(url) {
	const scheme = SCHEME.exec(url);
	if (!scheme) throw new Error("is not a PostgreSQL URL: it must begin with postgres:// or postgresql://");
	const rest = url.slice(scheme[0].length);
	const end = rest.search(/[/?#]/);
	const authority = end < 0 ? rest : rest.slice(0, end);
	const tail = end < 0 ? "" : rest.slice(end);
	const question = tail.indexOf("?");
	const path = question < 0 ? tail : tail.slice(0, question);
	if (tail.includes("#") || path.includes("@") || path.slice(1).includes("/")) throw new Error("cannot be read: write / ? # @ and % inside the user, password or database name as %2F %3F %23 %40 and %25");
	const at = authority.lastIndexOf("@");
	const login = at < 0 ? "" : authority.slice(0, at);
	const colon = login.indexOf(":");
	const query = question < 0 ? "" : tail.slice(question + 1);
	if (at < 0 && path.length < 2 && authority.includes(":") && query !== "" && !/(?:^|&)(?:dbname|user)=/.test(query)) throw new Error("has options behind the ? that cannot be read: write name=value, joined by & (a ? inside the password is %3F)");
	return {
		user: decode(colon < 0 ? login : login.slice(0, colon), "user"),
		password: colon < 0 ? "" : decode(login.slice(colon + 1), "password"),
		place: readPlace(authority.slice(at + 1)),
		database: decode(path.slice(1), "database name"),
		query: readQuery(scheme[1] === void 0 ? query : query.replaceAll("+", "%20"))
	};
}
function readPlace(text) {
	const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
	if (!match) throw new Error("names a server that cannot be read: an IPv6 address stands in brackets, such as [::1]:5432");
	return {
		host: decode(match[1] ?? match[2] ?? "", "server"),
		port: match[3] ?? ""
	};
}
function readQuery(text) {
	const query = new Map();
	for (const pair of text.split("&").filter((one) => one !== "")) {
		const equals = pair.indexOf("=");
		const name = percentDecoded(pair.slice(0, Math.max(equals, 0))) ?? "";
		if (!/^[A-Za-z_][A-Za-z0-9_.-]*(?:\[[A-Za-z0-9_.-]+\])?$/.test(name)) throw new Error("has options behind the ? that cannot be read: write name=value, joined by & (a ? inside the password is %3F)");
		const value = decode(pair.slice(equals + 1), `option ${name}`);
		if ((query.get(name) ?? value) !== value) throw new Error(name === "host" ? "names several servers: exactly one is needed, the one that writes" : `says ${name} twice`);
		query.set(name, value);
	}
	return query;
}
function decode(text, what) {
	const decoded = percentDecoded(text);
	if (decoded === void 0) throw new Error(`has a ${what} that cannot be read: a % there is written %25`);
	if (decoded.includes("\0")) throw new Error(`has a NUL byte in its ${what}`);
	return decoded;
}
function percentDecoded(text) {
	try {
		return decodeURIComponent(text);
	} catch (error) {
		if (error instanceof URIError) return void 0;
		throw error;
	}
}
// src/postgres/address.ts
const FORM = "postgres://user:password@server:5432/database, or env:NAME";
const DEFAULT_SOCKET_FOLDER = "/var/run/postgresql";
const databaseAddress = {
	form: FORM,
	parse(text) {
		const given = text.trim();
		if (!given.startsWith("env:")) return {
			kind: "url",
			target: parseTargetUrl(given)
		};
		const name = given.slice(4);
		if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error("names no variable: after env: stands its name, such as env:DATABASE_URL");
		return {
			kind: "env",
			name
		};
	}
};
function parseTargetUrl(url) {
	const parts = readUrl(url);
	const { place, libpq, sslmode, schema, searchPath, pooled, toolsOwn } = readParameters(parts.query);
	const host = place.host ?? (parts.place.host || (libpq["hostaddr"] ?? ""));
	const port = place.port ?? parts.place.port;
	const user = place.user ?? parts.user;
	const password = place.password ?? parts.password;
	const database = place.dbname ?? parts.database;
	if (user === "") throw new Error("names no user: postgres://user:password@server/database");
	if (database === "") throw new Error("names no database: postgres://user:password@server/database");
	if (`${host}${port}`.includes(",")) throw new Error("names several servers: exactly one is needed, the one that writes");
	if (host.startsWith("@")) throw new Error("names an abstract socket, which is not dialled here: write its folder, or a server's name");
	return {
		...host === "" || host.startsWith("/") ? {
			host: "localhost",
			socket: host === "" ? DEFAULT_SOCKET_FOLDER : host
		} : { host },
		port: readPort(port),
		user,
		password: password === "" ? void 0 : new Secret(password),
		database,
		sslmode,
		options: libpq,
		...schema !== void 0 && {
			schema,
			schemaInUrl: true
		},
		...searchPath !== void 0 && { searchPath },
		...pooled !== void 0 && { pooled },
		...Object.keys(toolsOwn).length > 0 && { toolsOwn }
	};
}
function serverOptions({ options, schema, searchPath }) {
	const path = [...schema === void 0 ? [] : [identifier(schema)], ...searchPath === void 0 ? [] : [searchPath]].join(", ");
	return [options["options"] ?? "", ...path === "" ? [] : [asOption({
		name: "search_path",
		value: path
	})]].filter((part) => part !== "").join(" ") || void 0;
}
function otherDatabases({ database }, name) {
	return [...new Set([
		database,
		"postgres",
		"template1"
	])].filter((one) => one !== name);
}
function addressOf$1(target) {
	if (target.socket === void 0) return {
		host: target.options["hostaddr"] ?? target.host,
		port: target.port
	};
	return { socket: `${target.socket}/.s.PGSQL.${target.port}` };
}
function passwordToHide({ password, user, host, database }) {
	return password !== void 0 && [
		user,
		host,
		database
	].includes(password.reveal()) ? void 0 : password;
}
function describeTarget(target) {
	return `${target.database} ${target.place === void 0 ? "at" : "in"} ${placeOfServer(target)} as ${target.user}`;
}
function describeServer(target) {
	return `${placeOfServer(target)} as ${target.user}`;
}
function placeOfServer(target) {
	if (target.place !== void 0) return target.place;
	const host = target.host.includes(":") ? `[${target.host}]` : target.host;
	return target.socket === void 0 ? `${host}:${target.port}` : `${target.socket} (port ${target.port})`;
}
function readPort(text) {
	if (text === "") return 5432;
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new Error("has a port that is no number from 1 to 65535 (a : / ? # or @ inside the password is %3A %2F %3F %23 %40)");
	return port;
}
const sharedSection = {
	name: "",
	inputs: {
		environment: input(line, {
			description: "The environment, e.g. `production`. Default: the only one in `savepoint.yml`, else `production`.",
			perRun: true
		}),
		config: input(line, {
			description: "The settings file. Default: `savepoint.yml` in the checkout, where there is one.",
			perRun: true
		}),
		app: input(line, { description: "The app's name, where one host holds several. Default: the repository's name." }),
		host: input(target, { description: "Where the app runs: `user@server[:port]`. Default: this machine." }),
		"ssh-key": input(text$1, {
			description: "The private key for `host`: its text, or the path of its file here. At a terminal: the agent and `~/.ssh`.",
			secret: true,
			plainWhen: isPath
		}),
		"ssh-passphrase": input(text$1, {
			description: "The passphrase of `ssh-key`.",
			secret: true
		}),
		"ssh-known-hosts": input(text$1, { description: "The host's keys: `known_hosts` lines, its `SHA256:` fingerprint, or the path of a file here that holds either. Required with `host`; at a terminal `~/.ssh/known_hosts` is read." }),
		"jump-host": input(target, { description: "A host to go through: `user@server[:port]`." }),
		"app-dir": input(line, { description: "The app's folder on the host: a git clone." }),
		"state-dir": input(line, { description: "Where backups, journal and lock live on the host. Default: `~/.local/state/savepoint/<app>/<environment>`." }),
		commit: input(line, {
			description: "What to deploy: a sha, tag or branch. Default: the workflow's commit; at a terminal the checkout's HEAD.",
			perRun: true
		}),
		"allow-older": input(flag, {
			description: "Deploy also where a newer run's deploy was confirmed since, and the commit is behind it.",
			default: "false",
			perRun: true
		}),
		"allow-quarantined": input(line, {
			description: "Deploy a version that was taken back once all the same: why, for the journal. For a cause that lay outside of the commit and is mended.",
			perRun: true
		}),
		"compose-file": input(lines, { description: "The compose project's files, one a line, relative to `app-dir`. Default: those that compose finds there." }),
		"compose-command": input(line, {
			description: "How compose (v2.20 or newer) is called, as words: e.g. `sudo -E /var/lib/toolbox/bin/docker-compose`.",
			default: "docker compose"
		}),
		"database-url": input(databaseAddress, {
			description: "The database: `postgres://user:password@server:5432/name`, or `env:NAME` to read it from `app-dir`'s `.env` on the host. Beside `database-service`: the application's role there, which migrates.",
			secret: true,
			plainWhen: (value) => value.startsWith("env:")
		}),
		"database-admin-url": input(databaseAddress, {
			description: "The same database under a role that may create, restore and rename databases, and its direct address where `database-url` goes through a pooler. Default: `database-url`; with `database-service` the service's own role.",
			secret: true,
			plainWhen: (value) => value.startsWith("env:")
		}),
		"database-service": input(line, { description: "The database's service in the compose project of `app-dir`. Its own environment has the credentials (`POSTGRES_USER`, `POSTGRES_PASSWORD` or `POSTGRES_PASSWORD_FILE`, `POSTGRES_DB`), its container the tools." }),
		"database-from": input(choice("runner", "host"), { description: "Where the database is dialled from. Default: the host where there is one." }),
		schema: input({
			form: "a schema's name, such as app",
			parse(value) {
				const name = line.parse(value).trim();
				const quoted = /^"((?:[^"]|"")+)"$/.exec(name)?.[1]?.replaceAll("\"\"", "\"") ?? name;
				if (quoted.includes(",")) throw new Error("names several: the path stands in the URL, as search_path=app,public");
				if (quoted.startsWith("pg_") || quoted === "information_schema") throw new Error("is one of PostgreSQL's own");
				return quoted;
			}
		}, { description: "The schema in which migrations work, and where their history is. Default: what the server has as first of the search path that the URL or the role says; mostly `public`." }),
		"history-tables": input(lines, { description: "Further tables in which a migration tool records what it applied, one a line." }),
		"detach-subscriptions": input(flag, {
			description: "Deploys also where the database has a subscription: a rollback that restores then stops it, and prints what lets it go on in the live database.",
			default: "false"
		}),
		"lock-lease": input(duration, {
			description: "After how long without a sign of life a deploy's owner counts as gone, where GitHub cannot be asked.",
			default: "30m"
		}),
		"max-savepoint-age": input(duration, {
			description: "How old the backup may be when migrations or the switch begin.",
			default: "1h"
		}),
		"tag-prefix": input(line, { description: "What stands before `latest-stable` and `stable-…`. Default: nothing for `production` or the only environment, else `<environment>/`." }),
		token: input({
			form: "a token",
			parse: (value) => value.trim()
		}, {
			description: "The token that asks GitHub whether an earlier run is over (`actions: read`), and moves the stable tags (`contents: write`). Default: the job's.",
			secret: true
		}),
		"dry-run": input(flag, {
			description: "Connect, read, decide and print the plan; write nothing.",
			default: "false",
			perRun: true
		})
	}
};
const OF_OPENING = [
	"allow-older",
	"allow-quarantined",
	"max-savepoint-age"
];
const OF_DEPLOYS = ["commit", ...OF_OPENING];
const OF_DATABASE = [
	"compose-file",
	"compose-command",
	"database-url",
	"database-admin-url",
	"database-service",
	"database-from",
	"schema",
	"history-tables",
	"detach-subscriptions"
];
function tokenOf(shared, env) {
	return shared.token ?? (env["GITHUB_TOKEN"] || void 0);
}
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
// src/core/problems.ts
function refuseProblems(problems) {
	const lines = problems.map((problem) => problemText(problem));
	const places = problems.flatMap((problem) => problem.place === void 0 ? [] : [{
		...problem.place,
		message: problemText(problem)
	}]);
	const hint = problems.some(({ source }) => source !== void 0) ? "What this call says counts before the journal: give a value that can be read." : void 0;
	const [only = ""] = lines;
	const all = `${plural(lines.length, "input")} are wrong, and nothing was touched:\n${lines.map((line) => `- ${line}`).join("\n")}`;
	return refusal(lines.length === 1 ? only : all, {
		code: "inputs",
		places,
		hint
	});
}
function problemText({ input, message, form, source }) {
	return `${/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(input) ? `\`${input}\`` : input}${source === void 0 ? "" : ` (from ${source})`} ${message}${form === void 0 ? "" : `; it must be ${form}`}.`.replace(/([.?!])\.$/, "$1");
}
// src/core/settings.ts
const FLAGS = "flags";
const JOURNAL = "the journal";
const VARIABLES = "SAVEPOINT_* variables";
const WITHHELD = "withheld";
function mergeGiven(earlier, later) {
	const withheld = [earlier, later].flatMap((given) => (given[WITHHELD] ?? "").split(" ")).filter((name) => name !== "");
	return {
		...earlier,
		...later,
		...withheld.length > 0 && { [WITHHELD]: [...new Set(withheld)].join(" ") }
	};
}
var Settings = class Settings {
	layers;
	own;
	#readings = new WeakMap();
	constructor(layers, own) {
		this.layers = layers;
		this.own = own;
	}
	withFallback(layer) {
		return new Settings([...this.layers, layer], this.own);
	}
	withFirst(layers) {
		return new Settings([...layers, ...this.layers], this.own);
	}
	text(section, name) {
		return this.#find(section, name)?.text;
	}
	saidHere() {
		return new Settings(this.layers.filter(({ source }) => source !== JOURNAL), this.own);
	}
	read(sections) {
		const problems = this.problems(sections);
		if (problems.length > 0) throw refuseProblems(problems);
		const values = Object.entries(sections).map(([key, section]) => [key, this.#reading(section).values]);
		return Object.fromEntries(values);
	}
	section(section) {
		return this.read({ section }).section;
	}
	problems(sections) {
		return Object.values(sections).flatMap((section) => this.#reading(section).problems);
	}
	unreadable(section) {
		return this.#reading(section).unreadable;
	}
	effective(section) {
		const given = {};
		const withheld = [];
		for (const [name, spec] of Object.entries(section.inputs)) {
			const value = this.text(section.name, name);
			if (value === void 0 || spec.perRun) continue;
			if (!spec.secret || spec.plainWhen?.(value) === true) given[name] = value;
			else withheld.push(name);
		}
		if (withheld.length > 0) given[WITHHELD] = withheld.join(" ");
		return given;
	}
	missing(section) {
		return (this.text(section, WITHHELD) ?? "").split(" ").filter((name) => name !== "").filter((name) => this.text(section, name) === void 0);
	}
	#reading(section) {
		const known = this.#readings.get(section);
		if (known !== void 0) return known;
		const reading = this.#read(section);
		this.#readings.set(section, reading);
		return reading;
	}
	#read(section) {
		const values = {};
		const problems = [];
		const unreadable = [];
		for (const [name, spec] of Object.entries(section.inputs)) {
			const found = this.#find(section.name, name);
			const given = found?.text ?? spec.fallback;
			if (given === void 0) {
				values[name] = void 0;
				continue;
			}
			try {
				if (given.includes("\0")) throw new Error("holds a NUL character");
				values[name] = spec.kind.parse(given);
			} catch (error) {
				unreadable.push(name);
				problems.push({
					input: found?.layer.source === VARIABLES ? variableName(section.name, name) : this.nameOf(section.name, name),
					message: error instanceof Error ? error.message : "cannot be read",
					form: spec.kind.form,
					...found?.layer.source === "the journal" && { source: ["the journal", found.layer.of].filter(Boolean).join(" of ") }
				});
			}
		}
		return {
			values,
			problems,
			unreadable
		};
	}
	#find(section, name) {
		for (const layer of this.layers) {
			const text = layer.raw[section]?.[name]?.replace(/[\r\n]+$/, "");
			if (text !== void 0 && text !== "") return {
				text,
				layer
			};
		}
	}
	nameOf(section, name) {
		return externalName(section, name, this.own);
	}
};
function givenSecrets(settings, sections) {
	const found = [];
	for (const section of Object.values(sections)) for (const [name, spec] of Object.entries(section.inputs)) {
		if (!spec.secret) continue;
		const value = settings.text(section.name, name);
		if (value !== void 0 && spec.plainWhen?.(value) !== true) found.push(new Secret(value, externalName(section.name, name, settings.own)));
	}
	return found;
}
function variablesLayer(env, sections) {
	const raw = {};
	for (const section of Object.values(sections)) for (const name of Object.keys(section.inputs)) {
		const value = env[variableName(section.name, name)];
		if (value !== void 0 && value !== "") (raw[section.name] ??= {})[name] = value;
	}
	return {
		source: VARIABLES,
		raw
	};
}
// src/machine/quote.ts
const PLAIN$1 = /^[A-Za-z0-9_/:.,@%+=-]+$/;
const RESERVED = new Set([
	"if",
	"then",
	"else",
	"elif",
	"fi",
	"do",
	"done",
	"case",
	"esac",
	"while",
	"until",
	"for",
	"in",
	"function",
	"select",
	"time"
]);
function quote(words) {
	return words.map((word, index) => quoteWord(word, index === 0)).join(" ");
}
function unquote(line) {
	return [...line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|\\(.)/g, (_, inside, escaped) => inside ?? escaped ?? ""));
}
function quoteWord(word, first) {
	if (word.includes("\0")) throw new Error("a word of a command holds a NUL character");
	if (PLAIN$1.test(word) && !(first && (word.includes("=") || RESERVED.has(word)))) return word;
	return inQuotes(word);
}
function inQuotes(word) {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
// src/core/repeated.ts
const LONGEST_PATTERN = 8;
function withoutRepeats(lines) {
	const told = [];
	for (let at = 0; at < lines.length;) {
		const { length, times } = repeatAt(lines, at);
		const block = lines.slice(at, at + length);
		if (times > 1 && length === 1) told.push(`${block[0] ?? ""} (× ${times})`);
		else told.push(...block, ...times > 1 ? [`(these ${length} lines × ${times})`] : []);
		at += length * times;
	}
	return told;
}
function repeatAt(lines, at) {
	let best = {
		length: 1,
		times: 1
	};
	for (let length = 1; length <= LONGEST_PATTERN; length += 1) {
		let times = 1;
		while (same$1(lines, at, at + times * length, length)) times += 1;
		if (times > 2 && length * (times - 1) > best.length * (best.times - 1)) best = {
			length,
			times
		};
	}
	return best;
}
function same$1(lines, one, other, length) {
	if (other + length > lines.length) return false;
	for (let index = 0; index < length; index += 1) if (plain$1(lines[one + index]) !== plain$1(lines[other + index])) return false;
	return true;
}
function plain$1(line) {
	return (line ?? "").replace(/^(\s*[\w./-]*\s*\|?\s*)\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*/, "$1").trim();
}
// src/machine/telling.ts
const BEFORE = 2;
const TELLING$1 = /^\W*(?:error|fatal|panic|exception|failed|uncaught)\b|\b(?:ERROR|FATAL|PANIC):|\b\w*(?:Error|Exception)(?:\s*\[\w+\])?:|\berror(?:\[\w+\])?: /i;
const FRAME = /^[\s│┃|╭╮╰╯┌┐└┘─━]*$/;
function tellingLines(lines, count) {
	const told = withoutRepeats(lines.filter((line) => !FRAME.test(line)));
	const cause = told.findIndex((line) => TELLING$1.test(line));
	if (cause < 0) return told.slice(-count);
	const from = told.slice(Math.max(0, cause - BEFORE));
	if (from.length <= count) return from;
	const head = Math.ceil(count / 2);
	const left = from.length - count;
	return [
		...from.slice(0, head),
		`… ${left} more ${left === 1 ? "line" : "lines"}`,
		...from.slice(head - count)
	];
}
// src/machine/succeed.ts
const EVIDENCE_LINES = 20;
async function succeed(machine, command, what) {
	const finished = await machine.run(command);
	if (finished.code === 0) return finished;
	throw new Failure(`${what} failed (${ending(finished)}).`, {
		code: "tool-failed",
		evidence: tellingLines(outputLines(finished), EVIDENCE_LINES)
	});
}
function ending(finished) {
	return finished.code === null ? `killed by ${finished.signal ?? "a signal"}` : `exit ${finished.code}`;
}
function lastLines(finished, count = EVIDENCE_LINES) {
	const errors = nonEmptyLines(finished.stderr).slice(-count);
	const room = count - errors.length;
	return room === 0 ? errors : [...nonEmptyLines(finished.stdout).slice(-room), ...errors];
}
function outputLines(finished) {
	return [...nonEmptyLines(finished.stdout), ...nonEmptyLines(finished.stderr)];
}
function nonEmptyLines(text) {
	return text.split(/\r?\n/).map((line) => line.trimEnd()).filter((line) => line !== "");
}
// \0@oxc-project+runtime@0.155.0/helpers/esm/usingCtx.js
function _usingCtx() {
	var r = "function" == typeof SuppressedError ? SuppressedError : function(r, e) {
		var n = Error();
		return n.name = "SuppressedError", n.error = r, n.suppressed = e, n;
	}, e = {}, n = [];
	function using(r, e) {
		if (null != e) {
			if (Object(e) !== e) throw new TypeError("using declarations can only be used with objects, functions, null, or undefined.");
			if (r) var o = e[Symbol.asyncDispose || Symbol["for"]("Symbol.asyncDispose")];
			if (void 0 === o && (o = e[Symbol.dispose || Symbol["for"]("Symbol.dispose")], r)) var t = o;
			if ("function" != typeof o) throw new TypeError("Object is not disposable.");
			t && (o = function o() {
				try {
					t.call(e);
				} catch (r) {
					return Promise.reject(r);
				}
			}), n.push({
				v: e,
				d: o,
				a: r
			});
		} else r && n.push({
			d: e,
			a: r
		});
		return e;
	}
	return {
		e,
		u: using.bind(null, !1),
		a: using.bind(null, !0),
		d: function d() {
			var o, t = this.e, s = 0;
			function next() {
				for (; o = n.pop();) try {
					if (!o.a && 1 === s) return s = 0, n.push(o), Promise.resolve().then(next);
					if (o.d) {
						var r = o.d.call(o.v);
						if (o.a) return s |= 2, Promise.resolve(r).then(next, err);
					} else s |= 1;
				} catch (r) {
					return err(r);
				}
				if (1 === s) return t !== e ? Promise.reject(t) : Promise.resolve();
				if (t !== e) throw t;
			}
			function err(n) {
				return t = t !== e ? new r(n, t) : n, next();
			}
			return next();
		}
	};
}
// src/core/within.ts
const OWN_TIMER = { sleep: async (ms, signal) => await setTimeout$1(ms, void 0, signal === void 0 ? {} : { signal }) };
const LATE = Symbol("late");
async function within(limit, body) {
	const { signal, discard } = limit;
	if (signal !== void 0) stopIfCancelled(signal);
	const settled = new AbortController();
	const leftAlone = new AbortController();
	const over = Promise.withResolvers();
	const cancel = () => over.reject(new Cancelled());
	signal?.addEventListener("abort", cancel, { once: true });
	if (limit.ms !== void 0) (limit.clock ?? OWN_TIMER).sleep(limit.ms, settled.signal).then(() => over.resolve(LATE), () => void 0);
	const answered = outcomeOf(body, leftAlone.signal);
	let inTime = false;
	try {
		const first = await Promise.race([answered, over.promise]);
		if (first === LATE) return limit.late();
		inTime = true;
		if ("error" in first) throw first.error;
		return first.value;
	} finally {
		settled.abort();
		signal?.removeEventListener("abort", cancel);
		if (!inTime) {
			leftAlone.abort();
			answered.then((late) => "value" in late ? discard?.(late.value) : void 0);
		}
	}
}
async function outcomeOf(body, signal) {
	try {
		return { value: await body(signal) };
	} catch (error) {
		return { error };
	}
}
// src/machine/process/dial.ts
const PATIENCE_MS = 15e3;
function formatAddress(address) {
	if ("socket" in address) return address.socket;
	return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
async function dialLocal(address) {
	const shown = formatAddress(address);
	const socket = connect("socket" in address ? { path: address.socket } : {
		host: address.host,
		port: address.port,
		noDelay: true
	});
	const late = () => {
		socket.destroy();
		throw new Failure(`${shown} did not answer within ${PATIENCE_MS / 1e3} s.`, {
			code: "timeout",
			hint: "Check the address and the firewall between here and there."
		});
	};
	return await within({
		ms: PATIENCE_MS,
		late
	}, async () => await connected(socket, shown));
}
async function connected(socket, shown) {
	return await new Promise((done, fail) => {
		const refused = (error) => fail(dialFailure(shown, error));
		socket.once("error", refused);
		socket.once("connect", () => {
			socket.off("error", refused);
			done(socket);
		});
	});
}
function dialFailure(shown, error) {
	switch (error.code) {
		case "ECONNREFUSED": return new Failure(`${shown} refused the connection.`, {
			code: "refused",
			cause: error,
			hint: "Nothing listens there: check that the server runs, and the port."
		});
		case "ENOTFOUND":
		case "EAI_AGAIN": return new Failure(`${shown}: the name is not known.`, {
			code: "name-not-resolved",
			cause: error,
			hint: "Check the spelling, and the name service."
		});
		case "ENOENT": return new Failure(`There is no socket ${shown}.`, {
			code: "refused",
			cause: error,
			hint: "Check that the server runs, and where it puts its socket."
		});
		case "EACCES": return new Failure(`The socket ${shown} may not be used by this user.`, {
			code: "not-permitted",
			cause: error
		});
		case "ETIMEDOUT": return new Failure(`${shown} did not answer.`, {
			code: "timeout",
			cause: error
		});
		default: return new Failure(`${shown} cannot be reached: ${messageOf$2(error)}`, {
			code: "unreachable",
			cause: error
		});
	}
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
		answer = await sent({
			url,
			method,
			headers,
			body
		}, signal);
	} catch (error) {
		if (signal.aborted) return { why: `${host} gave no answer within ${formatDuration(MOST_MS$1)}` };
		return {
			why: `${host} cannot be reached (${codeOf(error)})`,
			again: 0
		};
	}
	const status = answer.statusCode ?? 0;
	const text = await textOf(answer);
	if (status >= 200 && status < 300) return {
		answer: `HTTP ${status}`,
		text: text ?? ""
	};
	if (status >= 300 && status < 400) return { why: `${host} answers with a redirect (HTTP ${status}), which is not followed` };
	const why = `${host} answers HTTP ${status}`;
	if (status === 429) return {
		why,
		again: waitAsked(answer.headers["retry-after"])
	};
	return status >= 500 ? {
		why,
		again: 0
	} : { why };
}
async function sent({ url, method, headers, body }, signal) {
	const { request } = url.startsWith("http:") ? process.getBuiltinModule("node:http") : process.getBuiltinModule("node:https");
	const all = {
		"content-type": "application/json; charset=utf-8",
		"user-agent": "savepoint",
		accept: "*/*",
		"content-length": Buffer.byteLength(body),
		connection: "close",
		...headers
	};
	return await new Promise((resolve, reject) => {
		const asked = request(url, {
			method,
			headers: all,
			signal
		});
		asked.once("response", resolve);
		asked.on("error", reject);
		asked.once("close", () => reject(new Error("it hung up")));
		asked.end(body);
	});
}
function waitAsked(header) {
	const seconds = Number(header ?? "");
	return header !== void 0 && header.trim() !== "" && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1e3) : 500;
}
async function textOf(answer) {
	const chunks = [];
	let size = 0;
	try {
		for await (const chunk of answer) {
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
const moment = pipe(string(), regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "is no time in UTC"), check$2(isRealTime, "is no real time"));
const hex64 = pipe(string(), regex(/^[0-9a-f]{64}$/, "is no sha256 in lower case"));
const fileName = pipe(string(), regex(/^[^/\0\n]+\.dump$/, "is no plain file name that ends in .dump"), check$2((name) => !name.startsWith("."), "is hidden"));
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
	format: literal$1(1, "is a format this Savepoint does not know; a newer one wrote it"),
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
		warm: input(flag, {
			description: "Keep the copy that proved a deploy's backup until the deploy ends: a rollback then swaps it in at once, however large it is. Takes `verify: restore` and the room for one more copy.",
			default: "false"
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
	const wanted = source.from === "literal" ? source.text : describe$1(expected);
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
function describe$1(expected) {
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
// src/migration/tokens.ts
const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /\d[\dA-Za-z_]*(?:\.\d+)?/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const PARAMETER = /\$\d+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const META_COMMAND = /\\[^\s;]*/y;
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]+|--[^\n\r]*[\n\r])*'/y;
function scan(sql) {
	const tokens = [];
	let at = 0;
	const matchAt = (pattern, from = at) => {
		pattern.lastIndex = from;
		return pattern.test(sql) ? pattern.lastIndex : void 0;
	};
	const push = (kind, end) => {
		const raw = sql.slice(at, end);
		tokens.push({
			kind,
			start: at,
			end,
			text: kind === "word" ? raw.toUpperCase() : raw
		});
		at = end;
	};
	while (at < sql.length) {
		const space = matchAt(SPACE);
		if (space !== void 0) {
			at = space;
			continue;
		}
		const character = sql[at];
		const lineComment = matchAt(LINE_COMMENT);
		if (lineComment !== void 0) push("line-comment", lineComment);
		else if (sql.startsWith("/*", at)) {
			const end = endOfBlockComment(sql, at);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the comment that begins here never ends"
				}
			};
			push("block-comment", end);
		} else if (character === "'") {
			const end = endOfString(sql, at, false);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the string that begins here never ends"
				}
			};
			push("string", end);
		} else if (character === "\"") {
			const end = endOfQuoted(sql, at);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the quoted name that begins here never ends"
				}
			};
			push("quoted", end);
		} else if (character === "$") {
			const opened = matchAt(DOLLAR_TAG);
			if (opened === void 0) {
				push("symbol", matchAt(PARAMETER) ?? at + 1);
				continue;
			}
			const tag = sql.slice(at, opened);
			const closed = sql.indexOf(tag, opened);
			if (closed === -1) return {
				tokens,
				problem: {
					at,
					message: `the text that begins here with ${tag} never ends`
				}
			};
			push("string", closed + tag.length);
		} else if (character === "\\") {
			const command = sql.slice(at, matchAt(META_COMMAND));
			return {
				tokens,
				problem: {
					at,
					message: metaCommandMessage(command)
				}
			};
		} else {
			const word = matchAt(WORD);
			const number = matchAt(NUMBER);
			if (word !== void 0) {
				if (sql.slice(at, word).toUpperCase() === "E" && sql[word] === "'") {
					const end = endOfString(sql, word, true);
					if (end === void 0) return {
						tokens,
						problem: {
							at,
							message: "the string that begins here never ends"
						}
					};
					push("string", end);
				} else push("word", word);
			} else if (number === void 0) push("symbol", at + 1);
			else push("number", number);
		}
	}
	return { tokens };
}
function metaCommandMessage(command) {
	if (command === "\\.") return "COPY … FROM stdin with its rows in the file works in psql only: write INSERT statements";
	return `${command} is a command of psql, not SQL: take it out`;
}
function endOfBlockComment(sql, start) {
	let depth = 0;
	let at = start;
	while (at < sql.length) if (sql.startsWith("/*", at)) {
		depth += 1;
		at += 2;
	} else if (sql.startsWith("*/", at)) {
		depth -= 1;
		at += 2;
		if (depth === 0) return at;
	} else at += 1;
}
function endOfString(sql, quote, escapes) {
	let at = quote + 1;
	while (at < sql.length) {
		const character = sql[at];
		if (escapes && character === "\\") at += 2;
		else if (character !== "'") at += 1;
		else if (sql[at + 1] === "'") at += 2;
		else {
			CONTINUED.lastIndex = at + 1;
			if (!CONTINUED.test(sql)) return at + 1;
			at = CONTINUED.lastIndex;
		}
	}
}
function endOfQuoted(sql, start) {
	let at = start + 1;
	while (at < sql.length) if (sql[at] !== "\"") at += 1;
	else if (sql[at + 1] === "\"") at += 2;
	else return at + 1;
}
function lineAt(text, offset) {
	let line = 1;
	for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
	return line;
}
// src/migration/lint/tree.ts
const LONGEST = 8e6;
async function parser(longest = LONGEST) {
	const { hasSqlDetails, loadModule, parseSync } = await import("./wasm.js").then((m) => __toESM(m.default, 1));
	try {
		await loadModule();
	} catch (error) {
		throw refusal("PostgreSQL's parser could not be loaded.", {
			code: "no-parser",
			hint: "The one file `cli.js` of a release comes without it: use the action `migrate`, or install the packed program of the release with `npm install --global`.",
			cause: error
		});
	}
	return (sql) => {
		if (sql.length > longest) return { problem: `it has ${formatSize(sql.length)}, and more than ${formatSize(longest)} do not fit` };
		try {
			const [first, second] = parseSync(sql).stmts ?? [];
			if (second !== void 0) return { problem: "for it these are several statements" };
			return first?.stmt === void 0 ? { problem: "there is no statement" } : { node: first.stmt };
		} catch (error) {
			if (!(error instanceof Error)) return { problem: "it gave up" };
			return {
				problem: withoutTexts(error.message),
				at: hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : void 0
			};
		}
	};
}
function withoutTexts(message) {
	return message.replace(/^(.* at or near )"(?=[\s\S]*['$])[\s\S]*"$/, `$1"'…'"`);
}
function tableOf(relation) {
	return relation?.relname === void 0 ? void 0 : {
		schema: relation.schemaname,
		name: relation.relname
	};
}
function sameTable(a, b) {
	return a.name === b.name && (a.schema === void 0 || b.schema === void 0 || a.schema === b.schema);
}
function wordsOfName(nodes) {
	return (nodes ?? []).flatMap((node) => "String" in node ? node.String.sval ?? [] : "List" in node ? wordsOfName(node.List.items) : []);
}
function typeOf(type) {
	return wordsOfName(type?.names).at(-1) ?? "";
}
function constraintsOf(column) {
	return (column.constraints ?? []).flatMap((node) => "Constraint" in node ? node.Constraint : []);
}
function* everyNode(value) {
	if (Array.isArray(value)) for (const item of value) yield* everyNode(item);
	else if (typeof value === "object" && value !== null) {
		yield value;
		for (const item of Object.values(value)) yield* everyNode(item);
	}
}
function lineIn({ sql, line }, at) {
	if (at === void 0 || at <= 0) return line;
	const before = Buffer.from(sql).subarray(0, at).toString("utf8");
	return line - 1 + lineAt(sql, before.length);
}
// src/migration/lint/commands.ts
function tableCommands(node) {
	if (!("AlterTableStmt" in node)) return [];
	const { relation, cmds, objtype } = node.AlterTableStmt;
	const table = tableOf(relation);
	if (table === void 0 || objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE") return [];
	return (cmds ?? []).flatMap((one) => "AlterTableCmd" in one ? {
		table,
		command: one.AlterTableCmd
	} : []);
}
function joinedBy({ subtype, def }) {
	if (def === void 0) return void 0;
	if (subtype === "AT_AttachPartition" && "PartitionCmd" in def) return tableOf(def.PartitionCmd.name);
	return subtype === "AT_AddInherit" && "RangeVar" in def ? tableOf(def.RangeVar) : void 0;
}
function addedColumns(node) {
	return tableCommands(node).flatMap(({ table, command: { subtype, def } }) => subtype === "AT_AddColumn" && def !== void 0 && "ColumnDef" in def ? {
		table,
		column: def.ColumnDef
	} : []);
}
function addedConstraints(node) {
	return tableCommands(node).flatMap(({ table, command: { subtype, def } }) => {
		if (subtype === "AT_AddConstraint" && def !== void 0 && "Constraint" in def) return [{
			table,
			constraint: def.Constraint
		}];
		if (subtype !== "AT_AddColumn" || def === void 0 || !("ColumnDef" in def)) return [];
		return constraintsOf(def.ColumnDef).map((constraint) => ({
			table,
			constraint,
			column: def.ColumnDef.colname
		}));
	});
}
function constraintsWhereMade(node) {
	const table = "CreateStmt" in node ? tableOf(node.CreateStmt.relation) : void 0;
	if (!("CreateStmt" in node) || table === void 0) return [];
	return (node.CreateStmt.tableElts ?? []).flatMap((one) => {
		if ("Constraint" in one) return [{
			table,
			constraint: one.Constraint
		}];
		if (!("ColumnDef" in one)) return [];
		return constraintsOf(one.ColumnDef).map((constraint) => ({
			table,
			constraint,
			column: one.ColumnDef.colname
		}));
	});
}
function newColumns(node) {
	if (!("CreateStmt" in node)) return addedColumns(node);
	const table = tableOf(node.CreateStmt.relation);
	if (table === void 0) return [];
	return (node.CreateStmt.tableElts ?? []).flatMap((one) => "ColumnDef" in one ? {
		table,
		column: one.ColumnDef
	} : []);
}
function inSql({ schema, name }) {
	return schema === void 0 ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}
function inWords({ schema, name }) {
	return schema === void 0 ? name : `${schema}.${name}`;
}
// src/migration/lint/house-rules.ts
const HOUSE_RULES = [
	"primary-key",
	"named-constraints",
	"ilike-index",
	"one-operation"
];
const NO_HOUSE = {
	rules: [],
	columns: [],
	approvers: []
};
const ROWS = {
	"primary-key": {
		finds: "a new table without a primary key",
		look({ node, set }) {
			if (!("CreateStmt" in node) || node.CreateStmt.partbound !== void 0 || (node.CreateStmt.inhRelations?.length ?? 0) > 0) return [];
			const table = tableOf(node.CreateStmt.relation);
			return table === void 0 || set.keyed(table) ? [] : [{ message: `${inWords(table)} gets no primary key, here or later in the set.` }];
		}
	},
	"named-constraints": {
		finds: "a CHECK, UNIQUE, FOREIGN KEY or EXCLUDE that PostgreSQL names",
		look: ({ node }) => [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint: { contype = "", conname, location } }) => NAMED.has(contype) && (conname === void 0 || conname === "") ? {
			message: `This constraint of ${inWords(table)} has no name of its own: DOWN, ON CONFLICT and error messages need one.`,
			at: location
		} : [])
	},
	"ilike-index": {
		finds: "a view or function that searches by ILIKE where the set makes no trigram index on the column",
		look: ({ node, set }) => [...searched(node)].flatMap((column) => set.trigrams.has(column) ? [] : {
			message: `ILIKE on ${column} reads the whole table, unless an older trigram index serves.`,
			instead: `CREATE INDEX CONCURRENTLY ON … USING gin (${column} gin_trgm_ops);`
		})
	},
	"one-operation": {
		finds: "a second statement in a file",
		look: ({ node, before }) => "VariableSetStmt" in node || before.filter((one) => !("VariableSetStmt" in one)).length !== 1 ? [] : [{
			message: "A second operation in one file: if it fails, or has to go back, both do.",
			instead: "-- One operation a file."
		}]
	}
};
const NAMED = new Set([
	"CONSTR_CHECK",
	"CONSTR_UNIQUE",
	"CONSTR_FOREIGN",
	"CONSTR_EXCLUSION"
]);
function houseRules$1({ rules, columns }) {
	const named = rules.map((name) => ({
		name,
		risk: "house",
		...ROWS[name]
	}));
	return columns.length === 0 ? named : [...named, requiredColumns$1(columns)];
}
[...HOUSE_RULES.map((name) => [name, ROWS[name].finds])];
function requiredColumns$1(columns) {
	return {
		name: "required-columns",
		risk: "house",
		finds: "",
		look: (subject) => columns.flatMap((column) => lacking(column, subject))
	};
}
function lacking({ name, type }, { node, set }) {
	if (!("CreateStmt" in node)) return [];
	const { relation, tableElts = [], inhRelations = [], ofTypename } = node.CreateStmt;
	const table = tableOf(relation);
	if (table === void 0 || inhRelations.length > 0 || ofTypename !== void 0 || tableElts.some((one) => "TableLikeClause" in one)) return [];
	const own = tableElts.flatMap((one) => "ColumnDef" in one ? one.ColumnDef : []).find(({ colname }) => colname === name);
	const later = set.columns.find((one) => sameTable(one.table, table) && one.column.colname === name)?.column;
	const column = own ?? later;
	const wanted = type === void 0 ? name : `${name} ${type}`;
	if (column === void 0) return [{ message: `${inWords(table)} has no column ${wanted}, which each table here has.` }];
	if (type === void 0 || typeOf(column.typeName) === type) return [];
	return [{
		message: `Column ${name} of ${inWords(table)} is ${typeOf(column.typeName)}; here it is ${type} in each table.`,
		at: column.typeName?.location
	}];
}
function searched(node) {
	const columns = new Set();
	for (const each of everyNode(node)) {
		const like = each;
		const name = like.kind === "AEXPR_ILIKE" ? wordsOfName(like.lexpr?.ColumnRef?.fields).at(-1) : void 0;
		if (name !== void 0) columns.add(name);
	}
	return columns;
}
// src/migration/lint/finding.ts
const RISKS = [
	"unknown",
	"destructive",
	"irreversible",
	"incompatible",
	"blocking",
	"secret",
	"house",
	"advice"
];
// src/migration/inputs.ts
const directory = {
	form: "a folder in the checkout, such as db/migrations",
	parse(value) {
		const given = line.parse(value).trim().replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "") || ".";
		if (given.startsWith("/") || given.startsWith("~")) throw new Error("is not relative to the checkout");
		if (given.split("/").includes("..")) throw new Error("leads out of the checkout");
		return given;
	}
};
const version$1 = {
	form: "a migration's version: the digits its file name begins with",
	parse(value) {
		const digits = /^(\d+)(?:_.*)?$/su.exec(value.trim())?.[1];
		if (digits === void 0) throw new Error(`is ${quoted(value)}`);
		return digits;
	}
};
const risks = {
	form: `one or more of ${RISKS.join(", ")}, one a line`,
	entries: {},
	parse: (value) => lines.parse(value).map((word) => {
		const risk = RISKS.find((one) => one === word);
		if (risk === void 0) throw new Error(`names ${quoted(word)}`);
		return risk;
	})
};
const houseRules = {
	form: `one or more of ${HOUSE_RULES.join(", ")}, one a line`,
	entries: {},
	parse: (value) => lines.parse(value).map((word) => {
		const rule = HOUSE_RULES.find((one) => one === word);
		if (rule === void 0) throw new Error(`names ${quoted(word)}`);
		return rule;
	})
};
const requiredColumns = {
	form: "one a line: a column's name, and its type where that counts",
	entries: {},
	parse: (value) => lines.parse(value).map((text) => {
		const [, name, type] = /^(\w+)(?:\s+(\w+))?$/.exec(text) ?? [];
		if (name === void 0) throw new Error(`says ${quoted(text)}`);
		return {
			name,
			type
		};
	})
};
const OF_LINT = [
	"since",
	"fail-on",
	"house-rules",
	"required-columns",
	"approvers"
];
const OF_VALIDATE = ["test", "drift"];
const migrateSection = {
	name: "migrate",
	inputs: {
		command: input(choice("status", "plan", "apply", "down", "lint", "validate"), {
			description: "What to do: `apply` what is pending, go `down`, or only look: `status`, `plan`, `validate`, and `lint`, which needs no database.",
			default: "apply",
			perRun: true
		}),
		directory: input(directory, {
			description: "The folder of the migration files in the checkout.",
			default: "migrations"
		}),
		to: input(version$1, {
			description: "`apply`: the last version to apply. `down`: the version to go back to, which stays (`0`: take everything back).",
			perRun: true
		}),
		steps: input(count({ min: 1 }), {
			description: "At most so many migrations. `down` without `to` or `steps` takes one back.",
			perRun: true
		}),
		run: input(line, { description: "Another tool's command instead of migration files, e.g. `npx prisma migrate deploy`. It gets `DATABASE_URL`." }),
		since: input(line, {
			description: "`lint`: a commit, tag or branch; only files that came since are looked at, and as one set. Default: each file by itself.",
			perRun: true
		}),
		"fail-on": input(risks, {
			description: "`lint`: the risks that fail it, one a line. What PostgreSQL's parser does not read fails always.",
			default: RISKS.filter((risk) => risk !== "advice" && risk !== "unknown").join("\n"),
			perRun: true
		}),
		"house-rules": input(houseRules, {
			description: `\`lint\`: rules of your own that hold, too, one a line: ${HOUSE_RULES.map((name) => `\`${name}\``).join(", ")}.`,
			default: ""
		}),
		"required-columns": input(requiredColumns, {
			description: "`lint`: columns that each new table must have, one a line, with a type where that counts: `created_at timestamptz`.",
			default: ""
		}),
		approvers: input(lines, {
			description: "`lint`: who may approve what is destructive, one a line. A comment that allows it must then end `(approved by NAME)`. Default: a reason is enough.",
			default: ""
		}),
		test: input(line, { description: "`validate`: a command that runs in the checkout on the migrated database, whose `DATABASE_URL` it gets; red fails it." }),
		drift: input(flag, {
			description: "`validate`: compare the database that is named, too, with what the migrations in its history make.",
			default: "false",
			perRun: true
		}),
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
		automatic: input(flag, {
			description: "Whether what fails is taken back by itself. `false`: it stays as it stands, keeps lock and evidence, and the command that takes it back is printed.",
			default: "true"
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
// src/config/profile.ts
const DEFAULT_FILE = "savepoint.yml";
async function loadProfile(request) {
	const path = request.path ?? "savepoint.yml";
	const text = await request.read(path);
	const app = request.app ?? request.fallbackApp;
	if (text === void 0) return {
		app,
		environment: request.environment ?? "production",
		only: false,
		hooks: {},
		layer: {
			source: path,
			raw: {}
		},
		problems: await missingFile(request),
		environments: []
	};
	const { readProfile } = await import("./read-profile.js");
	return readProfile(path, text, request);
}
async function missingFile({ path, read }) {
	if (path !== void 0) return [{
		input: "config",
		message: `names ${path}, which does not exist`
	}];
	return await read("savepoint.yaml") === void 0 ? [] : [{
		input: "savepoint.yaml",
		message: "is not read: call it savepoint.yml, or give `config: savepoint.yaml`"
	}];
}
// src/machine/process/note.ts
const IDENTIFY = `
started() {
  savepoint_stat=$(cat "/proc/$1/stat" 2>/dev/null)
  if [ -n "$savepoint_stat" ]; then
    # Behind the name, which may hold anything: the 22nd field of all is the 20th of these.
    set -f; set -- \${savepoint_stat##*) }; set +f
    printf '%s\\n' "\${20}"
  elif [ ! -d /proc/self ]; then LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null
  fi
}
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null; }
`;
const NOTE = `${IDENTIFY}
note() {
  { printf '%s\\n' "$$" "$(started "$$")" "$(boot)"; printf '%s\\n' "$(printf '%s' "$2" | tr '\\n' ' ')"; } >"$1.new" && mv -f "$1.new" "$1"
}
`;
// src/machine/process/group.ts
const FINISH = `${IDENTIFY}
# The dead whom nobody has buried yet do not count: in some containers nobody ever does.
lives() {
  if [ -n "$savepoint_since" ]; then
    savepoint_now=$(started "$1")
    [ -z "$savepoint_now" ] || [ "$savepoint_now" = "$savepoint_since" ] || return 1
  fi
  if [ -d /proc/self ]; then
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\\([0-9][0-9]*\\) .*) /\\1 /' |
      awk -v group="$1" '($1 == group || $4 == group) && $2 !~ /^[ZX]/ { found = 1 } END { exit !found }'
  else kill -0 "-$1" 2>/dev/null || kill -0 "$1" 2>/dev/null
  fi
}
# What runs under sudo is ended under sudo, where that asks for no password.
send() {
  kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null || { lives "$2" && sudo -n sh -c 'kill "-$1" "-$2"' sh "$1" "$2" 2>/dev/null; }
}
# Hundredths of a second since the machine began, where it tells them.
clock() { savepoint_clock=0; IFS='. ' read -r savepoint_whole savepoint_part savepoint_rest 2>/dev/null </proc/uptime && savepoint_clock=$savepoint_whole$savepoint_part; }
# Turns are tenths of a second, or whole ones where sleep knows no fractions. On a busy machine each takes twice that and more.
gone() {
  clock; savepoint_turns=50 savepoint_until=$((savepoint_clock + 500))
  while lives "$1"; do
    clock
    [ "$savepoint_turns" -gt 0 ] && [ "$savepoint_clock" -lt "$savepoint_until" ] || return 1
    if sleep 0.1 2>/dev/null; then savepoint_turns=$((savepoint_turns - 1)); else sleep 1; savepoint_turns=$((savepoint_turns - 10)); fi
  done
}
finish() { savepoint_since=$2; lives "$1" || return 0; send TERM "$1"; gone "$1" || { send KILL "$1"; gone "$1"; }; }
`;
function finishWords(leader, start) {
	return [
		"sh",
		"-c",
		`${FINISH}finish "$1" "$2"`,
		"sh",
		String(leader),
		start ?? ""
	];
}
const FINISH_NOTED = `${FINISH}
cd "$1" 2>/dev/null || exit 0
here=$(boot)
failed=0
for file in ./* ./.[!.]*; do
  [ -f "$file" ] || continue
  { IFS= read -r pid && IFS= read -r start && IFS= read -r boot && IFS= read -r program; } <"$file" || continue
  case $pid in ''|*[!0-9]*) continue ;; esac
  savepoint_since=$start
  if [ "$boot" = "$here" ] && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ] && lives "$pid"; then
    if finish "$pid" "$start"; then printf 'ended %s (process %s)\\000' "$program" "$pid"
    else printf 'alive %s (process %s)\\000' "$program" "$pid"; failed=1; continue
    fi
  fi
  rm -rf "$file" "$file".job-*
done
# Of jobs whose note is gone, and of those that were kept from beginning.
for job in ./*.job-*; do
  if [ -e "$job/never" ] || { [ -e "$job/note" ] && [ ! -e "\${job%.job-*}" ]; }; then rm -rf "$job"; fi
done
exit "$failed"
`;
// src/deploy/call/deploy-inputs.ts
const LEAST = 3e4;
const silence = {
	form: `${timeLimit.form}, at least 30s`,
	parse(value) {
		const ms = timeLimit.parse(value);
		if (ms < LEAST) throw new Error(`is ${quoted(value)}`);
		return ms;
	}
};
function refuseWatchdogAlone(settings) {
	if (settings.section(deploySection).watchdog === void 0) return;
	throw refusal("`deploy: { watchdog }` is for the whole deploy in one command: its steps alone arm none. Nothing was touched.", {
		code: "watchdog",
		hint: "Run `deploy`, or the action that is the whole chain; or take the setting out of savepoint.yml."
	});
}
const deploySection = {
	name: "deploy",
	inputs: {
		confirm: input(line, {
			description: "At a terminal: the environment's name, typed in once the plan was read. A workflow needs none: its environment's rules are the confirmation.",
			perRun: true
		}),
		watchdog: input(silence, { description: "Let the host take the deploy back by itself, code and database, where nothing is heard of its run for so long, e.g. `10m`. Implies `warm`. Default: off." })
	}
};
// src/core/once.ts
const TELLING = 12;
function notInMessage(message, evidence) {
	return evidence.filter((text, at) => {
		const line = text.trim().replace(/\.$/, "");
		const isHead = evidence[at + 1]?.startsWith("| ") === true && !text.startsWith("| ");
		return line.length < TELLING || line.includes("\n") || isHead || !message.includes(line);
	});
}
function seenSince(before, later) {
	const first = before.flatMap((text) => text.split("\n"));
	const second = later.flatMap((text) => text.split("\n"));
	const told = [];
	for (let at = 0; at < second.length;) {
		const same = longestIn(first, second, at);
		if (same === 0) told.push(second[at] ?? "");
		else told.push(same === 1 ? "(one line as above)" : `(${same} lines as above)`);
		at += Math.max(1, same);
	}
	return told;
}
function longestIn(first, second, at) {
	let longest = 0;
	for (let from = 0; from < first.length; from += 1) {
		let same = 0;
		while (at + same < second.length && from + same < first.length && second[at + same] === first[from + same]) same += 1;
		longest = Math.max(longest, same);
	}
	return second.slice(at, at + longest).some((line) => line.trim() !== "") ? longest : 0;
}
// src/core/printable.ts
function printable(text) {
	return text.replaceAll(/\r\n?/g, "\n").replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g, "").replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, "");
}
function inert(text) {
	return printable(text).replaceAll(/^([^\S\n]*):(?=:)/gm, "$1: ").replaceAll("##[", "## [");
}
const LONGEST_LINE = 2e3;
function readable(line) {
	return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)} … (${line.length - LONGEST_LINE} more characters)`;
}
function oneLine(text) {
	return printable(text).replaceAll(/\s*\n\s*/g, " ").trim();
}
// src/sections.ts
const sections = [
	...Object.values(allSections),
	deploySection,
	restoreSection,
	notifySection
];
// src/faces/call.ts
const EVERY_ENVIRONMENT = "all";
function sectionsFor(operation, all) {
	return Object.values({
		...recordOf(Object.values(operation.sections)),
		...recordOf(all)
	});
}
function secretsIn(sources) {
	const all = recordOf(sources.sections);
	return layersOf(sources).flatMap((layer) => givenSecrets(new Settings([layer], void 0), all));
}
async function prepareCall(sources, file, refused) {
	if (sources.operation.examines === true) return await prepareExamination(sources, file);
	const { operation } = sources;
	const { settings, profile, problems } = await askedOf(sources, file, environmentSaid(sources));
	const all = [
		...sources.problems,
		...settings.problems(operation.sections),
		...problems
	];
	if (all.length > 0) {
		const failure = refuseProblems(all);
		await refused?.({
			settings,
			profile
		}, failure);
		throw failure;
	}
	return {
		settings,
		inputs: settings.read(operation.sections),
		profile
	};
}
async function prepareExamination(sources, file) {
	const { operation } = sources;
	const said = environmentSaid(sources);
	const first = await askedOf(sources, file, said);
	const wrong = [...sources.problems, ...first.settings.problems(operation.sections)];
	const every = said === EVERY_ENVIRONMENT && !first.environments.includes(EVERY_ENVIRONMENT);
	const inFile = first.problems.filter(({ place }) => place === void 0);
	if (every && first.environments.length === 0) wrong.push({
		input: "environment",
		message: "is `all`, and no settings file names any"
	});
	else if (!every) wrong.push(...inFile);
	if (wrong.length > 0) throw refuseProblems(wrong);
	const asked = every ? await Promise.all(first.environments.map(async (name) => await askedOf(sources, file, name))) : [first];
	const { settings, profile } = first;
	return {
		settings,
		inputs: settings.read(operation.sections),
		profile,
		asked
	};
}
function environmentSaid(sources) {
	return new Settings(layersOf(sources), sources.operation.own).text("", "environment");
}
async function askedOf(sources, file, environment) {
	const { operation, sections } = sources;
	const above = layersOf(sources);
	const said = new Settings(above, operation.own);
	const { problems, environments, hooks, layer, ...profile } = await loadProfile({
		...file,
		path: said.text("", "config"),
		environment,
		mayBeNew: operation.foundsEnvironments,
		app: said.text("", "app"),
		sections
	});
	return {
		settings: new Settings([...above, layer], operation.own),
		profile: {
			...profile,
			hooks
		},
		problems,
		environments
	};
}
function layersOf({ given, env, sections }) {
	return [given, variablesLayer(env, recordOf(sections))];
}
function suspiciousVariables({ env, sections }) {
	const known = new Set(sections.flatMap((section) => Object.keys(section.inputs).map((name) => variableName(section.name, name))));
	return Object.keys(env).filter((name) => name.startsWith("SAVEPOINT_") && !known.has(name) && !OWN_VARIABLES.has(name)).flatMap((name) => {
		const near = nearest(name.slice(10), [...known].map((one) => one.slice(10)));
		return near === void 0 ? [] : [`${name} is not a setting and is not read; did you mean SAVEPOINT_${near}?`];
	});
}
const OWN_VARIABLES = new Set([
	"SAVEPOINT_RUN",
	"SAVEPOINT_ID",
	"SAVEPOINT_PREVIOUS_COMMIT",
	"SAVEPOINT_NO_UPDATE_CHECK"
]);
function recordOf(sections) {
	return Object.fromEntries(sections.map((section) => [section.name, section]));
}
// src/faces/sentence.ts
function sentence(text) {
	const trimmed = text.trimEnd();
	if (trimmed === "") return text;
	const begun = /^[a-z]+(?=[\s,]|:(?!\/\/)|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
	return /[\p{L}\p{N})\]"'`%»]$/u.test(begun) ? `${begun}.` : begun;
}
// src/faces/ways.ts
function waysTitle(ways, inTurn = false) {
	if (ways.length === 1) return "Next command:";
	return inTurn ? "Still to be done, one after the other:" : "Ways on, the safest first:";
}
const MOST_SHOWN = 3;
function hiddenLines(ways) {
	const hiding = ways.filter(({ command }) => command.includes("***"));
	if (hiding.length === 0) return [];
	const sources = [...new Set(hiding.flatMap(({ hidden = [] }) => hidden))];
	return [`*** stands for ${sources.length === 0 ? "a text that is a secret here" : `a text that is a secret here (${sources.join(", ")})`}: write it out before you paste.`];
}
function wayLines(ways, pressed = () => void 0, short, inTurn = false) {
	if (ways.length === 0) return [];
	const shown = short === void 0 ? ways : ways.slice(0, MOST_SHOWN);
	const left = ways.length - shown.length;
	const each = shown.flatMap((way, at) => {
		const button = pressed(way);
		return [
			`  ${ways.length === 1 ? "" : `${at + 1}. `}${way.means}`,
			...button === void 0 ? [] : [`     ${button}`, "     Or at a terminal:"],
			`     ${way.command}`
		];
	});
	return [
		"",
		waysTitle(ways, inTurn),
		...each,
		...hiddenLines(shown).map((line) => `  ${line}`),
		...left > 0 && short !== void 0 ? [`  ${formatCount(left)} more: ${short.rest}.`] : []
	];
}
// src/faces/ending.ts
const NOTHING = {
	hint: void 0,
	evidence: [],
	now: [],
	ways: [],
	blocks: [],
	places: [],
	outputs: {},
	code: void 0
};
function endingOf(thrown) {
	const trace = thrown instanceof Error ? inspect(thrown) : String(thrown);
	const error = firstError(thrown);
	if (error instanceof Failure) return {
		state: "failed",
		message: sentence(error.message),
		hint: error.hint,
		evidence: notInMessage(error.message, error.evidence),
		now: error.state,
		ways: error.ways,
		blocks: error.blocks,
		places: error.places,
		outputs: error.outputs,
		code: error.code ?? "unexpected",
		exit: error.exit,
		trace
	};
	if (error instanceof Cancelled) {
		const message = sentence(error.message);
		const { state: now = [], hint, ways = [], blocks = [], outputs = {} } = error.details;
		return {
			...NOTHING,
			state: "cancelled",
			message,
			now,
			hint,
			ways,
			blocks,
			outputs,
			exit: 130,
			trace
		};
	}
	return {
		...NOTHING,
		state: "bug",
		message: sentence(messageOf$2(error)) || "An unknown error.",
		hint: "Savepoint did not expect this: it is a bug. Run again with debug logging for the stack, and report it.",
		code: "unexpected",
		exit: 3,
		trace
	};
}
function endingLines(ending, pressed, short = { rest: "run the same with --json, or, while a deploy is open, look with the command `status`" }) {
	const block = (title, lines) => lines.length === 0 ? [] : [
		"",
		title,
		...lines.map((line) => `  ${line}`)
	];
	return [
		...block("What was seen:", withoutRepeats(ending.evidence.flatMap((text) => text.split("\n"))).map((line) => readable(line))),
		...block("How things stand:", ending.now),
		...block("What to do:", ending.hint === void 0 ? [] : ending.hint.split("\n")),
		...wayLines(ending.ways, pressed, short)
	];
}
// src/faces/masker.ts
const SHORTEST = 3;
const SHORTEST_LINE = 6;
var Masker = class {
	#forms = new Map();
	#pattern;
	add(value, source) {
		const all = formsOf(value);
		const fresh = all.filter((form) => !this.#forms.has(form));
		const whole = new Set([value, value.trim()].flatMap(encodingsOf));
		const what = (form) => source && `${whole.has(form) ? "" : "part of "}the value of ${source}`;
		for (const form of all) this.#forms.set(form, this.#forms.get(form) ?? what(form));
		if (fresh.length > 0) this.#pattern = void 0;
		return fresh;
	}
	mask(text) {
		if (this.#forms.size === 0) return text;
		this.#pattern ??= patternOf(this.#forms);
		const masked = text.replace(this.#pattern, "***");
		const shown = printable(masked);
		const again = shown.replace(this.#pattern, "***");
		return again === shown ? masked : again;
	}
	maskAll(data) {
		if (typeof data === "string") return this.mask(data);
		if (Array.isArray(data)) return data.map((item) => this.maskAll(item));
		if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
		const masked = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.maskAll(value)]));
		const { command, means, hint } = data;
		if (typeof command === "string" && typeof means === "string" && this.touches(command)) return {
			...masked,
			hidden: this.#sourcesIn(command)
		};
		const sources = typeof hint === "string" ? this.#sourcesIn(hint) : [];
		if (sources.length === 0) return masked;
		return {
			...masked,
			hint: `${String(masked["hint"])}\n*** is a secret here: ${sources.join(", ")}.`
		};
	}
	#sourcesIn(text) {
		this.#pattern ??= patternOf(this.#forms);
		const found = this.#forms.size === 0 ? [] : [...text.matchAll(this.#pattern)].map(([form]) => this.#forms.get(form));
		return [...new Set(found.filter((what) => what !== void 0))];
	}
	touches(text) {
		return this.mask(text) !== text;
	}
};
function formsOf(value) {
	const forms = new Set();
	for (const part of [
		value,
		value.trim(),
		...passwordsIn(value.trim())
	]) if (part.length >= SHORTEST) for (const form of encodingsOf(part)) forms.add(form);
	const lines = value.split(/\r?\n/).map((line) => line.trim());
	if (lines.length > 1) {
		for (const line of lines) if (line.length >= SHORTEST_LINE && !line.startsWith("-----")) forms.add(line);
	}
	return [...forms].filter((form) => form.length >= SHORTEST);
}
function encodingsOf(text) {
	const bytes = Buffer.from(text, "utf8");
	return [
		text,
		encodeURIComponent(text),
		encodeURI(text),
		new URLSearchParams([["", text]]).toString().slice(1),
		bytes.toString("base64").replace(/=+$/, ""),
		bytes.toString("base64url"),
		JSON.stringify(text).slice(1, -1),
		text.replaceAll("'", String.raw`'\''`)
	];
}
function passwordsIn(text) {
	const [, login = "", host = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^/?#]*))?/i.exec(text) ?? [];
	const written = login.includes(":") ? [login.slice(login.indexOf(":") + 1)] : [];
	const queried = [...text.matchAll(/[?&](?:ssl)?password=([^&#]*)/gi)].map((match) => match[1] ?? "");
	const open = new Set([
		login.split(":", 1)[0] ?? "",
		host.replace(/:\d*$/, ""),
		path
	].map((word) => decoded(word)));
	return [...written, ...queried].flatMap((password) => open.has(decoded(password)) ? [] : [password, decoded(password)]);
}
function decoded(text) {
	return Buffer.from(text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))), /%[0-9a-f]{2}/i.test(text) ? "latin1" : "utf8").toString("utf8");
}
function patternOf(forms) {
	const longestFirst = [...forms.keys()].sort((a, b) => b.length - a.length);
	return new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)).join("|"), "g");
}
// src/machine/shell/lanes.ts
const LANES = 3;
var Lanes = class {
	#open;
	#idle = [];
	#room = LANES;
	constructor(open) {
		this.#open = open;
	}
	async take() {
		for (let lane = this.#idle.pop(); lane !== void 0; lane = this.#idle.pop()) {
			if (!lane.over) return lane;
			this.#room += 1;
		}
		if (this.#room === 0) return void 0;
		this.#room -= 1;
		try {
			return await this.#open();
		} catch (error) {
			this.#room += 1;
			throw error;
		}
	}
	give(lane) {
		lane.rest();
		if (lane.over) this.#room += 1;
		else this.#idle.push(lane);
	}
	giveUp() {
		const had = this.#idle.length > 0;
		this.#room = 0;
		for (const lane of this.#idle.splice(0)) lane.close();
		return had;
	}
};
// src/machine/process/drain.ts
const LOOK_MS = 100;
const SILENCE_MS = 500;
function drain(source, target, onError) {
	const state = {
		lastHeard: performance.now(),
		stalled: false,
		ended: false,
		over: false
	};
	const ended = new Promise((done) => {
		const end = () => {
			state.ended = true;
			done();
		};
		source.once("end", end);
		source.once("close", end);
		source.on("error", end);
	});
	const intoStream = "write" in target;
	source.on("data", (chunk) => {
		state.lastHeard = performance.now();
		if (!intoStream) target.push(chunk);
		else if (!target.destroyed && !target.write(chunk)) {
			state.stalled = true;
			source.pause();
		}
	});
	if (intoStream) {
		const flow = () => {
			state.stalled = false;
			state.lastHeard = performance.now();
			source.resume();
		};
		target.on("drain", flow);
		target.on("error", (error) => {
			flow();
			onError(error);
		});
		target.once("close", () => {
			flow();
			if (!state.over && !target.writableFinished) onError(new Error("it was closed before the end"));
		});
	}
	return {
		ended,
		silence: async (roundTrip) => {
			let before;
			while (!state.ended && before !== state.lastHeard) {
				await quiet(ended, () => state.stalled ? void 0 : state.lastHeard);
				before = state.lastHeard;
				if (!state.ended) await roundTrip?.();
			}
		},
		close: async (cut) => {
			if (!intoStream) {
				target.end();
				return;
			}
			state.over = true;
			if (cut || target.destroyed) target.destroy();
			else {
				target.end();
				await finished(target).catch(onError);
			}
		}
	};
}
async function quiet(ended, lastHeard) {
	let timer;
	const silent = new Promise((done) => {
		let looks = 0;
		timer = setInterval(() => {
			const last = lastHeard();
			looks = last === void 0 || performance.now() - last < LOOK_MS ? 0 : looks + 1;
			if (looks * LOOK_MS >= SILENCE_MS) done();
		}, LOOK_MS);
	});
	await Promise.race([ended, silent]);
	clearInterval(timer);
}
// src/machine/process/ending.ts
var Ending = class {
	#program;
	#command;
	#reason;
	#end;
	#ended = Promise.resolve(true);
	#over = Promise.withResolvers();
	#timer;
	#abort = () => this.fail(new Cancelled());
	constructor(program, command) {
		if (command.signal?.aborted === true) throw new Cancelled();
		this.#program = program;
		this.#command = command;
	}
	endWith(end) {
		this.#end = end;
		const { signal, timeout } = this.#command;
		signal?.addEventListener("abort", this.#abort, { once: true });
		if (timeout !== void 0) this.#timer = setTimeout(() => this.fail(this.#timedOut(timeout)), timeout);
		if (signal?.aborted === true) this.#abort();
	}
	fail(error) {
		if (this.#reason !== void 0) return;
		this.#reason = { error };
		this.#ended = (this.#end?.() ?? Promise.resolve(true)).catch(() => false);
		this.#ended.then(() => this.#over.resolve({
			code: null,
			signal: null
		}));
	}
	get early() {
		return this.#reason !== void 0;
	}
	async over() {
		return await this.#over.promise;
	}
	async throwIfEarly(finished) {
		if (this.#reason === void 0) return;
		const gone = await this.#ended;
		const { error } = this.#reason;
		if (!gone) throw stillRunning(this.#program, error);
		throw error instanceof Failure && error.code === "timeout" ? error.with({ evidence: lastLines(finished) }) : error;
	}
	release() {
		clearTimeout(this.#timer);
		this.#command.signal?.removeEventListener("abort", this.#abort);
	}
	#timedOut(ms) {
		return new Failure(`${this.#program} did not end within ${formatDuration(ms)}.`, { code: "timeout" });
	}
};
function stillRunning(program, error) {
	const added = `${program} could not be ended and may still run.`;
	if (error instanceof Cancelled) return new Cancelled(`${clauseOf(error)}; ${added}`);
	if (!(error instanceof Failure)) return new Failure(added, {
		code: "unexpected",
		cause: error
	});
	return new Failure(`${clauseOf(error)}; ${added}`, {
		code: error.code,
		hint: error.hint,
		evidence: error.evidence,
		cause: error
	});
}
function lineHandler(command, from, ending) {
	const { onLine } = command;
	if (onLine === void 0) return void 0;
	return (line) => {
		try {
			onLine(line, from);
		} catch (error) {
			ending.fail(error);
		}
	};
}
function inputFailure(program, error) {
	return new Failure(`The input of ${program} could not be read: ${messageOf$2(error)}`, {
		code: "input-broken",
		cause: error
	});
}
function outputFailure(program, error) {
	return new Failure(`The output of ${program} could not be written: ${messageOf$2(error)}`, {
		code: "output-broken",
		cause: error
	});
}
// src/machine/process/feed.ts
function feed(input, source, onError) {
	if (input === null) return;
	input.on("error", () => void 0);
	if (source === void 0 || typeof source === "string") {
		input.end(source);
		return;
	}
	let over = false;
	const broke = (error) => {
		if (over) return;
		over = true;
		onError(error);
		input.end();
	};
	source.once("error", broke);
	source.once("close", () => {
		if (!source.readableEnded) broke(new Error("it was closed before its end"));
	});
	input.once("close", () => {
		over = true;
		if (!source.readableEnded) source.destroy();
	});
	if (source.errored) broke(source.errored);
	else if (source.readableEnded) input.end();
	else if (source.destroyed) broke(new Error("it was closed before its end"));
	else source.pipe(input);
}
// src/machine/process/output.ts
const CAPTURE_LIMIT = 4194304;
const LINE_LIMIT = 1048576;
var Output = class {
	#onLine;
	#decoder = new StringDecoder("utf8");
	#limit;
	#chunks = [];
	#size = 0;
	#pending = "";
	constructor(onLine, limit = CAPTURE_LIMIT) {
		this.#onLine = onLine;
		this.#limit = limit;
	}
	push(chunk) {
		this.#chunks.push(chunk);
		this.#size += chunk.length;
		if (this.#size > 2 * this.#limit) this.#trim();
		if (this.#onLine !== void 0) this.#lines(this.#decoder.write(chunk), this.#onLine);
	}
	end() {
		if (this.#onLine === void 0) return;
		this.#lines(this.#decoder.end(), this.#onLine);
		const rest = this.#pending;
		this.#pending = "";
		if (rest !== "") this.#onLine(withoutReturn(rest));
	}
	text(encoding = "utf8") {
		this.#trim();
		const [bytes = Buffer.alloc(0)] = this.#chunks;
		return bytes.toString(encoding);
	}
	#trim() {
		const all = Buffer.concat(this.#chunks);
		let from = Math.max(0, all.length - this.#limit);
		if (from > 0) while (from < all.length && ((all[from] ?? 0) & 192) === 128) from += 1;
		const kept = from === 0 ? all : Buffer.from(all.subarray(from));
		this.#chunks = [kept];
		this.#size = kept.length;
	}
	#lines(text, onLine) {
		const open = this.#pending.endsWith("\r");
		this.#pending += text;
		if (open || /[\r\n]/.test(text)) {
			const parts = this.#pending.split(/\r?\n|\r(?!$)/);
			this.#pending = parts.pop() ?? "";
			for (const part of parts) onLine(part);
		}
		if (this.#pending.length > LINE_LIMIT) {
			const piece = this.#pending;
			this.#pending = "";
			onLine(piece);
		}
	}
};
function withoutReturn(line) {
	return line.endsWith("\r") ? line.slice(0, -1) : line;
}
// src/machine/process/group-end.ts
async function endGroup(leader) {
	if (leader === void 0) return true;
	const [program = "", ...rest] = finishWords(leader);
	const child = spawn(program, rest, {
		detached: true,
		stdio: "ignore"
	});
	return await new Promise((done) => {
		child.once("error", () => done(false));
		child.once("exit", (code) => done(code === 0));
	});
}
// src/machine/shell/frame.ts
const END = " end ";
var Frame = class {
	#boundary;
	#take;
	#begun = Promise.withResolvers();
	#ended = Promise.withResolvers();
	#state = "before";
	#held = Buffer.alloc(0);
	constructor(boundary, take) {
		this.#boundary = Buffer.from(boundary);
		this.#take = take;
	}
	get begun() {
		return this.#begun.promise;
	}
	get ended() {
		return this.#ended.promise;
	}
	push(chunk) {
		if (this.#state === "behind") return;
		this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
		while (this.#step());
	}
	close() {
		if (this.#state === "within") this.#give(this.#held.length);
		this.#state = "behind";
		this.#begun.resolve(void 0);
		this.#ended.resolve(void 0);
	}
	#step() {
		if (this.#state === "behind") return false;
		const at = this.#held.indexOf(this.#boundary);
		if (at === -1) {
			const kept = beginningOf(this.#boundary, this.#held);
			if (this.#state === "within") this.#give(this.#held.length - kept);
			else this.#held = this.#held.subarray(this.#held.length - kept);
			return false;
		}
		if (this.#state === "within") this.#give(at);
		else this.#held = this.#held.subarray(at);
		const end = this.#held.indexOf(10);
		if (end === -1) return false;
		const said = this.#held.toString("latin1", this.#boundary.length, end);
		this.#held = this.#held.subarray(end + 1);
		if (said.startsWith(END)) {
			this.#state = "behind";
			this.#begun.resolve(void 0);
			this.#ended.resolve(said.slice(5));
		} else {
			this.#state = "within";
			this.#begun.resolve(said);
		}
		return true;
	}
	#give(length) {
		if (length > 0) this.#take(this.#held.subarray(0, length));
		this.#held = this.#held.subarray(length);
	}
};
function beginningOf(boundary, bytes) {
	for (let length = Math.min(boundary.length - 1, bytes.length); length > 0; length -= 1) if (bytes.subarray(-length).equals(boundary.subarray(0, length))) return length;
	return 0;
}
// src/machine/shell/lane.ts
var Lane = class {
	shell;
	#turn;
	#over = false;
	constructor(shell) {
		this.shell = shell;
		shell.stdout.on("data", (chunk) => this.#turn?.stdout.push(chunk));
		shell.stderr.on("data", (chunk) => this.#turn?.stderr.push(chunk));
		for (const stream of [shell.stdout, shell.stderr]) stream.on("error", () => void 0);
		shell.closed.then(() => {
			this.#over = true;
			this.#turn?.stdout.close();
			this.#turn?.stderr.close();
		});
	}
	get over() {
		return this.#over;
	}
	begin(script, turn) {
		this.#turn = turn;
		this.shell.awaited?.(true);
		if (this.#over) {
			turn.stdout.close();
			turn.stderr.close();
		} else this.shell.write(script);
	}
	rest() {
		this.#turn = void 0;
		this.shell.awaited?.(false);
	}
	close() {
		this.#over = true;
		this.shell.close();
	}
};
// src/machine/process/local-lane.ts
const SCRIPT_LIMIT = 131072;
const SIGNALS$1 = 128;
const NOT_RUN = [126, 127];
async function openLocalLane(env) {
	const child = spawn("sh", [], {
		env,
		detached: true,
		stdio: [
			"pipe",
			"pipe",
			"pipe"
		]
	});
	const streams = [
		child.stdin,
		child.stdout,
		child.stderr
	];
	child.stdin.on("error", () => void 0);
	const leader = await new Promise((done, fail) => {
		child.once("error", fail);
		child.once("spawn", () => done(child.pid ?? 0));
	});
	let waiting = false;
	const closed = Promise.race([once(child, "close"), once(child, "exit").then(async () => waiting && await endGroup(leader))]);
	return new Lane({
		leader,
		stdout: child.stdout,
		stderr: child.stderr,
		write: (script) => void child.stdin.write(script),
		close: () => void child.stdin.end(),
		closed,
		awaited: (now) => {
			waiting = now;
			for (const one of [child, ...streams]) if (now) one.ref();
			else one.unref();
		}
	});
}
function laneScript({ words, stdin, cwd, env = {} }, boundary) {
	const settings = Object.entries(env).map(([name, value]) => `${name}=${inQuotes(value)}`);
	if ([...words, ...settings].some((word) => word.includes("\0"))) return void 0;
	const run = [...settings, `exec ${quote(words)}`].join(" ");
	const script = [
		"(",
		...cwd === void 0 ? [] : [`cd -P -- ${inQuotes(resolve(cwd))} >/dev/null 2>&1 || { echo ${boundary} no-folder >&2; exit 1; }`],
		`echo ${boundary}; echo ${boundary} started >&2`,
		stdin === void 0 ? run : `printf %s ${inQuotes(stdin)} | { ${run}; }`,
		") </dev/null && savepoint_c=0 || savepoint_c=$?",
		`echo ${boundary} end $savepoint_c; echo ${boundary} end $savepoint_c >&2`,
		""
	].join("\n");
	return script.length > SCRIPT_LIMIT ? void 0 : script;
}
const PLAIN = /^(?:GIT_[A-Z_]+|LC_ALL)$/;
function fitsLane({ repeatable, words: [program = ""], stdin, stdout, onLine, noteIn, env = {} }) {
	return repeatable === true && ["sh", "git"].includes(program) && [
		stdout,
		onLine,
		noteIn
	].every((one) => one === void 0) && Object.entries(env).every(([name, value]) => PLAIN.test(name) && typeof value === "string") && (stdin === void 0 || typeof stdin === "string" && stdin.length <= SCRIPT_LIMIT && !stdin.includes("\0"));
}
async function runInLocalLane(lanes, command) {
	if (!fitsLane(command)) return void 0;
	const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
	const script = laneScript(command, boundary);
	if (script === void 0) return void 0;
	const ending = new Ending(command.words[0] ?? "", command);
	const lane = await lanes.take().catch(() => void 0);
	if (lane === void 0) return void 0;
	try {
		return await takeTurn(lane, command, {
			ending,
			boundary,
			script
		});
	} finally {
		ending.release();
		lanes.give(lane);
	}
}
async function takeTurn(lane, command, { ending, boundary, script }) {
	const began = performance.now();
	const stdout = new Output(void 0, command.whole === true ? Infinity : void 0);
	const stderr = new Output();
	const frames = {
		stdout: new Frame(boundary, (chunk) => stdout.push(chunk)),
		stderr: new Frame(boundary, (chunk) => stderr.push(chunk))
	};
	lane.begin(script, frames);
	ending.endWith(async () => {
		lane.close();
		return await endGroup(lane.shell.leader);
	});
	const [code] = await Promise.race([Promise.all([frames.stdout.ended, frames.stderr.ended]), ending.over().then(() => [void 0])]);
	const finished = {
		code: code === void 0 ? null : Number(code),
		signal: null,
		stdout: stdout.text(),
		stderr: stderr.text(),
		durationMs: performance.now() - began
	};
	await ending.throwIfEarly(finished);
	if (code === void 0) {
		lane.close();
		return;
	}
	const started = (await frames.stderr.begun)?.trim() === "started";
	const told = command.words[0] === "sh" ? Number(code) <= SIGNALS$1 : Number(code) <= SIGNALS$1 && !NOT_RUN.includes(Number(code));
	return started && told ? finished : void 0;
}
// src/machine/process/local.ts
function localMachine({ env } = {}) {
	const lanes = env === void 0 || importsFunctions(env) ? void 0 : new Lanes(async () => await openLocalLane({ ...env }));
	return {
		name: "this machine",
		login: `${userName()}@${hostname()}`,
		local: true,
		run: async (command) => (lanes && await runInLocalLane(lanes, command)) ?? await run(command, env),
		dial: dialLocal,
		[Symbol.asyncDispose]: async () => void lanes?.giveUp()
	};
}
function importsFunctions(env) {
	return Object.keys(env).some((name) => name.startsWith("BASH_FUNC_"));
}
function userName() {
	try {
		return userInfo().username;
	} catch {
		return String(process.getuid?.() ?? "unknown");
	}
}
async function run(command, inherited) {
	const started = performance.now();
	const [program] = command.words;
	if (program === void 0 || program === "") throw new Failure("The command has no program.", { code: "not-found" });
	const ending = new Ending(program, command);
	requireFolder(command.cwd, "working folder");
	if (command.noteIn !== void 0) requireFolder(dirname(command.noteIn), "folder for running commands");
	const child = start(command, environment(command, inherited));
	const exited = exitOf(child, program);
	const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : void 0);
	const stderr = new Output(lineHandler(command, "stderr", ending));
	const drains = [drain(child.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))), drain(child.stderr, stderr, () => void 0)];
	let cut = true;
	try {
		ending.endWith(async () => await endGroup(child.pid));
		feed(child.stdin, command.stdin, (error) => ending.fail(inputFailure(program, error)));
		const exit = await Promise.race([exited, ending.over()]);
		await Promise.race([Promise.all(drains.map(async (one) => await one.silence())), ending.over()]);
		cut = ending.early;
		await Promise.all(drains.map(async (one) => await one.close(cut)));
		const finished = {
			...exit,
			stdout: stdout.text(),
			stderr: stderr.text(),
			durationMs: performance.now() - started
		};
		await ending.throwIfEarly(finished);
		return finished;
	} finally {
		ending.release();
		for (const stream of [child.stdout, child.stderr]) stream.destroy();
		if (cut) command.stdout?.destroy();
		if (command.noteIn !== void 0) await rm(command.noteIn, { force: true });
	}
}
function environment(command, inherited) {
	const env = { ...inherited ?? process.env };
	for (const [name, value] of Object.entries(command.env ?? {})) env[name] = reveal(value);
	return env;
}
function requireFolder(folder, role) {
	if (folder === void 0) return;
	const found = statSync(folder, { throwIfNoEntry: false });
	if (found === void 0) throw new Failure(`The ${role} ${folder} does not exist on this machine.`, { code: "no-folder" });
	if (!found.isDirectory()) throw new Failure(`The ${role} ${folder} is not a folder.`, { code: "no-folder" });
}
function start(command, env) {
	const noted = command.noteIn === void 0 ? void 0 : resolve(command.noteIn);
	const [program = "", ...rest] = noted === void 0 ? command.words : [
		"sh",
		"-c",
		`${NOTE}\nnote "$1" "$2" || exit 126\nshift\nexec "$@"`,
		"sh",
		noted,
		...command.words
	];
	if (noted !== void 0 && !isRunnable(command, env)) throw notFound(command.words[0] ?? "");
	try {
		return spawn(program, rest, {
			cwd: command.cwd,
			env,
			detached: true,
			stdio: [
				command.stdin === void 0 ? "ignore" : "pipe",
				"pipe",
				"pipe"
			]
		});
	} catch (error) {
		throw couldNotStart(program, error);
	}
}
function isRunnable(command, env) {
	const program = command.words[0] ?? "";
	return (program.includes("/") ? [command.cwd ?? "."] : (env["PATH"] ?? "/usr/bin:/bin").split(":")).some((folder) => {
		const path = program.startsWith("/") ? program : join(folder, program);
		try {
			accessSync(path, constants$1.X_OK);
			return statSync(path).isFile();
		} catch {
			return false;
		}
	});
}
function exitOf(child, program) {
	const exited = new Promise((done, fail) => {
		child.once("error", (error) => fail(couldNotStart(program, error)));
		child.once("exit", (code, signal) => done({
			code,
			signal
		}));
	});
	exited.catch(() => void 0);
	return exited;
}
function notFound(program) {
	return new Failure(`${program} is not installed on this machine, or not in the PATH.`, {
		code: "not-found",
		hint: `Install ${program}, or give its full path.`
	});
}
function couldNotStart(program, error) {
	const code = error.code;
	if (code === "ENOENT") return notFound(program);
	if (code === "EACCES") return new Failure(`${program} may not be executed on this machine.`, {
		code: "not-executable",
		cause: error
	});
	return new Failure(`${program} could not be started: ${messageOf$2(error)}`, {
		code: "not-started",
		cause: error
	});
}
// src/faces/ports.ts
const systemClock = {
	now: () => new Date(),
	async sleep(ms, signal) {
		try {
			await setTimeout$1(ms, void 0, signal === void 0 ? {} : { signal });
		} catch (error) {
			if (signal?.aborted === true) throw new Cancelled();
			throw error;
		}
	}
};
function realPorts({ env, cwd, terminal, program, ask, report, signal }) {
	return {
		env,
		cwd,
		terminal,
		program,
		ask,
		here: localMachine({ env }),
		connect: async (target) => {
			const { connectSsh } = await import("./ssh.js");
			return await connectSsh(target, {
				terminal,
				home: homedir(),
				env,
				report,
				signal
			});
		},
		clock: systemClock,
		random: (bytes) => randomBytes(bytes).toString("hex"),
		report,
		signal
	};
}
const OF_ONE_REPOSITORY = new Set("DIR WORK_TREE IMPLICIT_WORK_TREE COMMON_DIR INDEX_FILE OBJECT_DIRECTORY ALTERNATE_OBJECT_DIRECTORIES QUARANTINE_PATH PREFIX SHALLOW_FILE GRAFT_FILE".split(" ").map((name) => `GIT_${name}`));
function inheritable(env, sections) {
	const secret = new Set(sections.flatMap((section) => Object.entries(section.inputs).flatMap(([name, spec]) => spec.secret ? [variableName(section.name, name)] : [])));
	return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("INPUT_") && !secret.has(name) && !OF_ONE_REPOSITORY.has(name)));
}
function readerIn(cwd) {
	return async (path) => {
		try {
			return await readFile(resolve(cwd, path), "utf8");
		} catch (error) {
			if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return void 0;
			throw refusal(`${path} cannot be read: ${clauseOf(error)}.`, {
				code: "no-file",
				cause: error,
				hint: "It is read for settings. Make it readable, or name another file as `config`."
			});
		}
	};
}
// src/faces/stopping.ts
const SIGNALS = [
	"SIGINT",
	"SIGTERM",
	"SIGHUP"
];
function stopOnSignals(source, told) {
	const controller = new AbortController();
	let stray;
	const stop = (why) => {
		if (controller.signal.aborted) return;
		controller.abort(new Cancelled());
		told.first(why);
	};
	const signalled = (name) => controller.signal.aborted ? told.again(name) : stop(name);
	const listeners = SIGNALS.map((name) => ({
		name,
		listener: () => signalled(name)
	}));
	const strayed = (error) => {
		stray ??= { error };
		stop("An unexpected error");
	};
	for (const { name, listener } of listeners) source.on(name, listener);
	source.on("uncaughtException", strayed);
	return {
		signal: controller.signal,
		stop,
		async guard(body) {
			try {
				const result = await body();
				if (stray === void 0) return result;
			} catch (error) {
				if (stray === void 0) throw error;
			}
			throw stray.error;
		},
		[Symbol.dispose]() {
			for (const { name, listener } of listeners) source.off(name, listener);
			source.off("uncaughtException", strayed);
		}
	};
}
const LINGER = 3e3;
function leaveSoon(program) {
	setTimeout(() => program.exit(), LINGER).unref();
}
// src/faces/program.ts
const PROGRAM = "savepoint";
function programWords({ env, argv }) {
	const [interpreter = "node", file] = argv;
	if (file === void 0) return [PROGRAM];
	const own = real(file);
	if (own !== void 0 && real(onPath(withoutNpm(env), "savepoint") ?? "") === own) return [PROGRAM];
	return [onPath(env, "node") === void 0 ? interpreter : "node", file];
}
function programNote(env) {
	const repository = env["GITHUB_ACTION_REPOSITORY"] ?? "";
	const ref = env["GITHUB_ACTION_REF"] ?? "";
	const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
	return `\`savepoint\` is \`node dist/cli.js\` in a checkout of ${repository === "" ? "Savepoint's repository" : `${server}/${repository}${ref === "" ? "" : ` at ${ref}`}`}, or \`node cli.js\` of a release. With \`--host\` it works from every machine that reaches the host; without, only on this runner's machine.`;
}
function withoutNpm(env) {
	if (env["npm_command"] === void 0 && env["npm_lifecycle_event"] === void 0) return env;
	const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
	return {
		...env,
		PATH: folders.join(delimiter)
	};
}
function onPath(env, name) {
	return (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder)).map((folder) => join(folder, name)).find((path) => isExecutable(path));
}
function isExecutable(path) {
	try {
		accessSync(path, constants$1.X_OK);
		return true;
	} catch {
		return false;
	}
}
function real(path) {
	try {
		return realpathSync(path);
	} catch {
		return;
	}
}
// src/faces/silence.ts
const PAUSE_MS = 1e4;
const LONGEST_TRACE = 160;
const laterOn = (ms, what) => {
	const timer = setTimeout(what, ms);
	timer.unref();
	return () => clearTimeout(timer);
};
var Silence = class {
	#print;
	#now;
	#later;
	#cancel;
	#what;
	#began = 0;
	#trace = "";
	constructor(world) {
		this.#what = world.what;
		this.#print = world.print;
		this.#now = world.now;
		this.#later = world.later;
	}
	begin() {
		this.#began = this.#now();
		this.#trace = "";
		this.broken();
	}
	broken() {
		this.#arm();
	}
	trace(text) {
		const line = text.trim().split("\n").at(-1) ?? "";
		this.#trace = line.length > LONGEST_TRACE ? `${line.slice(0, LONGEST_TRACE)} …` : line;
	}
	end() {
		this.#cancel?.();
		this.#cancel = void 0;
	}
	#arm() {
		this.end();
		this.#cancel = this.#later(PAUSE_MS, () => {
			const taken = formatDuration(this.#now() - this.#began);
			const what = this.#trace === "" ? this.#what() : this.#trace;
			this.#print(what === "" ? `still at it after ${taken}` : `still at it after ${taken}: ${what}`);
			this.#arm();
		});
	}
};
// src/faces/story.ts
var Story = class {
	#voice;
	#masker;
	#clock;
	#silence;
	#depth = 0;
	#failedInside;
	#steps = [];
	#said = "";
	#outside = 0;
	constructor(world) {
		this.#voice = world.voice;
		this.#masker = world.masker;
		this.#clock = world.clock;
		this.#silence = new Silence({
			print: (text) => this.#voice.going === void 0 ? this.#voice.line(text, this.#depth) : void 0,
			now: () => this.#clock.now().getTime(),
			later: world.later ?? laterOn,
			what: () => this.#steps.at(-1)?.title ?? this.#said
		});
		this.#silence.begin();
	}
	[Symbol.dispose]() {
		this.#silence.end();
		this.#voice.going?.(void 0);
	}
	async step(title, body, headline) {
		const shown = oneLine(this.#masker.mask(title));
		const depth = this.#depth;
		const started = this.#clock.now().getTime();
		const taken = () => formatDuration(Math.max(0, this.#clock.now().getTime() - started));
		if (depth === 0) this.#voice.open(shown);
		else this.#voice.line(shown, depth);
		this.#depth = depth + 1;
		this.#silence.begin();
		this.#failedInside = void 0;
		this.#steps.push({
			title: shown,
			since: started
		});
		this.#going("");
		const end = (text, state) => {
			this.#depth = depth;
			this.#steps.pop();
			this.#going("");
			if (depth === 0) {
				this.#said = "";
				this.#silence.begin();
				this.#voice.close();
			} else this.#silence.broken();
			this.#voice.headline(oneLine(this.#masker.mask(`${text} (${taken()})`)), state, depth);
		};
		try {
			const result = await body();
			end(headline === void 0 ? shown : `${shown}: ${headline(result)}`, "done");
			return result;
		} catch (error) {
			const stopped = error instanceof Cancelled;
			const [why = ""] = messageOf$2(error).split("\n", 1);
			end(`${shown}: ${stopped ? "cancelled" : why === this.#failedInside ? "failed" : why}`, stopped ? "cancelled" : "failed");
			this.#failedInside = why;
			throw error;
		}
	}
	say(text) {
		if (this.#depth > 0) this.#silence.broken();
		else this.#silence.begin();
		const lines = this.#masker.mask(text).split("\n");
		if (this.#depth === 0) this.#said = lines.at(-1) ?? "";
		for (const line of lines) this.#voice.line(line, this.#depth);
		if (this.#depth === 0) this.#going("");
	}
	detail(text) {
		const masked = this.#masker.mask(text);
		this.#silence.trace(masked);
		if (this.#depth > 0) this.#going(masked);
		this.#voice.detail(masked);
	}
	progress(text) {
		const masked = this.#masker.mask(text);
		this.#silence.trace(masked);
		this.#going(masked);
	}
	#going(at) {
		const step = this.#steps.at(-1);
		if (step === void 0 && (at === "" || this.#outside === 0)) this.#outside = at === "" ? 0 : this.#clock.now().getTime();
		const now = step ?? (at === "" ? void 0 : {
			title: "",
			since: this.#outside
		});
		this.#voice.going?.(now && {
			...now,
			at: at.trim().split("\n").at(-1) ?? ""
		});
	}
	notice(text) {
		this.#voice.notice(sentence(this.#masker.mask(text)));
	}
	warning(text, at) {
		this.#voice.warning(sentence(this.#masker.mask(text)), at);
	}
	mask(secret) {
		this.#voice.hide(this.#masker.add(secret.reveal(), secret.source));
	}
};
// src/version.ts
const { version, homepage } = {
	"version": "0.1.0",
	"homepage": "https://github.com/OWNER/savepoint#readme"
};
const built = "COMMIT, DAY OF THE RELEASE";
const wholeVersion = /^[0-9a-f]{12}, /.test(built) ? `${version} (${built})` : version;
const releases = homepage.includes("/OWNER/") ? void 0 : `${homepage.replace(/#.*$/, "")}/releases`;
// src/faces/read-on.ts
const PAGE = `${homepage.replace(/#.*$/, "")}/blob/HEAD/docs/troubleshooting.md`;
const SQL_SECTIONS = [
	"08006",
	"23502",
	"23503",
	"23505",
	"23514",
	"25P02",
	"28000",
	"28P01",
	"3D000",
	"3F000",
	"40P01",
	"42501",
	"42601",
	"42703",
	"42P01",
	"42P04",
	"42P07",
	"53100",
	"53200",
	"53300",
	"55006",
	"55P03",
	"57014",
	"57P01",
	"57P03"
];
function readOn(code) {
	const told = !/^[0-9A-Z]{5}$/.test(code) || SQL_SECTIONS.some((one) => one === code);
	return `${PAGE}#${told ? code.toLowerCase() : "postgresql"}`;
}
function readOnLine(code) {
	return `Code ${code}: ${readOn(code)}`;
}
// src/faces/timeline.ts
const MARKS = {
	done: "✓",
	failed: "✗",
	"rolled-back": "↩",
	running: "…"
};
const TAGS = {
	done: "done, ",
	failed: "crit, ",
	"rolled-back": "active, ",
	running: ""
};
function mermaidTimeline(title, spans) {
	return [
		"gantt",
		`    title ${label(title)}`,
		"    dateFormat x",
		"    axisFormat %H:%M:%S",
		"    todayMarker off",
		...spans.map((span, index) => {
			return `    ${`${MARKS[span.state]} ${label(span.label)} (${formatDuration(span.end - span.start)})`} :${TAGS[span.state]}s${index}, ${span.start}, ${Math.max(span.end, span.start + 1)}`;
		})
	];
}
function label(text) {
	return oneLine(text).replaceAll(/[:;#,%<>&"`{}[\]\\|]/g, " ").replaceAll(/\s+/g, " ").trim().slice(0, 80);
}
function textTimeline(spans, width = 40) {
	const start = Math.min(...spans.map((span) => span.start));
	const total = Math.max(1, Math.max(...spans.map((span) => span.end)) - start);
	const longest = Math.max(...spans.map((span) => oneLine(span.label).length));
	return spans.map((span) => {
		const from = Math.min(width - 1, Math.floor((span.start - start) / total * width));
		const length = Math.max(1, Math.min(width - from, Math.round((span.end - span.start) / total * width)));
		const bar = `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width);
		return `${MARKS[span.state]} ${oneLine(span.label).padEnd(longest)}  ${bar}  ${formatDuration(span.end - span.start)}`;
	});
}
// src/core/finding.ts
const FINDING_STATES = [
	"fail",
	"warn",
	"unseen",
	"pass"
];
// src/faces/findings.ts
const FINDING_MARKS = {
	fail: "✗",
	warn: "!",
	unseen: "?",
	pass: "✓"
};
const FINDING_WORDS = {
	fail: "fails",
	warn: "warns",
	unseen: "could not look",
	pass: "passes"
};
function worstFirst(findings) {
	return FINDING_STATES.flatMap((state) => findings.filter((one) => one.state === state));
}
function findingLines(findings) {
	return worstFirst(findings).flatMap(({ state, about, seen, why, advice, mends = [] }) => [
		`${FINDING_MARKS[state]} ${about}: ${state === "pass" ? oneLine(seen) : oneLine(sentence(seen))}`,
		...(state === "pass" ? [] : [...why === void 0 ? [] : [why], ...advice === void 0 ? [] : printable(sentence(advice)).split("\n")]).map((line) => `    ${line}`),
		...mends.flatMap(({ means, command }) => [`    ${means}`, `      ${command}`])
	]);
}
// src/faces/width.ts
const WIDE = /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u;
function columns(text) {
	let width = 0;
	for (const { segment } of new Intl.Segmenter().segment(text)) width += widthOf(segment);
	return width;
}
function cut(text, most) {
	if (columns(text) <= most) return text;
	let [shown, width] = ["", 0];
	for (const { segment } of new Intl.Segmenter().segment(text)) {
		width += widthOf(segment);
		if (width > most - 1) break;
		shown += segment;
	}
	return most < 1 ? "" : `${shown}…`;
}
function folded(text, most) {
	const lines = [];
	for (const word of text.split(" ").filter((one) => one !== "")) {
		const line = lines.at(-1);
		if (line === void 0 || columns(line) + 1 + columns(word) > most) lines.push(word);
		else lines[lines.length - 1] = `${line} ${word}`;
	}
	return lines;
}
function widthOf(segment) {
	return WIDE.test(segment) ? 2 : 1;
}
// src/faces/text.ts
function outcomeLines(outcome, width) {
	return [...outcome.blocks.flatMap((block) => {
		const lines = blockLines(block, width);
		return lines.length === 0 ? [] : ["", ...lines];
	}), ...wayLines(outcome.ways ?? [], void 0, void 0, outcome.waysInTurn)];
}
function blockLines(block, width) {
	switch (block.kind) {
		case "text": return printable(block.text).split("\n");
		case "table": return [`${oneLine(block.title)}:`, ...foldedLines(block, width)];
		case "code": return [`${oneLine(block.title)}:`, ...printable(block.lines.join("\n")).split("\n").map((line) => `  ${line}`)];
		case "findings": return [`${oneLine(block.title)}:`, ...findingLines(block.findings).map((line) => `  ${line}`)];
		case "timeline": return block.spans.length < 2 ? [] : [`${oneLine(block.title)}:`, ...textTimeline(block.spans).map((line) => `  ${line}`)];
	}
}
function tableLines(head, rows) {
	const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
	const widths = head.map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? ""))));
	return cells.map((row) => `  ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - columns(cell)))).join("  ")}`.trimEnd());
}
const LEAST_ROOM = 36;
function foldedLines({ head, rows, folds }, width) {
	const lines = tableLines(head, rows);
	if (folds !== true || width === void 0 || lines.every((line) => columns(line) <= width)) return lines;
	const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
	const indent = head.slice(0, -1).map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? "")))).reduce((sum, one) => sum + one + GAP, GAP);
	if (width - indent >= LEAST_ROOM) {
		const last = cells.map((row) => folded(row.at(-1) ?? "", width - indent));
		const shown = cells.flatMap((row, at) => (last[at] ?? []).map((line, turn) => [...row.slice(0, -1).map((cell) => turn === 0 ? cell : ""), line]));
		return tableLines(shown[0] ?? [], shown.slice(1));
	}
	const label = Math.max(...head.map((one) => columns(one)));
	return rows.flatMap((row, at) => [...at === 0 ? [] : [""], ...head.flatMap((name, index) => {
		const [first, ...more] = folded(oneLine(row[index] ?? ""), Math.max(LEAST_ROOM, width - label - 2 * GAP));
		if (first === void 0) return [];
		const margin = " ".repeat(GAP + label + GAP);
		return [`${" ".repeat(GAP)}${name}${" ".repeat(label - columns(name) + GAP)}${first}`, ...more.map((line) => margin + line)];
	})]);
}
const GAP = 2;
// src/core/operation.ts
const HOOKED_STEPS = [
	"backup",
	"migrate",
	"rollout",
	"rollback"
];
function operation(declared) {
	return declared;
}
async function openAll(operations) {
	return await Promise.all(Object.values(operations).map(async (open) => await open()));
}
// src/faces/terminal/flags.ts
const FACE_FLAGS = [
	"help",
	"json",
	"quiet",
	"verbose",
	"debug",
	"version"
];
function flagsOf(operation) {
	return Object.values(operation.sections).flatMap((section) => Object.entries(section.inputs).map(([input, spec]) => ({
		name: externalName(section.name, input, operation.own),
		section: section.name,
		input,
		spec,
		bare: spec.kind === flag
	})));
}
function shownFlags(operation) {
	const over = new Set(operation.passesOver);
	return flagsOf(operation).filter(({ section, input }) => section !== "" || !over.has(input));
}
function leadingWords(operation) {
	const [first] = operation.positionals ?? [];
	return flagsOf(operation).find(({ name }) => name === first)?.spec.kind.choices ?? [];
}
function describe({ spec }) {
	const { description, kind, fallback } = spec;
	const choices = (kind.choices?.filter((one) => !description.includes(`\`${one}\``)) ?? []).length > 0 && kind !== flag ? ` One of ${kind.choices?.map((one) => `\`${one}\``).join(", ")}.` : "";
	const at = description.indexOf(" Default:");
	const [meaning, said] = at < 0 ? [description, ""] : [description.slice(0, at), description.slice(at)];
	return `${meaning}${choices}${said}${fallback !== void 0 && fallback !== "" && said === "" ? ` Default: \`${fallback}\`.` : ""}`;
}
function readFlags(operation, words) {
	return new FlagReader(operation).read(words);
}
var FlagReader = class {
	#operation;
	#flags;
	#raw = {};
	#problems = [];
	#face = new Set();
	#free = [];
	constructor(operation) {
		this.#operation = operation;
		this.#flags = new Map(flagsOf(operation).map((one) => [one.name, one]));
	}
	read(words) {
		const left = [...words];
		for (let word = left.shift(); word !== void 0; word = left.shift()) if (word === "-h") this.#face.add("help");
		else if (word === "--") this.#free.push(...left.splice(0));
		else if (isArmour(word)) this.#problems.push({
			input: "-----BEGIN …",
			message: `stands without a flag, with ${plural(armoured(left), "word")} behind it`
		});
		else if (word.startsWith("--")) this.#flag(word.slice(2), left);
		else if (word.startsWith("-") && word !== "-") this.#problems.push({
			input: shown(word),
			message: `is not known; flags are written --name`
		});
		else this.#free.push(word);
		this.#positionals();
		return {
			given: {
				source: FLAGS,
				raw: this.#raw
			},
			problems: this.#problems,
			face: this.#face
		};
	}
	#flag(text, left) {
		const equals = text.indexOf("=");
		const name = equals < 0 ? text : text.slice(0, equals);
		const attached = equals < 0 ? void 0 : text.slice(equals + 1);
		const own = FACE_FLAGS.find((one) => one === name);
		const known = this.#flags.get(name);
		if (own !== void 0 && attached === void 0) this.#face.add(own);
		else if (known === void 0) this.#unknown(name, attached === void 0 ? left : []);
		else if (known.bare) this.#take(known, attached ?? (left[0] === "true" || left[0] === "false" ? left.shift() : "true"));
		else if (attached === void 0 && isArmour(left[0])) this.#cut(known, left);
		else if (known.spec.secret) this.#secret(known, attached ?? this.#following(left));
		else this.#take(known, attached ?? this.#following(left));
	}
	#following(left) {
		const name = /^--([a-z][a-z0-9-]*)(?:=|$)/i.exec(left[0] ?? "")?.[1];
		return name !== void 0 && misspelt(name, [...this.#flags.keys(), ...FACE_FLAGS]) !== void 0 ? void 0 : left.shift();
	}
	#cut(known, left) {
		const count = armoured(left);
		if (known.spec.secret) return this.#secret(known, "");
		this.#problems.push({
			input: `--${known.name}`,
			message: `came as ${plural(count, "word")}: put it in quotes, or give the file's path`
		});
	}
	#take({ name, section, input }, value) {
		const values = this.#raw[section] ??= {};
		if (value === void 0) this.#problems.push({
			input: `--${name}`,
			message: `needs a value: --${name} VALUE (or --${name}=VALUE where it begins with --)`
		});
		else if (values[input] !== void 0) this.#problems.push({
			input: `--${name}`,
			message: "is given twice"
		});
		else values[input] = value;
	}
	#secret(known, value) {
		if (value !== void 0 && known.spec.plainWhen?.(value) === true) return this.#take(known, value);
		const variable = variableName(known.section, known.input);
		this.#problems.push({
			input: `--${known.name}`,
			message: `is a secret, and flags are seen by others: set ${variable} instead`
		});
	}
	#unknown(name, left) {
		const near = nearest(name, [...this.#flags.keys(), ...FACE_FLAGS]);
		const bare = this.#flags.get(near ?? "")?.bare ?? FACE_FLAGS.some((one) => one === near);
		if (isArmour(left[0])) armoured(left);
		else if (!bare && left[0] !== void 0 && !isFlagShaped(left[0].split("=", 1)[0] ?? "")) left.shift();
		this.#problems.push({
			input: shown(`--${name}`),
			message: `is not a flag of ${this.#operation.name}${near === void 0 ? "" : `; did you mean --${near}?`}`
		});
	}
	#positionals() {
		const names = this.#operation.positionals ?? [];
		this.#free.forEach((word, index) => {
			const last = names.length - 1;
			const known = this.#flags.get(names[Math.min(index, last)] ?? "");
			if (known === void 0) {
				const near = nearest(word, this.#flags.keys());
				this.#problems.push({
					input: quoted(word),
					message: `is not understood${near === void 0 ? "" : `; did you mean --${near}?`}`
				});
				return;
			}
			const values = this.#raw[known.section] ??= {};
			if (index > last) values[known.input] = `${values[known.input]} ${word}`;
			else this.#take(known, word);
		});
	}
};
function isArmour(word) {
	return word === "-----BEGIN";
}
function armoured(left) {
	const end = left.findIndex((word, index) => word.endsWith("-----") && left.slice(0, index).some((one) => one.includes("-----END")));
	return left.splice(0, end < 0 ? left.length : end + 1).length;
}
function shown(word) {
	return isFlagShaped(word) && word.length <= 40 ? word : `A word of ${plural(word.length, "character")} that begins with a dash`;
}
function isFlagShaped(word) {
	return /^--?[a-z][a-z0-9-]*$/i.test(word);
}
export { oneLine as $, describeTarget as $n, showUrl as $t, systemClock as A, tellingLines as An, Failure as Ar, inSql as At, Lanes as B, STEPS as Bn, tableOf as Bt, programNote as C, formatAddress as Cn, plural as Cr, version$1 as Ct, inheritable as D, lastLines as Dn, input as Dr, addedColumns as Dt, stopOnSignals as E, ending as En, externalName as Er, houseRules$1 as Et, Ending as F, FLAGS as Fn, stopIfCancelled as Fr, constraintsOf as Ft, wayLines as G, takesBack as Gn, healthSection as Gt, endingLines as H, mayChange as Hn, wordsOfName as Ht, inputFailure as I, JOURNAL as In, everyNode as It, secretsIn as J, OF_OPENING as Jn, accepts as Jt, waysTitle as K, OF_DATABASE as Kn, versionProblem as Kt, lineHandler as L, Settings as Ln, lineIn as Lt, Frame as M, inQuotes as Mn, firstError as Mr, joinedBy as Mt, Output as N, quote as Nn, messageOf$2 as Nr, newColumns as Nt, readerIn as O, outputLines as On, variableName as Or, addedConstraints as Ot, feed as P, unquote as Pn, refusal as Pr, tableCommands as Pt, inert as Q, describeServer as Qn, showAddress as Qt, outputFailure as R, givenSecrets as Rn, parser as Rt, PROGRAM as S, dialLocal as Sn, formatSize as Sr, migrateSection as St, leaveSoon as T, _usingCtx as Tn, shortCommit as Tr, NO_HOUSE as Tt, endingOf as U, mayMoveApp as Un, lineAt as Ut, Masker as V, forwardSteps as Vn, typeOf as Vt, hiddenLines as W, stepNames as Wn, scan as Wt, suspiciousVariables as X, tokenOf as Xn, hostPortOf as Xt, sectionsFor as Y, sharedSection as Yn, describeStatuses as Yt, sections as Z, addressOf$1 as Zn, isLoopback as Zt, readOnLine as _, notifySection as _n, compactUtc as _r, refuseMisfits as _t, shownFlags as a, valueAt as an, asOption as ar, refuseWatchdogAlone as at, wholeVersion as b, EVENTS as bn, formatDuration as br, OF_LINT as bt, operation as c, matches as cn, qualified as cr, finishWords as ct, FINDING_MARKS as d, restoreSection as dn, formatTarget as dr, DEFAULT_FILE as dt, isHarmless as en, otherDatabases as er, printable as et, FINDING_WORDS as f, chooseVerification as fn, parseTarget as fr, loadProfile as ft, readOn as g, findJson as gn, line as gr, rollbackSection as gt, mermaidTimeline as h, parseManifest as hn, flag as hr, settingsOfDeploy as ht, readFlags as i, showValue as in, nearest as ir, deploySection as it, Lane as j, withoutRepeats as jn, clauseOf as jr, inWords as jt, realPorts as k, succeed as kn, Cancelled as kr, constraintsWhereMade as kt, outcomeLines as l, githubSection as ln, Secret as lr, IDENTIFY as lt, FINDING_STATES as m, formatManifest as mn, choice as mr, journaledSettings as mt, describe as n, secretsInHeaders as nn, passwordToHide as nr, notInMessage as nt, HOOKED_STEPS as o, headerProblem as on, identifier as or, FINISH as ot, worstFirst as p, provenBy as pn, isPath as pr, allSections as pt, prepareCall as q, OF_DEPLOYS as qn, SUCCESS as qt, leadingWords as r, equalsText as rn, serverOptions as rr, seenSince as rt, openAll as s, describePattern as sn, literal as sr, FINISH_NOTED as st, FACE_FLAGS as t, masker as tn, parseTargetUrl as tr, readable as tt, cut as u, backupSection as un, reveal as ur, NOTE as ut, releases as v, inOwnWords as vn, formatAgo as vr, rolloutSection as vt, programWords as w, within as wn, quoted as wr, RISKS as wt, Story as x, NotSent as xn, formatMoment as xr, OF_VALIDATE as xt, version as y, CHANNEL_KINDS as yn, formatCount as yr, markStableSection as yt, drain as z, refuseProblems as zn, sameTable as zt };

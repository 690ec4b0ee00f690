import { a as nearest, c as variableName, n as HOOK_POINTS, o as externalName, r as hooksLayer, s as input, t as HOOKS } from "./hooks.js";
import { A as isPath, C as messageOf, D as reveal, E as Secret, F as plural, I as quoted, L as shortCommit, N as formatDuration, O as formatTarget, S as firstError, T as stopIfCancelled, _ as succeed, a as lineHandler, b as Cancelled, f as NOTE, g as lastLines, h as ending, i as inputFailure, j as compactUtc, k as target, m as formatAddress, n as feed, o as outputFailure, p as dialLocal, r as Ending, s as drain, t as Output, u as finishWords$1, w as refusal, x as Failure, y as quote } from "./output.js";
import { a as minValue, c as object, d as pipe, f as record, g as string, h as safeParse, i as literal$1, l as optional, m as safeInteger, n as check$2, o as nonEmpty, p as regex, r as getDotPath, s as number, t as array, u as picklist } from "./valibot.js";
import { t as esm_default } from "./pg.js";
import { a as notice, c as startGroup, i as info, l as warning, n as endGroup$1, o as setOutput, r as error, s as setSecret, t as debug, u as summary } from "./actions-core.js";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { dirname, join, posix, resolve } from "node:path";
import { TLSSocket, connect } from "node:tls";
import { isIP } from "node:net";
import { randomBytes } from "node:crypto";
import { Duplex, PassThrough, Writable, pipeline } from "node:stream";
import { readFile, rm } from "node:fs/promises";
import { homedir, hostname, userInfo } from "node:os";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { spawn } from "node:child_process";
import { accessSync, constants as constants$1, statSync } from "node:fs";
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
		else put(said, known$1(name), value);
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
function known$1(name) {
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
	if (target.place !== void 0) return `${target.database} in ${target.place} as ${target.user}`;
	const host = target.host.includes(":") ? `[${target.host}]` : target.host;
	const place = target.socket === void 0 ? `${host}:${target.port}` : `${target.socket} (port ${target.port})`;
	return `${target.database} at ${place} as ${target.user}`;
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
	tools: positive,
	sizeBytes: positive,
	sha256: hex64,
	verified: picklist(VERIFICATIONS),
	schema: object({
		fingerprint: text,
		history: array(history)
	}),
	rows: record(string(), whole),
	sequences: record(string(), pipe(string(), regex(/^-?\d+$/, "is no whole number"))),
	durationMs: pipe(number(), minValue(0, "is negative"))
});
function parseManifest(content) {
	let json;
	try {
		json = JSON.parse(content);
	} catch (error) {
		throw new Error(content.trim() === "" ? "is empty" : "is no JSON (cut off?)", { cause: error });
	}
	const result = safeParse(schema, json, { abortEarly: true });
	if (result.success) return result.output;
	const issue = result.issues[0];
	const field = getDotPath(issue);
	const problem = issue.received === "undefined" ? "is missing" : issue.message;
	throw new Error(field === null ? "is no manifest" : `${field}: ${problem}`);
}
function formatManifest(manifest) {
	return `${JSON.stringify(manifest, void 0, 2)}\n`;
}
function isRealTime(value) {
	return !Number.isNaN(Date.parse(value));
}
// src/backup/inputs.ts
const backupSection = {
	name: "backup",
	inputs: {
		purpose: input(choice(...PURPOSES), {
			description: "Why it is taken. `pre-deploy` opens a deploy; `scheduled` and `manual` open nothing and are counted apart.",
			default: "pre-deploy",
			perRun: true
		}),
		verify: input(choice(...VERIFICATIONS), {
			description: "`read`: every byte is read back and checksummed. `restore`: also restored into a side database and compared.",
			default: "read"
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
const OURS$1 = new Set([
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
		if (OURS$1.has(name.toLowerCase())) throw new Error(`line ${number} sets ${name}, which the check sets itself`);
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
	return text.split(/\r?\n/).every((line) => line.trim() === "" || HARMLESS.test(line.split(":", 1)[0]?.trim() ?? ""));
}
function secretsIn$1(headers) {
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
function addressOf(url) {
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: Number(url.port) || (url.protocol === "https:" ? 443 : 80)
	};
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
function sameVersion(said, expected) {
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
			return source.from === "literal" && !/^[\w.+/-]+$/.test(source.text) && telling.body.includes(source.text) || words(telling.body).some((word) => sameVersion(word, version)) ? void 0 : `the body does not name version ${wanted}`;
		}
		case "header": {
			const said = telling.headers.get(source.name.toLowerCase());
			if (said === void 0) return `the answer has no header ${source.name}, where version ${wanted} was expected`;
			return said.some((one) => sameVersion(one, expected)) ? void 0 : `version ${JSON.stringify(said.join(", ").slice(0, 100))} answers, expected ${wanted}`;
		}
		case "json": {
			const read = telling.json();
			if ("problem" in read) return read.problem;
			const at = valueAt(read.document, source.path);
			if (!at.found) return `the JSON has no ${source.path.text}, where version ${wanted} was expected`;
			const said = typeof at.value === "string" || typeof at.value === "number" ? String(at.value) : void 0;
			return said !== void 0 && sameVersion(said, expected) ? void 0 : `version ${showValue(at.value)} answers, expected ${wanted}`;
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
// src/journal/apart.ts
function isApart(apart, commit) {
	return apart !== void 0 && (apart.commit === void 0 || commit === void 0 || apart.commit === commit);
}
function apartAfter(entry, did, before) {
	if (entry.as === "abandoned" || !did.changed) return before;
	if (entry.as === "failed") return entry.on === void 0 ? { commit: void 0 } : before;
	return (entry.schema ?? (did.restored ? "unknown" : "proven")) === "proven" ? void 0 : { commit: entry.on };
}
// src/journal/ledger.ts
function fold(all) {
	const entries = [];
	const deploys = new Map();
	let stable = [];
	const schemas = new Map();
	const pending = new Map();
	const unconfirmed = new Map();
	const withdrawn = new Set();
	let wentBack;
	let on;
	let apart;
	let highestFence = 0;
	const mark = (entry) => {
		stable = [...stable.filter((one) => one.commit !== entry.commit), {
			commit: entry.commit,
			at: entry.at,
			deploy: entry.deploy,
			tag: entry.tag,
			schema: entry.schema,
			settings: entry.settings
		}];
		if (entry.schema !== void 0) schemas.set(entry.commit, entry.schema);
		if (entry.commit !== wentBack?.to) wentBack = void 0;
		on = entry.commit;
		pending.set(entry.commit, {
			commit: entry.commit,
			tag: entry.tag,
			why: "not moved yet"
		});
		withdrawn.delete(entry.commit);
	};
	const marked = (commit) => stable.findIndex((one) => one.commit === commit);
	for (const entry of all) {
		if (entry.fence !== void 0) {
			if (entry.fence < highestFence) continue;
			highestFence = entry.fence;
		}
		entries.push(entry);
		const deploy = entry.deploy === void 0 ? void 0 : deploys.get(entry.deploy);
		if (deploy) deploy.lastAt = entry.at;
		switch (entry.kind) {
			case "deploy.opened":
				deploys.set(entry.deploy, opened(entry, stable.map((one) => one.commit), isApart(apart, entry.from)));
				if (entry.goingBack !== true && entry.from !== void 0 && entry.live !== void 0 && !isApart(apart, entry.from)) schemas.set(entry.from, entry.live);
				break;
			case "step.started":
				deploy?.steps.push({
					step: entry.step,
					startedAt: entry.at,
					state: "running",
					intent: entry.intent,
					settings: entry.settings ?? {},
					shared: entry.shared ?? {}
				});
				break;
			case "step.done":
			case "step.failed":
				if (deploy) endStep(deploy, entry);
				break;
			case "deploy.closed":
				if (deploy) deploy.end = {
					as: entry.as,
					at: entry.at,
					why: entry.why,
					on: entry.on,
					blocks: entry.as === "failed" && entry.blocks === true
				};
				if (entry.as === "confirmed") {
					wentBack = void 0;
					const own = unconfirmed.get(entry.deploy);
					if (own !== void 0) mark(own);
				}
				if (entry.on !== void 0) on = entry.on;
				if (deploy) {
					const restored = deploy.steps.some((step) => step.step === "restore");
					apart = apartAfter(entry, {
						changed: changedSomething(deploy),
						restored
					}, apart);
				}
				break;
			case "version.seen":
				if (entry.during === "opening" && deploy) deploy.live = entry.schema;
				if (entry.during !== "opening" || !isApart(apart, entry.commit)) schemas.set(entry.commit, entry.schema);
				break;
			case "stable.marked":
				if (deploy !== void 0 && deploy.end === void 0) unconfirmed.set(deploy.id, entry);
				else mark(entry);
				break;
			case "stable.withdrawn":
				stable = stable.filter((one) => one.commit !== entry.commit);
				pending.delete(entry.commit);
				withdrawn.add(entry.commit);
				break;
			case "tags.pending":
				pending.set(entry.commit, {
					commit: entry.commit,
					tag: entry.tag,
					why: entry.why
				});
				break;
			case "tags.moved":
				for (const commit of pending.keys()) if (marked(commit) <= marked(entry.commit)) pending.delete(commit);
				withdrawn.clear();
				break;
			case "went-back": wentBack = {
				to: entry.to,
				from: entry.from,
				finished: entry.finished
			};
		}
	}
	const records = [...deploys.values()];
	return {
		entries,
		deploys: records,
		open: records.findLast((deploy) => deploy.end === void 0 || deploy.end.blocks),
		stable,
		schemas,
		pendingTags: [...pending.values()],
		withdrawn: [...withdrawn],
		wentBack,
		on,
		apart,
		highestFence
	};
}
function opened(entry, stableBefore, apart) {
	return {
		id: entry.deploy,
		owner: entry.owner,
		commit: entry.commit,
		goingBack: entry.goingBack === true,
		from: entry.from,
		live: entry.live,
		apart,
		run: entry.run,
		actor: entry.actor,
		settings: entry.settings,
		openedAt: entry.at,
		stableBefore,
		lastAt: entry.at,
		steps: []
	};
}
function endStep(deploy, entry) {
	const step = deploy.steps.findLast((one) => one.step === entry.step && one.state === "running");
	if (!step) return;
	step.endedAt = entry.at;
	if (entry.kind === "step.done") {
		step.state = "done";
		step.result = entry.result;
	} else {
		step.state = entry.cancelled === true ? "cancelled" : "failed";
		step.message = entry.message;
	}
}
function changedSomething(deploy) {
	return deploy.steps.some((step) => step.step === "migrate" || step.step === "switch" || step.step === "rollback" || step.step === "restore");
}
function beingTakenBack(deploy) {
	return deploy.steps.some((step) => step.step === "rollback" || step.step === "restore");
}
function gatePassed(deploy) {
	const last = deploy.steps.filter((step) => step.step === "migrate" || step.step === "switch" || step.step === "health").at(-1);
	return last?.step === "health" && last.state === "done";
}
function knownAsFailed(ledger, commit) {
	if (ledger.stable.some((one) => one.commit === commit)) return false;
	const last = ledger.deploys.findLast((deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== void 0 && deploy.end.as !== "abandoned");
	return last?.end?.as === "rolled-back" && last.end.on !== commit || last?.end?.as === "failed";
}
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
	inputs: { "keep-tags": input(count({ min: 1 }), {
		description: "How many `stable-…` tags to keep; older ones are removed.",
		default: "50"
	}) }
};
// src/rollout/inputs.ts
const rolloutSection = {
	name: "rollout",
	inputs: {
		phase: input(choice("prepare", "switch"), {
			description: "`prepare`: all that is slow, and nothing the running app reads; `switch`: the change itself. Default: whatever is still to do.",
			perRun: true
		}),
		strategy: input(choice("compose", "command"), { description: "How the app runs: as a `compose` project, or by `command`s of yours. Default: `compose` where `services` is given, or where `app-dir` holds a compose project and neither `command` nor `start-command` is given." }),
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
	throw refusal("`services` belongs to `strategy: compose`, and `strategy: command` is given.", { hint: "Take one of them away; with `strategy: command` the services stand in `command`, `stop-command` and `start-command`." });
}
// src/deploy/owner.ts
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
const STEP_DEAD_AFTER = 6e4;
function admit(request) {
	const admission = admitByTurn(request);
	if (request.tooOld === void 0 || request.wants !== "open") return admission;
	const opens = admission.do === "open" || admission.do === "abandon";
	const waits = admission.do === "wait" && request.ledger.open?.owner !== request.me.id;
	return opens || waits ? {
		do: "refuse",
		failure: request.tooOld
	} : admission;
}
function admitByTurn(request) {
	const { ledger, lock, me } = request;
	const open = ledger.open;
	const silentMs = silence(request, open);
	if (lock.state === "held" && lock.beat?.running !== false && !request.beaterDead && lock.silentMs < 6e4) return {
		do: "wait",
		why: `${lock.holder.owner === me.id ? "another step of this run" : `${lock.holder.owner}${lock.holder.run === void 0 ? "" : ` (${lock.holder.run})`}`} is running ${lock.beat?.step ?? "a step"} on ${request.title}`
	};
	const over = endedMeanwhile(request);
	if (over !== void 0) return {
		do: "refuse",
		failure: over
	};
	if (open === void 0) return { do: request.wants === "open" ? "open" : "lock" };
	if (request.wants === "end") return endsNow(request, open, silentMs) ? {
		do: "continue",
		deploy: open
	} : {
		do: "wait",
		why: livesOn(request, open)
	};
	if (open.end !== void 0) return {
		do: "refuse",
		failure: blockedBy(request, open, "failed and was not taken back")
	};
	if (isMine(request, open, silentMs)) {
		if (beingTakenBack(open)) return {
			do: "refuse",
			failure: blockedBy(request, open, "is being taken back, and that did not end")
		};
		if (request.commit === void 0 || request.commit === open.commit) return {
			do: "continue",
			deploy: open
		};
		if (me.terminal && request.wants === "open" && !changedSomething(open)) return {
			do: "abandon",
			deploy: open,
			why: `it had changed nothing, and ${open.owner} goes on with ${shortCommit(request.commit)}`
		};
		return {
			do: "refuse",
			failure: refusal(`This run's open deploy ${open.id} is of ${shortCommit(open.commit)}, and this step is about ${shortCommit(request.commit)}.`, { hint: "One run deploys one commit. End the open deploy first: `savepoint rollback` takes it back, `savepoint mark-stable` keeps it." })
		};
	}
	const gone = ownerGone(request, open, silentMs);
	if (!changedSomething(open)) {
		if (gone || silentMs >= 12e4) return request.wants === "open" ? {
			do: "abandon",
			deploy: open,
			why: `${open.owner} is gone and had changed nothing`
		} : { do: "lock" };
		return waitOrRefuse(request, open, `${open.owner} has opened ${open.id} (${shortCommit(open.commit)}) on ${request.title}`);
	}
	if (gone) return {
		do: "refuse",
		failure: blockedBy(request, open, `was left by ${open.owner}, ${formatDuration(silentMs)} ago`)
	};
	return waitOrRefuse(request, open, `${open.owner} is deploying ${shortCommit(open.commit)} to ${request.title}`);
}
function endedMeanwhile({ ledger, me, wants }) {
	if (me.terminal || wants !== "join" && wants !== "mark") return void 0;
	const last = ledger.deploys.findLast((deploy) => deploy.owner === me.id && !deploy.goingBack);
	if (last?.end === void 0 || last.end.as === "confirmed" || last.end.blocks) return void 0;
	return refusal(`This run's deploy ${last.id} is over (${last.end.as}: ${last.end.why}), and this step would go on without it.`, {
		hint: "Backup, migrations and switch belong to one deploy: choose \"Re-run all jobs\".",
		code: "deploy-over"
	});
}
function waitOrRefuse({ wants }, open, why) {
	if (wants !== "mark") return {
		do: "wait",
		why
	};
	return {
		do: "refuse",
		failure: refusal(`Nothing can be marked stable now: ${why}.`, {
			hint: `Wait for ${open.id} to end; \`savepoint status\` shows it.`,
			code: "busy"
		})
	};
}
function endsNow(request, open, silentMs) {
	return open.end !== void 0 || open.owner === request.me.id || request.beaterDead || silentMs >= 6e4 || ownerGone(request, open, silentMs);
}
function livesOn({ title }, open) {
	return `${open.owner} was deploying ${shortCommit(open.commit)} to ${title} less than ${formatDuration(STEP_DEAD_AFTER)} ago, and may go on`;
}
function silence({ lock, now }, open) {
	if (lock.state === "held") return lock.silentMs;
	return open === void 0 ? Number.POSITIVE_INFINITY : Math.max(0, now.getTime() - Date.parse(open.lastAt));
}
function isMine({ me, leaseMs }, open, silentMs) {
	return open.owner === me.id && (!me.terminal || silentMs <= leaseMs);
}
function ownerGone({ me, leaseMs, ownerCompleted }, open, silentMs) {
	if (!me.terminal && isEarlierAttempt(open.owner, me.id)) return true;
	return ownerCompleted ?? silentMs > leaseMs;
}
function blockedBy({ title, rollback }, open, how) {
	return refusal(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${title} ${how}; it may have changed code or database.`, {
		hint: "Take it back first; a new deploy would build on an unknown state.",
		state: open.steps.map((step) => `${step.step}: ${step.state === "running" ? "did not end" : step.state}`),
		ways: [{
			command: rollback(`finish ${open.id}`),
			means: `Takes deploy ${open.id} back: code and database together.`
		}],
		code: "blocked"
	});
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
const VARIABLES$1 = "SAVEPOINT_* variables";
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
		const { values, problems } = this.collect(sections);
		if (problems.length > 0) throw refuseProblems(problems);
		return values;
	}
	collect(sections) {
		const problems = [];
		const values = {};
		for (const [key, section] of Object.entries(sections)) values[key] = this.#readSection(section, problems);
		return {
			values,
			problems
		};
	}
	unreadable(section) {
		return Object.keys(section.inputs).filter((name) => {
			const { [name]: spec } = section.inputs;
			return spec !== void 0 && this.collect({ one: {
				name: section.name,
				inputs: { [name]: spec }
			} }).problems.length > 0;
		});
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
	#readSection(section, problems) {
		const values = {};
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
				problems.push({
					input: found?.layer.source === VARIABLES$1 ? variableName(section.name, name) : this.nameOf(section.name, name),
					message: error instanceof Error ? error.message : "cannot be read",
					form: spec.kind.form,
					...found?.layer.source === "the journal" && { source: ["the journal", found.layer.of].filter(Boolean).join(" of ") }
				});
			}
		}
		return values;
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
		if (value !== void 0 && spec.plainWhen?.(value) !== true) found.push(new Secret(value));
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
		source: VARIABLES$1,
		raw
	};
}
// src/deploy/next-command.ts
function nextCommand({ app, name, shared, ports }, operation, words) {
	const { host, "jump-host": jump, "state-dir": state } = shared;
	return quote([
		...ports.program,
		operation,
		"--environment",
		name,
		...words,
		...host === void 0 ? [] : ["--host", formatTarget(host)],
		...host === void 0 && state !== void 0 ? [] : ["--app", app],
		...jump === void 0 ? [] : ["--jump-host", formatTarget(jump)],
		...state === void 0 ? [] : ["--state-dir", state]
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
// src/deploy/deploy-inputs.ts
const deploySection = {
	name: "deploy",
	inputs: { confirm: input(line, {
		description: "At a terminal: the environment's name, typed in once the plan was read. A workflow needs none: its environment's rules are the confirmation.",
		perRun: true
	}) }
};
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
		problems: await missingFile(request)
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
// src/machine/file-script.ts
const REASONS = {
	81: "missing",
	82: "not-permitted",
	83: "read-only",
	84: "disk-full",
	85: "is-directory",
	86: "not-directory",
	87: "refused-path",
	88: "no-folder"
};
const COMMON = `
LC_ALL=C; export LC_ALL
# Leaves unless $1 can be looked up; ends with "missing" only where that is certain.
present() {
  [ -e "$1" ] && return 0
  savepoint_up=$(parent "$1")
  while [ ! -e "$savepoint_up" ]; do savepoint_up=$(parent "$savepoint_up"); done
  if [ -d "$savepoint_up" ] && [ ! -x "$savepoint_up" ]; then exit 82; fi
  exit 81
}
# The folder a path is in. A trailing x keeps line breaks at the end of names; the caller's own are lost only with it.
parent() {
  savepoint_parent=\${1%/*}
  case $1 in */*) ;; *) savepoint_parent=. ;; esac
  printf '%s' "\${savepoint_parent:-/}"
}
kilobytes() { df -Pk "$1" 2>/dev/null | sed -n '2,$s/.* \\([0-9][0-9]*\\)  *[0-9-][0-9]*% .*/\\1/p'; }
# Says why nothing can be written in the folder $1, and leaves.
blame() {
  (present "$1") || { [ $? -eq 82 ] && exit 82; exit 88; }
  [ -d "$1" ] || exit 86
  savepoint_free=$(kilobytes "$1")
  if [ "\${savepoint_free:-99}" -lt 16 ]; then exit 84; fi
  if df -Pi "$1" 2>/dev/null | grep -q ' 100% '; then exit 84; fi
  savepoint_mount=$(df -Pk "$1" 2>/dev/null | sed -n '2,$s/.*[0-9]% *//p')
  if awk -v mount="$savepoint_mount" '$2 == mount { options = $4 } END { exit options !~ /^ro(,|$)/ }' /proc/mounts 2>/dev/null; then exit 83; fi
  if [ ! -w "$1" ] || [ ! -x "$1" ]; then exit 82; fi
  exit 1
}
# Makes what was written durable. A sync that cannot open a folder, or knows no names, syncs all there is.
settle() { sync "$1" 2>/dev/null || sync; }
`;
const FileScript = {
	read: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
cat "$1"`,
	write: `folder=$(parent "$1"; printf x); folder=\${folder%x}
[ -d "$1" ] && exit 85
temp=$folder/.savepoint-$$.partial
umask 077
trap 'rm -f "$temp"; exit 1' HUP INT TERM
rm -f "$temp" 2>/dev/null
# Without clobbering: what somebody else put there in between is not written through. Counted: where the connection is
# lost in the middle, the input just ends, and looks whole.
if ( set -C; cat >"$temp" ) && [ "$(($(wc -c <"$temp")))" -eq "$3" ] && sync "$temp" && chmod "$2" "$temp" && mv -f "$temp" "$1"; then settle "$folder"; exit 0; fi
( blame "$folder" ); why=$?
rm -f "$temp" 2>/dev/null
exit "$why"`,
	exists: `[ -L "$1" ] || present "$1"`,
	makeDirectory: `[ -d "$1" ] && exit 0
[ -e "$1" ] && exit 86
umask 077
# The parents too are private: they are made for this.
if mkdir -p "$1" && chmod "$2" "$1"; then settle "$(parent "$1")"; exit 0; fi
up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
blame "$up"`,
	list: `[ -L "$1" ] || present "$1"
[ -d "$1" ] || exit 86
[ -r "$1" ] && [ -x "$1" ] || exit 82
cd "$1" || exit 82
set -- ./* ./.[!.]* ./..?*
for name do
  shift
  if [ -e "$name" ]; then
    set -- "$@" "$name"
    if [ -f "$name" ]; then kind=f; elif [ -d "$name" ]; then kind=d; else kind=o; fi
  elif [ -L "$name" ]; then kind=l
  else continue
  fi
  printf '%s\\000%s\\000' "$kind" "\${name#./}"
done
printf 'end\\000'
[ $# -gt 0 ] || exit 0
about() { stat -L -c '%s %Y' "$@" 2>/dev/null || stat -L -f '%z %m' "$@" 2>/dev/null; }
# One that vanished in between would shift all others: then one by one.
if lines=$(about "$@"); then printf '%s\\n' "$lines"; exit 0; fi
for name do about "$name" || echo '0 0'; done`,
	remove: `for place in "\${HOME:-/}" "$(cd 2>/dev/null && pwd -P)"; do
  case \${place%/}/ in "$1"/*) exit 87 ;; esac
done
[ -L "$1" ] || [ -e "$1" ] || { (present "$1"); [ $? -eq 82 ] && exit 82; exit 0; }
rm -rf "$1" && exit 0
blame "$(parent "$1")"`,
	rename: `[ -L "$1" ] || present "$1"
[ -d "$2" ] && exit 85
if mv -f "$1" "$2"; then
  settle "$(parent "$2")"
  [ "$(parent "$1")" = "$(parent "$2")" ] || settle "$(parent "$1")"
  exit 0
fi
(blame "$(parent "$2")"); why=$?
[ "$why" -eq 1 ] || exit "$why"
blame "$(parent "$1")"`,
	free: `up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
kilobytes "$up"`,
	size: `present "$1"
[ -d "$1" ] && exit 85
stat -L -c %s "$1" 2>/dev/null || stat -L -f %z "$1" 2>/dev/null || wc -c <"$1"`,
	sha256: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
# From standard input: names with odd characters would change the output.
# OpenSSL uses what the processor has for it, and is some four times faster.
openssl dgst -sha256 -r <"$1" 2>/dev/null && exit 0
if command -v sha256sum >/dev/null; then sha256sum <"$1"
else shasum -a 256 <"$1"
fi`,
	home: `[ -n "$HOME" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
[ -n "$HOME" ] || exit 81
printf '%s' "$HOME"`,
	here: `pwd -P | { IFS= read -r folder; printf '%s' "$folder"; }`
};
async function inScript(machine, script, words, options = {}) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			`${COMMON}${script}`,
			"sh",
			...words
		],
		stdin: options.stdin,
		whole: options.all,
		signal: options.signal,
		repeatable: options.repeatable
	});
	const { stdout } = finished;
	if (finished.code === 0) return {
		code: "ok",
		stdout
	};
	const reason = REASONS[finished.code];
	if (reason !== void 0 && options.allowed?.includes(reason)) return {
		code: reason,
		stdout
	};
	throw failureOf(machine, words[0] ?? "", reason, finished);
}
function failureOf(machine, path, reason, finished) {
	const where = machine.local ? path : `${path} on ${machine.name}`;
	const evidence = lastLines(finished);
	switch (reason) {
		case "missing": return new Failure(`${where} does not exist`, {
			code: reason,
			evidence
		});
		case "no-folder": return new Failure(`the folder of ${where} does not exist`, {
			code: reason,
			evidence
		});
		case "not-permitted": return new Failure(`${machine.login} may not use ${where}`, {
			code: reason,
			evidence,
			hint: "Check the owner and the mode of it and of the folders above it."
		});
		case "read-only": return new Failure(`${where} is on a read-only file system`, {
			code: reason,
			evidence
		});
		case "disk-full": return new Failure(`no room left on the disk for ${where}`, {
			code: reason,
			evidence,
			hint: `See what fills it: df -h, df -i.`
		});
		case "is-directory": return new Failure(`${where}: a folder stands in the way`, {
			code: reason,
			evidence
		});
		case "not-directory": return new Failure(`${where} is not in a folder, or is none itself`, {
			code: reason,
			evidence
		});
		case "refused-path": return new Failure(`will not remove ${where}: the home folder is in it`, {
			code: reason,
			exit: 2
		});
		default: return new Failure(`${where} cannot be used (${ending(finished)})`, { evidence });
	}
}
// src/machine/files.ts
async function readText(machine, path) {
	const { code, stdout } = await inScript(machine, FileScript.read, [path], {
		allowed: ["missing"],
		all: true,
		repeatable: true
	});
	return code === "missing" ? void 0 : stdout;
}
async function writeText(machine, path, text, options = {}) {
	const words = [
		path,
		octal(options.mode ?? 384),
		String(Buffer.byteLength(text))
	];
	await inScript(machine, FileScript.write, words, {
		stdin: text,
		repeatable: true
	});
}
async function exists(machine, path) {
	const { code } = await inScript(machine, FileScript.exists, [path], {
		allowed: ["missing"],
		repeatable: true
	});
	return code === "ok";
}
async function makeDirectory(machine, path, options = {}) {
	await inScript(machine, FileScript.makeDirectory, [path, octal(options.mode ?? 448)], { repeatable: true });
}
async function list(machine, path) {
	const { code, stdout } = await inScript(machine, FileScript.list, [path], {
		allowed: ["missing"],
		all: true,
		repeatable: true
	});
	if (code === "missing") return [];
	const fields = stdout.split("\0");
	const entries = [];
	const end = fields.findIndex((field, at) => at % 2 === 0 && field === "end");
	const stats = (fields[end + 1] ?? "").split("\n");
	let line = 0;
	for (let at = 0; at < end; at += 2) {
		const [size = 0, seconds = 0] = fields[at] === "l" ? [] : (stats[line++] ?? "").split(" ").map(Number);
		entries.push({
			kind: kindOf(fields[at]),
			name: fields[at + 1] ?? "",
			size,
			modified: seconds * 1e3
		});
	}
	return entries;
}
function kindOf(letter) {
	if (letter === "f") return "file";
	return letter === "d" ? "directory" : "other";
}
async function remove(machine, path) {
	const plain = posix.normalize(path).replace(/(?<=.)\/+$/, "");
	if (path === "" || plain === "/" || !plain.startsWith("/")) throw refusal(`will not remove ${JSON.stringify(path)}`, { code: "refused-path" });
	await inScript(machine, FileScript.remove, [plain], { repeatable: true });
}
async function rename(machine, from, to) {
	await inScript(machine, FileScript.rename, [from, to]);
}
async function freeBytes(machine, path) {
	const { stdout } = await inScript(machine, FileScript.free, [path], { repeatable: true });
	return numberIn(stdout, `the free space of ${path}`) * 1024;
}
async function fileSize(machine, path) {
	const { stdout } = await inScript(machine, FileScript.size, [path], { repeatable: true });
	return numberIn(stdout, `the size of ${path}`);
}
async function sha256(machine, path, options = {}) {
	const { stdout } = await inScript(machine, FileScript.sha256, [path], {
		...options,
		repeatable: true
	});
	const sum = /^[0-9a-f]{64}/.exec(stdout)?.[0];
	if (sum === void 0) throw new Failure(`the checksum of ${path} on ${machine.name} cannot be read`, { evidence: [stdout.slice(0, 200)] });
	return sum;
}
async function home(machine) {
	const { stdout } = await inScript(machine, FileScript.home, ["~"], { repeatable: true });
	return stdout;
}
async function resolvePath(machine, path) {
	if (path.startsWith("/")) return tidy$1(path);
	if (path === "~" || path.startsWith("~/")) return tidy$1(posix.join(await home(machine), path.slice(1)));
	if (path.startsWith("~")) throw refusal(`${JSON.stringify(path)}: another user's home is not looked up`, { hint: "Give the full path." });
	if (path === "") throw refusal("an empty path");
	const { stdout } = machine.local ? await inScript(machine, FileScript.here, ["."], { repeatable: true }) : await inScript(machine, FileScript.home, ["~"], { repeatable: true });
	return tidy$1(posix.join(stdout, path));
}
function tidy$1(path) {
	return posix.normalize(path).replace(/(?<=.)\/+$/, "");
}
function octal(mode) {
	return mode.toString(8).padStart(4, "0");
}
function numberIn(text, what) {
	const number = Number(text.trim());
	if (text.trim() === "" || !Number.isSafeInteger(number)) throw new Failure(`${what} cannot be read`, { evidence: [text.slice(0, 200)] });
	return number;
}
// src/journal/lock.ts
const LOST = 97;
const STATUS = `
if [ -f "$1" ]; then printf 'held\\n'; cat "$1"; printf '\\n'; else printf 'free\\n\\n'; fi
if [ -f "$2" ]; then cat "$2"; fi
printf '\\n%s\\n' "$(date +%s)"`;
const TAKE = `
umask 077
printf '%s\\n' "$3" > "$1.$2" || { rm -f "$1.$2"; exit 1; }
ln "$1.$2" "$1" 2>/dev/null
taken=$?
if [ $taken -ne 0 ] && [ ! -e "$1" ]; then
  # Released in between, or never to be had.
  said=$(ln "$1.$2" "$1" 2>&1)
  taken=$?
  [ $taken -eq 0 ] || [ -e "$1" ] || { rm -f "$1.$2"; printf '%s\\n' "$said" >&2; exit 1; }
fi
rm -f "$1.$2"
[ $taken -eq 0 ] || case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) taken=0;; esac
[ $taken -eq 0 ] && printf 'taken\\n' || printf 'held\\n'`;
const REMOVE = `
held() { case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) return 0;; esac; return 1; }
umask 077
held "$1" "$2" || exit ${LOST}
claim="$1.$2.claim"
now=$(date +%s)
printf '%s\\n' "$now" > "$claim.$$" || exit 1
ln "$claim.$$" "$claim" 2>/dev/null
claimed=$?
rm -f "$claim.$$"
if [ $claimed -ne 0 ]; then
  since=$(cat "$claim" 2>/dev/null)
  [ -n "$since" ] && { [ $((now - since)) -gt 10 ] || [ "$since" -gt "$now" ]; } && rm -f "$claim"
  exit ${LOST}
fi
if held "$1" "$2"; then rm -f "$1"; removed=$?; else removed=${LOST}; fi
rm -f "$claim"
exit $removed`;
const BEAT = `
case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$3\\""*) ;; *) exit ${LOST};; esac
printf '%s %s\\n' "$(date +%s)" "$4" > "$2.$3" && mv "$2.$3" "$2"`;
const APPEND = `
if [ -n "$2" ]; then case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) ;; *) exit ${LOST};; esac; fi
umask 077
trap 'rm -f "$3.$$"' EXIT
cat > "$3.$$" && [ -z "$(tail -c 1 "$3.$$")" ] || exit 1
if [ -s "$3" ] && [ -n "$(tail -c 1 "$3")" ]; then printf '\\n' >> "$3" || exit 1; fi
case "
$(tail -n 50 "$3" 2>/dev/null)
" in *"
$(cat "$3.$$")
"*) ;; *) cat "$3.$$" >> "$3" || exit 1;; esac
sync "$3" 2>/dev/null || sync`;
var Lock = class {
	#machine;
	#paths;
	constructor(machine, paths) {
		this.#machine = machine;
		this.#paths = paths;
	}
	async status() {
		const [state, lock = "", ...rest] = (await succeed(this.#machine, this.#script(STATUS, this.#paths.lock, this.#paths.beat), "reading the lock")).stdout.split("\n");
		if (state !== "held") return { state: "free" };
		const holder = parseHolder(lock, this.#paths.lock);
		const texts = rest.filter((text) => text !== "");
		const now = Number(texts.at(-1));
		const [epoch = "", ...words] = texts.length > 1 ? (texts[0] ?? "").split(" ") : [];
		const beat = parseBeat(words.join(" "), holder.id);
		const last = beat === void 0 ? Date.parse(holder.since) / 1e3 : Number(epoch);
		return {
			state: "held",
			holder,
			beat,
			silentMs: Math.max(0, (now - last) * 1e3)
		};
	}
	async take(holder) {
		const done = await this.#machine.run(this.#script(TAKE, this.#paths.lock, holder.id, JSON.stringify(holder)));
		if (done.code !== 0) throw this.#failed(done, "taking the lock");
		return done.stdout.trim() === "taken";
	}
	async takeOver(from, holder) {
		return await this.#ours(this.#script(REMOVE, this.#paths.lock, from.id), "taking over the lock") && await this.take(holder);
	}
	async release(holder) {
		return await this.#ours(this.#script(REMOVE, this.#paths.lock, holder.id), "releasing the lock");
	}
	async beat(holder, beat) {
		const text = JSON.stringify({
			id: holder.id,
			...beat
		});
		return await this.#ours(this.#script(BEAT, this.#paths.lock, this.#paths.beat, holder.id, text), "showing a sign of life");
	}
	async append(line, holder) {
		const command = {
			...this.#script(APPEND, this.#paths.lock, holder?.id ?? "", this.#paths.journal),
			stdin: `${line}\n`
		};
		if (await this.#ours(command, `writing the journal ${this.#paths.journal}`)) return;
		throw new Failure("The lock of this environment was taken by another run while this step worked; it stops here.", {
			code: "lock-lost",
			hint: "`savepoint status` shows who holds it now."
		});
	}
	#script(script, ...words) {
		return {
			words: [
				"sh",
				"-c",
				script,
				"sh",
				...words
			],
			repeatable: true
		};
	}
	async #ours(command, what) {
		const done = await this.#machine.run(command);
		if (done.code === 0) return true;
		if (done.code === LOST) return false;
		throw this.#failed(done, what);
	}
	#failed(done, what) {
		return new Failure(`${what} failed (exit ${done.code ?? done.signal})`, {
			evidence: done.stderr.trimEnd().split("\n").slice(-5),
			hint: `Check that ${this.#paths.root} on ${this.#machine.name} can be written by ${this.#machine.login} and that its disk is not full (df -h).`
		});
	}
};
function parseHolder(text, path) {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Failure(`The lock ${path} cannot be read.`, {
			cause: error,
			evidence: [text.slice(0, 200)],
			hint: "It was not written by Savepoint or is damaged. Where nothing runs, remove the file.",
			exit: 2
		});
	}
}
function parseBeat(text, id) {
	try {
		const beat = JSON.parse(text);
		return beat.id === id ? {
			running: beat.running,
			step: beat.step,
			process: beat.process
		} : void 0;
	} catch {
		return;
	}
}
// src/journal/journal.ts
var Journal = class {
	lock;
	#machine;
	#paths;
	constructor(machine, paths) {
		this.#machine = machine;
		this.#paths = paths;
		this.lock = new Lock(machine, paths);
	}
	async read() {
		return fold(parseEntries(await readText(this.#machine, this.#paths.journal) ?? "", this.#paths.journal));
	}
	async write(fact, stamp) {
		const entry = {
			v: 1,
			at: stamp.at.toISOString(),
			owner: stamp.owner,
			...stamp.holder && { fence: stamp.holder.fence },
			...stamp.deploy !== void 0 && { deploy: stamp.deploy },
			...fact
		};
		await this.lock.append(JSON.stringify(entry), stamp.holder);
	}
};
function parseEntries(text, path) {
	const entries = [];
	for (const line of text.replaceAll("\0", "").split("\n")) {
		if (line.trim() === "") continue;
		const entry = parseLine(line);
		if (entry === void 0) continue;
		if (entry.v !== 1) throw new Failure(`The journal ${path} was written by a newer Savepoint (format ${String(entry.v)}).`, {
			hint: "Use at least the version that wrote it.",
			exit: 2
		});
		entries.push(entry);
	}
	return entries;
}
function parseLine(line) {
	try {
		const value = JSON.parse(line);
		return typeof value === "object" && value !== null && "kind" in value ? value : void 0;
	} catch {
		return;
	}
}
// src/journal/paths.ts
function statePaths(root) {
	return {
		root,
		journal: `${root}/journal.jsonl`,
		identity: `${root}/identity.json`,
		lock: `${root}/lock`,
		beat: `${root}/beat`,
		backups: `${root}/backups`,
		running: `${root}/running`
	};
}
// src/postgres/channel-binding.ts
const BOUND = "SCRAM-SHA-256-PLUS";
function requireChannelBinding(client, stream) {
	const { connection } = client;
	const refuse = () => {
		const failure = new Failure("the server does not bind the login to the encrypted connection, and channel_binding=require asks for it", {
			code: "tls",
			hint: "switch SSL and scram-sha-256 on in the server; where a pooler or a proxy is in between that cannot, say channel_binding=prefer"
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
// src/postgres/sqlerror.ts
function sqlFailure(error, sql, target) {
	const evidence = [];
	if (sql !== void 0 && error.position !== void 0) evidence.push(...positionEvidence(sql, Number(error.position)));
	if (error.internalQuery !== void 0 && error.internalPosition !== void 0) evidence.push(...positionEvidence(error.internalQuery, Number(error.internalPosition)));
	const detail = withoutValues(error);
	if (detail !== void 0) evidence.push(`detail: ${detail}`);
	const place = Object.entries({
		schema: error.schema,
		table: error.table,
		column: error.column,
		constraint: error.constraint
	}).filter(([, name]) => name !== void 0).map(([kind, name]) => `${kind} ${name}`);
	if (place.length > 0) evidence.push(`where: ${place.join(", ")}`);
	if (error.where !== void 0) evidence.push(...context(error.where));
	if (error.hint !== void 0) evidence.push(`PostgreSQL's hint: ${error.hint}`);
	return new Failure(`${error.message} (SQLSTATE ${error.code ?? "unknown"})`, {
		code: error.code,
		evidence,
		hint: privilegeHint(error, target) ?? error.hint,
		cause: error
	});
}
function entryFailure(error, target) {
	const role = identifier(target.user);
	const url = target.setting ?? "the URL";
	const hints = {
		"28P01": `check the password in ${url} (special characters are percent-encoded), or set it: ALTER ROLE ${role} PASSWORD '…'`,
		"28000": `check that the role ${role} exists, may log in, and that the server's pg_hba.conf lets it in from here`,
		"3D000": `check the database's name in ${url}, or create it: CREATE DATABASE ${identifier(target.database)} OWNER ${role}`,
		"42501": `GRANT CONNECT ON DATABASE ${identifier(target.database)} TO ${role}`,
		"53300": "the server has no connection left: end idle ones or raise max_connections",
		"57P03": "the server is starting or stopping: try again when it is up",
		"55000": `the database takes no connections: ALTER DATABASE ${identifier(target.database)} ALLOW_CONNECTIONS true`
	};
	return new Failure(`cannot enter ${describeTarget(target)}: ${error.message}`, {
		code: error.code,
		hint: (error.code === void 0 ? void 0 : hints[error.code]) ?? error.hint,
		evidence: error.detail === void 0 ? [] : [`detail: ${error.detail}`],
		cause: error
	});
}
function positionEvidence(sql, position) {
	const characters = Array.from(sql);
	if (!Number.isInteger(position) || position < 1 || position > characters.length + 1) return [];
	const before = characters.slice(0, position - 1);
	const start = before.lastIndexOf("\n") + 1;
	const end = characters.indexOf("\n", position - 1);
	const line = characters.slice(start, end < 0 ? void 0 : end);
	const lineNumber = before.filter((character) => character === "\n").length + 1;
	const column = position - 1 - start;
	const from = column > 80 ? column - 60 : 0;
	const shown = line.slice(from, from + 120).map((character) => character === "	" || character === "\r" ? " " : character);
	const label = `line ${lineNumber}: ${from > 0 ? "…" : ""}`;
	return [`${label}${shown.join("").trimEnd()}`, `${" ".repeat(Array.from(label).length + column - from)}^`];
}
function withoutValues(error) {
	if (error.detail === void 0 || error.code?.startsWith("23") !== true) return error.detail;
	if (error.code === "23502" || error.code === "23514") return void 0;
	return error.detail.replace(/=\(.*\)/su, "=(…)");
}
function context(where) {
	return where.split("\n").slice(0, 3).map((line) => `context: ${line.replace(/^(COPY [^:]*):.*$/u, "$1")}`);
}
function privilegeHint(error, target) {
	if (error.code !== "42501") return void 0;
	const role = identifier(target.user);
	switch (error.routine) {
		case "createdb":
		case "RenameDatabase": return `ALTER ROLE ${role} CREATEDB, and make it a member of the database's owner: GRANT <owner> TO ${role}; or name a role that has both in database-admin-url`;
		case "pg_terminate_backend": return `GRANT pg_signal_backend TO ${role}`;
		default: return `the role ${role} lacks this right: GRANT it, or GRANT the owning role TO ${role}, or name a role that has it in database-admin-url`;
	}
}
// src/postgres/session.ts
const CANCEL_GRACE = 5e3;
var Session = class {
	target;
	pid = 0;
	keyPid = 0;
	serverVersion = 0;
	#client;
	#stream;
	#request;
	#last = Promise.resolve();
	#lost;
	constructor(client, stream, request) {
		this.target = request.target;
		this.#client = client;
		this.#stream = stream;
		this.#request = request;
		client.on("error", (error) => this.#lost ??= error);
		const { onNotice } = request;
		if (onNotice) client.on("notice", (notice) => onNotice(`${notice.severity ?? "NOTICE"}: ${notice.message ?? ""}`));
	}
	async begin() {
		const { lockTimeout = 0, statementTimeout = 0 } = this.#request;
		this.keyPid = "processID" in this.#client ? Number(this.#client.processID) : 0;
		const wanted = [
			["DateStyle", "ISO"],
			["IntervalStyle", "postgres"],
			["lock_timeout", String(lockTimeout)],
			["statement_timeout", String(statementTimeout)],
			["idle_in_transaction_session_timeout", "0"],
			["idle_session_timeout", "0"],
			["transaction_timeout", "0"],
			["client_connection_check_interval", "5s"]
		];
		const rows = await this.query(`SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
        pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::bool AS readonly,
        (SELECT count(set_config(s.name, w.setting, false)) FROM pg_settings s
         JOIN unnest($1::text[], $2::text[]) AS w(name, setting) ON lower(w.name) = lower(s.name)
         WHERE $3 OR pg_backend_pid() = $4) AS settings`, [
			wanted.map(([name]) => name),
			wanted.map(([, setting]) => setting),
			this.#request.untouched !== true,
			this.keyPid
		]);
		this.pid = rows[0]?.pid ?? 0;
		this.serverVersion = rows[0]?.version ?? 0;
		this.#refuseOther(rows[0]?.standby === true, rows[0]?.readonly === true);
	}
	#refuseOther(standby, readonly) {
		const wanted = this.target.options["target_session_attrs"];
		if (!(wanted === "primary" && standby) && !(wanted === "read-write" && (standby || readonly))) return;
		this.#stream.destroy();
		throw refusal(`${describeTarget(this.target)} is ${standby ? "a standby" : "read-only"}, and target_session_attrs=${wanted} asks for the server that writes`, {
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
	async transaction(body, mode = "") {
		await this.exec(`BEGIN ${mode}`);
		try {
			const result = await body();
			if ((await this.#inTurn("COMMIT", void 0)).command !== "COMMIT") throw new Failure("the transaction was rolled back: a statement in it had failed", { code: "25P02" });
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
			await Promise.race([ended, delay(2e3)]);
		}
		this.#stream.destroy();
	}
	async #inTurn(sql, values) {
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
			throw new Failure(`the connection to ${describeTarget(this.target)} was lost`, {
				code: "connection-lost",
				evidence: [messageOf(this.#lost ?? error)],
				hint: "what the statement did is unknown: look before it is run again",
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
			const stream = await this.#request.dial(addressOf$1(this.target));
			stream.on("error", () => void 0);
			stream.end(message);
			stream.resume();
			await delay(CANCEL_GRACE);
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
	if (answer === "N") throw new Failure("the server does not offer encryption, and sslmode asks for it", {
		code: "tls",
		hint: "switch SSL on in the server, or, where the way to it is safe, say sslmode=disable in the URL"
	});
	throw new Failure("what answers there does not speak PostgreSQL", {
		code: "tls",
		hint: "check the server's name and port"
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
		const onClose = () => settle(() => reject(new Failure("the connection was closed before it began", { code: "connection-lost" })));
		raw.on("data", onData).on("error", onError).on("close", onClose).on("end", onClose);
	});
}
async function handshake(raw, target, certificates) {
	const stream = connect(tlsOptions(raw, target, certificates));
	raw.on("error", (error) => stream.destroy(error));
	await new Promise((resolve, reject) => {
		const onError = (error) => {
			const code = "code" in error && typeof error.code === "string" ? error.code : "";
			reject(new Failure(`no trusted encrypted connection to ${target.host} (sslmode=${target.sslmode})`, {
				code: "tls",
				evidence: [code === "" ? messageOf(error) : `${messageOf(error)} (${code})`],
				hint: "give the authority that signed the server's certificate as sslrootcert=/path/on/that/machine in the URL, and the server by the name in its certificate",
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
// src/postgres/connection.ts
const CONNECT_TIMEOUT = 1e4;
const LEAST_SECONDS = 2;
const FOR_EVER_SECONDS = 3600;
function connectTimeoutOf({ options }) {
	const said = options["connect_timeout"];
	if (said === void 0) return CONNECT_TIMEOUT;
	const seconds = Number(said) <= 0 ? FOR_EVER_SECONDS : Number(said);
	return Math.min(Math.max(seconds, LEAST_SECONDS), FOR_EVER_SECONDS) * 1e3;
}
async function openConnection(request) {
	const { target, signal } = request;
	if (signal) stopIfCancelled(signal);
	const timeout = request.connectTimeout ?? connectTimeoutOf(target);
	const opening = new Opening(request);
	const stop = Promise.withResolvers();
	const onAbort = () => stop.reject(new Cancelled());
	signal?.addEventListener("abort", onAbort, { once: true });
	const timer = setTimeout(() => {
		stop.reject(new Failure(`no answer from ${describeTarget(target)} within ${timeout / 1e3} s`, {
			code: "timeout",
			hint: "check the server's name and port, and the firewall between"
		}));
	}, timeout);
	try {
		return await Promise.race([opening.open(), stop.promise]);
	} catch (error) {
		opening.abandon();
		throw error;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", onAbort);
	}
}
var Opening = class {
	#request;
	#stream;
	#abandoned = false;
	constructor(request) {
		this.#request = request;
	}
	abandon() {
		this.#abandoned = true;
		this.#stream?.destroy();
	}
	async open() {
		const { target } = this.#request;
		const stream = await this.#wire();
		const options = serverOptions(target);
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
			...options === void 0 ? {} : { options },
			enableChannelBinding: target.options["channel_binding"] === "require",
			types: TYPES
		});
		if (target.options["channel_binding"] === "require") requireChannelBinding(client, stream);
		const session = new Session(client, stream, this.#request);
		try {
			await client.connect();
		} catch (error) {
			if (passwordAsked && target.password === void 0) throw new Failure(`${describeTarget(target)} wants a password, and ${target.setting ?? "the URL"} has none`, {
				code: "28P01",
				hint: "put it into the URL: postgres://user:password@server/database"
			});
			throw error instanceof esm_default.DatabaseError ? entryFailure(error, target) : unreachable(error, target);
		}
		await session.begin();
		return session;
	}
	async #wire() {
		const { target, certificates = {} } = this.#request;
		try {
			const raw = await this.#request.dial(addressOf$1(target));
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
	return new Failure(`cannot reach ${describeTarget(target)}`, {
		code: known?.code ?? "unreachable",
		evidence: [messageOf(error), ...known?.evidence ?? []],
		hint: `${known?.hint ?? "check the server's name and port, that it runs, and the firewall between."} It is named by ${target.setting ?? "the URL"}.`,
		cause: error
	});
}
// src/postgres/pooler.ts
async function requireSessions(connection, open) {
	const own = new Set([connection.pid]);
	for (let turn = 0; turn < 3; turn += 1) own.add(await pidOf(connection));
	if (own.size > 1) throw transactions(connection, `one connection was answered by ${own.size} server sessions`);
	await using second = await openSecond(connection, open);
	const others = new Set([second.pid]);
	for (let turn = 0; turn < 3; turn += 1) {
		others.add(await pidOf(second));
		own.add(await pidOf(connection));
	}
	if (own.size > 1 || others.size > 1 || others.has(connection.pid)) throw transactions(connection, "two connections that were open at once were answered by one server session");
	await requireReset(second, open);
}
async function requireReset(used, open) {
	const mark = randomBytes(8).toString("hex");
	await used.query("SELECT set_config('savepoint.mark', $1, false)", [mark]);
	await used[Symbol.asyncDispose]();
	await using next = await open();
	const [row] = await next.query("SELECT current_setting('savepoint.mark', true) AS mark");
	if (row?.mark !== mark) return;
	await next.exec("RESET savepoint.mark");
	throw refusal(`${describeTarget(next.target)} goes through a pooler that hands sessions on as they were left`, {
		code: "pooler",
		hint: `Give the database's direct address, or set server_reset_query = DISCARD ALL in the pooler. ${BESIDE}`,
		evidence: ["a setting of one session was found in the next one: a backup would leave the application without its search path"]
	});
}
async function openSecond(connection, open) {
	try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure && [
			"timeout",
			"53300",
			"08P01"
		].includes(error.code ?? ""))) throw error;
		throw refusal(`${describeTarget(connection.target)} goes through a pooler that gives no second session`, {
			code: "pooler",
			hint: `Give the database's direct address: a backup reads in several sessions at once. ${BESIDE}`,
			evidence: [error.message],
			cause: error
		});
	}
}
const BESIDE = "Where `database-url` must stay the pooler's, give the direct one as `database-admin-url` beside it.";
function transactions(connection, seen) {
	return refusal(`${describeTarget(connection.target)} goes through a transaction pooler`, {
		code: "pooler",
		hint: `Give the database's direct address (or the pooler's session mode): migrations, dumps and locks need a server session each. ${BESIDE}`,
		evidence: [seen]
	});
}
async function pidOf(connection) {
	const [row] = await connection.query("SELECT pg_backend_pid() AS pid");
	return row?.pid ?? 0;
}
// src/postgres/starting.ts
const NOT_YET = "57P03";
const NOBODY = [
	"refused",
	"connection-lost",
	"unreachable"
];
const PATIENCE_MS$2 = 3e4;
const JUST_STARTED_MS = 3e4;
const PAUSE_MS = 500;
async function whenUp(open, { say, startedAgo, signal }) {
	const until = performance.now() + PATIENCE_MS$2;
	for (let told = false;; told = true) try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure) || performance.now() >= until || !await isStarting(error, startedAgo)) throw error;
		if (!told) say(`The database is just starting; waiting for it, up to ${PATIENCE_MS$2 / 1e3} s (${error.message}).`);
		await new Promise((done) => setTimeout(done, PAUSE_MS));
		if (signal) stopIfCancelled(signal);
	}
}
async function isStarting({ code = "" }, startedAgo) {
	if (code === NOT_YET) return true;
	if (!NOBODY.includes(code)) return false;
	const ago = await startedAgo?.();
	return ago !== void 0 && ago < JUST_STARTED_MS;
}
// src/postgres/database.ts
const OURS = "savepoint ";
function openDatabase(request) {
	return new Database(request);
}
var Database = class {
	name;
	target;
	adminTarget;
	dialFrom;
	toolsOn;
	deployId;
	adminReads;
	#patience;
	#direct = new Set();
	constructor(request) {
		this.target = request.target;
		this.adminTarget = request.adminTarget ?? request.target;
		this.name = request.target.database;
		this.dialFrom = request.dialFrom;
		this.toolsOn = request.toolsOn;
		this.deployId = request.deployId;
		this.adminReads = request.adminReads ?? false;
		this.#patience = {
			say: request.say ?? (() => void 0),
			startedAgo: request.startedAgo
		};
	}
	async connect(purpose, options = {}) {
		const request = await this.#request(purpose, options);
		const { target } = request;
		const way = JSON.stringify([
			addressOf$1(target),
			target.user,
			target.database
		]);
		if (this.#direct.has(way)) return await this.#open(request);
		const first = await this.#open({
			...request,
			untouched: true
		});
		if (first.keyPid !== first.pid) {
			await using looking = first;
			await requireSessions(looking, async () => await openConnection({
				...request,
				untouched: true
			}));
		}
		this.#direct.add(way);
		return first.keyPid === first.pid ? first : await openConnection(request);
	}
	async whoAnswers() {
		await using connection = await this.#open({
			...await this.#request("look", {}),
			untouched: true
		});
		const [row] = await connection.query("SELECT system_identifier::text AS system FROM pg_control_system()");
		return {
			system: row?.system ?? "",
			pooled: connection.keyPid !== connection.pid
		};
	}
	async #open(request) {
		return await whenUp(async () => await openConnection(request), {
			...this.#patience,
			signal: request.signal
		});
	}
	async #request(purpose, options) {
		const target = this.#targetOf(options);
		return {
			target,
			dial: async (address) => await this.dialFrom.dial(address),
			applicationName: this.applicationName(purpose),
			certificates: await this.#certificates(target),
			signal: options.signal,
			lockTimeout: options.lockTimeout,
			statementTimeout: options.statementTimeout,
			onNotice: options.onNotice
		};
	}
	async connectMaintenance(purpose, options = {}) {
		const candidates = new Set([
			this.adminTarget.database,
			"postgres",
			"template1"
		]);
		candidates.delete(this.name);
		const refused = [];
		for (const database of candidates) try {
			return await this.connect(purpose, {
				...options,
				admin: true,
				database
			});
		} catch (error) {
			if (!(error instanceof Failure && [
				"3D000",
				"42501",
				"28000",
				"55000"
			].includes(error.code ?? ""))) throw error;
			refused.push(error);
		}
		throw new Failure("no other database of the cluster can be entered, and creating or renaming one needs that", {
			hint: `GRANT CONNECT ON DATABASE postgres TO "${this.adminTarget.user}"`,
			evidence: refused.map((error) => error.message),
			cause: refused[0]
		});
	}
	environment(options = {}) {
		const target = this.#targetOf(options);
		return {
			PGHOST: target.socket ?? target.host,
			PGPORT: String(target.port),
			PGUSER: target.user,
			...target.password === void 0 ? {} : { PGPASSWORD: target.password },
			PGDATABASE: target.database,
			PGAPPNAME: this.applicationName(options.purpose ?? "tool"),
			PGCONNECT_TIMEOUT: target.options["connect_timeout"] ?? "10",
			PGOPTIONS: serverOptions(target) ?? "",
			PGSSLMODE: target.sslmode,
			PGSSLROOTCERT: target.options["sslrootcert"] ?? "",
			PGSSLCERT: target.options["sslcert"] ?? "",
			PGSSLKEY: target.options["sslkey"] ?? "",
			PGCHANNELBINDING: target.options["channel_binding"] ?? "prefer",
			...NEUTRAL,
			...Object.fromEntries(Object.entries(VARIABLES).flatMap(([name, variable]) => {
				const said = target.options[name];
				return said === void 0 ? [] : [[variable, said]];
			}))
		};
	}
	applicationName(purpose) {
		return `${OURS}${purpose}${this.deployId === void 0 ? "" : ` ${this.deployId}`}`.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 63);
	}
	#targetOf(options) {
		return {
			...options.admin === true ? this.adminTarget : this.target,
			database: options.database ?? this.name
		};
	}
	async #certificates(target) {
		const { sslrootcert, sslcert, sslkey } = target.options;
		return {
			root: sslrootcert === "system" ? void 0 : await this.#read("sslrootcert", sslrootcert),
			certificate: await this.#read("sslcert", sslcert),
			key: await this.#read("sslkey", sslkey)
		};
	}
	async #read(option, path) {
		if (path === void 0 || path === "") return void 0;
		const finished = await this.toolsOn.run({ words: [
			"cat",
			"--",
			path
		] });
		if (finished.code === 0) return finished.stdout;
		throw new Failure(`${option} of the database's URL cannot be read on ${this.toolsOn.name}: ${path}`, {
			evidence: finished.stderr.trim().split("\n"),
			hint: `put the file there, readable by ${this.toolsOn.login}`
		});
	}
};
const VARIABLES = {
	hostaddr: "PGHOSTADDR",
	sslsni: "PGSSLSNI",
	sslcompression: "PGSSLCOMPRESSION",
	ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
	ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
	target_session_attrs: "PGTARGETSESSIONATTRS"
};
const NEUTRAL = {
	PGHOSTADDR: "",
	PGCLIENTENCODING: "",
	PGREQUIREPEER: "",
	PGSSLCRL: "",
	PGSSLCRLDIR: "",
	PGSSLMINPROTOCOLVERSION: "",
	PGSSLMAXPROTOCOLVERSION: "",
	PGSSLNEGOTIATION: "postgres",
	PGSSLCERTMODE: "allow",
	PGGSSENCMODE: "disable",
	PGTARGETSESSIONATTRS: "any",
	PGLOADBALANCEHOSTS: "disable",
	PGTZ: "default",
	PGDATESTYLE: "default",
	PGGEQO: "default"
};
// src/machine/git.ts
const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const QUIET = [
	"gc.autoDetach=false",
	"maintenance.autoDetach=false",
	"fetch.prune=false",
	"fetch.pruneTags=false"
].flatMap((setting) => ["-c", setting]);
const LOOKS = new Set([
	"cat-file",
	"check-ref-format",
	"diff",
	"diff-tree",
	"for-each-ref",
	"log",
	"ls-files",
	"ls-tree",
	"merge-base",
	"rev-list",
	"rev-parse",
	"status"
]);
const ENVIRONMENT = {
	GIT_TERMINAL_PROMPT: "0",
	LC_ALL: "C",
	GIT_OPTIONAL_LOCKS: "0",
	GIT_COMMITTER_NAME: "Savepoint",
	GIT_COMMITTER_EMAIL: "savepoint@localhost"
};
var Git = class {
	machine;
	directory;
	constructor(machine, directory) {
		this.machine = machine;
		this.directory = directory;
	}
	async run(words, options = {}) {
		const finished = await this.machine.run({
			...options,
			words: [
				"git",
				"-C",
				this.directory,
				...words
			],
			env: {
				...ENVIRONMENT,
				...options.env
			},
			repeatable: LOOKS.has(words[0] ?? "") || words[0] === "config" && words[1] === "--get" ? true : void 0
		});
		if (finished.code === 127) throw refusal(`git is not installed on ${this.machine.name}.`, {
			hint: "Install git there.",
			code: "not-found"
		});
		return finished;
	}
	async script(text, words, options = {}) {
		return await this.machine.run({
			...options,
			words: [
				"sh",
				"-c",
				text,
				"sh",
				...words
			],
			cwd: this.directory,
			env: {
				...ENVIRONMENT,
				...options.env
			}
		});
	}
	async say(words, what, options = {}) {
		const finished = await this.run(words, options);
		if (finished.code === 0) return finished.stdout;
		throw new Failure(`${what} failed in ${this.directory} on ${this.machine.name} (${ending(finished)}).`, { evidence: gitLines(finished) });
	}
	async read(words, what, options = {}) {
		const chunks = [];
		const stdout = new Writable({ write(chunk, _encoding, done) {
			chunks.push(chunk);
			done();
		} });
		await this.say(words, what, {
			...options,
			stdout
		});
		return Buffer.concat(chunks);
	}
};
function gitLines(finished) {
	return lastLines(finished).map(withoutCredentials);
}
function withoutCredentials(text) {
	return text.replaceAll(/\/\/(?:[^/:@\s]+:[^\s'"]+|[^/\s]+)@/g, "//***@");
}
// src/machine/no-clone.ts
const LOOK = `
[ -d "$1" ] || { echo missing; exit; }
[ -e "$1/.git" ] || { echo plain; exit; }
set -f
set -- $(ls -ldn "$1/.git")
echo "clone $3 $(id -u)"
`;
async function explainNoClone(machine, directory, evidence) {
	const { stdout } = await machine.run({ words: [
		"sh",
		"-c",
		LOOK,
		"sh",
		directory
	] });
	const [found, owner, self] = stdout.trim().split(" ");
	if (found === "missing") return refusal(`The folder ${directory} does not exist on ${machine.name}.`, { hint: `Clone the app there first: git clone <repository> ${directory}.` });
	if (found === "plain") return refusal(`${directory} on ${machine.name} is not a git clone.`, {
		hint: `Clone the app there: git clone <repository> ${directory}.`,
		evidence
	});
	if (found === "clone" && owner !== self) return refusal(`git refuses ${directory} on ${machine.name}: it belongs to user ${owner}, and ${machine.login} is user ${self}.`, {
		hint: `Log in as its owner, or tell git that this is meant: git config --global --add safe.directory ${directory}`,
		evidence
	});
	return refusal(`${directory} on ${machine.name} has a .git that git cannot read.`, {
		evidence,
		hint: `See what \`git -C ${directory} status\` says there.`
	});
}
// src/machine/patient-fetch.ts
const FETCH_TIMEOUT_MS = 9e5;
const PATIENCE_MS$1 = 2e4;
async function patientFetch(git, words, options, patience = PATIENCE_MS$1) {
	const silent = new AbortController();
	const over = new AbortController();
	let asking = Promise.resolve();
	const watch = setTimeout(() => {
		asking = answers(git, over.signal, 2 * patience).then((answered) => answered ? void 0 : silent.abort());
	}, patience);
	const signals = options.signal === void 0 ? [silent.signal] : [silent.signal, options.signal];
	try {
		return await git.run([
			...QUIET,
			"fetch",
			"--no-recurse-submodules",
			...words
		], {
			timeout: FETCH_TIMEOUT_MS,
			...options,
			signal: AbortSignal.any(signals)
		});
	} catch (error) {
		if (!silent.signal.aborted || options.signal?.aborted === true) throw error;
		throw new Failure(`the server did not answer within ${formatDuration(3 * patience)}`, {
			code: "timeout",
			cause: error
		});
	} finally {
		clearTimeout(watch);
		over.abort();
		await asking;
	}
}
async function answers(git, signal, timeout) {
	try {
		await git.run([
			"ls-remote",
			"--quiet",
			"origin",
			"HEAD"
		], {
			timeout,
			signal
		});
		return true;
	} catch (error) {
		return !(error instanceof Failure && error.code === "timeout");
	}
}
// src/machine/unreachable-origin.ts
async function unreachableOrigin(clone, finished) {
	const { directory, machine } = clone;
	const url = await clone.origin();
	if (url === void 0) return refusal(`The clone ${directory} on ${machine.name} has no remote named origin.`, { hint: `git -C ${directory} remote add origin <url>` });
	const locks = await locksIn(clone, finished.stderr);
	if (locks.length > 0) return new Failure(`Another git command works in ${directory} on ${machine.name}, or one that was killed left its lock there.`, {
		code: "git-lock",
		evidence: gitLines(finished),
		hint: `Where no git command runs there (\`ps\` shows it): ${quote(["rm", ...locks])}`
	});
	return new Failure(`${machine.name} cannot fetch from ${url}.`, {
		code: "origin-unreachable",
		evidence: gitLines(finished),
		hint: authHint(url, clone)
	});
}
async function silentOrigin(clone, { message, evidence, cause }) {
	const { directory, machine } = clone;
	return new Failure(`${machine.name} cannot fetch from ${await clone.origin() ?? "origin"}: ${message}.`, {
		code: "origin-unreachable",
		evidence,
		cause,
		hint: `Nothing was changed. Try it as ${machine.login}: git -C ${directory} ls-remote origin. Where only this host cannot reach the server, \`transport: push\` brings the code from the checkout.`
	});
}
async function locksIn({ git, gitDirectory }, said) {
	if (!said.includes(".lock")) return [];
	const { stdout } = await git.run(["rev-parse", "--git-common-dir"]);
	const common = stdout.trim().startsWith("/") ? stdout.trim() : gitDirectory;
	return (await git.script("find \"$1\" -name \"*.lock\" -print", [common])).stdout.split("\n").filter((path) => path !== "" && said.includes(path.slice(common.length + 1)));
}
function authHint(url, { machine, directory }) {
	const test = `Try it as ${machine.login}: git -C ${directory} fetch origin.`;
	if (/^https?:/.test(url)) return `${test} A private repository needs a credential helper there, or an SSH URL with a deploy key.`;
	if (/^(?:ssh:|[^/]+@[^/]+:)/.test(url)) return `${test} It needs a key there that may read the repository (a deploy key), and the git server's host key in known_hosts.`;
	return test;
}
// src/machine/work-tree.ts
const CHECKOUT = `
mark=$1 commit=$2; shift 2
dirty() { git status --porcelain --untracked-files=no --ignore-submodules=all; }
case " $* " in
*" --force "*) rm -f "\${mark%/*}/index.lock" "\${mark%/*}/HEAD.lock" ;;
*) if [ -e "$mark" ]; then exit 65; fi
  edits=$(dirty) || exit 1
  if [ -n "$edits" ]; then exit 66; fi ;;
esac
printf '%s\\n' "$commit" > "$mark.new" && mv -f "$mark.new" "$mark" || exit 1
git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules "$@" --detach "$commit" --
code=$?
# A refusal changed nothing, and git's own end is an end. Where files of both versions are left (a full disk), the mark stays.
if [ "$code" -eq 0 ] || { left=$(dirty) && [ -z "$left" ]; }; then rm -f "$mark"; fi
exit "$code"
`;
const INTERRUPTED = 65;
const ASIDE = `suffix=$1; shift; for path do mv -- "$path" "$path$suffix" || exit 1; done`;
const PATHS_AT_ONCE = 200;
const AUTHOR = {
	GIT_AUTHOR_NAME: "Savepoint",
	GIT_AUTHOR_EMAIL: "savepoint@localhost"
};
var WorkTree = class {
	#git;
	#mark;
	constructor(git, gitDirectory) {
		this.#git = git;
		this.#mark = `${gitDirectory}/savepoint-checkout`;
	}
	async dirtyFiles() {
		const fields = (await this.#git.say([
			"status",
			"--porcelain",
			"-z",
			"--untracked-files=no",
			"--ignore-submodules=all"
		], "looking for local edits")).split("\0");
		const files = [];
		for (let at = 0; at < fields.length; at += 1) {
			const field = fields[at] ?? "";
			if (field === "") continue;
			files.push(field.slice(3));
			if (/^(?:R|C|.R|.C)/.test(field)) at += 1;
		}
		return files;
	}
	async untrackedInTheWay(commit) {
		const added = (await this.#git.say([
			"diff",
			"--name-only",
			"-z",
			"--no-renames",
			"--diff-filter=A",
			"--ignore-submodules=all",
			"--cached",
			"-R",
			commit,
			"--"
		], "comparing the versions")).split("\0").filter((path) => path !== "");
		const found = new Set();
		for (let at = 0; at < added.length; at += PATHS_AT_ONCE) {
			const words = [
				"--literal-pathspecs",
				"ls-files",
				"--others",
				"-z",
				"--",
				...added.slice(at, at + PATHS_AT_ONCE)
			];
			const others = await this.#git.say(words, "looking for untracked files");
			for (const path of others.split("\0")) if (path !== "") found.add(path);
		}
		return [...found];
	}
	async interrupted() {
		const text = (await readText(this.#git.machine, this.#mark))?.trim();
		return text !== void 0 && FULL_COMMIT.test(text) ? text : void 0;
	}
	async checkout(commit, options) {
		const refused = await this.#tryCheckout(commit, options);
		if (refused === void 0) return;
		const dirty = await this.dirtyFiles();
		if (dirty.length > 0) throw this.#refused(commit, "tracked files were edited there", dirty);
		const inTheWay = await this.untrackedInTheWay(commit);
		if (inTheWay.length > 0) throw this.#refused(commit, "untracked files stand where that version has files", inTheWay);
		throw this.#refused(commit, `git refused (${ending(refused)})`, gitLines(refused));
	}
	async restoreTo(commit, options) {
		if (await this.#tryCheckout(commit, options) === void 0) return {
			edits: void 0,
			renamed: []
		};
		const edits = (await this.dirtyFiles()).length > 0 ? await this.#keepEdits(options.at) : void 0;
		const renamed = await this.#moveAside(commit, `.before-rollback-${compactUtc(options.at)}`);
		const finished = await this.#run(commit, ["--force"], options);
		if (finished.code !== 0) throw this.#refused(commit, `git refused (${ending(finished)})`, gitLines(finished));
		return {
			edits,
			renamed
		};
	}
	async #tryCheckout(commit, options) {
		const careful = ["--no-overwrite-ignore"];
		let finished = await this.#run(commit, careful, options);
		if (finished.code === INTERRUPTED) {
			await this.#settle(options);
			finished = await this.#run(commit, careful, options);
		}
		return finished.code === 0 ? void 0 : finished;
	}
	async #settle(options) {
		const commit = await this.interrupted() ?? "HEAD";
		const finished = await this.#run(commit, ["--force"], options);
		if (finished.code !== 0) throw this.#refused(commit, `the checkout that was killed there cannot be finished (${ending(finished)})`, gitLines(finished));
	}
	async #run(commit, flags, options) {
		return await this.#git.script(CHECKOUT, [
			this.#mark,
			commit,
			...flags
		], options);
	}
	async #keepEdits(at) {
		const kept = (await this.#git.say([
			"stash",
			"create",
			"savepoint: edits before a rollback"
		], "keeping local edits", { env: AUTHOR })).trim();
		if (kept === "") return void 0;
		const ref = `refs/savepoint/edits/${compactUtc(at)}`;
		await this.#git.say([
			"update-ref",
			ref,
			kept
		], "keeping local edits");
		return ref;
	}
	async #moveAside(commit, suffix) {
		const inTheWay = await this.untrackedInTheWay(commit);
		for (let at = 0; at < inTheWay.length; at += PATHS_AT_ONCE) {
			const finished = await this.#git.script(ASIDE, [suffix, ...inTheWay.slice(at, at + PATHS_AT_ONCE)]);
			if (finished.code !== 0) throw this.#refused(commit, "files in the way cannot be renamed", gitLines(finished));
		}
		return inTheWay.map((path) => path + suffix);
	}
	#refused(commit, why, files) {
		const { directory, machine } = this.#git;
		return new Failure(`${shortCommit(commit)} cannot be checked out in ${directory} on ${machine.name}: ${why}.`, {
			evidence: files.slice(0, 20),
			hint: `Look with \`git -C ${directory} status\`; commit, move or remove what stands in the way, then try again.`,
			code: "work-tree"
		});
	}
};
// src/machine/clone.ts
async function openClone(machine, directory) {
	const git = new Git(machine, directory);
	const asked = await git.run([
		"rev-parse",
		"--is-bare-repository",
		"--is-inside-work-tree",
		"--show-prefix",
		"--absolute-git-dir"
	]);
	const [bare, inside, prefix = "", gitDirectory] = asked.stdout.split("\n");
	if (asked.code !== 0 || gitDirectory === void 0) throw await explainNoClone(machine, directory, gitLines(asked));
	if (bare === "true" || inside !== "true") throw refusal(`${directory} on ${machine.name} is a bare git repository, or the inside of one: it holds no files to run.`, { hint: "Make a clone with files: git clone <repository> <folder>." });
	if (prefix !== "") {
		const top = directory.replace(/\/+$/, "").slice(0, -prefix.length) || "/";
		throw refusal(`${directory} on ${machine.name} is a folder inside the git clone ${top}, not a clone.`, { hint: `A switch checks out all of a clone. If all of ${top} is the app, give that folder, and go into ${prefix.replace(/\/$/, "")} in your commands.` });
	}
	return new Clone(git, gitDirectory);
}
var Clone = class {
	#git;
	#tree;
	gitDirectory;
	constructor(git, gitDirectory) {
		this.#git = git;
		this.gitDirectory = gitDirectory;
		this.#tree = new WorkTree(git, gitDirectory);
	}
	get machine() {
		return this.#git.machine;
	}
	get directory() {
		return this.#git.directory;
	}
	get git() {
		return this.#git;
	}
	async current() {
		return await this.resolve("HEAD");
	}
	async head() {
		const commit = await this.current();
		if (commit !== void 0) return commit;
		throw refusal(`${this.directory} on ${this.machine.name} has no commit yet.`, { hint: "Check a version out there first: git fetch && git checkout <commit>." });
	}
	async resolve(ref) {
		if (ref === "" || ref.startsWith("-") || /[\s\0]/.test(ref)) return void 0;
		const finished = await this.#git.run([
			"rev-parse",
			"--verify",
			"--quiet",
			`${ref}^{commit}`
		]);
		const commit = finished.stdout.trim();
		return finished.code === 0 && FULL_COMMIT.test(commit) ? commit : void 0;
	}
	async has(commit) {
		return FULL_COMMIT.test(commit) && (await this.#git.run([
			"cat-file",
			"-e",
			`${commit}^{commit}`
		])).code === 0;
	}
	async hasAll(commit) {
		return FULL_COMMIT.test(commit) && (await this.#git.run([
			"rev-list",
			"--quiet",
			"--objects",
			"--no-walk",
			commit
		])).code === 0;
	}
	async isShallow() {
		return (await this.#git.say(["rev-parse", "--is-shallow-repository"], "looking at the clone")).trim() === "true";
	}
	async origin() {
		const finished = await this.#git.run([
			"config",
			"--get",
			"remote.origin.url"
		]);
		return finished.code === 0 ? withoutCredentials(finished.stdout.trim()) : void 0;
	}
	async dirtyFiles() {
		return await this.#tree.dirtyFiles();
	}
	async untrackedInTheWay(commit) {
		return await this.#tree.untrackedInTheWay(known(commit));
	}
	async interruptedCheckout() {
		return await this.#tree.interrupted();
	}
	async checkout(commit, options = {}) {
		await this.#tree.checkout(known(commit), options);
	}
	async restoreTo(commit, options) {
		return await this.#tree.restoreTo(known(commit), options);
	}
	async fetch(what = {}) {
		const { refs = [], commit, ...options } = what;
		const tags = refs.length > 0 || await this.isShallow() ? [] : ["--tags"];
		const finished = await this.#fetch([
			"--force",
			...tags,
			"origin",
			...refs
		], options);
		if (finished.code !== 0 && !(commit !== void 0 && await this.hasAll(commit))) throw await unreachableOrigin(this, finished);
		if (commit === void 0 || await this.hasAll(commit)) return true;
		if (!FULL_COMMIT.test(commit)) return false;
		return (await this.#fetch([
			"--no-tags",
			"origin",
			commit
		], options)).code === 0 && await this.hasAll(commit);
	}
	async log(from, to, max) {
		const range = from !== void 0 && await this.has(from) ? [`${from}..${known(to)}`] : [known(to)];
		const fields = (await this.#git.say([
			"log",
			"-z",
			`--max-count=${max}`,
			"--format=%H%x00%s%x00%an%x00%aI",
			"--no-show-signature",
			...range,
			"--"
		], "reading the commits")).split("\0");
		const commits = [];
		for (let at = 0; at + 3 < fields.length; at += 4) {
			const [commit = "", subject = "", author = "", date = ""] = fields.slice(at, at + 4);
			commits.push({
				commit,
				subject,
				author,
				date: date.trim()
			});
		}
		return commits;
	}
	async subject(commit) {
		if (!await this.has(commit)) return void 0;
		return (await this.log(void 0, commit, 1))[0]?.subject;
	}
	async isAncestor(older, newer) {
		return (await this.#git.run([
			"merge-base",
			"--is-ancestor",
			known(older),
			known(newer)
		])).code === 0;
	}
	async listFiles(commit, directory) {
		const folder = tidy(directory);
		const path = folder === "" ? [] : ["--", `${folder}/`];
		const entries = (await this.#git.say([
			"ls-tree",
			"-z",
			"--full-tree",
			known(commit),
			...path
		], `listing ${directory}`)).split("\0").filter((entry) => entry !== "");
		if (entries.length === 0) return void 0;
		return entries.filter((entry) => entry.split(" ")[1] === "blob").map((entry) => entry.slice(entry.indexOf("	") + 1).slice(folder === "" ? 0 : folder.length + 1));
	}
	async readFile(commit, path) {
		const name = `${known(commit)}:${tidy(path)}`;
		const type = await this.#git.run([
			"cat-file",
			"-t",
			name
		]);
		if (type.code !== 0 || type.stdout.trim() !== "blob") return void 0;
		return await this.#git.say([
			"cat-file",
			"blob",
			name
		], `reading ${path}`, { whole: true });
	}
	async checkoutBytes(commit) {
		const before = await this.current() ?? (await this.#git.say([
			"hash-object",
			"-t",
			"tree",
			"--stdin"
		], "comparing the versions")).trim();
		const blobs = (await this.#git.say([
			"diff-tree",
			"-r",
			"-z",
			"--no-renames",
			"--diff-filter=d",
			before,
			known(commit)
		], "comparing the versions")).split("\0").filter((field) => /^:\d+ 1\d+ /.test(field)).map((field) => field.split(" ")[3] ?? "");
		if (blobs.length === 0) return 0;
		return (await this.#git.say(["cat-file", "--batch-check=%(objectsize)"], "measuring the files", { stdin: `${blobs.join("\n")}\n` })).split("\n").reduce((sum, size) => sum + (/^\d+$/.test(size) ? Number(size) : 0), 0);
	}
	async #fetch(words, { patience, ...options }) {
		try {
			return await patientFetch(this.#git, words, options, patience);
		} catch (error) {
			throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(this, error) : error;
		}
	}
};
function known(commit) {
	if (FULL_COMMIT.test(commit)) return commit;
	throw new Failure(`${JSON.stringify(commit)} is not a full commit id.`);
}
function tidy(path) {
	return path.replace(/^(?:\.?\/+)+/, "").replace(/\/+$/, "").replace(/^\.$/, "");
}
// src/deploy/app-clone.ts
async function openAppClone(machine, shared) {
	const directory = shared["app-dir"];
	if (directory === void 0) return void 0;
	const path = await resolvePath(machine, directory);
	if (!await exists(machine, path)) throw refusal(`\`app-dir\` ${path} does not exist on ${machine.name}.`, { hint: `Clone the app there first: git clone <repository> ${path} (\`transport: push\` makes it by itself). A folder that ${machine.login} may not look into counts as missing.` });
	return await openClone(machine, path);
}
// src/deploy/env-file.ts
function parseEnvFile(text) {
	const values = new Map();
	for (const line of text.split(/\r?\n/)) {
		const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
		if (!match) continue;
		const [, name = "", raw = ""] = match;
		const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(raw);
		values.set(name, quoted ? unescaped(quoted[2] ?? "", quoted[1] === "\"") : raw.replace(/\s+#.*$/, ""));
	}
	return values;
}
function unescaped(value, double) {
	return double ? value.replaceAll(/\\(["\\$n])/g, (_, char) => char === "n" ? "\n" : char) : value;
}
// src/deploy/database-target.ts
async function targetOf(address, input, request) {
	return withSchema(await addressTarget(address, input, request), request.shared.schema);
}
function withPathOf(target, admin) {
	if (admin.schema !== void 0 || admin.searchPath !== void 0) return admin;
	const { schema, searchPath } = target;
	return {
		...admin,
		...schema !== void 0 && { schema },
		...searchPath !== void 0 && { searchPath }
	};
}
function withSchema(target, schema) {
	if (schema === void 0 || target.schema === schema) return target;
	if (target.schema === void 0) return {
		...target,
		schema
	};
	throw refusal(`\`schema\` is ${schema}, and ${target.setting ?? "the URL"} says schema=${target.schema}.`, { hint: "Say it once, or the same in both." });
}
async function addressTarget(address, input, request) {
	if (address.kind === "url") return {
		...address.target,
		setting: `\`${input}\``
	};
	const value = await readFromEnvFile(address.name, input, request);
	request.mask(new Secret(value));
	try {
		const target = parseTargetUrl(value);
		hidePassword(target, request);
		return {
			...target,
			setting: `\`${input}\` (${address.name} in app-dir's .env)`
		};
	} catch (error) {
		throw refusal(`\`${input}\`: ${address.name} in the host's .env ${error instanceof Error ? error.message : "cannot be read"}.`, { hint: "It must look like postgres://user:password@server:5432/name." });
	}
}
function hidePassword(target, { mask }) {
	const password = passwordToHide(target);
	if (password !== void 0) mask(password);
}
async function readFromEnvFile(name, input, { shared, machine }) {
	const directory = shared["app-dir"];
	if (directory === void 0) throw refusal(`\`${input}: env:${name}\` is read from app-dir's .env, and \`app-dir\` is not given.`);
	const path = `${await resolvePath(machine, directory)}/.env`;
	const text = await readText(machine, path);
	if (text === void 0) throw refusal(`\`${input}: env:${name}\`: there is no ${path} on ${machine.name} that ${machine.login} can read.`);
	const value = parseEnvFile(text).get(name);
	if (value === void 0 || value === "") throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} sets no ${name}.`);
	return value;
}
// src/deploy/direct-way.ts
async function directTarget(target, admin, place) {
	const elsewhere = admin !== void 0 && JSON.stringify(addressOf$1(admin)) !== JSON.stringify(addressOf$1(target)) ? admin : void 0;
	if (target.pooled === true) {
		if (elsewhere !== void 0) return atAddressOf(elsewhere, target);
		throw refusal(`\`database-url\` (${describeTarget(target)}) says pgbouncer=true: a pooler is in between.`, {
			code: "pooler",
			hint: "Migrations, dumps and locks need a server session each: give the database's direct address, or, where `database-url` must stay the pooler's, the direct one as `database-admin-url` beside it."
		});
	}
	if (elsewhere === void 0) return target;
	const answers = await openDatabase({
		target,
		...place
	}).whoAnswers();
	if (!answers.pooled) return target;
	if ((await openDatabase({
		target: elsewhere,
		...place
	}).whoAnswers()).system === answers.system) return atAddressOf(elsewhere, target);
	throw refusal(`\`database-url\` (${describeTarget(target)}) goes through a pooler, and \`database-admin-url\` (${describeTarget(elsewhere)}) is another server than the one behind it.`, {
		code: "other-server",
		hint: "Give the direct address of the same server."
	});
}
function atAddressOf(admin, target) {
	const { options: ofSession } = target.options;
	const { options: _ofAdmin, ...way } = admin.options;
	const { socket: _socket, pooled: _pooled, ...rest } = target;
	return {
		...rest,
		host: admin.host,
		port: admin.port,
		...admin.socket !== void 0 && { socket: admin.socket },
		sslmode: admin.sslmode,
		options: {
			...way,
			...ofSession !== void 0 && { options: ofSession }
		},
		setting: `${target.setting ?? "`database-url`"} (its role, at the address of \`database-admin-url\`, because the URL's own is a pooler's)`
	};
}
// src/machine/compose.ts
const COMMIT_LABEL = "savepoint.commit";
function composeWords({ command, files }, ...args) {
	return [
		...command,
		...files.flatMap((file) => ["--file", file]),
		...args
	];
}
function dockerWords({ command }, ...args) {
	const plugin = command.indexOf("compose", 1);
	if (plugin > 0) return [...command.slice(0, plugin), ...args];
	const own = command.findIndex((word) => /(?:^|\/)docker-compose$/.test(word));
	return [
		...command.slice(0, own === -1 ? -1 : own),
		"docker",
		...args
	];
}
function isThroughSudo({ command: [first = ""] }) {
	return /(?:^|\/)sudo$/.test(first);
}
function engineHint({ machine, command }) {
	const client = dockerWords({ command }).join(" ");
	if (!isThroughSudo({ command })) return `${machine.login} must be able to use the engine there (\`${client} ps\`): by the group docker, or by sudo in compose-command.`;
	return `${machine.login} must be able to run \`${command.join(" ")}\` and \`${client}\` there without a password or a terminal. For sudo, in /etc/sudoers.d: NOPASSWD:SETENV: and the paths of both programs (SETENV is for -E).`;
}
async function compose(project, args, options = {}) {
	return await project.machine.run({
		...options,
		words: composeWords(project, ...args),
		cwd: project.directory,
		env: {
			...project.environment,
			...options.env
		}
	});
}
async function containersNamed(project, name) {
	const filter = `label=com.docker.compose.project=${name}`;
	const list = quote(dockerWords(project, "ps", "--all", "--quiet", "--no-trunc", "--filter", filter));
	const inspect = quote(dockerWords(project, "inspect", "--type", "container"));
	const script = `ids=$(${list}) || exit ${NO_LIST}; [ -z "$ids" ] && { echo '[]'; exit 0; }; ${inspect} $ids || :`;
	const finished = await project.machine.run({
		words: [
			"sh",
			"-c",
			script
		],
		repeatable: true
	});
	if (finished.code === 0) return read(finished);
	throw new Failure(`looking at the containers of ${name} failed (${ending(finished)})`, {
		evidence: lastLines(finished),
		...finished.code === NO_LIST && { hint: engineHint(project) }
	});
}
const NO_LIST = 3;
function read(inspected) {
	try {
		return JSON.parse(inspected.stdout).filter(({ Config }) => Config.Labels?.["com.docker.compose.oneoff"] !== "True").map(toContainer$1);
	} catch (error) {
		throw new Failure(`looking at the containers failed (${ending(inspected)})`, {
			evidence: lastLines(inspected),
			cause: error
		});
	}
}
function toContainer$1({ Id, Name, Image, RestartCount, Config, State }) {
	const labels = Config.Labels ?? {};
	const health = State.Health?.Status;
	return {
		id: Id,
		name: Name.replace(/^\//, ""),
		service: labels["com.docker.compose.service"] ?? "",
		state: State.Status,
		health: health === "none" ? void 0 : health,
		exitCode: State.ExitCode,
		restarts: RestartCount,
		outOfMemory: State.OOMKilled === true,
		image: Image,
		imageName: Config.Image,
		variables: (Config.Env ?? []).map((entry) => entry.slice(0, entry.indexOf("="))),
		labels
	};
}
// src/machine/service-container.ts
const NO_COMPOSE_FILE = 14;
async function findServiceContainer(project, service) {
	const { machine, directory } = project;
	const ids = await containerIds(project, service);
	const lasting = (ids.length === 0 ? [] : await inspect$1(project, ids)).filter((one) => one.Config.Labels?.["com.docker.compose.oneoff"] !== "True");
	const running = lasting.filter((one) => one.State.Running && !one.State.Paused && !one.State.Restarting);
	const [only, ...others] = running;
	if (only === void 0) throw refusal(`the service ${service} of ${directory} on ${machine.name} does not run`, {
		code: "service-stopped",
		hint: `start it there, and look at what it says: ${[
			...project.command,
			"up",
			"--detach",
			service
		].join(" ")}; ${[
			...project.command,
			"logs",
			service
		].join(" ")}`,
		evidence: lasting.length === 0 ? ["it has no container"] : lasting.map((one) => `${nameOf(one)}: ${one.State.Status}`)
	});
	if (others.length > 0) throw refusal(`the service ${service} of ${directory} on ${machine.name} has ${running.length} running containers`, {
		code: "service-ambiguous",
		hint: "a database is one server: scale the service to 1, or name the right server by database-url",
		evidence: running.map(nameOf)
	});
	return toContainer(only);
}
async function containerState(project, id) {
	const finished = await project.machine.run({
		words: dockerWords(project, "inspect", "--format", "{{.State.Status}}", id),
		repeatable: true
	});
	return finished.code === 0 ? finished.stdout.trim() : void 0;
}
async function startedAgo(project, id) {
	const { machine } = project;
	const started = await machine.run({
		words: dockerWords(project, "inspect", "--format", "{{.State.StartedAt}}", id),
		repeatable: true
	});
	const now = await machine.run({
		words: ["date", "+%s"],
		repeatable: true
	});
	const ago = Number(now.stdout.trim()) * 1e3 - Date.parse(started.stdout.trim());
	return started.code === 0 && now.code === 0 && Number.isFinite(ago) ? ago : void 0;
}
async function containerIds(project, service) {
	const listed = await listContainers(project, service);
	const ids = wordsOf(listed.stdout);
	if (listed.code === 0 && ids.length > 0) return ids;
	const labelled = await labelledIds(project, service);
	if (labelled.length > 0) return labelled;
	await refuseUnknown(project, service, listed);
	return [];
}
async function listContainers(project, service) {
	try {
		return await compose(project, [
			"ps",
			"--all",
			"--quiet",
			"--",
			service
		]);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "not-found")) throw error;
		throw refusal(`\`database-service\`: ${error.message}`, {
			code: error.code,
			cause: error,
			hint: "Install docker with compose there, say how compose is called (compose-command), or give database-url."
		});
	}
}
async function labelledIds(project, service) {
	const { machine, directory } = project;
	const real = await machine.run({
		words: ["pwd", "-P"],
		cwd: directory,
		repeatable: true
	});
	const found = new Set();
	for (const folder of new Set([directory, real.stdout.replace(/\n$/, "")])) {
		const labels = [`service=${service}`, `project.working_dir=${folder}`].flatMap((label) => ["--filter", `label=com.docker.compose.${label}`]);
		const listed = await machine.run({
			words: dockerWords(project, "ps", "--quiet", "--no-trunc", ...labels),
			repeatable: true
		});
		for (const id of wordsOf(listed.stdout)) found.add(id);
	}
	return [...found];
}
function wordsOf(text) {
	return text.split(/\s+/).filter((word) => word !== "");
}
async function refuseUnknown(project, service, listed) {
	const { machine, directory } = project;
	const known = await compose(project, ["config", "--services"]);
	const services = known.stdout.split("\n").filter((name) => name !== "");
	if (known.code === 0 && !services.includes(service)) throw refusal(`\`database-service\`: the compose project of ${directory} on ${machine.name} has no service ${service}`, {
		code: "service-unknown",
		hint: services.length === 0 ? "it has no services at all" : `it has ${services.toSorted().join(", ")}`
	});
	const failed = [listed, known].find((one) => one.code !== 0);
	if (failed === void 0) return;
	if (failed.code === NO_COMPOSE_FILE) throw refusal(`\`database-service\`: there is no compose file in ${directory} on ${machine.name}`, {
		code: "compose-failed",
		evidence: lastLines(failed),
		hint: `Check app-dir and compose-file. Before the very first deploy: bring the compose file there and start the database yourself (${[
			...project.command,
			"up",
			"--detach",
			service
		].join(" ")}); no deploy does that.`
	});
	throw refusal(`the compose project of ${directory} on ${machine.name} cannot be read (${ending(failed)})`, {
		code: "compose-failed",
		evidence: lastLines(failed),
		hint: `Check compose-file and compose-command. ${engineHint(project)}`
	});
}
async function inspect$1(project, ids) {
	const finished = await project.machine.run({
		words: dockerWords(project, "inspect", "--type", "container", ...ids),
		repeatable: true
	});
	if (finished.code === 0) return JSON.parse(finished.stdout);
	throw refusal(`looking at the containers on ${project.machine.name} failed (${ending(finished)})`, {
		evidence: lastLines({
			stdout: "",
			stderr: finished.stderr
		}),
		hint: engineHint(project),
		code: "engine-failed"
	});
}
function nameOf({ Name }) {
	return Name.replace(/^\//, "");
}
function toContainer(inspected) {
	const { Id, Config, HostConfig, NetworkSettings } = inspected;
	return {
		id: Id,
		name: nameOf(inspected),
		environment: new Map((Config.Env ?? []).map((pair) => [pair.replace(/=.*/s, ""), pair.slice(pair.indexOf("=") + 1)])),
		hostNetwork: HostConfig.NetworkMode === "host",
		addresses: Object.values(NetworkSettings.Networks ?? {}).flatMap(({ IPAddress }) => IPAddress === "" ? [] : [IPAddress]),
		published: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => port.endsWith("/tcp") ? (bindings ?? []).map(({ HostIp, HostPort }) => ({
			port: Number.parseInt(port, 10),
			at: {
				host: loopbackFor(HostIp),
				port: Number(HostPort)
			}
		})) : [])
	};
}
function loopbackFor(ip) {
	if (ip === "" || ip === "0.0.0.0") return "127.0.0.1";
	return ip === "::" ? "::1" : ip;
}
// src/machine/service-bridge.ts
const BRIDGE = `
if command -v bash >/dev/null 2>&1; then
  exec bash -c 'exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
    echo bridged >&2
    cat <&3 & reader=$!
    { cat <&4 >&3; kill "$reader"; } >/dev/null 2>&1 &
    wait "$reader"; exit 0' bash "$1" "$2"
elif command -v socat >/dev/null 2>&1; then echo bridged >&2; exec socat - "TCP:$1:$2"
elif command -v nc >/dev/null 2>&1; then echo bridged >&2; exec nc "$1" "$2"
fi
exit 96
`;
const NO_PROGRAM = 96;
async function openBridge(run, { host, port }) {
	const stop = new AbortController();
	const bridge = new Bridge(stop);
	const bridged = Promise.withResolvers();
	const over = run({
		words: [
			"sh",
			"-c",
			BRIDGE,
			"sh",
			host,
			String(port)
		],
		stdin: bridge.toServer,
		stdout: bridge.fromServer,
		signal: stop.signal,
		onLine: (line, from) => {
			if (from === "stderr" && line === "bridged") bridged.resolve();
		}
	}).then((finished) => {
		throw notBridged(finished);
	}, (error) => {
		bridge.destroy(error instanceof Error ? error : void 0);
		throw error;
	});
	over.catch(() => void 0);
	try {
		await Promise.race([bridged.promise, over]);
		return bridge;
	} catch (error) {
		bridge.destroy();
		throw error;
	}
}
function notBridged(finished) {
	if (finished.code === NO_PROGRAM) return new Failure("the image has neither bash, socat nor nc to pass bytes on", { code: "unreachable" });
	return new Failure(`nothing answers there: ${lastLines(finished, 1)[0] ?? "no connection"}`, { code: "refused" });
}
var Bridge = class extends Duplex {
	toServer = new PassThrough();
	fromServer = new PassThrough();
	#stop;
	constructor(stop) {
		super({ allowHalfOpen: false });
		this.#stop = stop;
		this.fromServer.on("data", (chunk) => {
			if (!this.push(chunk)) this.fromServer.pause();
		});
		this.fromServer.once("end", () => this.push(null));
		this.fromServer.on("error", () => void 0);
		this.toServer.on("error", () => void 0);
		this.on("error", () => void 0);
	}
	_read() {
		this.fromServer.resume();
	}
	_write(chunk, _encoding, done) {
		this.toServer.write(chunk, done);
	}
	_final(done) {
		this.toServer.end(done);
	}
	_destroy(error, done) {
		this.toServer.destroy();
		this.fromServer.destroy();
		this.#stop.abort();
		done(error);
	}
};
// src/machine/service-dial.ts
const PATIENCE_MS = 5e3;
var ServiceDial = class {
	#world;
	#container;
	#known = new Map();
	constructor(world) {
		this.#world = world;
		this.#container = world.container;
	}
	async dial(address) {
		if ("socket" in address) throw new Failure(`${address.socket} is in the service ${this.#world.service}: sockets there are not dialled`, { code: "unreachable" });
		if (!isLoopback(address.host)) return await this.#bridge(address);
		const { port } = address;
		const known = this.#known.get(port);
		if (known === void 0) return await this.#search(port);
		try {
			return await this.#take(known, port);
		} catch (error) {
			if (isLost(error)) throw error;
			this.#known.delete(port);
			this.#container = await this.#world.look();
			return await this.#search(port);
		}
	}
	async addressOf(port) {
		const { hostNetwork, addresses } = this.#container;
		if (hostNetwork) return {
			host: "127.0.0.1",
			port
		};
		const ways = [...addresses.map((host) => ({
			host,
			port
		})), ...this.#published(port)];
		for (const way of ways) try {
			(await this.#take(way, port)).destroy();
			return way;
		} catch (error) {
			if (isLost(error)) throw error;
		}
	}
	async #search(port) {
		const { hostNetwork, addresses } = this.#container;
		const direct = hostNetwork ? [{
			host: "127.0.0.1",
			port
		}] : [...this.#published(port), ...addresses.map((host) => ({
			host,
			port
		}))];
		const tried = [];
		for (const way of [...direct, "bridge"]) try {
			const stream = await this.#take(way, port);
			this.#known.set(port, way);
			return stream;
		} catch (error) {
			if (isLost(error)) throw error;
			tried.push(`${way === "bridge" ? "through the container" : formatAddress(way)}: ${messageOf(error)}`);
		}
		const { service, machine } = this.#world;
		throw new Failure(`port ${port} of the service ${service} cannot be reached from ${machine.name}`, {
			code: "unreachable",
			evidence: tried,
			hint: `Check that the server in it is up. Else publish its port for the host alone (ports: ["127.0.0.1:${port}:${port}"] in the compose file), or give database-url.`
		});
	}
	async #take(way, port) {
		if (way === "bridge") return await this.#bridge({
			host: "127.0.0.1",
			port
		});
		return await soon(this.#world.machine.dial(way), formatAddress(way));
	}
	async #bridge(address) {
		return await openBridge(this.#world.run, address);
	}
	#published(port) {
		return this.#container.published.filter((one) => one.port === port).map((one) => one.at);
	}
};
function isLoopback(host) {
	return host === "localhost" || host === "::1" || host.startsWith("127.");
}
function isLost(error) {
	return error instanceof Failure && (error.code === "connection-lost" || error.exit === 2);
}
async function soon(dialled, shown) {
	const late = Promise.withResolvers();
	const timer = setTimeout(() => {
		late.reject(new Failure(`${shown} did not answer within ${PATIENCE_MS / 1e3} s`, { code: "timeout" }));
		dialled.then((stream) => stream.destroy()).catch(() => void 0);
	}, PATIENCE_MS);
	try {
		return await Promise.race([dialled, late.promise]);
	} finally {
		clearTimeout(timer);
	}
}
// src/machine/service-script.ts
const ENTER = `savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do [ "$savepoint_l" = "#$1" ]&&break;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"`;
function enterWords(mark) {
	return [
		"sh",
		"-c",
		ENTER,
		"sh",
		mark
	];
}
function enterScript({ words, cwd, env = {} }, mark) {
	const say = (entry) => `printf '%s\\n' '${mark} ${entry}' >&2`;
	return `${[
		"unset CDPATH savepoint_s",
		`export SAVEPOINT_COMMAND=${mark}`,
		...Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : [],
		...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
		...cwd === void 0 ? [] : [`${quote([
			"cd",
			"--",
			cwd
		])} >/dev/null 2>&1 || { ${say("no-folder")}; exit 1; }`],
		quote([
			"set",
			"--",
			...words
		]),
		`command -v "$1" >/dev/null 2>&1 || { ${say("not-found")}; exit 127; }`,
		say("started"),
		"exec \"$@\"",
		`#${mark}`
	].join("\n")}\n`;
}
function exported(name, value) {
	if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable in a container`, { code: "bad-name" });
	return quote(["export", `${name}=${value}`]);
}
function parseEntry(line, mark) {
	if (!line.startsWith(`${mark} `)) return void 0;
	const said = line.slice(mark.length + 1);
	return said === "started" || said === "no-folder" || said === "not-found" ? said : void 0;
}
const FINISH_MARKED = `
mark=SAVEPOINT_COMMAND=$1
marked() {
  for file in /proc/[0-9]*/environ; do
    if { tr '\\000' '\\n' <"$file"; } 2>/dev/null | grep -qxF -- "$mark"; then pid=\${file#/proc/}; printf '%s ' "\${pid%/environ}"; fi
  done
}
send() { found=$(marked); [ -z "$found" ] || kill -s "$1" $found 2>/dev/null; }
gone() {
  until=$(($(date +%s) + 6))
  while [ -n "$(marked)" ]; do
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}
send TERM; gone || { send KILL; gone; }
`;
function finishMarkedWords(mark) {
	return [
		"sh",
		"-c",
		FINISH_MARKED,
		"sh",
		mark
	];
}
// src/machine/service.ts
async function openService(project, service) {
	const container = await findServiceContainer(project, service);
	const inside = {
		project,
		service,
		container
	};
	const run = async (around, command) => await runInside(inside, around, command);
	const way = new ServiceDial({
		machine: project.machine,
		service,
		container,
		look: async () => await findServiceContainer(project, service),
		run: async (command) => await run([], command)
	});
	return {
		name: `the service ${service} on ${project.machine.name}`,
		login: `${service}@${project.machine.name}`,
		local: false,
		environment: container.environment,
		isNamed: async (host) => {
			return (await run([], {
				words: [
					"sh",
					"-c",
					"getent hosts \"$1\" 2>/dev/null; true",
					"sh",
					host
				],
				repeatable: true
			})).stdout.split("\n").map((line) => line.split(/\s/)[0] ?? "").some((address) => address === "::1" || address.startsWith("127.") || container.addresses.includes(address));
		},
		startedAgo: async () => await startedAgo(project, container.id),
		holder: {
			machine: project.machine,
			run,
			addressOf: async (port) => await way.addressOf(port)
		},
		run: async (command) => await run([], command),
		dial: async (address) => await way.dial(address),
		[Symbol.asyncDispose]: async () => void 0
	};
}
async function runInside(inside, around, command) {
	const { project, container } = inside;
	if (command.words[0] === void 0 || command.words[0] === "") throw new Failure("a command without a program", { code: "not-found" });
	const mark = `savepoint-${randomBytes(12).toString("hex")}`;
	let entry;
	let whole = false;
	try {
		const entering = [...around, ...dockerWords(project, "exec", "--interactive", container.id, ...enterWords(mark))];
		const finished = await project.machine.run({
			words: command.noteIn === void 0 ? entering : [
				"sh",
				"-c",
				FOLLOWED,
				"sh",
				quote(finishWords(inside, mark)),
				...entering
			],
			stdin: behind(enterScript(command, mark), command.stdin),
			stdout: command.stdout,
			signal: command.signal,
			timeout: command.timeout,
			noteIn: command.noteIn,
			onLine: (line, from) => {
				const said = from === "stderr" && entry === void 0 ? parseEntry(line, mark) : void 0;
				if (said === void 0) command.onLine?.(line, from);
				else entry = said;
			}
		});
		whole = finished.code === 0;
		if (entry !== "started") throw await notEntered(inside, command, entry, finished);
		return {
			...finished,
			stderr: finished.stderr.replace(`${mark} started\n`, "")
		};
	} catch (error) {
		if (error instanceof Failure && error.code === "connection-lost") whole = true;
		throw error;
	} finally {
		if (!whole) await finishMarked(inside, mark);
	}
}
async function finishMarked(inside, mark) {
	await inside.project.machine.run({
		words: finishWords(inside, mark),
		timeout: 3e4
	}).catch(() => void 0);
}
function finishWords({ project, container }, mark) {
	return dockerWords(project, "exec", container.id, ...finishMarkedWords(mark));
}
const FOLLOWED = `
finish=$1; shift
exec 3<&0
trap 'eval "$finish" >/dev/null 2>&1; exit 143' TERM HUP INT
"$@" <&3 3<&- &
wait "$!"`;
function behind(script, stdin) {
	if (stdin === void 0 || typeof stdin === "string") return script + (stdin ?? "");
	const joined = new PassThrough();
	joined.write(script);
	pipeline(stdin, joined, () => void 0);
	return joined;
}
async function notEntered(inside, command, entry, finished) {
	const { project, service, container } = inside;
	const where = `the service ${service} on ${project.machine.name}`;
	const program = command.words[0] ?? "";
	if (entry === "no-folder") return new Failure(`the working folder ${command.cwd} does not exist in ${where}`, { code: "no-folder" });
	if (entry === "not-found") return new Failure(`${program} is not in ${where}, or not in its PATH`, {
		code: "not-found",
		hint: "Choose an image that has it."
	});
	const state = await containerState(project, container.id).catch((error) => messageOf(error));
	const evidence = [`${container.name}: ${state ?? "the container is gone"}`, ...lastLines(finished)];
	if (state !== "running") return new Failure(`${where} stopped or was replaced while it was worked with`, {
		code: "service-stopped",
		evidence,
		hint: `look at \`${[
			...project.command,
			"logs",
			service
		].join(" ")}\` there; when it runs again, run this again`
	});
	return new Failure(`${program} could not be started in ${where}`, {
		code: "not-started",
		evidence,
		hint: "The image needs a POSIX shell (sh), and the user must be able to use docker exec."
	});
}
// src/postgres/service-target.ts
const NAMES = {
	user: [
		"POSTGRES_USER",
		"POSTGRESQL_USERNAME",
		"POSTGRESQL_USER"
	],
	password: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
	database: [
		"POSTGRES_DB",
		"POSTGRES_DATABASE",
		"POSTGRESQL_DATABASE"
	]
};
const SIGNS = /^(?:POSTGRES_|POSTGRESQL_|PGDATA$|PG_MAJOR$)/;
const PORT = 5432;
async function serviceTarget({ machine, environment }) {
	if (![...environment.keys()].some((name) => SIGNS.test(name))) throw refusal(`\`database-service\`: ${machine.name} does not look like PostgreSQL`, {
		code: "not-postgres",
		hint: "name the service of the database; where its image has no POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, give database-url instead"
	});
	const value = async (names) => await readValue(names, machine, environment);
	const user = await value(NAMES.user) ?? "postgres";
	const password = await value(NAMES.password);
	const port = Number(environment.get("PGPORT") ?? environment.get("POSTGRESQL_PORT_NUMBER") ?? PORT);
	return {
		host: "127.0.0.1",
		port: Number.isInteger(port) && port > 0 && port < 65536 ? port : PORT,
		user,
		password: password === void 0 ? void 0 : new Secret(password),
		database: await value(NAMES.database) ?? user,
		sslmode: "prefer",
		options: {},
		place: machine.name,
		setting: `the environment of ${machine.name}`
	};
}
async function readValue(names, machine, environment) {
	for (const name of names) {
		const said = environment.get(name);
		if (said !== void 0 && said !== "") return said;
		const path = environment.get(`${name}_FILE`);
		if (path === void 0 || path === "") continue;
		const text = await readText(machine, path);
		if (text === void 0) throw refusal(`${name}_FILE of ${machine.name} names ${path}, and there is no such file in it`);
		const held = text.replace(/\n+$/, "");
		if (held !== "") return held;
	}
}
// src/deploy/compose-project.ts
async function openComposeProject(machine, shared, why) {
	const folder = shared["app-dir"];
	if (folder === void 0) throw refusal(`${why} needs \`app-dir\`: the folder of the compose project${machine.local ? "" : ` on ${machine.name}`}.`, { hint: "Give `app-dir`, e.g. /srv/shop." });
	const directory = await resolvePath(machine, folder);
	if (!await exists(machine, directory)) throw refusal(`\`app-dir\` ${directory} does not exist on ${machine.name}.`, { hint: `A folder that ${machine.login} may not look into counts as missing.` });
	return {
		machine,
		directory,
		command: shared["compose-command"].split(/\s+/).filter((word) => word !== ""),
		files: shared["compose-file"] ?? []
	};
}
// src/deploy/service-database.ts
async function openServiceDatabase(name, request) {
	const { shared, machine, say } = request;
	if (shared["database-from"] === "runner" && !machine.local) throw refusal("`database-from: runner` does not go with `database-service`: the service is on the host, and reached from there.");
	const service = await openService(await openComposeProject(machine, shared, "`database-service`"), name);
	const own = await serviceTarget({
		machine: service,
		environment: service.environment
	});
	hidePassword(own, request);
	const place = {
		dialFrom: service,
		toolsOn: service,
		say,
		startedAgo: async () => await service.startedAgo()
	};
	const address = shared["database-url"];
	const target = address === void 0 ? withSchema(own, shared.schema) : await roleOf(address, {
		own,
		name,
		service
	}, request);
	const admin = shared["database-admin-url"];
	return openDatabase({
		target,
		adminTarget: withPathOf(target, admin === void 0 ? own : await serviceAdmin(admin, target, request)),
		adminReads: address !== void 0,
		...place
	});
}
async function serviceAdmin(address, target, request) {
	const { user, password, database, setting = "`database-admin-url`" } = await targetOf(address, "database-admin-url", request);
	if (database === target.database) return {
		...target,
		user,
		password,
		setting
	};
	throw refusal(`\`database-admin-url\` names the database ${database}, ${request.shared["database-url"] === void 0 ? "`database-service` has" : "`database-url` names"} ${target.database}.`, { hint: "Both must name the same database; only the role differs." });
}
async function roleOf(address, { own, name, service }, request) {
	const said = await targetOf(address, "database-url", request);
	const { options } = said.options;
	const target = {
		...own,
		user: said.user,
		password: said.password,
		database: said.database,
		options: options === void 0 ? {} : { options },
		setting: said.setting ?? "`database-url`",
		...said.schema !== void 0 && { schema: said.schema },
		...said.schemaInUrl !== void 0 && { schemaInUrl: said.schemaInUrl },
		...said.searchPath !== void 0 && { searchPath: said.searchPath },
		...said.toolsOwn !== void 0 && { toolsOwn: said.toolsOwn }
	};
	if (said.socket === void 0 && said.host !== name && !await service.isNamed(said.host)) await refuseOther(said, {
		own,
		name,
		service
	});
	return target;
}
async function refuseOther(said, { own, name, service }) {
	const place = {
		dialFrom: service,
		toolsOn: service
	};
	const there = {
		...said,
		sslmode: "prefer",
		options: {}
	};
	const [one, other] = await Promise.all([openDatabase({
		target: {
			...own,
			database: said.database
		},
		...place
	}).whoAnswers(), openDatabase({
		target: there,
		...place
	}).whoAnswers().catch(() => void 0)]);
	if (other?.system === one.system) return;
	throw refusal(other === void 0 ? `\`database-url\` names the server ${said.host}, which is not reached from the service ${name} that \`database-service\` names.` : `\`database-url\` (${describeTarget(said)}) and \`database-service\` (${name}) are two different servers.`, {
		code: "other-server",
		hint: `Beside \`database-service\` the URL is the application's own, with the service's name as server: postgres://user:password@${name}:5432/${encodeURIComponent(said.database)}. For a database elsewhere, leave \`database-service\` out.`
	});
}
// src/deploy/database.ts
async function openConfiguredDatabase(request) {
	const { shared, machine, here, say } = request;
	if (shared["database-service"] !== void 0) return await openServiceDatabase(shared["database-service"], request);
	const address = shared["database-url"];
	if (address === void 0) return void 0;
	const dialFrom = shared["database-from"] === "runner" ? here : machine;
	const named = await targetOf(address, "database-url", request);
	const adminAddress = shared["database-admin-url"];
	const admin = adminAddress === void 0 ? void 0 : await targetOf(adminAddress, "database-admin-url", request);
	if (admin !== void 0 && admin.database !== named.database) throw refusal(`\`database-admin-url\` names the database ${admin.database}, \`database-url\` names ${named.database}.`, { hint: "Both must name the same database; only the role differs, or the way to it." });
	const target = await directTarget(named, admin, {
		dialFrom,
		toolsOn: dialFrom,
		say
	});
	return openDatabase({
		target,
		adminTarget: admin === void 0 ? target : withPathOf(target, admin),
		dialFrom,
		toolsOn: dialFrom,
		say
	});
}
async function outsideTarget({ target, dialFrom }) {
	if (dialFrom.holder === void 0) return target;
	const address = await dialFrom.holder.addressOf(target.port);
	return address === void 0 ? void 0 : {
		...target,
		...address
	};
}
async function freeBytesOnServer(database) {
	if (database.toolsOn.holder === void 0) return void 0;
	try {
		await using connection = await database.connect("look", { admin: true });
		const [row] = await connection.query("SELECT current_setting('data_directory') AS directory");
		return row === void 0 ? void 0 : await freeBytes(database.toolsOn, row.directory);
	} catch (error) {
		if (error instanceof Failure && error.code !== "connection-lost") return void 0;
		throw error;
	}
}
// src/deploy/came-empty.ts
function cameEmpty(line) {
	return `Where the workflow says \`${line}\` already, that is empty for this job: it must be set, by that name, for the repository or for the GitHub environment that the job names with \`environment:\`.`;
}
// src/deploy/identity.ts
async function readIdentity(machine, root) {
	const path = statePaths(root).identity;
	const text = await readText(machine, path);
	if (text === void 0) return void 0;
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Failure(`${path} cannot be read.`, {
			cause: error,
			hint: "It says which app and environment this state belongs to. Restore or remove it.",
			exit: 2
		});
	}
}
async function noteIdentity(machine, paths, identity) {
	const known = await readIdentity(machine, paths.root);
	if (known !== void 0 && (known.app !== identity.app || known.environment !== identity.environment)) throw refusal(`${paths.root} is the state of ${known.app}/${known.environment}, not of ${identity.app}/${identity.environment}.`, { hint: "Give each app and environment a `state-dir` of its own." });
	if (known?.tagPrefix !== identity.tagPrefix) await writeText(machine, paths.identity, `${JSON.stringify(identity)}\n`, { mode: 384 });
}
// src/deploy/rollback-inputs.ts
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
// src/deploy/sections.ts
const allSections = {
	shared: sharedSection,
	backup: backupSection,
	migrate: migrateSection,
	rollout: rolloutSection,
	health: healthSection,
	markStable: markStableSection,
	rollback: rollbackSection
};
function journaledSettings(settings) {
	const raw = {};
	for (const section of Object.values(allSections)) {
		const given = settings.effective(section);
		if (Object.keys(given).length > 0) raw[section.name] = given;
	}
	for (const point of HOOK_POINTS) {
		const commands = settings.text(HOOKS, point);
		if (commands !== void 0) (raw[HOOKS] ??= {})[point] = commands;
	}
	return raw;
}
function settingsOfDeploy(deploy) {
	const raw = { ...deploy.settings };
	const sectionOf = {
		prepare: "rollout",
		switch: "rollout",
		health: "health",
		backup: "backup",
		migrate: "migrate"
	};
	for (const step of deploy.steps) {
		const section = sectionOf[step.step];
		if (section === void 0) continue;
		raw[section] = {
			...raw[section],
			...step.settings
		};
		raw[""] = mergeGiven(raw[""] ?? {}, step.shared);
	}
	return raw;
}
// src/deploy/state.ts
const STATE_HOME = "~/.local/state/savepoint";
async function findState(search) {
	const { machine, shared, profile, need } = search;
	checkName("environment", profile.environment);
	if (profile.app !== void 0) checkName("app", profile.app);
	const given = shared["state-dir"];
	if (given !== void 0) return await givenState(search, given);
	if (!(shared.host !== void 0 || search.ports.env["RUNNER_ENVIRONMENT"] !== "github-hosted")) {
		if (need.state === "optional") return {
			app: profile.app ?? "app",
			root: void 0,
			tagPrefix: void 0
		};
		throw refusal("State would be kept on this GitHub-hosted runner and die with it.", { hint: `Give \`host\` (the state then lives there), or run this job on a machine of your own. ${cameEmpty("host: ${{ vars.SSH_HOST }}")}` });
	}
	const home = await resolvePath(machine, STATE_HOME);
	const app = profile.app ?? await onlyApp(search, home);
	if (app === void 0) return {
		app: "app",
		root: void 0,
		tagPrefix: void 0
	};
	const root = `${home}/${app}/${profile.environment}`;
	if (need.state === "required") return {
		app,
		root,
		tagPrefix: void 0
	};
	if (await exists(machine, statePaths(root).journal)) return {
		app,
		root,
		tagPrefix: (await readIdentity(machine, root))?.tagPrefix
	};
	if (need.state === "optional") return {
		app,
		root: void 0,
		tagPrefix: void 0
	};
	const known = await environmentsIn(machine, home);
	const who = machine.local ? `${machine.login} on ${machine.name}` : machine.name;
	throw refusal(`There is no journal of ${app}/${profile.environment}: ${who} has none in ${root}.`, { hint: known.length === 0 ? `Nothing was ever deployed from this login, or the state is elsewhere: give \`${machine.local ? "host" : "state-dir"}\`, or ${machine.local ? "`state-dir`" : "the `host` user that deploys"}.` : `There is state of: ${known.join(", ")}. Give \`app\`, \`environment\` or \`state-dir\`.` });
}
async function givenState({ machine, profile, need }, given) {
	const root = await resolvePath(machine, given);
	const identity = await readIdentity(machine, root);
	const app = profile.app ?? identity?.app;
	if (app === void 0 && need.state !== "optional") throw refusal(`Which app this is about is not said, and ${root} on ${machine.name} does not say it either.`, { hint: "Give `app`." });
	if (need.state === "optional" && identity === void 0) return {
		app: app ?? "app",
		root: void 0,
		tagPrefix: void 0
	};
	if (need.state === "existing" && identity === void 0) throw refusal(`There is no journal in ${root} on ${machine.name} (read as ${machine.login}).`, { hint: "Check `state-dir`, `host` and the user in it." });
	return {
		app: app ?? "app",
		root,
		tagPrefix: identity?.tagPrefix
	};
}
async function environmentsIn(machine, home) {
	const folders = async (path) => (await list(machine, path)).filter(({ kind }) => kind === "directory").map(({ name }) => name);
	const all = (await folders(home)).map(async (app) => (await folders(`${home}/${app}`)).map((environment) => `${app}/${environment}`));
	return (await Promise.all(all)).flat();
}
async function onlyApp({ machine, need }, home) {
	const apps = (await list(machine, home)).filter((entry) => entry.kind === "directory").map((entry) => entry.name);
	const [only] = apps;
	if (only !== void 0 && apps.length === 1) return only;
	if (need.state === "optional" && apps.length === 0) return void 0;
	throw refusal(apps.length === 0 ? `There is no state of any app in ${home} on ${machine.name} (read as ${machine.login}).` : `${machine.name} holds several apps (${apps.join(", ")}), and which one is not said.`, { hint: machine.local ? "Give `host`, where the state of what is deployed lives; or `app`, or `state-dir`." : "Give `app`, or `state-dir`." });
}
function checkName(input, value) {
	if (/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u.test(value) && !value.endsWith(".lock") && !value.includes("..")) return;
	throw refusal(`\`${input}\` is ${JSON.stringify(value)}, which cannot be a folder's name.`, { hint: "Use letters, digits, dots, dashes and underscores, at most 100, beginning with a letter or digit." });
}
// src/deploy/environment.ts
async function openEnvironment(call, need) {
	const { ports } = call;
	const owner = ownerOf(ports);
	const machine = await machineOf(call.inputs.shared, ports);
	try {
		return await assemble(call, need, {
			machine,
			owner
		});
	} catch (error) {
		if (machine !== ports.here) await machine[Symbol.asyncDispose]();
		throw error;
	}
}
async function assemble(call, need, { machine, owner }) {
	const { ports } = call;
	const given = call.inputs.shared;
	const found = await findState({
		machine,
		shared: given,
		profile: call.profile,
		need,
		ports
	});
	const state = found.root === void 0 ? void 0 : stateAt(machine, found.root);
	if (state !== void 0 && need.state === "required" && !given["dry-run"]) await inState(machine, state.paths, async () => await prepareState(machine, state.paths));
	const hooked = call.settings.withFallback(hooksLayer(call.profile.hooks ?? {}));
	const { settings, shared } = need.journalSettings === true && state ? await withJournal(hooked, given, state) : {
		settings: hooked,
		shared: given
	};
	const tagPrefix = shared["tag-prefix"] ?? found.tagPrefix ?? defaultPrefix(call.profile);
	if (state !== void 0 && need.state === "required" && !given["dry-run"]) {
		const identity = {
			app: found.app,
			environment: call.profile.environment,
			tagPrefix
		};
		await inState(machine, state.paths, async () => await noteIdentity(machine, state.paths, identity));
	}
	let clone;
	let database;
	return {
		app: found.app,
		name: call.profile.environment,
		title: `${found.app}/${call.profile.environment}`,
		tagPrefix,
		shared,
		settings,
		ports,
		owner,
		machine,
		state,
		clone: async () => await (clone ??= openAppClone(machine, shared)),
		database: async () => await (database ??= openDatabaseOf(settings, {
			shared,
			machine,
			here: ports.here,
			mask: (secret) => ports.report.mask(secret),
			say: (text) => ports.report.say(text)
		})),
		[Symbol.asyncDispose]: async () => {
			if (machine !== ports.here) await machine[Symbol.asyncDispose]();
		}
	};
}
async function openDatabaseOf(settings, request) {
	const withheld = settings.missing("").filter((name) => name === "database-url" || name === "database-admin-url");
	if (withheld.length === 0) return await openConfiguredDatabase(request);
	const variables = withheld.map((name) => variableName("", name)).join(" and ");
	throw refusal(`This environment has a database, and its address is a secret that the journal does not keep: ${withheld.map((name) => `\`${name}\``).join(" and ")} must be given.`, {
		hint: `Set ${variables}, as the deploys did.`,
		code: "database-withheld"
	});
}
function stateOf(environment) {
	if (environment.state !== void 0) return environment.state;
	throw refusal("This needs a state directory, and there is none here.", { hint: "Give `host` (the state lives there) or `state-dir`." });
}
async function ledgerOf(environment) {
	return await environment.state?.journal.read();
}
async function databaseOf(environment) {
	const database = await environment.database();
	if (database !== void 0) return database;
	throw refusal("No database is named.", { hint: `Give \`database-url\` (postgres://user:password@server:5432/name, or env:NAME to read it from app-dir's .env on the host), or \`database-service\`.${await whereNoFile(environment)}` });
}
async function appCloneOf(environment) {
	const clone = await environment.clone();
	if (clone !== void 0) return clone;
	throw refusal("No `app-dir` is given: the folder on the host that holds the app's git clone.", { hint: `Give \`app-dir\`, e.g. /srv/shop.${await whereNoFile(environment)}` });
}
async function whereNoFile({ ports, shared }) {
	if (shared.config !== void 0 || await exists(ports.here, `${ports.cwd}/savepoint.yml`)) return "";
	return ` There is no ${DEFAULT_FILE} in ${ports.cwd} from which it could come.`;
}
function stateAt(machine, root) {
	const paths = statePaths(root);
	return {
		paths,
		journal: new Journal(machine, paths)
	};
}
async function machineOf(shared, ports) {
	const { host } = shared;
	if (host === void 0) return ports.here;
	const knownHosts = shared["ssh-known-hosts"];
	if (knownHosts === void 0 && !ports.terminal) throw refusal("`ssh-known-hosts` is required with `host`.", { hint: `Run \`ssh-keyscan ${host.port === 22 ? "" : `-p ${host.port} `}${host.host}\`, compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), and give the lines. ${cameEmpty("ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}")}` });
	const key = shared["ssh-key"];
	if (key === void 0 && !ports.terminal) throw refusal("`ssh-key` is required with `host`.", { hint: `Give the private key. ${cameEmpty("ssh-key: ${{ secrets.SSH_KEY }}")}` });
	const passphrase = shared["ssh-passphrase"];
	return await ports.connect({
		...host,
		key: key === void 0 ? void 0 : new Secret(key),
		passphrase: passphrase === void 0 ? void 0 : new Secret(passphrase),
		knownHosts,
		jump: shared["jump-host"]
	});
}
async function inState(machine, { root }, body) {
	try {
		await body();
	} catch (error) {
		if (!(error instanceof Failure) || error.exit === 2) throw error;
		throw refusal(`\`state-dir\` ${root} cannot be used: ${error.message}.`, {
			cause: error,
			evidence: error.evidence,
			hint: `${error.hint === void 0 ? "" : `${error.hint} `}Give a \`state-dir\` in which ${machine.login} may write: backups, journal and lock are to live there.`
		});
	}
}
async function prepareState(machine, paths) {
	for (const directory of [
		paths.root,
		paths.backups,
		paths.running
	]) await makeDirectory(machine, directory, { mode: 448 });
}
function defaultPrefix(profile) {
	if (profile.environment === "production" || profile.only) return "";
	return `${profile.environment.replaceAll(" ", "-").replace(/\.$/, "")}/`;
}
async function withJournal(given, shared, state) {
	const last = (await state.journal.read()).deploys.at(-1);
	if (last === void 0) return {
		settings: given,
		shared
	};
	const settings = given.withFallback({
		source: JOURNAL,
		of: `deploy ${last.id}`,
		raw: settingsOfDeploy(last)
	});
	return {
		settings,
		shared: settings.read({ shared: sharedSection }).shared
	};
}
// src/deploy/incoming.ts
const FULL_SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
async function checkoutOf(environment) {
	const { here, cwd } = environment.ports;
	return await exists(here, `${cwd}/.git`) ? await openClone(here, cwd) : void 0;
}
async function incomingCommit(environment) {
	const { env, terminal } = environment.ports;
	const named = environment.shared.commit ?? (env["GITHUB_SHA"] || void 0);
	const checkout = await checkoutOf(environment);
	if (named === void 0) return terminal && checkout ? await checkout.head() : void 0;
	if (FULL_SHA.test(named)) return named;
	const clones = [checkout, await environment.clone()].filter((clone) => clone !== void 0);
	for (const clone of clones) {
		const commit = await resolveName(clone, named);
		if (commit !== void 0) return commit;
	}
	throw refusal(`\`commit\` is ${JSON.stringify(named)}, which no tag, branch or commit is called.`, { hint: "Give a full sha, or a tag or branch of the repository. A shallow checkout has no tags: actions/checkout with `fetch-depth: 0`." });
}
async function requireCommit(environment) {
	const commit = await incomingCommit(environment);
	if (commit !== void 0) return commit;
	throw refusal("Which commit this is about is not said.", { hint: "Give `commit` (a sha, tag or branch), or run in the app's checkout." });
}
async function resolveName(clone, name) {
	for (const ref of [
		`refs/tags/${name}`,
		`refs/remotes/origin/${name}`,
		name
	]) {
		const commit = await clone.resolve(ref);
		if (commit !== void 0) return commit;
	}
}
// src/deploy/hooks.ts
function commandEnvironment(environment, about) {
	return {
		SAVEPOINT_ENVIRONMENT: environment.name,
		SAVEPOINT_COMMIT: about.commit,
		SAVEPOINT_PREVIOUS_COMMIT: about.previous ?? "",
		SAVEPOINT_ID: about.id ?? ""
	};
}
async function runHooks(environment, name, run) {
	const text = environment.settings.text(HOOKS, name);
	const commands = text === void 0 ? [] : JSON.parse(text);
	const directory = environment.shared["app-dir"];
	const cwd = directory === void 0 ? void 0 : await resolvePath(environment.machine, directory);
	for (const command of commands) {
		const done = await succeed(environment.machine, {
			words: [
				"sh",
				"-c",
				command
			],
			cwd,
			...run
		}, `the hook ${name} (${command})`);
		environment.ports.report.say(`Hook ${name}: ${command} (${formatDuration(done.durationMs)})`);
	}
}
// src/deploy/older-run.ts
function newerThan(ledger, me, created) {
	const newest = newestConfirmed(ledger);
	if (newest === void 0 || me.terminal) return void 0;
	const [mine, other] = [runOf(me.run), runOf(newest.run)];
	if (mine !== void 0 && mine.repository === other?.repository) return mine.number < other.number ? newest : void 0;
	return created !== void 0 && created.getTime() < Date.parse(newest.openedAt) ? newest : void 0;
}
function newestConfirmed({ deploys }) {
	return deploys.findLast(({ end }) => end?.as === "confirmed");
}
async function refusedAsOlder(environment, ledger, commit) {
	const { shared, owner, ports } = environment;
	if (shared["allow-older"] || owner.terminal) return void 0;
	const newest = newestConfirmed(ledger);
	const stable = ledger.stable.at(-1)?.commit ?? newest?.commit;
	if (newest === void 0 || stable === commit) return void 0;
	const newer = newerThan(ledger, owner, runOf(owner.run)?.repository === runOf(newest.run)?.repository ? void 0 : await runCreated(owner.run, ports.env, shared.token ?? ports.env["GITHUB_TOKEN"]));
	if (newer === void 0 || stable !== void 0 && await isAhead(environment, stable, commit)) return void 0;
	return olderRun(environment, newer, commit);
}
async function refuseOlder(environment, commit) {
	const ledger = await ledgerOf(environment);
	const refused = ledger && await refusedAsOlder(environment, ledger, commit);
	if (refused !== void 0) throw refused;
}
async function isAhead(environment, stable, commit) {
	for (const clone of [await environment.clone(), await checkoutOf(environment)]) {
		if (clone === void 0 || !await clone.has(stable) || !await clone.has(commit)) continue;
		if (await clone.isAncestor(stable, commit)) return true;
	}
	return false;
}
function olderRun({ title, owner }, newer, commit) {
	const who = newer.run === void 0 ? newer.owner : `run ${newer.owner}`;
	return refusal(`This run (${owner.id}) is older than the newest confirmed deploy of ${title}: ${newer.id} of ${shortCommit(newer.commit)}, by ${who}. It would take ${title} back to ${shortCommit(commit)}.`, {
		hint: `To deploy what is newest, start a new run. To go back, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy this one all the same, give \`allow-older: true\`.`,
		evidence: newer.run === void 0 ? [] : [`The newer deploy: ${newer.run}`],
		code: "older-run"
	});
}
// src/deploy/timeline.ts
function timelineOf(deploy, now) {
	const spans = deploy.steps.map((step) => ({
		label: step.step,
		start: Date.parse(step.startedAt),
		end: step.endedAt === void 0 ? now.getTime() : Date.parse(step.endedAt),
		state: step.state === "done" ? "done" : step.state === "running" ? "running" : "failed"
	}));
	return {
		kind: "timeline",
		title: `Deploy ${deploy.id}`,
		spans
	};
}
// src/deploy/steps/left-open.ts
async function leavingOpen(tx, body) {
	try {
		return await body();
	} catch (error) {
		throw await standing(tx, error);
	}
}
async function standing(tx, error) {
	if (tx.deploy === void 0 || error instanceof Failure && error.code === "lock-lost") return error;
	try {
		const deploy = await tx.record();
		const about = openNow(tx.environment, deploy);
		if (error instanceof Cancelled) return new Cancelled(error.message, {
			...about,
			...error.details
		});
		if (!(error instanceof Failure)) return error;
		return error.with({
			state: [...error.state, ...about.state ?? []],
			ways: error.ways.length > 0 ? error.ways : about.ways,
			blocks: [...error.blocks, ...about.blocks ?? []]
		});
	} catch (unread) {
		tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
		return error;
	}
}
function reasonOf(deploy) {
	const last = deploy.steps.at(-1);
	if (last === void 0) return `deploy ${deploy.id} was left open`;
	const how = {
		running: "did not end",
		done: "was left open after",
		failed: "failed at",
		cancelled: "was cancelled at"
	}[last.state];
	return `deploy ${deploy.id} ${last.state === "running" ? `${how} at` : how} ${last.step}`;
}
function openNow(environment, deploy) {
	const steps = deploy.steps.map((step) => `${step.step} ${step.state}`).join(", ");
	const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${steps === "" ? "no step was begun" : steps}.`;
	const blocks = [timelineOf(deploy, environment.ports.clock.now())];
	if (!changedSomething(deploy)) return {
		state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."],
		blocks
	};
	return {
		state: [open, environment.owner.terminal ? "It holds the lock until it is taken back." : "It holds the lock until it is taken back: by this run's rollback step (`if: failure() || cancelled()`), or by hand."],
		ways: [{
			command: rollbackCommand(environment, reasonOf(deploy)),
			means: `Takes deploy ${deploy.id} back: code and database together.`
		}],
		blocks
	};
}
// src/deploy/opening.ts
function freshId(now, commit, ledger) {
	const base = `${compactUtc(now)}-${shortCommit(commit)}`;
	const taken = new Set(ledger.deploys.map((deploy) => deploy.id));
	let id = base;
	for (let letter = 98; taken.has(id); letter += 1) id = `${base}${String.fromCodePoint(letter)}`;
	return id;
}
// src/deploy/process-identity.ts
const SELF = `
p=$PPID
[ -r /proc/$p/stat ] || exit 0
printf '%s/%s/%s/%s' "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)" "$p" "$(sed 's/.*) //' /proc/$p/stat | cut -d' ' -f20)"`;
const IS_DEAD = `
boot=\${1%%/*}; rest=\${1#*/}; ns=\${rest%%/*}; rest=\${rest#*/}; pid=\${rest%%/*}; start=\${rest#*/}
[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || exit 1
[ -n "$ns" ] && [ "$ns" = "$(readlink /proc/self/ns/pid)" ] || exit 1
# Where others' processes are hidden (hidepid), the first one is too, and nothing is known of any.
[ -r /proc/1/stat ] || exit 1
[ -r "/proc/$pid/stat" ] || exit 0
[ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" = "$start" ] && exit 1
exit 0`;
async function processIdentity(here) {
	return (await here.run({ words: [
		"sh",
		"-c",
		SELF
	] })).stdout;
}
async function isDead(here, identity) {
	if (identity === "") return false;
	return (await here.run({ words: [
		"sh",
		"-c",
		IS_DEAD,
		"sh",
		identity
	] })).code === 0;
}
// src/deploy/turn.ts
const POLL_EVERY = 2e3;
const LOST_RACE = 100;
async function takeTurn(environment, request) {
	const { journal } = stateOf(environment);
	const { ports } = environment;
	const process = await processIdentity(ports.here);
	const patience = request.patienceMs ?? environment.shared["lock-lease"];
	const since = ports.clock.now().getTime();
	const older = askedOnce(environment);
	let said = "";
	for (;;) {
		const lock = await journal.lock.status();
		const ledger = await journal.read();
		const moot = request.moot?.(ledger);
		if (moot !== void 0) throw refusal(moot, { code: "moot" });
		const admission = admit(await admissionRequest(environment, request, ledger, lock, older));
		if (admission.do === "refuse") throw admission.failure;
		if (admission.do === "wait") {
			if (ports.clock.now().getTime() - since > patience) throw refusal(`Waited ${formatDuration(patience)}: ${admission.why}.`, {
				hint: "`savepoint status` shows what is going on.",
				code: "busy"
			});
			if (said !== admission.why) ports.report.say(`Waiting: ${admission.why}.`);
			said = admission.why;
			await ports.clock.sleep(POLL_EVERY, ports.signal);
			continue;
		}
		const before = lock.state === "held" ? lock.holder : void 0;
		const holder = nextHolder(environment, {
			admission,
			before,
			ledger
		});
		if (before === void 0 ? await journal.lock.take(holder) : await journal.lock.takeOver(before, holder)) {
			await journal.lock.beat(holder, {
				running: true,
				step: "starting",
				process
			});
			return {
				holder,
				before,
				admission,
				ledger,
				process
			};
		}
		await ports.clock.sleep(LOST_RACE, ports.signal);
	}
}
function askedOnce(environment) {
	let known;
	return async (ledger, commit) => {
		const of = `${ledger.deploys.filter(({ end }) => end?.as === "confirmed").length} ${ledger.stable.at(-1)?.commit}`;
		if (known?.of !== of) known = {
			of,
			answer: refusedAsOlder(environment, ledger, commit)
		};
		return await known.answer;
	};
}
function nextHolder({ ports, owner }, found) {
	const { admission, before, ledger } = found;
	return {
		id: ports.random(16),
		fence: Math.max(ledger.highestFence, before?.fence ?? 0) + 1,
		owner: owner.id,
		deploy: admission.do === "continue" ? admission.deploy.id : void 0,
		run: owner.run,
		since: ports.clock.now().toISOString()
	};
}
async function admissionRequest(environment, request, ledger, lock, older) {
	const { ports, owner, shared, title } = environment;
	const open = ledger.open;
	const foreign = open !== void 0 && open.owner !== owner.id && open.end === void 0;
	const token = shared.token ?? ports.env["GITHUB_TOKEN"];
	const beat = lock.state === "held" ? lock.beat : void 0;
	return {
		title,
		rollback: (reason) => rollbackCommand(environment, reason),
		ledger,
		lock,
		me: owner,
		commit: request.commit,
		wants: request.wants,
		leaseMs: shared["lock-lease"],
		now: ports.clock.now(),
		tooOld: request.wants === "open" && request.commit !== void 0 ? await older(ledger, request.commit) : void 0,
		ownerCompleted: foreign && changedSomething(open) ? await attemptCompleted(open.run, ports.env, token) : void 0,
		beaterDead: beat?.running === true && await isDead(ports.here, beat.process)
	};
}
// src/deploy/transaction.ts
const BEAT_EVERY = 15e3;
var Transaction = class Transaction {
	environment;
	state;
	#holder;
	#deploy;
	#process;
	#released = false;
	constructor(environment, turn) {
		this.environment = environment;
		this.state = stateOf(environment);
		this.#holder = turn.holder;
		this.#deploy = turn.holder.deploy;
		this.#process = turn.process;
	}
	static async begin(environment, request) {
		const turn = await takeTurn(environment, request);
		const held = new Transaction(environment, turn);
		try {
			await held.#beating("prepare", async () => await held.#settle(turn, request));
			return held;
		} catch (error) {
			await held[Symbol.asyncDispose]();
			throw error;
		}
	}
	get deploy() {
		return this.#deploy;
	}
	async record() {
		const found = (await this.state.journal.read()).deploys.find((deploy) => deploy.id === this.#deploy);
		if (found === void 0) throw new Failure(`The journal does not know the deploy ${this.#deploy ?? "(none)"}.`, { exit: 3 });
		return found;
	}
	note() {
		return `${this.state.paths.running}/${this.environment.ports.random(8)}`;
	}
	async write(fact) {
		const { owner, ports } = this.environment;
		await this.state.journal.write(fact, {
			at: ports.clock.now(),
			owner: owner.id,
			deploy: this.#deploy,
			holder: this.#holder
		});
	}
	async step(name, request, body) {
		const { report } = this.environment.ports;
		return (await report.step(request.title, async () => {
			await this.write({
				kind: "step.started",
				step: name,
				intent: request.intent,
				...request.settings && {
					settings: request.settings,
					shared: this.environment.settings.effective(sharedSection)
				}
			});
			try {
				const result = await this.#beating(name, body);
				await this.write({
					kind: "step.done",
					step: name,
					result: result.result
				});
				return result;
			} catch (error) {
				await this.#noteFailure(name, error);
				throw error;
			}
		}, (result) => result.headline)).value;
	}
	async close(fact) {
		if (this.#deploy === void 0) return;
		await this.write({
			kind: "deploy.closed",
			deploy: this.#deploy,
			...fact
		});
		if (fact.blocks === true) return;
		this.#deploy = void 0;
		await this.#release();
	}
	async [Symbol.asyncDispose]() {
		if (this.#released) return;
		try {
			if (this.#deploy === void 0) await this.#release();
			else await this.state.journal.lock.beat(this.#holder, {
				running: false,
				step: "",
				process: this.#process
			});
		} catch (error) {
			this.environment.ports.report.warning(`The lock could not be told that this step ended: ${messageOf(error)}`);
		}
	}
	async #settle({ admission, before, ledger }, request) {
		const { owner } = this.environment;
		if (before !== void 0 && before.owner !== owner.id) await this.write({
			kind: "lock.taken",
			from: before.owner,
			why: admission.do === "abandon" ? admission.why : `${before.owner} is gone or was ended by hand`
		});
		if (admission.do === "abandon") {
			await this.write({
				kind: "deploy.closed",
				deploy: admission.deploy.id,
				as: "abandoned",
				why: admission.why
			});
			this.environment.ports.report.notice(`Closed the abandoned deploy ${admission.deploy.id}: ${admission.why}.`);
		}
		if ((admission.do === "open" || admission.do === "abandon") && request.opening !== void 0) await this.open(await request.opening(ledger), ledger);
	}
	async open(opening, ledger) {
		const { owner, ports } = this.environment;
		const deploy = freshId(ports.clock.now(), opening.commit, ledger);
		await this.write({
			kind: "deploy.opened",
			deploy,
			commit: opening.commit,
			...opening.goingBack && { goingBack: true },
			...opening.from !== void 0 && { from: opening.from },
			...opening.live !== void 0 && { live: opening.live },
			...owner.run !== void 0 && { run: owner.run },
			...owner.actor !== void 0 && { actor: owner.actor },
			settings: opening.settings
		});
		this.#deploy = deploy;
		ports.report.detail(`Opened deploy ${deploy}.`);
	}
	async #beating(name, body) {
		const { ports } = this.environment;
		const lost = new AbortController();
		const beat = async () => {
			if (!await this.state.journal.lock.beat(this.#holder, {
				running: true,
				step: name,
				process: this.#process
			})) lost.abort(new Failure("The lock of this environment was taken by another run while this step worked; it stops here.", { code: "lock-lost" }));
		};
		await beat();
		const timer = setInterval(() => {
			beat().catch((error) => ports.report.detail(`No sign of life could be given: ${messageOf(error)}`));
		}, BEAT_EVERY);
		try {
			return await body(AbortSignal.any([ports.signal, lost.signal]));
		} catch (error) {
			throw lost.signal.aborted ? lost.signal.reason : firstError(error);
		} finally {
			clearInterval(timer);
		}
	}
	async #noteFailure(name, error) {
		const cancelled = error instanceof Cancelled || this.environment.ports.signal.aborted;
		try {
			await this.write({
				kind: "step.failed",
				step: name,
				message: messageOf(error),
				...cancelled && { cancelled: true }
			});
		} catch (unwritten) {
			this.environment.ports.report.warning(`The failure could not be written to the journal: ${messageOf(unwritten)}`);
		}
	}
	async #release() {
		this.#released = true;
		await this.state.journal.lock.release(this.#holder);
	}
};
// src/sections.ts
const sections = [
	...Object.values(allSections),
	deploySection,
	restoreSection
];
// src/faces/call.ts
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
async function prepareCall(sources, file) {
	const { operation, sections } = sources;
	const above = layersOf(sources);
	const said = new Settings(above, operation.own);
	const { problems: inFile, hooks, layer, ...profile } = await loadProfile({
		...file,
		path: said.text("", "config"),
		environment: said.text("", "environment"),
		app: said.text("", "app"),
		sections
	});
	const settings = new Settings([...above, layer], operation.own);
	const { values, problems } = settings.collect(operation.sections);
	const all = [
		...sources.problems,
		...problems,
		...inFile
	];
	if (all.length > 0) throw refuseProblems(all);
	return {
		settings,
		inputs: values,
		profile: {
			...profile,
			hooks
		}
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
	"SAVEPOINT_PREVIOUS_COMMIT"
]);
function recordOf(sections) {
	return Object.fromEntries(sections.map((section) => [section.name, section]));
}
// src/faces/printable.ts
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
// src/faces/masker.ts
const SHORTEST = 3;
const SHORTEST_LINE = 6;
var Masker = class {
	#forms = new Set();
	#pattern;
	add(value) {
		const fresh = formsOf(value).filter((form) => !this.#forms.has(form));
		for (const form of fresh) this.#forms.add(form);
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
		return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.maskAll(value)]));
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
	const longestFirst = [...forms].sort((a, b) => b.length - a.length);
	return new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)).join("|"), "g");
}
// src/machine/local.ts
function localMachine(options = {}) {
	return {
		name: "this machine",
		login: `${userName()}@${hostname()}`,
		local: true,
		run: async (command) => await run(command, options.env),
		dial: dialLocal,
		[Symbol.asyncDispose]: async () => void 0
	};
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
	if (program === void 0 || program === "") throw new Failure("a command without a program", { code: "not-found" });
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
	if (found === void 0) throw new Failure(`the ${role} ${folder} does not exist on this machine`, { code: "no-folder" });
	if (!found.isDirectory()) throw new Failure(`the ${role} ${folder} is not a folder`, { code: "no-folder" });
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
	return new Failure(`${program} is not installed on this machine, or not in the PATH`, {
		code: "not-found",
		hint: `Install ${program}, or give its full path.`
	});
}
function couldNotStart(program, error) {
	const code = error.code;
	if (code === "ENOENT") return notFound(program);
	if (code === "EACCES") return new Failure(`${program} may not be executed on this machine`, {
		code: "not-executable",
		cause: error
	});
	return new Failure(`${program} could not be started: ${messageOf(error)}`, {
		code: "not-started",
		cause: error
	});
}
async function endGroup(leader) {
	if (leader === void 0) return true;
	const [program = "", ...rest] = finishWords$1(leader);
	const child = spawn(program, rest, {
		detached: true,
		stdio: "ignore"
	});
	return await new Promise((done) => {
		child.once("error", () => done(false));
		child.once("exit", (code) => done(code === 0));
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
function realPorts({ env, cwd, terminal, program, report, signal }) {
	return {
		env,
		cwd,
		terminal,
		program,
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
			throw refusal(`${path} cannot be read: ${messageOf(error)}.`, {
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
function programNote(env) {
	const repository = env["GITHUB_ACTION_REPOSITORY"] ?? "";
	const ref = env["GITHUB_ACTION_REF"] ?? "";
	const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
	return `\`savepoint\` is \`node dist/cli.js\` in a checkout of ${repository === "" ? "Savepoint's repository" : `${server}/${repository}${ref === "" ? "" : ` at ${ref}`}`}; it runs wherever Node does. A rollback workflow, where there is one, takes the same values.`;
}
// src/faces/sentence.ts
function sentence(text) {
	const trimmed = text.trimEnd();
	if (trimmed === "") return text;
	const once = (/^[a-z]+(?=[\s,:]|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed).replaceAll(/([.!?])\.(?=\s|$)/g, "$1");
	return /[\p{L}\p{N})\]"'`%»]$/u.test(once) ? `${once}.` : once;
}
// src/faces/silence.ts
const FIRST_MS = 15e3;
const MOST_MS = 12e4;
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
	#began = 0;
	#pause = FIRST_MS;
	#trace = "";
	constructor(world) {
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
		this.#pause = FIRST_MS;
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
		this.#cancel = this.#later(this.#pause, () => {
			const taken = formatDuration(this.#now() - this.#began);
			this.#print(this.#trace === "" ? `still at it after ${taken}` : `still at it after ${taken}: ${this.#trace}`);
			this.#pause = Math.min(this.#pause * 2, MOST_MS);
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
	constructor(world) {
		this.#voice = world.voice;
		this.#masker = world.masker;
		this.#clock = world.clock;
		this.#silence = new Silence({
			print: (text) => this.#voice.line(text, this.#depth),
			now: () => this.#clock.now().getTime(),
			later: world.later ?? laterOn
		});
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
		const end = (text, state) => {
			this.#depth = depth;
			if (depth === 0) {
				this.#silence.end();
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
			end(`${shown}: ${stopped ? "cancelled" : messageOf(error).split("\n", 1)[0] ?? "failed"}`, stopped ? "cancelled" : "failed");
			throw error;
		}
	}
	say(text) {
		if (this.#depth > 0) this.#silence.broken();
		for (const line of this.#masker.mask(text).split("\n")) this.#voice.line(line, this.#depth);
	}
	detail(text) {
		const masked = this.#masker.mask(text);
		this.#silence.trace(masked);
		this.#voice.detail(masked);
	}
	notice(text) {
		this.#voice.notice(sentence(this.#masker.mask(text)));
	}
	warning(text) {
		this.#voice.warning(sentence(this.#masker.mask(text)));
	}
	mask(secret) {
		this.#voice.hide(this.#masker.add(secret.reveal()));
	}
};
// src/faces/with.ts
const PREFIX = "INPUT_";
function withLayer(operation, env) {
	const raw = {};
	const known = new Map();
	for (const section of Object.values(operation.sections)) for (const name of Object.keys(section.inputs)) {
		const external = externalName(section.name, name, operation.own);
		const variable = variableOf(external);
		known.set(variable, external);
		const value = env[variable];
		if (value !== void 0 && value !== "") (raw[section.name] ??= {})[name] = value;
	}
	const problems = Object.keys(env).filter((variable) => variable.startsWith(PREFIX) && !known.has(variable)).map((variable) => {
		const name = variable.slice(6).toLowerCase();
		const near = nearest(name, known.values());
		return {
			input: name,
			message: `is not an input of ${operation.name}${near === void 0 ? "" : `; did you mean \`${near}\`?`}`
		};
	});
	return {
		given: {
			source: "with:",
			raw
		},
		problems
	};
}
function variableOf(name) {
	return `${PREFIX}${name.toUpperCase().replaceAll(" ", "_")}`;
}
// src/faces/workflow.ts
const runner = {
	group: (title) => startGroup(title),
	endGroup: () => endGroup$1(),
	line: (text) => info(text),
	debug: (text) => debug(text),
	notice: (text) => notice(text),
	warning: (text) => warning(text),
	error: (text, about) => error(text, about),
	mask: (form) => setSecret(form),
	output: (name, value) => setOutput(name, value),
	summary: async (markdown) => {
		await summary.addRaw(markdown).write();
	}
};
// src/faces/ways.ts
function waysTitle(ways) {
	return ways.length === 1 ? "Next command:" : "Ways on, the least destructive first:";
}
function wayLines(ways) {
	if (ways.length === 0) return [];
	const each = ways.flatMap(({ means, command }, at) => [`  ${ways.length === 1 ? "" : `${at + 1}. `}${means}`, `     ${command}`]);
	return [
		"",
		waysTitle(ways),
		...each
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
	outputs: {}
};
function endingOf(thrown) {
	const trace = thrown instanceof Error ? inspect(thrown) : String(thrown);
	const error = firstError(thrown);
	if (error instanceof Failure) return {
		state: "failed",
		message: sentence(error.message),
		hint: error.hint && sentence(error.hint),
		evidence: error.evidence,
		now: error.state,
		ways: error.ways,
		blocks: error.blocks,
		places: error.places,
		outputs: error.outputs,
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
		message: sentence(messageOf(error)) || "An unknown error.",
		hint: "Savepoint did not expect this: it is a bug. Run again with debug logging for the stack, and report it.",
		exit: 3,
		trace
	};
}
function endingLines(ending) {
	const block = (title, lines) => lines.length === 0 ? [] : [
		"",
		title,
		...lines.map((line) => `  ${line}`)
	];
	return [
		...block("What was seen:", ending.evidence.flatMap((text) => text.split("\n").map((line) => readable(line)))),
		...block("How things stand:", ending.now),
		...block("What to do:", ending.hint === void 0 ? [] : ending.hint.split("\n")),
		...wayLines(ending.ways)
	];
}
// src/faces/markdown.ts
function markdownText(text) {
	return oneLine(text).split(/(`[^`\n]+`)/).map((part, index) => index % 2 === 1 ? markdownCode(part.slice(1, -1)) : escapeInline(part)).join("").replace(/^[#+=-]/, "\\$&").replace(/^(\d+)(?=[.)])/, "$1\\");
}
function markdownCode(text) {
	return `<code>${escapeInline(oneLine(text))}</code>`;
}
function escapeInline(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(/[\\`*_[\]|~$!]/g, String.raw`\$&`).replaceAll(/(https?|ftp):\/\//gi, "$1:&#47;&#47;").replaceAll(/\bwww\./gi, "www&#46;").replaceAll("@", "&#64;");
}
function markdownTable(head, rows) {
	const line = (cells) => `| ${cells.map((cell) => tableCell(cell)).join(" | ")} |`;
	return [
		line(head),
		`|${head.map(() => " --- |").join("")}`,
		...rows.map((row) => line(head.map((_, index) => row[index] ?? "")))
	].join("\n");
}
function tableCell(text) {
	return printable(text).split("\n").map((part) => markdownText(part)).join("<br>");
}
function markdownFence(lines, language = "text") {
	const body = printable(lines.join("\n"));
	const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((match) => match[0].length));
	const fence = "`".repeat(longest + 1);
	return `${fence}${language}\n${body}\n${fence}`;
}
// src/faces/timeline.ts
const MARKS$1 = {
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
			return `    ${`${MARKS$1[span.state]} ${label(span.label)} (${formatDuration(span.end - span.start)})`} :${TAGS[span.state]}s${index}, ${span.start}, ${Math.max(span.end, span.start + 1)}`;
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
		return `${MARKS$1[span.state]} ${oneLine(span.label).padEnd(longest)}  ${bar}  ${formatDuration(span.end - span.start)}`;
	});
}
// src/faces/summary.ts
const LARGEST = 1e6;
const MOST_ROWS = 500;
const MOST_LINES = 300;
function outcomeSummary(outcome, program) {
	return capped([
		`## ✓ ${markdownText(outcome.headline)}`,
		...outcome.blocks.map((block) => blockMarkdown(block)),
		...waysMarkdown(outcome.ways ?? [], program)
	]);
}
function endingSummary(name, ending, program) {
	const [first = "", ...rest] = ending.message.split("\n");
	return capped([
		`## ${ending.state === "cancelled" ? "⏹" : "✗"} ${markdownText(name)}: ${markdownText(first)}`,
		...rest.length === 0 ? [] : [rest.map((line) => line.startsWith("- ") ? `- ${markdownText(line.slice(2))}` : markdownText(line)).join("\n")],
		...ending.hint === void 0 ? [] : [`**What to do:** ${ending.hint.split("\n").map((line) => markdownText(line)).join("<br>\n")}`],
		...waysMarkdown(ending.ways, program),
		...ending.now.length === 0 ? [] : ["**How things stand:**", ending.now.map((line) => `- ${markdownText(line)}`).join("\n")],
		...ending.evidence.length === 0 ? [] : [folded("What was seen", ending.evidence)],
		...ending.blocks.map((block) => blockMarkdown(block))
	]);
}
function waysMarkdown(ways, program) {
	if (ways.length === 0) return [];
	const each = ways.flatMap(({ means, command }, at) => [ways.length === 1 ? markdownText(means) : `${at + 1}. ${markdownText(means)}`, markdownFence([command], "sh")]);
	return [
		`**${waysTitle(ways)}**`,
		...each,
		markdownText(program)
	];
}
function blockMarkdown(block) {
	switch (block.kind) {
		case "text": return block.text.split("\n").map((line) => markdownText(line)).join("<br>\n");
		case "table": return tableMarkdown(block);
		case "code": return folded(block.title, block.lines);
		case "timeline": return block.spans.length === 0 ? "" : markdownFence(mermaidTimeline(block.title, block.spans), "mermaid");
	}
}
function tableMarkdown({ title, head, rows }) {
	const shown = rows.slice(0, MOST_ROWS);
	const more = rows.length > shown.length ? `\n\n… and ${rows.length - shown.length} more` : "";
	return `### ${markdownText(title)}\n\n${markdownTable(head, shown)}${more}`;
}
function folded(title, lines) {
	const all = lines.flatMap((text) => text.split("\n"));
	const body = markdownFence([...all.length > MOST_LINES ? [`… ${all.length - MOST_LINES} earlier lines`] : [], ...all.slice(-300).map((line) => readable(line))]);
	return `<details${lines.length <= 12 ? " open" : ""}><summary>${markdownText(title)}</summary>\n\n${body}\n\n</details>`;
}
function capped(parts) {
	let size = 0;
	const kept = [];
	for (const part of parts.filter((one) => one !== "")) {
		size += Buffer.byteLength(part) + 2;
		if (size > LARGEST) return [...kept, "… the rest is too long for a summary; see the log."].join("\n\n").concat("\n");
		kept.push(part);
	}
	return `${kept.join("\n\n")}\n`;
}
// src/faces/text.ts
function outcomeLines(outcome) {
	return [...outcome.blocks.flatMap((block) => ["", ...blockLines(block)]), ...wayLines(outcome.ways ?? [])];
}
function blockLines(block) {
	switch (block.kind) {
		case "text": return printable(block.text).split("\n");
		case "table": return [`${oneLine(block.title)}:`, ...tableLines(block.head, block.rows)];
		case "code": return [`${oneLine(block.title)}:`, ...printable(block.lines.join("\n")).split("\n").map((line) => `  ${line}`)];
		case "timeline": return block.spans.length === 0 ? [] : [`${oneLine(block.title)}:`, ...textTimeline(block.spans).map((line) => `  ${line}`)];
	}
}
function tableLines(head, rows) {
	const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
	const widths = head.map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? ""))));
	return cells.map((row) => `  ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - columns(cell)))).join("  ")}`.trimEnd());
}
function columns(text) {
	let width = 0;
	for (const { segment } of new Intl.Segmenter().segment(text)) width += /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u.test(segment) ? 2 : 1;
	return width;
}
// src/faces/workflow-voice.ts
const MOST_ANNOTATIONS = 9;
const LONGEST_ANNOTATION = 4e3;
const MARKS = {
	done: "✓",
	failed: "✗",
	cancelled: "⏹"
};
function workflowVoice(workflow) {
	const left = {
		notice: MOST_ANNOTATIONS,
		warning: MOST_ANNOTATIONS
	};
	const annotate = (kind, text) => {
		left[kind] -= 1;
		if (left[kind] >= 0) workflow[kind](annotation(text));
		else workflow.line(inert(`${kind === "warning" ? "Warning" : "Notice"}: ${text}`));
	};
	return {
		open: (title) => workflow.group(inert(title)),
		close: () => workflow.endGroup(),
		line: (text, depth) => workflow.line(indented(text, Math.max(0, depth - 1))),
		headline: (text, state, depth) => workflow.line(indented(`${MARKS[state]} ${text}`, Math.max(0, depth - 1))),
		detail: (text) => workflow.debug(inert(text)),
		notice: (text) => annotate("notice", text),
		warning: (text) => annotate("warning", text),
		hide: (forms) => {
			for (const form of forms) workflow.mask(form);
		}
	};
}
function annotation(text) {
	const clean = inert(text);
	return clean.length <= LONGEST_ANNOTATION ? clean : `${clean.slice(0, LONGEST_ANNOTATION)} …`;
}
function indented(text, depth) {
	return inert(text).split("\n").map((line) => "  ".repeat(depth) + line).join("\n");
}
// src/faces/workflow-result.ts
const MOST_PLACES = 9;
async function reportOutcome({ outcome, workflow, masker, program }) {
	const line = (text) => workflow.line(inert(text));
	const { outputs, ...words } = outcome;
	const told = masker.maskAll(words);
	line(`✓ ${told.headline}`);
	const details = outcomeLines({ blocks: told.blocks });
	if (details.length > 0) {
		workflow.group("Details");
		for (const text of details) line(text);
		workflow.endGroup();
	}
	for (const text of wayLines(told.ways ?? [])) line(text);
	if ((told.ways ?? []).length > 0) line(program);
	await writeSummary(outcomeSummary(told, program), {
		workflow,
		masker
	});
	setOutputs(outputs, {
		workflow,
		masker
	});
}
async function reportEnding({ name, error, workflow, masker, program }) {
	const { outputs, ...words } = endingOf(error);
	const ending = masker.maskAll(words);
	const line = (text) => workflow.line(inert(text));
	if (ending.state === "cancelled") line(`⏹ ${ending.message}`);
	else tellError(name, ending, workflow);
	const said = ending.state !== "cancelled" && ending.evidence.length === 0 && ending.now.length === 0;
	for (const text of endingLines(said ? {
		...ending,
		hint: void 0
	} : ending)) line(text);
	if (ending.ways.length > 0) line(program);
	workflow.debug(inert(ending.trace));
	await writeSummary(endingSummary(name, ending, program), {
		workflow,
		masker
	});
	try {
		setOutputs(outputs, {
			workflow,
			masker
		});
	} catch (cause) {
		line(masker.mask(`Besides: ${messageOf(cause)}`));
	}
}
function tellError(title, ending, workflow) {
	const only = ending.places.find((place) => place.message === ending.message);
	workflow.error(annotation(annotated(ending)), {
		title,
		...lineOf(only)
	});
	if (only !== void 0) return;
	for (const place of ending.places.slice(0, MOST_PLACES)) workflow.error(annotation(place.message), {
		title,
		...lineOf(place)
	});
}
function lineOf(place) {
	return place === void 0 ? {} : {
		file: place.file,
		startLine: place.line
	};
}
function annotated({ message, hint }) {
	return hint === void 0 ? message : `${message}\n${hint}`;
}
function setOutputs(outputs, { workflow, masker }) {
	try {
		for (const [name, value] of Object.entries(outputs)) {
			if (value === void 0) continue;
			const text = outputText(value);
			if (masker.touches(text)) workflow.warning(`The output \`${name}\` holds what is also a secret; GitHub empties it where another job reads it.`);
			workflow.output(name, text);
		}
	} catch (cause) {
		throw new Failure("The step's outputs could not be set, although its work is done.", {
			cause,
			evidence: [messageOf(cause)]
		});
	}
}
function outputText(value) {
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
async function writeSummary(markdown, { workflow, masker }) {
	try {
		await workflow.summary(markdown);
	} catch (error) {
		workflow.warning(annotation(masker.mask(`The summary could not be written: ${messageOf(error)}`)));
	}
}
// src/faces/github.ts
const JOB_TOKENS = [
	"GITHUB_TOKEN",
	"GH_TOKEN",
	"ACTIONS_RUNTIME_TOKEN",
	"ACTIONS_ID_TOKEN_REQUEST_TOKEN"
];
async function runAction(operation, world = {
	process,
	workflow: runner,
	sections
}) {
	const masker = new Masker();
	const place = {
		workflow: world.workflow,
		masker,
		program: programNote(world.process.env)
	};
	try {
		await reportOutcome({
			outcome: await perform(operation, world, masker),
			...place
		});
	} catch (error) {
		world.process.exitCode = 1;
		await reportEnding({
			name: operation.name,
			error,
			...place
		});
	}
	leaveSoon(world.process);
}
async function perform(operation, world, masker) {
	const { env, stdout } = world.process;
	const cwd = world.process.cwd();
	const sources = {
		operation,
		env,
		sections: sectionsFor(operation, world.sections),
		...withLayer(operation, env)
	};
	const story = new Story({
		voice: workflowVoice(world.workflow),
		masker,
		clock: systemClock
	});
	for (const secret of secretsIn(sources)) story.mask(secret);
	for (const name of JOB_TOKENS) masker.add(env[name] ?? "");
	for (const text of suspiciousVariables(sources)) story.warning(text);
	using stopping = stopOnSignals(world.process, {
		first: (why) => story.say(`${why}: stopping safely.`),
		again: (why) => story.detail(`${why}, while stopping already.`)
	});
	stdout.on("error", () => stopping.stop("The log cannot be written"));
	const prepared = await prepareCall(sources, {
		read: readerIn(cwd),
		fallbackApp: env["GITHUB_REPOSITORY"]?.split("/").at(-1)
	});
	const ports = realPorts({
		env: inheritable(env, sources.sections),
		cwd,
		terminal: false,
		program: [PROGRAM],
		report: story,
		signal: stopping.signal
	});
	await using _here = ports.here;
	return await stopping.guard(async () => await operation.run({
		...prepared,
		ports
	}));
}
export { JOURNAL as $, engineHint as A, formatManifest as At, freeBytes as B, freeBytesOnServer as C, showValue as Ct, compose as D, matches as Dt, COMMIT_LABEL as E, describePattern as Et, gitLines as F, identifier as Ft, rename as G, makeDirectory as H, OURS as I, literal as It, writeText as J, resolvePath as K, positionEvidence as L, qualified as Lt, openAppClone as M, sharedSection as Mt, FULL_COMMIT as N, passwordToHide as Nt, containersNamed as O, backupSection as Ot, QUIET as P, serverOptions as Pt, FLAGS as Q, exists as R, flag as Rt, rollbackSection as S, equalsText as St, openComposeProject as T, headerProblem as Tt, readText as U, list as V, remove as W, nextCommand as X, deploySection as Y, rollbackCommand as Z, openEnvironment as _, addressOf as _t, standing as a, rolloutSection as at, journaledSettings as b, masker as bt, commandEnvironment as c, changedSomething as ct, incomingCommit as d, isApart as dt, Settings as et, requireCommit as f, healthSection as ft, ledgerOf as g, describeStatuses as gt, databaseOf as h, accepts as ht, leavingOpen as i, refuseMisfits as it, isThroughSudo as j, parseManifest as jt, dockerWords as k, restoreSection as kt, runHooks as l, gatePassed as lt, appCloneOf as m, SUCCESS as mt, Transaction as n, blockedBy as nt, timelineOf as o, markStableSection as ot, resolveName as p, versionProblem as pt, sha256 as q, isDead as r, ownerOf as rt, refuseOlder as s, migrateSection as st, runAction as t, STEP_DEAD_AFTER as tt, checkoutOf as u, knownAsFailed as ut, stateOf as v, showAddress as vt, outsideTarget as w, valueAt as wt, settingsOfDeploy as x, secretsIn$1 as xt, allSections as y, showUrl as yt, fileSize as z };

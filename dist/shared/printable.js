import { t as Secret } from "./secret.js";
import { i as input, n as nearest } from "./nearest.js";
import { a as line, c as text, i as flag, o as lines, r as duration, t as choice } from "./kinds.js";
import { c as isPath, s as target } from "./within.js";
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
function addressOf(target) {
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
		"ssh-key": input(text, {
			description: "The private key for `host`: its text, or the path of its file here. At a terminal: the agent and `~/.ssh`.",
			secret: true,
			plainWhen: isPath
		}),
		"ssh-passphrase": input(text, {
			description: "The passphrase of `ssh-key`.",
			secret: true
		}),
		"ssh-known-hosts": input(text, { description: "The host's keys: `known_hosts` lines, its `SHA256:` fingerprint, or the path of a file here that holds either. Required with `host`; at a terminal `~/.ssh/known_hosts` is read." }),
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
function tokenOf(shared, env) {
	return shared.token ?? (env["GITHUB_TOKEN"] || void 0);
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
export { sharedSection as a, describeServer as c, passwordToHide as d, serverOptions as f, qualified as g, literal as h, readable as i, describeTarget as l, identifier as m, oneLine as n, tokenOf as o, asOption as p, printable as r, addressOf as s, inert as t, parseTargetUrl as u };

/**
 * What programs write behind the `?` of a database's URL, by what it is to us. Sources: libpq 18's list of parameters,
 * and what Prisma, JDBC, node-postgres, postgres.js, SQLAlchemy's drivers, Rails, pgx, lib/pq, sqlx and golang-migrate
 * document of theirs.
 */

/** Other programs' words for one of libpq's, where both mean the same. */
export const SAME_AS: Readonly<Record<string, string>> = {
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
  readOnly: "default_transaction_read_only",
};

/** Read by their own rules, each in one place of `url-parameters.ts`. */
export const READ: ReadonlySet<string> = new Set(
  `host port user password dbname unix_sock search_path schema options sslmode ssl encoding pgbouncer target_session_attrs
   channel_binding gssencmode connect_timeout sslrootcert sslcert sslkey sslsni hostaddr ssl_min_protocol_version
   ssl_max_protocol_version default_transaction_read_only sslaccept sslnegotiation sslcertmode requiressl`.split(/\s+/),
);

/** Between libpq and the wire alone: tools get them, and ours is dialled in another way. */
export const WIRE: ReadonlySet<string> = new Set(
  `keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout load_balance_hosts sslcompression
   max_protocol_version`.split(/\s+/),
);

/** Settings of the session, which some drivers hand to the server: so do we. Limits of time we set ourselves, over these. */
export const SERVER: ReadonlySet<string> = new Set(
  `role timezone datestyle intervalstyle statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout
   transaction_timeout work_mem maintenance_work_mem default_tablespace temp_tablespaces default_transaction_isolation
   default_table_access_method extra_float_digits bytea_output standard_conforming_strings client_min_messages jit
   row_security session_replication_role synchronous_commit plan_cache_mode lc_messages`.split(/\s+/),
);

/** The application's own: its name, its pool, its driver's caches. Nothing of ours depends on them. */
export const APPLICATION: ReadonlySet<string> = new Set(
  `application_name fallback_application_name
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
   statement-cache-capacity pool_size pool_recycle pool_pre_ping max_overflow queue_target queue_interval`.split(/\s+/),
);

const KERBEROS = "is Kerberos, which is not spoken here: name a role with a password";
const OAUTH = "is a way to log in that is not spoken here: name a role with a password";
const JAVA = "is a class of the application's: write sslmode, and sslrootcert where an authority of your own signed";

/** What has a meaning that cannot be kept here, and what to write instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  passfile: "names a file of passwords: write the password into the URL",
  service: "names a section of a service file: write out the server, the user and the database",
  servicefile: "names a service file: write out the server, the user and the database",
  replication: "asks for a replication session: leave it out",
  require_auth: "is not looked at here: leave it out",
  requirepeer: "is not looked at here: leave it out",
  sslpassword:
    "would have to reach pg_dump, which takes it nowhere but in its arguments: give a key without a passphrase (openssl pkey -in KEY -out PLAIN), readable by its user alone",
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
  server_settings: "cannot stand in a URL: write options=-c%20name%3Dvalue",
};

/** golang-migrate's own, which it takes out again before it connects: `x-migrations-table`. */
export function isToolsOwn(name: string): boolean {
  return name.startsWith("x-");
}

/** Every name that is known, for the nearest one to a mistyped one. */
export const KNOWN: readonly string[] = [...READ, ...Object.keys(SAME_AS), ...WIRE, ...SERVER, ...APPLICATION, ...Object.keys(REFUSED)];

import { expect, test } from "vitest";
import { addressOf, parseTargetUrl, serverOptions } from "../../../src/postgres/address.ts";
import { optionWords, settingsIn } from "../../../src/postgres/server-options.ts";
import { APPLICATION, KNOWN, READ, REFUSED, SAME_AS, SERVER, WIRE } from "../../../src/postgres/url-names.ts";

function read(query: string) {
  return parseTargetUrl(`postgres://shop:pw@db/app?${query}`);
}

function complaint(query: string): string {
  try {
    read(query);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  throw new Error(`${query} was taken`);
}

test.each([
  ["search_path=app", "-c search_path=app"],
  ["search_path=app,public", "-c search_path=app,public"],
  ["search_path=app,%20public", "-c search_path=app,\\ public"],
  ["search_path=%22My%20App%22,public", '-c search_path="My\\ App",public'],
  ["currentSchema=app,public", "-c search_path=app,public"],
  ["schema_search_path=app,public", "-c search_path=app,public"],
  ["searchPath=app", "-c search_path=app"],
  ["options%5Bsearch_path%5D=app", "-c search_path=app"],
  ["options[search_path]=app", "-c search_path=app"],
  ["schema=app", '-c search_path="app"'],
  ["schema=My%20App", '-c search_path="My\\ App"'],
  ["schema=app&search_path=public", '-c search_path="app",\\ public'],
  ["options=-csearch_path%3Dapp", "-csearch_path=app -c search_path=app"],
  ["options=-c%20search_path%3Dapp&search_path=app", "-c search_path=app -c search_path=app"],
  ["options=-c%20search_path%3Dpublic&schema=app", '-c search_path=public -c search_path="app",\\ public'],
  ["options=-c%20work_mem%3D8MB", "-c work_mem=8MB"],
  ["options=endpoint%3Dep-cool-name", "endpoint=ep-cool-name"],
  ["role=owner", "-c role=owner"],
  ["TimeZone=Europe%2FBerlin&statement_timeout=5000", "-c timezone=Europe/Berlin -c statement_timeout=5000"],
  ["options%5Bjit%5D=off", "-c jit=off"],
  ["", undefined],
  ["schema=", undefined],
])("what a URL says of the session reaches the server: ?%s", (query, said) => {
  expect(serverOptions(read(query))).toBe(said);
});

test.each([
  ["host=/run/pg", "/run/pg/.s.PGSQL.5432"],
  ["socket=/run/pg", "/run/pg/.s.PGSQL.5432"],
  ["socket=/run/pg/", "/run/pg/.s.PGSQL.5432"],
  ["unix_sock=/run/pg/.s.PGSQL.6000", "/run/pg/.s.PGSQL.6000"],
  ["unix_sock=/run/pg&port=6001", "/run/pg/.s.PGSQL.6001"],
])("a socket is named as people name it: ?%s", (query, socket) => {
  expect(addressOf(read(query))).toEqual({ socket });
});

test("an address beside the name is dialled, and the name stays the certificate's", () => {
  const target = read("hostaddr=10.0.0.7");
  expect(addressOf(target)).toEqual({ host: "10.0.0.7", port: 5432 });
  expect(target.host).toBe("db");
});

test("Java's own form is read, with its + for a space", () => {
  const target = parseTargetUrl("jdbc:postgresql://db:6000/app?user=shop&password=p%2Bw&currentSchema=a,+b&ApplicationName=x");
  expect([target.host, target.port, target.user, target.password?.reveal(), target.searchPath]).toEqual([
    "db",
    6000,
    "shop",
    "p+w",
    "a, b",
  ]);
});

test.each([
  ["sslmode=require&channel_binding=require&connect_timeout=15", { channel_binding: "require", connect_timeout: "15" }],
  ["sslcert=/c&sslkey=/k&sslrootcert=/r", { sslcert: "/c", sslkey: "/k", sslrootcert: "/r" }],
  ["ssl-root-cert=/r&ssl-mode=verify-full", { sslrootcert: "/r" }],
  ["targetServerType=primary&gssEncMode=disable", { target_session_attrs: "primary", gssencmode: "disable" }],
  [
    "keepalives=1&tcp_user_timeout=500&load_balance_hosts=disable",
    { keepalives: "1", tcp_user_timeout: "500", load_balance_hosts: "disable" },
  ],
  ["connection_limit=5&pool_timeout=0&statement_cache_size=0&prepareThreshold=0&pool_max_conns=4&application_name=shop", {}],
  ["encoding=unicode&readOnly=false&sslaccept=accept_invalid_certs&pgbouncer=false", {}],
])("what has one clear meaning is kept under libpq's name: ?%s", (query, options) => {
  expect(read(query).options).toEqual(options);
});

test.each([
  ["ssl=true", "require"],
  ["ssl=require", "require"],
  ["ssl=no-verify", "require"],
  ["ssl=verify-full", "verify-full"],
  ["ssl=false", "prefer"],
  ["ssl-mode=verify-ca", "verify-ca"],
])("encryption is named as drivers name it: ?%s", (query, mode) => {
  expect(read(query).sslmode).toBe(mode);
});

test("the pooler that a URL speaks of, the schema, and what only one tool reads are kept apart", () => {
  expect(read("pgbouncer=true&schema=app&x-migrations-table=mine")).toMatchObject({
    pooled: true,
    schema: "app",
    schemaInUrl: true,
    toolsOwn: { "x-migrations-table": "mine" },
  });
});

test.each([
  ["passfile=/x", /passfile.*write the password into the URL/],
  ["service=shop", /service.*write out the server/],
  ["sslpassword=hush", /sslpassword.*openssl pkey/],
  ["sslcert=/ca.pem", /sslrootcert/],
  ["sslidentity=/x", /sslcert and sslkey/],
  ["sslaccept=strict", /sslmode=verify-full/],
  ["gssencmode=require", /write disable/],
  ["target_session_attrs=standby", /the server that writes/],
  ["channel_binding=yes", /one of disable, prefer, require/],
  ["client_encoding=LATIN1", /UTF8/],
  ["readOnly=true", /leave it out: migrations and restores write/],
  ["search_path=a&currentSchema=b", /search_path twice/],
  ["search_path=a&search_path=b", /search_path twice/],
  ["search_path=a&options=-csearch_path%3Db", /search_path twice/],
  ["host=a&host=b", /several servers/],
  ["host=a,b", /several servers/],
  ["host=@abstract", /abstract socket/],
  ["unix_sock=run", /write the folder/],
  ["serch_path=app", /serch_path, which is not known \(is search_path meant\?\).*options=-c%20name%3Dvalue/],
  ["wal_level=minimal", /wal_level, which is not known/],
])("what has no clear meaning here is refused by name: ?%s", (query, says) => {
  const message = complaint(query);
  expect(message).toMatch(says);
  expect(message).not.toContain("hush");
});

test("a ? inside of a password gives nothing of it away", () => {
  expect(() => parseTargetUrl("postgres://u:12?kN4ry=x")).toThrow(/%3F/);
  expect(() => parseTargetUrl("postgres://u:12?kN4ry=x")).not.toThrow(/kN4ry/);
});

test("every name is in one list, and each other word stands for one that is known", () => {
  const names = [...READ, ...Object.keys(SAME_AS), ...WIRE, ...SERVER, ...APPLICATION, ...Object.keys(REFUSED)];
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(KNOWN).toEqual(names);
  for (const one of Object.values(SAME_AS)) expect(KNOWN).toContain(one);
});

test("libpq's whole list of parameters is known", () => {
  // As `PQconndefaults` of libpq 18 has it.
  const libpq = `service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding
    options application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count
    tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslpassword sslrootcert sslcrl sslcrldir
    sslsni requirepeer require_auth min_protocol_version max_protocol_version ssl_min_protocol_version ssl_max_protocol_version
    gssencmode krbsrvname gsslib gssdelegation replication target_session_attrs load_balance_hosts scram_client_key
    scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope sslkeylogfile`;
  for (const name of libpq.split(/\s+/)) expect(KNOWN, name).toContain(name);
});

test("an options text is cut as the server cuts it", () => {
  expect(optionWords(" -c a=b\\ c\t--d=e\\\\f ")).toEqual(["-c", "a=b c", "--d=e\\f"]);
  expect(settingsIn("-c Search-Path=a -cb=c --d-e=f -x 1 -c")).toEqual([
    { name: "search_path", value: "a" },
    { name: "b", value: "c" },
    { name: "d_e", value: "f" },
  ]);
});

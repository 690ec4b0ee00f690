/** A URL's parts, decoded; what they mean is not looked at. */
export interface UrlParts {
  readonly user: string;
  readonly password: string;
  readonly place: { readonly host: string; readonly port: string };
  readonly database: string;
  readonly query: ReadonlyMap<string, string>;
}

/** `postgresql+psycopg://` and `jdbc:postgresql://` are how some applications spell it in their own settings. */
const SCHEME = /^(jdbc:)?postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i;

/** Cuts a URL into its parts. Throws an Error that says what is wrong, and repeats nothing that may be part of a password. */
export function readUrl(url: string): UrlParts {
  const scheme = SCHEME.exec(url);
  if (!scheme) throw new Error("is not a PostgreSQL URL: it must begin with postgres:// or postgresql://");
  const rest = url.slice(scheme[0].length);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? "" : rest.slice(end);
  const question = tail.indexOf("?");
  const path = question < 0 ? tail : tail.slice(0, question);
  if (tail.includes("#") || path.includes("@") || path.slice(1).includes("/")) {
    throw new Error("cannot be read: write / ? # @ and % inside the user, password or database name as %2F %3F %23 %40 and %25");
  }
  const at = authority.lastIndexOf("@");
  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  const query = question < 0 ? "" : tail.slice(question + 1);
  // Where neither an @ nor a database came before it, the ? may stand inside of a password.
  if (at < 0 && path.length < 2 && authority.includes(":") && query !== "" && !/(?:^|&)(?:dbname|user)=/.test(query)) {
    throw new Error("has options behind the ? that cannot be read: write name=value, joined by & (a ? inside the password is %3F)");
  }
  return {
    user: decode(colon < 0 ? login : login.slice(0, colon), "user"),
    password: colon < 0 ? "" : decode(login.slice(colon + 1), "password"),
    place: readPlace(authority.slice(at + 1)),
    database: decode(path.slice(1), "database name"),
    // Java reads a + as a space; nobody else does.
    query: readQuery(scheme[1] === undefined ? query : query.replaceAll("+", "%20")),
  };
}

function readPlace(text: string): UrlParts["place"] {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (!match) throw new Error("names a server that cannot be read: an IPv6 address stands in brackets, such as [::1]:5432");
  return { host: decode(match[1] ?? match[2] ?? "", "server"), port: match[3] ?? "" };
}

function readQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&").filter((one) => one !== "")) {
    const equals = pair.indexOf("=");
    // Some write the brackets of `options[search_path]` as they are, some do not.
    const name = percentDecoded(pair.slice(0, Math.max(equals, 0))) ?? "";
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*(?:\[[A-Za-z0-9_.-]+\])?$/.test(name)) {
      throw new Error("has options behind the ? that cannot be read: write name=value, joined by & (a ? inside the password is %3F)");
    }
    const value = decode(pair.slice(equals + 1), `option ${name}`);
    if ((query.get(name) ?? value) !== value) {
      throw new Error(name === "host" ? "names several servers: exactly one is needed, the one that writes" : `says ${name} twice`);
    }
    query.set(name, value);
  }
  return query;
}

function decode(text: string, what: string): string {
  const decoded = percentDecoded(text);
  if (decoded === undefined) throw new Error(`has a ${what} that cannot be read: a % there is written %25`);
  if (decoded.includes("\0")) throw new Error(`has a NUL byte in its ${what}`);
  return decoded;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // The error itself is dropped: it may carry the text.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

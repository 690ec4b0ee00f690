/** libpq's defaults, said aloud, so that nothing ambient takes their place. Where libpq reads an empty value as unset, it is empty. */
export const NEUTRAL: Readonly<Record<string, string>> = {
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
  // These three are sent to the server unless they say "default".
  PGTZ: "default",
  PGDATESTYLE: "default",
  PGGEQO: "default",
};

/** Where what the URL says has a variable of its own. */
export const VARIABLES: Readonly<Record<string, string>> = {
  hostaddr: "PGHOSTADDR",
  sslsni: "PGSSLSNI",
  sslcompression: "PGSSLCOMPRESSION",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
  target_session_attrs: "PGTARGETSESSIONATTRS",
};

import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { explain } from "../../../src/health/trouble.ts";

const LOCAL = { address: { host: "localhost", port: 3000 }, from: "this machine", tls: false };
const REMOTE = { address: { host: "shop.example", port: 443 }, from: "deploy@shop.example", tls: true };
const coded = (code: string, message = "raw text") => Object.assign(new Error(message), { code });

test.each([
  [
    new Failure("x", { code: "refused", evidence: ["Name or service not known"] }),
    { ...LOCAL, address: { host: "lokalhost", port: 3000 } },
    "no connection to lokalhost:3000: Name or service not known",
    "listening on this address",
  ],
  [new Failure("x", { code: "refused" }), LOCAL, "connection refused (localhost:3000)", "listening on port 3000? Asked from this machine"],
  [
    new Failure("x", { code: "unreachable", cause: coded("ECONNREFUSED") }),
    REMOTE,
    "connection refused (shop.example:443)",
    "not only on the host's localhost",
  ],
  [new Failure("x", { code: "name-not-resolved" }), REMOTE, "the name shop.example is not known on deploy@shop.example (DNS)", "spelling"],
  [new Failure("x", { code: "timeout" }), REMOTE, "no way to shop.example:443", "firewall"],
  [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), REMOTE, "is self-signed", "tls-ca"],
  [coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), REMOTE, "nobody known signed", "tls-ca"],
  [coded("CERT_HAS_EXPIRED"), REMOTE, "has expired", "Renew"],
  [coded("ERR_TLS_CERT_ALTNAME_INVALID"), REMOTE, "is for other names", "one of its names"],
  [coded("ERR_SSL_WRONG_VERSION_NUMBER"), REMOTE, "does not speak TLS", "http://"],
  [coded("EPROTO"), REMOTE, "no TLS connection to shop.example:443", ""],
  [coded("HPE_INVALID_CONSTANT"), LOCAL, "not HTTP", "https://"],
  [coded("HPE_CR_EXPECTED"), LOCAL, "bare line feed", "CR and LF"],
  [
    Object.assign(coded("HPE_INVALID_CONSTANT"), { rawPacket: Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]) }),
    LOCAL,
    "speaks HTTP/2 only",
    "HTTP/1.1",
  ],
  [coded("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"), REMOTE, "speaks HTTP/2 only", "HTTP/1.1"],
  [coded("ECONNRESET"), LOCAL, "closed the connection", "log"],
  [coded("ECONNRESET"), REMOTE, "closed the connection", "log"],
  [new Failure("the tunnel broke", { hint: "look" }), LOCAL, "the tunnel broke", "look"],
  [new Error("odd\nthing"), LOCAL, "localhost:3000: odd thing", ""],
  ["text", LOCAL, "localhost:3000: text", ""],
])("%s is told in words", (error, place, reason, hint) => {
  const trouble = explain(error, place);
  expect(trouble.reason).toContain(reason);
  expect(trouble.hint ?? "").toContain(hint);
});

test.each([
  ["on this machine, by the system's own word", new Failure("x", { code: "refused", cause: coded("ECONNREFUSED") }), REMOTE, true],
  ["on the host's own localhost", new Failure("x", { code: "refused", evidence: ["Connection refused"] }), LOCAL, true],
  [
    "on the host, which may only not know the name just now",
    new Failure("x", { code: "refused", evidence: ["connect failed"] }),
    REMOTE,
    false,
  ],
])("how certain it is that nobody listens: %s", (_, error, place, certain) => {
  expect(explain(error, place).refused).toBe(certain);
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { dialLocal } from "../../../src/machine/process/dial.ts";
import { connectClient } from "../../../src/machine/ssh/client.ts";
import { parseKnownHosts } from "../../../src/machine/ssh/known-hosts.ts";
import { openLink } from "../../../src/machine/ssh/link.ts";
import { silentReport } from "../../lab/machines.ts";
import { removeFolder } from "../../lab/folder.ts";

/** What ssh2 has below its server, and needs here to put two messages into one packet. */
interface Inside {
  readonly _sock: Socket;
  readonly _protocol: { disconnect(reason: number): void };
}

const PROTOCOL_ERROR = 2;

test("a server that lets us in and hangs up in the same breath is a lost connection, and no crash", async () => {
  const folder = mkdtempSync(join(tmpdir(), "savepoint-breath-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(folder, "key"))] }, (client) => {
    const { _sock, _protocol } = client as unknown as Inside;
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      _sock.cork();
      context.accept();
      _protocol.disconnect(PROTOCOL_ERROR);
      process.nextTick(() => _sock.uncork());
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  try {
    const link = await openLink({
      address: { user: "someone", host: "127.0.0.1", port },
      known: parseKnownHosts(`[127.0.0.1]:${port} ${readFileSync(join(folder, "key.pub"), "utf8")}`),
      proofs: [{ name: "no key", method: (username) => ({ type: "none", username }) }],
      notes: [],
      report: silentReport,
      dial: async () => await dialLocal({ host: "127.0.0.1", port }),
    });
    await expect.poll(() => link.lost()).toBe("PROTOCOL_ERROR");
  } finally {
    server.close();
    await removeFolder(folder);
  }
});

test("no connection is made without a check of the host's key", () => {
  expect(() => connectClient({ username: "someone", host: "127.0.0.1", port: 1 })).toThrow("without a check of the host's key");
});

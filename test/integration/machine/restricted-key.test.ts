import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { targetOf, workflowWorld } from "../../lab/machines.ts";
import { startSshd } from "../../lab/sshd.ts";

test("a login key that is allowed port forwarding and nothing else beside commands is enough", async () => {
  await using server = await startSshd();
  const allowed = join(dirname(server.keyFile), "authorized_keys");
  await writeFile(allowed, `restrict,port-forwarding ${await readFile(allowed, "utf8")}`);
  const app = createServer((socket) => socket.end("hello"));
  const port = await new Promise<number>((resolve) =>
    app.listen(0, "127.0.0.1", () => resolve((app.address() as { readonly port: number }).port)),
  );
  try {
    await using machine = await connectSsh(targetOf(server), workflowWorld);
    expect(await machine.run({ words: ["echo", "$(id)"] })).toMatchObject({ code: 0, stdout: "$(id)\n" });
    const stream = await machine.dial({ host: "127.0.0.1", port });
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe("hello");
  } finally {
    app.close();
  }
});

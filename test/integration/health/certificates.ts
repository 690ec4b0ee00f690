import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { removeFolder } from "../../lab/folder.ts";

const run = promisify(execFile);

export interface Authority extends AsyncDisposable {
  /** The authority's own certificate, as text and as a file. */
  readonly pem: string;
  readonly file: string;
  /** A server's certificate, signed by the authority; `days` may be negative: expired. */
  issue(names: string, days?: number): Promise<{ readonly key: string; readonly cert: string }>;
}

/** A certificate authority of its own, made by openssl. */
export async function authority(): Promise<Authority> {
  const home = await mkdtemp(join(tmpdir(), "savepoint-ca-"));
  const openssl = async (...words: string[]) => await run("openssl", words, { cwd: home });
  // One certificate at a time: they use the same file names.
  let last: Promise<unknown> = Promise.resolve();
  await openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Savepoint test authority",
  );
  return {
    pem: await readFile(join(home, "ca.pem"), "utf8"),
    file: join(home, "ca.pem"),
    issue: async (names, days = 1) => {
      const issued = last.then(async () => await sign(names, days));
      last = issued.catch(() => undefined);
      return await issued;
    },
    [Symbol.asyncDispose]: async () => await removeFolder(home),
  };

  async function sign(names: string, days: number): Promise<{ readonly key: string; readonly cert: string }> {
    await openssl(
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      "server.key",
      "-out",
      "server.csr",
      "-subj",
      "/CN=server",
    );
    await writeFile(join(home, "names"), `subjectAltName=${names}\n`);
    const end = new Date(Date.now() + days * 86_400_000);
    const start = new Date(Math.min(Date.now(), end.getTime()) - 86_400_000);
    const stamp = (date: Date) =>
      date
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, "")
        .slice(2);
    await writeFile(
      join(home, "ca.conf"),
      "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index\nserial=serial\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n",
    );
    await writeFile(join(home, "index"), "");
    await writeFile(join(home, "serial"), `${Date.now().toString(16).padStart(12, "0")}\n`);
    await openssl(
      "ca",
      "-batch",
      "-config",
      "ca.conf",
      "-cert",
      "ca.pem",
      "-keyfile",
      "ca.key",
      "-in",
      "server.csr",
      "-out",
      "server.pem",
      "-notext",
      "-extfile",
      "names",
      "-startdate",
      stamp(start),
      "-enddate",
      stamp(end),
    );
    return { key: await readFile(join(home, "server.key"), "utf8"), cert: await readFile(join(home, "server.pem"), "utf8") };
  }
}

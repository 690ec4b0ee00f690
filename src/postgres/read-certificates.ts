import { Failure } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import type { DatabaseTarget } from "./address.ts";
import type { Certificates } from "./wire.ts";

/** The certificates' files lie where the tools run, so that one URL is right for both. */
export async function readCertificates({ options }: DatabaseTarget, toolsOn: Machine): Promise<Certificates> {
  const { sslrootcert, sslcert, sslkey } = options;
  return {
    // `system` means the roots that the program itself trusts.
    root: sslrootcert === "system" ? undefined : await read(toolsOn, "sslrootcert", sslrootcert),
    certificate: await read(toolsOn, "sslcert", sslcert),
    key: await read(toolsOn, "sslkey", sslkey),
  };
}

async function read(toolsOn: Machine, option: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === "") return undefined;
  const finished = await toolsOn.run({ words: ["cat", "--", path] });
  if (finished.code === 0) return finished.stdout;
  throw new Failure(`${option} of the database's URL cannot be read on ${toolsOn.name}: ${path}.`, {
    code: "no-file",
    evidence: finished.stderr.trim().split("\n"),
    hint: `Put the file there, readable by ${toolsOn.login}.`,
  });
}

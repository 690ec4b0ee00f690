import { runTerminal } from "./faces/terminal/terminal.ts";
import { operations } from "./operations.ts";
import { sections } from "./sections.ts";
import { releases, version, wholeVersion } from "./version.ts";

// Not awaited: the bundle of this file is no module, so that it runs wherever it is put.
void runTerminal(process.argv.slice(2), { process, operations, sections, version, wholeVersion, releases });

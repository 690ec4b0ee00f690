#!/usr/bin/env node
"use strict";
if (Number(process.versions.node.split(".")[0]) < 22) {
  console.error("savepoint needs Node 22 or newer; this is " + process.version + ".");
  process.exit(2);
}
import("./shared/cli.js").catch(function (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error("The folder shared/ is not beside " + process.argv[1] + ". To keep one file alone, take cli.js of a release.");
  process.exitCode = 2;
});

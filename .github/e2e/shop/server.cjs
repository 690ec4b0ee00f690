// A version that is well says which one it is; one that is not, what is wrong.
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");

const broken = readFileSync("broken", "utf8").trim();

createServer((_, response) => {
  response.statusCode = broken === "" ? 200 : 500;
  response.end(JSON.stringify(broken === "" ? { status: "ok", commit: process.env.COMMIT } : { status: broken }));
}).listen(3000);
process.once("SIGTERM", () => process.exit());

import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CHUNK = pathToFileURL(resolve(import.meta.dirname, "../../dist/shared/actions-github.js"));
const execute = promisify(execFile);

/** Asks for a repository, posts a status and asks by GraphQL, with the client as it lies in `dist/`. */
const ASK = `
const { t: getOctokit } = await import(process.argv[1]);
const api = getOctokit("a-token", { baseUrl: process.argv[2] });
const read = await api.request("GET /repos/{owner}/{repo}", { owner: "acme", repo: "shop" });
const written = await api.request("POST /repos/{owner}/{repo}/statuses/{sha}", { owner: "acme", repo: "shop", sha: "a", state: "success" });
const refused = await api.request("GET /nothing").catch((error) => error.status);
console.log(JSON.stringify([read.data, written.data, refused, await api.graphql("query { viewer { login } }")]));
`;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

test.each(["", "through a proxy"])("GitHub's client in dist/ reads, writes and is refused %s", async (through) => {
  const seen: string[] = [];
  await using github = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(request.url === "/nothing" ? 404 : 200, { "content-type": "application/json" });
    response.end(request.url === "/graphql" ? '{"data":{"viewer":{"login":"ada"}}}' : `{"asked":"${request.method}"}`);
  });
  const tunnels: string[] = [];
  await using proxy = createServer().on("connect", (request, socket) => {
    tunnels.push(request.url ?? "");
    const to = new URL(`http://${request.url}`);
    const onward = connect(Number(to.port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const [port, proxyPort] = [await listening(github), await listening(proxy)];
  // By a name, as no proxy is asked for addresses of this machine.
  const address = through === "" ? `http://127.0.0.1:${port}` : `http://github.example:${port}`;
  const env = {
    PATH: process.env["PATH"],
    GITHUB_API_URL: address,
    ...(through !== "" && { http_proxy: `http://127.0.0.1:${proxyPort}` }),
  };
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", ASK, CHUNK.href, address], { env });
  expect(JSON.parse(stdout)).toEqual([{ asked: "GET" }, { asked: "POST" }, 404, { viewer: { login: "ada" } }]);
  expect(seen).toEqual([
    "GET /repos/acme/shop token a-token",
    "POST /repos/acme/shop/statuses/a token a-token",
    "GET /nothing token a-token",
    "POST /graphql token a-token",
  ]);
  expect(new Set(tunnels)).toEqual(new Set(through === "" ? [] : [`github.example:${port}`]));
});

import { expect, test } from "vitest";
import { outputPlaces } from "../../../src/rollout/start-output.ts";

test.each([
  ["nohup node server.js >app.log 2>&1 & echo $! >app.pid", ["/srv/shop/app.log"]],
  ["nohup node server.js >> /var/log/shop.log 2>>'log/err or.log' &", ["/srv/shop/log/err or.log", "/var/log/shop.log"]],
  ["node server.js &>app.log &", ["/srv/shop/app.log"]],
  ["node server.js >/dev/null 2>&1 &", []],
  ['node server.js >"$LOG" 2>&1 &', []],
  ["sudo systemctl restart shop.service", ["journalctl -u shop.service -n 50 --no-pager"]],
  ["systemctl --user start shop@1", ["journalctl --user -u shop@1 -n 50 --no-pager"]],
  ["pm2 startOrReload ecosystem.config.cjs", ["pm2 logs --nostream --lines 50"]],
  ["nohup node server.js &", []],
])("where a start-command's output goes, as far as its text tells: %s", (text, expected) => {
  const places = outputPlaces(text, "/srv/shop").map((place) => (place.kind === "file" ? place.path : place.words.join(" ")));
  expect(places.toSorted()).toEqual(expected);
});

import { expect, test } from "vitest";
import { withLiveSecrets } from "../../../src/postgres/carry.ts";
import { type DatabaseSettings, sealed } from "../../../src/postgres/database-settings.ts";
import { roleChanges, settingChanges } from "../../../src/postgres/setting-changes.ts";
import { localeClauses } from "../../../src/postgres/side.ts";

const bare: DatabaseSettings = { owner: "shop", comment: null, connectionLimit: -1, grants: [], parameters: [] };
const more = { roles: [], extensions: {} };

function statements(present: Partial<DatabaseSettings>, wanted: Partial<DatabaseSettings>): readonly (string | undefined)[] {
  return settingChanges("side", { ...bare, ...present }, { ...bare, ...wanted }).map(({ statement }) => statement);
}

test("only what differs is changed, and exactly the wanted rights stay", () => {
  const connect = { privilege: "CONNECT", grantable: false };
  const all = { ...connect, grantee: undefined };
  expect(statements({ grants: [all] }, { grants: [all] })).toEqual([]);
  expect(
    statements(
      {
        grants: [
          { ...connect, grantee: "admin" },
          { ...connect, grantee: "kept", grantable: true },
        ],
      },
      { grants: [all, { grantee: 'a"b', privilege: "CREATE", grantable: true }, { ...connect, grantee: "kept" }] },
    ),
  ).toEqual([
    'REVOKE CONNECT ON DATABASE "side" FROM "admin"',
    'REVOKE GRANT OPTION FOR CONNECT ON DATABASE "side" FROM "kept"',
    'GRANT CONNECT ON DATABASE "side" TO PUBLIC',
    'GRANT CREATE ON DATABASE "side" TO "a""b" WITH GRANT OPTION',
  ]);
});

test("whether it is a template is put back where it is known: earlier versions did not keep it", () => {
  expect(statements({ template: true }, { template: false })).toEqual(['ALTER DATABASE "side" IS_TEMPLATE false']);
  expect(statements({ template: false }, { template: true })).toEqual(['ALTER DATABASE "side" IS_TEMPLATE true']);
  expect(statements({ template: true }, {})).toEqual([]);
});

test("a new owner takes over the rights of the old one", () => {
  const owns = (grantee: string) => ({ grants: [{ grantee, privilege: "CREATE", grantable: false }], owner: grantee });
  expect(statements(owns("shop"), owns("other"))).toEqual(['ALTER DATABASE "side" OWNER TO "other"']);
});

test("settings that are lists of names stay lists, and what was not set is reset", () => {
  const parameters = [
    { name: "search_path", value: '"$user", "odd, ""one""", public' },
    { name: "work_mem", value: "7MB" },
    { role: "app", name: "application_name", value: "a=b" },
  ];
  expect(statements({ parameters: [{ name: "jit", value: "off" }] }, { parameters, comment: "it's", connectionLimit: 5 })).toEqual([
    'ALTER DATABASE "side" CONNECTION LIMIT 5',
    `COMMENT ON DATABASE "side" IS 'it''s'`,
    'ALTER DATABASE "side" RESET "jit"',
    `ALTER DATABASE "side" SET "search_path" TO '$user', 'odd, "one"', 'public'`,
    `ALTER DATABASE "side" SET "work_mem" TO '7MB'`,
    `ALTER ROLE "app" IN DATABASE "side" SET "application_name" TO 'a=b'`,
  ]);
  expect(statements({}, { parameters: [{ name: "search_path", value: "" }] })).toEqual([`ALTER DATABASE "side" SET "search_path" TO ''`]);
});

test("a value that may be a secret is in no file and no line; that it changed is told, and the live one stays", () => {
  const key = (value: string) => ({ name: "app.key", value });
  const saved = sealed({ ...bare, ...more, parameters: [key("geheim-1")] });
  expect(JSON.stringify(saved)).not.toContain("geheim");
  const live = (value: string) => ({ ...bare, parameters: [key(value)] });
  expect(settingChanges("app", live("geheim-1"), saved)).toEqual([]);
  const changes = settingChanges("app", live("geheim-2"), saved);
  expect(changes).toMatchObject([{ what: "app.key", statement: undefined, undo: undefined }]);
  expect(JSON.stringify(changes)).not.toContain("geheim");
  expect(withLiveSecrets(saved, live("geheim-2")).parameters).toEqual([key("geheim-2")]);
  expect(withLiveSecrets(saved, bare).parameters).toEqual([]);
  // One that the savepoint did not have goes, and its value is not shown.
  expect(settingChanges("app", live("geheim-2"), bare)).toMatchObject([
    { statement: 'ALTER DATABASE "app" RESET "app.key"', undo: undefined },
  ]);
});

test("what belongs to roles in all databases is named", () => {
  const saved = { ...bare, roles: [{ role: "app", name: "search_path", value: "shop" }], extensions: {} };
  const present = { ...bare, roles: [], extensions: {} };
  expect(roleChanges(present, saved)).toMatchObject([
    {
      what: "search_path for the role app in all databases",
      present: "not set",
      wanted: "shop",
      statement: `ALTER ROLE "app" SET "search_path" TO 'shop'`,
    },
  ]);
});

test("the locale is said as each major version wants it", () => {
  const libc = { datcollate: "C", datctype: "de_DE.utf8" };
  expect(localeClauses(libc).join(" ")).toBe("LC_COLLATE 'C' LC_CTYPE 'de_DE.utf8'");
  expect(localeClauses({ ...libc, datlocprovider: "c", daticulocale: null }).join(" ")).toBe(
    "LC_COLLATE 'C' LC_CTYPE 'de_DE.utf8' LOCALE_PROVIDER libc",
  );
  expect(localeClauses({ ...libc, datlocprovider: "i", daticulocale: "sv-SE", daticurules: null }).join(" ")).toContain(
    "LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE'",
  );
  expect(localeClauses({ ...libc, datlocprovider: "i", datlocale: "sv-SE", daticurules: "&a < g" }).join(" ")).toContain(
    "ICU_LOCALE 'sv-SE' ICU_RULES '&a < g'",
  );
  expect(localeClauses({ ...libc, datlocprovider: "b", datlocale: "C.UTF-8" }).join(" ")).toContain(
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'",
  );
});

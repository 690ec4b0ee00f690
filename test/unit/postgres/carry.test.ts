import { expect, test } from "vitest";
import { carryStatements, type DatabaseProperties, settingStatements } from "../../../src/postgres/carry.ts";
import { localeClauses } from "../../../src/postgres/side.ts";

const bare: DatabaseProperties = { owner: "shop", comment: null, connectionLimit: -1, grants: [], settings: [] };

test("rights are taken away first, so that exactly the wanted ones stay", () => {
  const present = { ...bare, grants: [{ grantee: "admin", privilege: "CONNECT", grantable: false }] };
  const wanted = {
    ...bare,
    owner: "shop",
    grants: [
      { grantee: undefined, privilege: "CONNECT", grantable: false },
      { grantee: 'a"b', privilege: "CREATE", grantable: true },
    ],
  };
  expect(carryStatements("side", present, wanted)).toEqual([
    'REVOKE ALL ON DATABASE "side" FROM "admin"',
    'REVOKE ALL ON DATABASE "side" FROM PUBLIC',
    'REVOKE ALL ON DATABASE "side" FROM "shop"',
    'GRANT CONNECT ON DATABASE "side" TO PUBLIC',
    'GRANT CREATE ON DATABASE "side" TO "a""b" WITH GRANT OPTION',
  ]);
});

test("settings that are lists of names stay lists", () => {
  const settings = [
    { role: undefined, config: ['search_path="$user", "odd, ""one""", public', "work_mem=7MB", "search_path="] },
    { role: "app", config: ["application_name=a=b"] },
  ];
  expect(settingStatements("side", settings)).toEqual([
    `ALTER DATABASE "side" SET "search_path" TO '$user', 'odd, "one"', 'public'`,
    `ALTER DATABASE "side" SET "work_mem" TO '7MB'`,
    `ALTER DATABASE "side" SET "search_path" TO ''`,
    `ALTER ROLE "app" IN DATABASE "side" SET "application_name" TO 'a=b'`,
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

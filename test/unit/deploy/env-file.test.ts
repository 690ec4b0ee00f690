import { expect, test } from "vitest";
import { parseEnvFile } from "../../../src/deploy/env-file.ts";

test.each([
  ["plain", "A=postgres://u:p@h/d", "postgres://u:p@h/d"],
  ["with spaces around", "  A = value  ", "value"],
  ["exported", "export A=value", "value"],
  ["in double quotes", 'A="va lue"', "va lue"],
  ["in single quotes, which mean themselves", "A='va\\n$X'", "va\\n$X"],
  ["escapes in double quotes", 'A="a\\"b\\\\c\\nd\\$e"', 'a"b\\c\nd$e'],
  ["a comment behind it", "A=value # not this", "value"],
  ["a comment behind quotes", 'A="value" # not this', "value"],
  ["a # within", "A=postgres://u:p#w@h/d", "postgres://u:p#w@h/d"],
  ["a = within", "A=a=b", "a=b"],
  ["from Windows", "B=1\r\nA=value\r\n", "value"],
  ["twice: the last one counts", "A=1\nA=2", "2"],
  ["empty", "A=", ""],
  ["after a byte order mark", "\uFEFFA=value", "value"],
])("%s", (_, text, value) => expect(parseEnvFile(text).get("A")).toBe(value));

test.each([
  ["in a comment", "# A=value"],
  ["of another name", "AA=value"],
  ["not an assignment", "A value"],
])("nothing is read where it stands %s", (_, text) => expect(parseEnvFile(text).get("A")).toBeUndefined());

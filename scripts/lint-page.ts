import { HOUSE_PAGE } from "../src/migration/lint/house-rules.ts";
import { RISKS, type Risk } from "../src/migration/lint/finding.ts";
import { FILE_RULES, RULES } from "../src/migration/lint/rules.ts";

const BEGIN = "<!-- rules -->";
const END = "<!-- /rules -->";

const MEANS: Readonly<Record<Risk, string>> = {
  unknown: "PostgreSQL's parser does not read it; it fails a run whatever `fail-on` says",
  destructive: "data goes",
  irreversible: "the way back leads over the savepoint",
  incompatible: "the code that runs now cannot live with it",
  blocking: "users wait",
  secret: "a secret stands in a file",
  house: "a rule of your own, named in `house-rules` or `required-columns`, is broken",
  advice: "better otherwise; it never fails a run unless `fail-on` says so",
};

const FILE_RISKS: Readonly<Record<string, Risk>> = { "no-way-down": "irreversible", "unread-by-parser": "unknown" };

/** The page's table of rules, as the rules say it. */
export function lintPage(page: string): string {
  const rows = RISKS.flatMap((risk) =>
    RULES.filter((rule) => rule.risk === risk).map(({ name, finds }) => `| \`${name}\` | ${risk} | ${finds} |`),
  );
  const files = Object.entries(FILE_RULES).map(([name, finds]) => `| \`${name}\` | ${FILE_RISKS[name] ?? "advice"} | ${finds} |`);
  const house = HOUSE_PAGE.map(([name, finds]) => `| \`${name}\` | house | ${finds} |`);
  const risks = RISKS.map((risk) => `- **${risk}**: ${MEANS[risk]}.`);
  const table = [...risks, "", "| rule | risk | finds |", "|---|---|---|", ...rows, ...house, ...files].join("\n");
  const [before = "", rest = ""] = page.split(BEGIN);
  return `${before}${BEGIN}\n${table}\n${END}${rest.split(END)[1] ?? ""}`;
}

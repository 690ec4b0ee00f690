export const SHA = "df4cb1c069e1874edd31b4311f1884172cec0e10";
export const PATH = ".github/workflows/deploy.yml";

/** A workflow in which all is in order. */
export const GOOD = `on: push
permissions: {}
jobs:
  deploy:
    permissions: { contents: write }
    concurrency: { group: deploy-production, queue: max }
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${SHA} # v6.0.3
      - uses: OWNER/savepoint@v1
        with: { environment: production }
      - uses: OWNER/savepoint/actions/rollback@v1
        if: failure() || cancelled()
        with: { environment: production }
`;

/** What is wrong, the file, how grave it is, and what is said; the printed command mends it. */
export const WORKFLOW_FAULTS = [
  [
    "a job without the permission to write",
    GOOD.replace("    permissions: { contents: write }\n", ""),
    "fail",
    "may not write to the repository",
  ],
  ["a job that may only read", GOOD.replace("contents: write", "contents: read"), "fail", "may not write to the repository"],
  ["a job without concurrency", GOOD.replace(/ {4}concurrency: .*\n/, ""), "warn", "has no `concurrency`"],
  ["a deploy that the next one cancels", GOOD.replace("queue: max", "cancel-in-progress: true"), "fail", "is cancelled by the next one"],
  ["a rollback step without if:", GOOD.replace("        if: failure() || cancelled()\n", ""), "fail", "has no `if:`"],
  [
    "a rollback step with a name, without if:",
    GOOD.replace(
      "      - uses: OWNER/savepoint/actions/rollback@v1\n        if: failure() || cancelled()\n",
      "      - name: Back\n        uses: OWNER/savepoint/actions/rollback@v1\n",
    ),
    "fail",
    "has no `if:`",
  ],
] as const;

/** The same, where what is right is said in words. */
export const TOLD_WORKFLOW_FAULTS = [
  [
    "a job without a rollback step",
    GOOD.slice(0, GOOD.indexOf("      - uses: OWNER/savepoint/actions/rollback")),
    "warn",
    "has no rollback step",
  ],
  ["a rollback step that is not run when cancelled", GOOD.replace("failure() || cancelled()", "failure()"), "fail", "runs `if: failure()`"],
] as const;

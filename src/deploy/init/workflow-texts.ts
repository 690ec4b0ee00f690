import { inYaml } from "./yaml-text.ts";

/** What a workflow is written for. */
export interface WorkflowPlan {
  readonly environment: string;
  readonly branch: string;
  /** Settings that the workflow says itself, by input; the others stand in `savepoint.yml`. */
  readonly given: Readonly<Record<string, string>>;
  /** Settings that lead to the host alone: for the steps that need no more. */
  readonly place: Readonly<Record<string, string>>;
  /** A second environment's is pressed, until somebody says otherwise: a push deploys to the first one already. */
  readonly pressed?: boolean;
}

const CHECKOUT = "actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6.0.3";
const LOGIN = ["          ssh-key: ${{ secrets.SSH_KEY }}", "          ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}"];

/** `.github/workflows/deploy.yml`. */
export function deployWorkflow({ environment, branch, given, place, pressed = false }: WorkflowPlan): string {
  const push = ["  push:", `    branches: [${inYaml(branch)}]`];
  return file([
    `# ${pressed ? besidePath("deploy", environment) : ".github/workflows/deploy.yml"}`,
    `name: ${pressed ? inYaml(`Deploy to ${environment}`) : "Deploy"}`,
    "on:",
    ...(pressed ? ["  workflow_dispatch: # in its place, or beside it, as deploy.yml has it: push"] : push),
    "",
    "permissions: {}",
    "",
    "jobs:",
    "  deploy:",
    "    runs-on: ubuntu-latest",
    `    environment: ${inYaml(environment)}`,
    "    permissions:",
    "      contents: write # moves the stable tags",
    "      actions: read # asks whether an earlier run is still alive",
    "    concurrency:",
    `      group: ${inYaml(`deploy-${environment}`)}`,
    "      queue: max # one after the other; none is dropped",
    "    steps:",
    `      - uses: ${CHECKOUT}`,
    "        with:",
    "          fetch-depth: 0",
    "      - uses: OWNER/savepoint@v1",
    "        with:",
    ...withLogin(environment, given, "host"),
    "      - name: Take back what was cancelled",
    "        if: failure() || cancelled()",
    "        uses: OWNER/savepoint/actions/rollback@v1",
    "        with:",
    ...withLogin(environment, place, "host"),
  ]);
}

/** `.github/workflows/rollback.yml`: the button. `app`, where the host may hold several. */
export function rollbackWorkflow(environments: readonly string[], app?: string): string {
  return file([
    "# .github/workflows/rollback.yml",
    "name: Rollback",
    "on:",
    "  workflow_dispatch:",
    "    inputs:",
    `      environment: { description: "Which environment", type: choice, options: [${environments.map(inYaml).join(", ")}], required: true }`,
    '      to: { description: "A stable tag, commit or savepoint (empty: the version before)" }',
    '      database: { description: "Asked for where it would be restored", type: choice, options: [auto, restore, keep, down] }',
    '      reason: { description: "Why", required: true }',
    `      confirm: { description: "The environment's name, typed in (not needed for a dry run)" }`,
    '      dry-run: { description: "Only show what it would do", type: boolean }',
    "",
    `run-name: "Rollback of \${{ inputs.environment }}\${{ inputs.dry-run && ', dry run' || '' }}"`,
    "",
    "permissions: {}",
    "",
    "jobs:",
    "  rollback:",
    "    runs-on: ubuntu-latest",
    "    environment:",
    "      name: ${{ inputs.environment }}",
    "      deployment: false # this run's commit is not the one that will run",
    "    permissions:",
    "      contents: write # moves latest-stable",
    "      actions: read # asks whether the deploy that it ends is still alive",
    "    concurrency:",
    "      group: rollback-${{ inputs.environment }}",
    "      queue: max",
    "    steps:",
    "      - uses: OWNER/savepoint/actions/rollback@v1",
    "        with:",
    "          environment: ${{ inputs.environment }}",
    "          host: ${{ vars.SSH_HOST }}",
    ...LOGIN,
    ...(app === undefined ? [] : [`          app: ${inYaml(app)}`]),
    ...["to", "database", "reason", "confirm", "dry-run"].map((name) => `          ${name}: \${{ inputs.${name} }}`),
  ]);
}

/** `.github/workflows/backup.yml`: every night, in an environment that nobody has to approve. */
export function backupWorkflow({ environment, place, pressed = false }: Pick<WorkflowPlan, "environment" | "place" | "pressed">): string {
  return file([
    `# ${pressed ? besidePath("backup", environment) : ".github/workflows/backup.yml"}`,
    `name: ${pressed ? inYaml(`Backup of ${environment}`) : "Backup"}`,
    "on:",
    "  schedule:",
    '    - cron: "0 3 * * *" # UTC',
    "  workflow_dispatch:",
    "",
    "permissions: {}",
    "",
    "jobs:",
    "  backup:",
    "    runs-on: ubuntu-latest",
    "    environment:",
    `      name: ${inYaml(`${environment}-backup`)} # an environment of its own, that nobody has to approve`,
    "      deployment: false",
    "    permissions: {}",
    "    concurrency:",
    `      group: ${inYaml(`backup-${environment}`)}`,
    "      queue: max",
    "    steps:",
    "      - uses: OWNER/savepoint/actions/backup@v1",
    "        with:",
    "          purpose: ${{ github.event_name == 'schedule' && 'scheduled' || 'manual' }}",
    "          verify: restore",
    ...withLogin(environment, place, "host"),
  ]);
}

/** `.github/workflows/doctor.yml`: at each pull request, in an environment that any branch may use. */
export function doctorWorkflow({ environment, place }: Pick<WorkflowPlan, "environment" | "place">): string {
  return file([
    "# .github/workflows/doctor.yml",
    "name: Doctor",
    "on: pull_request",
    "",
    "permissions: {}",
    "",
    "jobs:",
    "  doctor:",
    "    # A fork's pull request gets no secrets, and nothing could be looked at.",
    "    if: github.event.pull_request.head.repo.full_name == github.repository",
    "    runs-on: ubuntu-latest",
    "    environment:",
    `      name: ${inYaml(`${environment}-doctor`)} # an environment of its own, open to every branch: whoever may push one can use its key`,
    "      deployment: false",
    "    permissions:",
    "      contents: read # the settings and the workflow files of the pull request",
    "    concurrency:",
    "      group: doctor-${{ github.ref }}",
    "      queue: max",
    "    steps:",
    `      - uses: ${CHECKOUT}`,
    "        with:",
    "          persist-credentials: false",
    "      - uses: OWNER/savepoint/actions/doctor@v1",
    "        with:",
    ...withLogin(environment, place, "host"),
  ]);
}

/** Where a further environment's workflow stands, beside `deploy.yml` and `backup.yml`. */
export function besidePath(kind: "deploy" | "backup", environment: string): string {
  return `.github/workflows/${kind}-${environment.replaceAll(/[^\w.-]+/g, "-")}.yml`;
}

/** `environment`, where the host is, how it is logged in there, and what else is given. */
function withLogin(environment: string, given: Readonly<Record<string, string>>, before: string): readonly string[] {
  const line = (name: string, value: string): string => `          ${name}: ${inYaml(value)}`;
  const entries = Object.entries(given);
  const first = entries.filter(([name]) => name === before);
  const rest = entries.filter(([name]) => name !== before);
  return [
    line("environment", environment),
    ...first.map(([name, value]) => line(name, value)),
    ...LOGIN,
    ...rest.map(([name, value]) => line(name, value)),
  ];
}

function file(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

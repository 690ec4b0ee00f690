import { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import { quote } from "../../machine/quote.ts";
import { type Examination, passes, refused, type Sighting, unseen, warns } from "./examination.ts";
import type { DoctorWorld } from "./world.ts";

/** Whether the host is reached: its key, ours, the user, the login shell. */
export const loginExamination: Examination = {
  about: "login",
  of: "environment",
  needs: [],
  why: "Every step works on the host over this one login, and goes on only where the host's key is the known one.",
  async look(world) {
    const { host } = world.shared;
    const pass =
      host === undefined
        ? "No `host` is given: the app and its state are on this machine."
        : `${host.user}@${host.host} lets us in, its key is the known one, and its shell runs commands.`;
    try {
      const machine = await world.host();
      // The look shows more than the login: that the user's shell runs what it is told.
      if (host !== undefined) await machine.run({ words: ["true"], repeatable: true });
      return [passes(pass)];
    } catch (error) {
      const withheld = withheldFrom(world, error);
      return [withheld ?? refused(error, { mends: error instanceof Failure ? mendsOf(error, world) : [] })];
    }
  },
};

/**
 * GitHub gives a pull request from a fork, and Dependabot's, neither secrets nor variables: what is missing there is no fault.
 * https://docs.github.com/actions/security-guides/using-secrets-in-github-actions
 */
function withheldFrom({ ports }: DoctorWorld, error: unknown): Sighting | undefined {
  if (ports.env["GITHUB_EVENT_NAME"] !== "pull_request" || !(error instanceof Failure) || error.code !== "inputs") return undefined;
  const [first = "", ...more] = error.message.split("\n");
  return unseen(`Could not look: ${[first, ...more.map((line) => line.replace(/^- /, ""))].join(" ")}`, {
    why: "GitHub gives the runs of pull requests from forks, and of Dependabot's, no secrets. That is no fault of theirs.",
    advice:
      "What the repository holds was looked at. For all else, look from a run on the default branch, or at a terminal, with the command `doctor`.",
  });
}

const UNKNOWN = new Set<Failure["code"]>(["host-key-unknown", "host-key-type", "known-hosts-missing", "known-hosts-malformed"]);
const NO_KEY = new Set<Failure["code"]>(["no-key", "auth-refused"]);
const NOT_THE_KEY = new Set<Failure["code"]>(["key-public", "key-malformed", "no-file"]);
const SEALED_KEY = new Set<Failure["code"]>(["key-encrypted", "bad-passphrase"]);

function mendsOf({ code, message }: Failure, { shared: { host }, ports }: DoctorWorld): readonly Way[] {
  if (host === undefined) return [];
  const port = host.port === 22 ? [] : ["-p", String(host.port)];
  const scan = quote(["ssh-keyscan", ...port, "-t", "ed25519,ecdsa,rsa", host.host]);
  if (UNKNOWN.has(code) || (code === "inputs" && message.includes("ssh-known-hosts"))) {
    return [
      ports.terminal
        ? {
            command: `mkdir -p ~/.ssh && ${scan} 2>/dev/null | tee -a ~/.ssh/known_hosts | ssh-keygen -lf -`,
            means: "Notes the host's keys and shows their fingerprints. Compare them with the server's own before you go on:",
          }
        : {
            command: `${scan} 2>/dev/null | tee /dev/stderr | gh variable set SSH_KNOWN_HOSTS`,
            means: "Sets the variable that `ssh-known-hosts` is given by. Compare the keys with the server's own:",
          },
    ];
  }
  if (code === "host-key-changed") {
    const name = host.port === 22 ? host.host : `[${host.host}]:${host.port}`;
    return [{ command: quote(["ssh-keygen", "-R", name]), means: "Once you know why it changed, forgets the old key; then look again:" }];
  }
  if (NO_KEY.has(code)) {
    return [
      {
        command: quote(["ssh-copy-id", ...port, `${host.user}@${host.host}`]),
        means: "From where you can log in: lets your own key in. For a deploy's own key, its public half with -i:",
      },
    ];
  }
  if (NOT_THE_KEY.has(code) || SEALED_KEY.has(code)) return keyMends(code, ports);
  if (code === "no-shell") {
    return [
      {
        command: quote(["sudo", "usermod", "--shell", "/bin/sh", host.user]),
        means: `On ${host.host}, as somebody who may: gives ${host.user} a shell that runs commands:`,
      },
    ];
  }
  return [];
}

/** What is given as the key is none, or is sealed by a passphrase. */
function keyMends(code: Failure["code"], { terminal }: DoctorWorld["ports"]): readonly Way[] {
  if (SEALED_KEY.has(code)) {
    return terminal
      ? [{ command: "ssh-add", means: "Gives your keys to the agent, which asks for the passphrase once; then leave `ssh-key` out:" }]
      : [{ command: "gh secret set SSH_PASSPHRASE", means: "Asks for the passphrase and keeps it; give it as `ssh-passphrase`:" }];
  }
  const file = "~/.ssh/savepoint_deploy";
  const make = `test -f ${file} || ssh-keygen -q -t ed25519 -N "" -C savepoint -f ${file}`;
  return [
    terminal
      ? { command: `mkdir -p ~/.ssh && ${make}`, means: `Makes a key pair for the deploy, where there is none; give \`ssh-key: ${file}\`:` }
      : { command: `gh secret set SSH_KEY < ${file}`, means: "Sets the secret that `ssh-key` is given by, from the private key's file:" },
  ];
}

/** Who logs in. */
export const userExamination: Examination = {
  about: "user",
  of: "environment",
  needs: ["host"],
  why: "What logs in as root can do everything on the host, and leaves files there that nobody else may change.",
  async look(world) {
    const { user, uid, groups } = await world.hostLook();
    if (uid !== 0 || world.shared.host === undefined) return [passes(`${user} (${groups.join(", ")}).`)];
    return [
      warns("The login is root's.", {
        advice: "Give the deploy a user of its own who owns `app-dir` and is in the group docker, and name that one in `host`.",
      }),
    ];
  },
};

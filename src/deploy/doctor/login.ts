import type { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import { quote } from "../../machine/quote.ts";
import { type Examination, passes, unlessRefused, warns } from "./examination.ts";
import type { DoctorWorld } from "./world.ts";

/** Whether the host is reached: its key, ours, the user, the login shell. */
export const loginExamination: Examination = {
  about: "login",
  of: "environment",
  needs: [],
  why: "Every step works on the host over this one login, and goes on only where the host's key is the known one.",
  async look(world) {
    const { host } = world.shared;
    if (host === undefined) return [passes("No `host` is given: the app and its state are on this machine.")];
    // The look shows more than the login: that the user's shell runs what it is told.
    return await unlessRefused(async () => await (await world.host()).run({ words: ["true"], repeatable: true }), {
      pass: `${host.user}@${host.host} lets us in, its key is the known one, and its shell runs commands.`,
      mends: (failure) => mendsOf(failure, world),
    });
  },
};

const UNKNOWN = new Set<Failure["code"]>(["host-key-unknown", "host-key-type", "known-hosts-missing", "known-hosts-malformed"]);
const NO_KEY = new Set<Failure["code"]>(["no-key", "auth-refused", "key-public", "key-malformed"]);

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
  return [];
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

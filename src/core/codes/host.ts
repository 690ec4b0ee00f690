import type { CodeTable } from "./row.ts";

/** The way to the host, and running things there. */
export const HOST_CODES = {
  "host-key-unknown": {
    happened: "The host's key is not among the known ones, so nobody can tell whether it is the right machine.",
    arises: "The first use of a host, or a name or port that differs from the one in `ssh-known-hosts`.",
    mend: "Compare the fingerprint in the message with the one on the host's own console, then put the printed line into `ssh-known-hosts`.",
  },
  "host-key-changed": {
    happened: "The host shows another key than the known one.",
    arises: "The host was set up anew, its address was given to another machine, or somebody stands in between.",
    mend: "Ask whoever runs the host. Only when the new fingerprint is confirmed there, replace the line in `ssh-known-hosts`.",
  },
  "host-key-type": {
    happened: "The host has a key of another kind than the known one.",
    arises: "`ssh-known-hosts` holds, for example, an RSA key, and the host offers only an ED25519 one.",
    mend: "Add the host's line of that kind, from the host's own console.",
  },
  "host-key-revoked": {
    happened: "The host's key is marked as revoked in `ssh-known-hosts`.",
    arises: "Somebody withdrew that key on purpose.",
    mend: "Do not go on. Ask why it was revoked, and give the host a new key.",
  },
  "known-hosts-missing": {
    happened: "A host is given, and no key to know it by.",
    arises: "`ssh-known-hosts` is not given, or its secret is empty in this environment.",
    mend: "On the host, read its public keys in `/etc/ssh/ssh_host_*_key.pub`, and give them as `ssh-known-hosts`. See [SSH](ssh.md).",
  },
  "known-hosts-malformed": {
    happened: "`ssh-known-hosts` holds no line that is a host's key.",
    arises: "The lines were broken while they were pasted, a part of a fingerprint is missing, or it is an MD5 one.",
    mend: "Give the host's lines (name, kind, key), each as one line, or its whole `SHA256:…` fingerprint, as `ssh-keygen -lf` prints it.",
  },
  "auth-refused": {
    happened: "The host does not accept the key.",
    arises:
      "The public half is not in the user's `authorized_keys`, the user is another one, or the modes of `~/.ssh` are too open (SSH itself says `Permission denied (publickey)`).",
    mend: "Put the printed public key into `~/.ssh/authorized_keys` of that user on the host, mode 600, below a `~/.ssh` of mode 700.",
  },
  "no-key": {
    happened: "There is no private key to log in with.",
    arises: "`ssh-key` is not given in a workflow; at a terminal there is no agent, and no usable key in `~/.ssh`.",
    mend: "Give `ssh-key`, or load a key into your agent: `ssh-add`.",
  },
  "key-public": {
    happened: "The public half of the key was given where the private one is wanted.",
    arises: "The file that ends in `.pub` was pasted.",
    mend: "Give the file without `.pub`; the public half belongs on the host.",
  },
  "key-malformed": {
    happened: "What was given is not a private key that can be read.",
    arises: "Line breaks were lost in a secret, or it is a key in a format of another program (PuTTY).",
    mend: "Set the secret from the file itself, whole: `gh secret set SSH_KEY <key`.",
  },
  "key-encrypted": {
    happened: "The key is protected by a passphrase, and none was given.",
    arises: "A personal key is used for a deploy.",
    mend: "Give `ssh-passphrase`, or make a key of its own for deploys.",
  },
  "bad-passphrase": {
    happened: "The passphrase does not open the key.",
    arises: "It belongs to another key, or has a line break at its end.",
    mend: "Set the secret again, without a line break.",
  },
  handshake: {
    happened: "The connection to the host broke before the login was done.",
    arises: "A port that is no SSH server, a firewall or proxy in between, a host under load.",
    mend: "Check host and port. Once it is reached again, run the same command.",
  },
  "turned-away": {
    happened: "The host takes no connection from this address for a while.",
    arises: "Too many failed logins (`PerSourcePenalties`, fail2ban), or too many logins at once (`MaxStartups`).",
    mend: "Wait ten minutes, mend the key first, then try once. On the host, `fail2ban-client status sshd` shows bans.",
  },
  "no-session": {
    happened: "The host opens no more sessions on this connection.",
    arises: "`MaxSessions` in the host's `sshd_config` is very low.",
    mend: "Raise `MaxSessions` to 10, its default.",
  },
  "no-shell": {
    happened: "The user's login shell did not run the command.",
    arises: "The shell is `nologin`, a menu, or one that ends by itself.",
    mend: "Give the deploy's user a shell: `chsh -s /bin/sh USER` on the host.",
  },
  "forwarding-refused": {
    happened: "The host does not pass connections on.",
    arises: "`AllowTcpForwarding no` in its `sshd_config`, or `restrict` beside the key.",
    mend: "Allow it for this user, or let the database be reached from the runner: `database-from`.",
  },
  "connection-lost": {
    happened: "A connection that was in use broke.",
    arises: "The network, a host or server that was restarted, a firewall that ends quiet connections.",
    mend: "See `status` first: what was begun is in the journal. Then run the same command again.",
  },
  refused: {
    happened: "Nothing takes connections at that address.",
    arises: "The server is not running, listens on another port or address, or a container was not published.",
    mend: "Check that it runs and where it listens: `ss -ltn` on that machine.",
  },
  timeout: {
    happened: "Something did not answer or did not end in time.",
    arises: "A firewall that drops packets, a host under load, a lock that somebody holds, a limit that is too short.",
    mend: "The message says on whom it waited. Check that one, then run the same command again.",
  },
  unreachable: {
    happened: "The machine or server cannot be reached.",
    arises: "A wrong address, a network that is down, a private address that is dialled from outside.",
    mend: "Check the address, and from which machine it is dialled. The message names both.",
  },
  "name-not-resolved": {
    happened: "The name is not known to DNS on the machine that asked.",
    arises: "A slip in the name, or a name that only containers or a private network know.",
    mend: "Check the spelling, and from where it is asked.",
  },
  "not-found": {
    happened: "A program that is needed is not installed, or not in the PATH.",
    arises: "A login without the profile's PATH (SSH runs no login shell), or a host that is new.",
    mend: "Install it on the machine that the message names, or put it into `/usr/local/bin`.",
  },
  "not-executable": {
    happened: "A program is there, and may not be executed.",
    arises: "Its mode lacks `x`, or its disk is mounted `noexec`.",
    mend: "`chmod +x` the file.",
  },
  "not-started": {
    happened: "A program could not be started.",
    arises: "The machine is out of memory or processes, or the container refuses new commands.",
    mend: "Look at memory and processes of that machine, then run it again.",
  },
  "not-ended": {
    happened: "What an earlier step left running on the host could not be ended.",
    arises: "It runs as another user (by `sudo`), so the deploy's user may not end it.",
    mend: "End the processes that are named as the user who owns them, then run the same command again.",
  },
  "no-folder": {
    happened: "A folder that is needed does not exist, or may not be entered.",
    arises: "`app-dir` or another setting names another place, or the folder was moved.",
    mend: "Check the path on the machine that is named, and the rights of all folders above it.",
  },
  "tool-failed": {
    happened: "A small command that Savepoint runs on a machine failed.",
    arises: "A full disk, missing rights, a shell that lacks a usual program.",
    mend: "What it said is below the message: mend that and run the same command again.",
  },
  "bad-name": {
    happened: "A name cannot be that of an environment variable.",
    arises: "A setting hands on a variable whose name has a space, a `=` or a dash.",
    mend: "Use letters, digits and `_`.",
  },
  "input-broken": {
    happened: "What was to be fed into a program could not be read to its end.",
    arises: "The other side of the pipe broke: a lost connection, a file that went away.",
    mend: "Look for the failure of the other side beside it; then run it again.",
  },
  "output-broken": {
    happened: "What a program wrote could not be stored.",
    arises: "A full disk or a lost connection at the other end of the pipe.",
    mend: "Make room, or wait for the network, then run it again.",
  },
  missing: {
    happened: "A file that was there is not.",
    arises: "Somebody removed it while it was in use, or the state directory was moved.",
    mend: "Find out who removes files there; `list` and `status` say what is left.",
  },
  "not-permitted": {
    happened: "The user may not read or write a file, folder or socket.",
    arises: "It was made by another user, often by `sudo` or by a container that runs as root.",
    mend: "Give it to the deploy's user: `sudo chown -R USER PATH`, for the path that is named.",
  },
  "read-only": {
    happened: "The file system, or the server, takes no writes.",
    arises: "A disk that was remounted after errors; a standby where the primary is wanted.",
    mend: "For a disk: see `sudo dmesg`, and mount it again. For a database: name the primary.",
  },
  "disk-full": {
    happened: "There is not enough room on a disk.",
    arises: "Old backups, images, logs; a database that grew.",
    mend: "See what fills it: `df -h`, `df -i`, `docker system df`. Keep fewer backups (`keep-last`, `keep-daily`, `max-total-size`), or drop replaced databases: `drop-replaced`.",
  },
  "is-directory": {
    happened: "A folder stands where a file is wanted.",
    arises: "A path names a folder, often one that Docker made for a missing mount.",
    mend: "Remove the empty folder, or name the file.",
  },
  "not-directory": { happened: "A file stands where a folder is wanted.", arises: "A path goes through a file.", mend: "Check the path." },
  "refused-path": {
    happened: "Savepoint does not remove or use that path.",
    arises: "A setting is empty, `/`, or a home folder.",
    mend: "Name a folder of its own.",
  },
  unwritable: {
    happened: "No file or folder can be made there.",
    arises: "Rights, or a folder above it that does not exist.",
    mend: "Make the folder as the user who owns the place above, and give it to the deploy's user.",
  },
} as const satisfies CodeTable;

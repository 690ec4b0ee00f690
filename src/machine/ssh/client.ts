import { NodeSSH } from "node-ssh";
import type { Client, ConnectConfig } from "ssh2";

/** A connection that is being made, by node-ssh. */
export interface Connecting {
  /** The client below, for its events and for our channels. */
  readonly client: Client;
  /** Rejects with what hinders it to begin at all; what the client meets on its way, its events say. */
  readonly begun: Promise<void>;
}

/**
 * Begins to connect. node-ssh has its client before it waits for anything, so that no event is missed: of a server that
 * accepts and hangs up in one breath, the promise alone would tell too late, and the error in between had no listener.
 */
export function connectClient(config: ConnectConfig): Connecting {
  // Without this check node-ssh, as ssh2 below it, takes any host for the right one.
  if (config.hostVerifier === undefined) throw new Error("a connection without a check of the host's key");
  const ssh = new NodeSSH();
  const connecting = ssh.connect(config as Parameters<NodeSSH["connect"]>[0]);
  const client = ssh.connection;
  // It gives up its promise, not the connection, when the agent alone cannot be asked; other keys come after it.
  const begun = connecting.then(
    () => undefined,
    (error: Error & { level?: string }) => {
      if (error.level !== "agent") throw error;
    },
  );
  if (client === null) throw new Error("node-ssh has no client while it connects");
  return { client, begun };
}

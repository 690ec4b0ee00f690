import { spawn } from "node:child_process";
import { finishWords } from "./group.ts";

/** True when nothing of the group is left. The ending runs in a group of its own, and goes on if this process dies. */
export async function endGroup(leader: number | undefined): Promise<boolean> {
  if (leader === undefined) return true;
  const [program = "", ...rest] = finishWords(leader);
  const child = spawn(program, rest, { detached: true, stdio: "ignore" });
  return await new Promise((done) => {
    child.once("error", () => done(false));
    child.once("exit", (code) => done(code === 0));
  });
}

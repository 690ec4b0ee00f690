/** What is there and does not end within half a minute: what is just ending is no stray, and takes its time on a busy machine. */
export async function stays(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let found = await look();
  for (let turn = 0; found.length > 0 && turn < 300; turn += 1) {
    await new Promise((done) => setTimeout(done, 100));
    found = await look();
  }
  return found;
}

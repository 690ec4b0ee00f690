/**
 * Prints how long it took from the first command to a green deploy, and how many there were: the promise of ten minutes is a
 * person's, who reads as well, and no test's. What a machine needs of it is seen here, and judged by nobody.
 */
export function tellFirstHour(how: string, { began, commands }: { readonly began: number; readonly commands: number }): void {
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  process.stdout.write(`${how}: ${minutes} min and ${commands} commands from the first one to the green deploy\n`);
}

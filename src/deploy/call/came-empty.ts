/** A secret or variable that does not exist is an empty text to GitHub, and no error: where these lines are what workflows say. */
export function cameEmpty(...lines: readonly string[]): string {
  const said = lines.map((line) => `\`${line}\``).join(" and ");
  return `Where the workflow says ${said} already, that is empty for this job: it must be set, by that name, for the repository or for the GitHub environment that the job names with \`environment:\`.`;
}

/** A secret or variable that does not exist is an empty text to GitHub, and no error: where `line` is what workflows say. */
export function cameEmpty(line: string): string {
  return `Where the workflow says \`${line}\` already, that is empty for this job: it must be set, by that name, for the repository or for the GitHub environment that the job names with \`environment:\`.`;
}

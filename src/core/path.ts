/** Whether a given text names a file, and is not the content of one: on one line, and plainly a path. */
export function isPath(text: string): boolean {
  return /^(?:~|\.{0,2})\/[^\r\n]*$/.test(text) && text.length <= 4096;
}

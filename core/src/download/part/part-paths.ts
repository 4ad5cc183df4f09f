/** What belongs to an unfinished download of this file. */
export function partPaths(destination: string): {
  readonly part: string;
  readonly resume: string;
  readonly lock: string;
} {
  const part = `${destination}.part`;
  return { part, resume: `${part}.resume`, lock: `${part}.lock` };
}

/** Ends the process with code 1 if it still has something to do after this time. */
export function cutOffAfter(milliseconds: number): void {
  setTimeout(() => process.exit(1), milliseconds).unref();
}

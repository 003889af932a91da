/** Ends the process with code 1 unless the returned function is called within this time. */
export function cutOffAfter(milliseconds: number): () => void {
  const timer = setTimeout(() => process.exit(1), milliseconds);
  return () => clearTimeout(timer);
}

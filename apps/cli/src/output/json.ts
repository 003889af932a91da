/** Data as JSON for other programs: indented, in the API's own names, ended by a line break. */
export function json(data: unknown): string {
  return `${JSON.stringify(data, null, 2)}\n`;
}

import { clean, cut, widthOf } from './clean.ts';

/** One column of a table. */
export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  readonly align?: 'right';
  /** Gives way first when the terminal is narrow; at most one column. */
  readonly flexible?: boolean;
  /** Left out where the terminal is too narrow; the lowest number first. */
  readonly leftOut?: number;
}

const GAP = '  ';
/** The flexible column gets at least this much, as long as another column can be left out for it. */
const LEAST_FLEXIBLE = 24;

/** Rows as aligned columns under their heads, no trailing blanks. In a pipe (`columns` null) nothing is cut. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], terminalColumns: number | null): string {
  const cells = rows.map((row) => columns.map((column) => clean(column.cell(row))));
  const natural = columns.map((column, i) =>
    Math.max(widthOf(column.head), ...cells.map((row) => widthOf(row[i] ?? ''))),
  );
  const widths = terminalColumns === null ? natural : fitted(columns, natural, terminalColumns);
  const line = (texts: readonly string[]) =>
    texts
      .flatMap((text, i) => {
        const width = widths[i];
        return width === null || width === undefined ? [] : [padded(cut(text, width), width, columns[i]?.align)];
      })
      .join(GAP)
      .trimEnd();
  return [columns.map(({ head }) => head), ...cells].map(line).join('\n');
}

/** Widths that fit the terminal: the flexible column is cut, then columns are left out (null). */
function fitted<T>(
  columns: readonly Column<T>[],
  natural: readonly number[],
  room: number,
): readonly (number | null)[] {
  const widths: (number | null)[] = [...natural];
  const flexible = columns.findIndex((column) => column.flexible);
  if (flexible < 0) return widths;
  const dispensable = columns
    .flatMap(({ leftOut }, i) => (leftOut === undefined ? [] : [{ i, leftOut }]))
    .toSorted((a, b) => a.leftOut - b.leftOut);
  const wanted = natural[flexible] ?? 0;
  for (;;) {
    const others = widths.reduce<number>(
      (sum, width, i) => (i === flexible || width === null ? sum : sum + width + GAP.length),
      0,
    );
    const left = room - others;
    const next = left < Math.min(wanted, LEAST_FLEXIBLE) ? dispensable.shift() : undefined;
    if (next === undefined) {
      widths[flexible] = Math.max(1, Math.min(wanted, left));
      return widths;
    }
    widths[next.i] = null;
  }
}

function padded(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

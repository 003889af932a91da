/** The outside as a command sees it; main.ts fills it from the process, tests from memory. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Columns of the terminal that shows `out`; null when it is a file or a pipe: nothing is then cut or redrawn. */
  readonly columns: number | null;
  /** Whether `err` is a terminal: progress is redrawn in place only there. */
  readonly errIsTerminal: boolean;
  /** IANA zone in which times are shown. */
  readonly zone: string;
  readonly now: () => Temporal.Instant;
  readonly fetch: typeof fetch;
}

/** A command's work: data for `--json`, the same as text, and how the process ends. */
export interface Outcome {
  readonly data: unknown;
  readonly text: (style: Style) => string;
  readonly exit: number;
}

/** What printing needs to know of the reader. */
export interface Style {
  readonly columns: number | null;
  readonly zone: string;
  readonly now: Temporal.Instant;
}

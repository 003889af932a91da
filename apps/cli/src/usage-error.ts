/** Something on the command line or in the files beside it that its user can mend; ends with exit code 2. */
export class UsageError extends Error {
  /** What to do next. */
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
    this.next = next;
  }
}

import type { ShippedSeal } from './ports.ts';
import type { Instant } from './model.ts';
import type { Violation } from './invariants.ts';

/** The invariants of design.md section 4 that stored rows can show, and the seals. */
export const invariantNames = {
  '1': 'Every firing alert whose route pages has a live run, a wake-up or a stored reason',
  '2': 'A live run has exactly one wake-up, and says why when it ends',
  '3': 'A notification is in exactly one state, and there is one row for each call',
  '4': 'Nothing is begun while somebody has the page',
  '5': 'An event accepted twice opens nothing twice',
  '7': 'Folding the stored changes gives the stored state',
  '10': 'A retry sends the text that was stored',
  seals: 'What was sealed is what is stored',
} as const;

export type InvariantId = keyof typeof invariantNames;

/** What checking one invariant found. `complete` is false when the time was over before all rows were looked at. */
export interface InvariantResult {
  readonly invariant: InvariantId;
  readonly name: string;
  readonly checked: number;
  readonly violations: readonly Violation[];
  /** Violations beyond those listed. */
  readonly more: number;
  readonly complete: boolean;
}

/** Violations listed for one invariant; more are counted. */
const MOST_LISTED = 100;

/** Collects results of one run of the verifier; mutable, local to that run. */
export class Findings {
  readonly #found = new Map<
    InvariantId,
    { checked: number; violations: Violation[]; more: number; complete: boolean }
  >();

  add(invariant: InvariantId, checked: number, violations: readonly Violation[], more = 0): void {
    const entry = this.#entry(invariant);
    entry.checked += checked;
    const room = Math.max(0, MOST_LISTED - entry.violations.length);
    entry.violations.push(...violations.slice(0, room));
    entry.more += more + Math.max(0, violations.length - room);
  }

  /** Makes sure that these invariants are reported, also when there is not one row. */
  begin(invariants: readonly InvariantId[]): void {
    for (const invariant of invariants) this.#entry(invariant);
  }

  /** Says that not all rows of these invariants were looked at. */
  cutShort(invariants: readonly InvariantId[]): void {
    for (const invariant of invariants) this.#entry(invariant).complete = false;
  }

  /** One result for each invariant, in the order of their names. */
  results(): readonly InvariantResult[] {
    const names = Object.keys(invariantNames) as InvariantId[];
    return names.flatMap((invariant) => {
      const found = this.#found.get(invariant);
      return found === undefined ? [] : [{ invariant, name: invariantNames[invariant], ...found }];
    });
  }

  #entry(invariant: InvariantId) {
    let entry = this.#found.get(invariant);
    if (entry === undefined) {
      entry = { checked: 0, violations: [], more: 0, complete: true };
      this.#found.set(invariant, entry);
    }
    return entry;
  }
}

/** How far and how strictly to verify. */
export interface VerifyOptions {
  /** After this many seconds what is left is reported as not complete; null: to the end. */
  readonly budgetSeconds: number | null;
  /** See `checkHeld`; 0 in stories, where time stands still between request and commit. */
  readonly acknowledgeAllowanceMs?: number;
  /** A seal that the outside received with a heartbeat: shows a tail that was cut off since. */
  readonly expectedSeal?: ShippedSeal | null;
}

/** What a run of the verifier found. */
export interface VerifyReport {
  readonly at: Instant;
  /** No violation found; see `complete` for how far was looked. */
  readonly ok: boolean;
  readonly complete: boolean;
  readonly invariants: readonly InvariantResult[];
}

/** Checks the invariants over what is stored. */
export type Verify = (options: VerifyOptions) => Promise<VerifyReport>;

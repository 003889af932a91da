import { runInWorker } from '#platform/worker-task';
import type { CalendarFault, Expanded, ExpandOptions, Occurrence } from '../calendar/model.ts';

/** What the thread is given: texts, since a Temporal does not cross over. */
export interface ExpandTask {
  readonly text: string;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
}

type SentOccurrence = Omit<Occurrence, 'startsAt' | 'endsAt'> & { readonly startsAt: string; readonly endsAt: string };

/** What it answers. */
export type ExpandTaskAnswer =
  | {
      readonly ok: true;
      readonly events: number;
      readonly occurrences: readonly SentOccurrence[];
      readonly faults: readonly CalendarFault[];
    }
  | { readonly ok: false; readonly fault: CalendarFault };

/** 10,000 single events took 0.6 s and 1,500 weekly ones 1.5 s on a busy machine; hostile ones would take hours. */
const LIMITS = { timeoutMs: 20_000, memoryMb: 256 };
const WORKER = new URL('./calendar-worker.ts', import.meta.url);
const MESSAGES = {
  'too-long': 'it takes too long to work out when its events happen',
  'too-large': 'it takes too much memory to work out when its events happen',
  crashed: 'it could not be read',
  aborted: 'its reading was broken off',
};

/** Expands a calendar's text in a thread of its own. */
export async function expandInThread(
  text: string,
  { zone, from, to }: ExpandOptions,
  signal: AbortSignal,
): Promise<Expanded> {
  const task: ExpandTask = { text, zone, from: from.toString(), to: to.toString() };
  const result = await runInWorker<ExpandTaskAnswer>(WORKER, task, { ...LIMITS, signal });
  if (!result.ok) {
    const detail = result.reason === 'crashed' ? ` (${withoutPaths(result.detail).slice(0, 200)})` : '';
    return { ok: false, fault: { line: 1, uid: null, message: MESSAGES[result.reason] + detail } };
  }
  const answer = result.value;
  if (!answer.ok) return answer;
  const occurrences = answer.occurrences.map((one) => ({
    ...one,
    startsAt: Temporal.Instant.from(one.startsAt),
    endsAt: Temporal.Instant.from(one.endsAt),
  }));
  return { ...answer, occurrences };
}

/** What people read says nothing of the machine's folders. */
const withoutPaths = (detail: string): string =>
  (detail.split('\n')[0] ?? '').replaceAll(/(?:file:\/\/)?\/[\w.@-]+\/[^\s'"]*/g, '…');

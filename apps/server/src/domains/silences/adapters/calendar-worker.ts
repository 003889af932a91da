import { parentPort, workerData } from 'node:worker_threads';
import { expandCalendar } from '../calendar/expand.ts';
import type { ExpandTask, ExpandTaskAnswer } from './calendar-expander.ts';

const { text, zone, from, to } = workerData as ExpandTask;
const expanded = expandCalendar(text, { zone, from: Temporal.Instant.from(from), to: Temporal.Instant.from(to) });
const answer: ExpandTaskAnswer = expanded.ok
  ? {
      ...expanded,
      occurrences: expanded.occurrences.map((one) => ({
        ...one,
        startsAt: one.startsAt.toString(),
        endsAt: one.endsAt.toString(),
      })),
    }
  : expanded;
parentPort?.postMessage(answer);

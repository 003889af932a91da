import { compareWeeks } from './compare-weeks.ts';
import {
  type LogRange,
  type Place,
  type LogEntry,
  type Seal,
  type SealedLog,
  sealedLogs,
  type WeekSum,
} from './model.ts';
import { comparePlaces, createWeekSums, type LogRanges, NO_PREVIOUS, readRanges, START, sealHash } from './seal.ts';
import type { SealFault, SealReport, SealSource, VerifyQuestion } from './verify-model.ts';

const MOST_FAULTS_LISTED = 1_000;
const ENTRIES_A_PAGE = 5_000;

type Finding = Pick<SealFault, 'what' | 'seal'> & Partial<SealFault>;

/** Everything one verification carries along; local to it. */
interface Run {
  readonly source: SealSource;
  readonly question: VerifyQuestion;
  readonly readers: ReadonlyMap<SealedLog, LogReader>;
  readonly faults: SealFault[];
  sealed: number;
  erased: number;
  retired: number;
  moreFaults: number;
}

/**
 * Reads the chain of seals up to the one that is newest now, and every entry they cover, and compares. Seals and
 * entries may be added meanwhile. A seal without a secret proves order, not authorship: who may write to the database
 * can compute a whole new chain, and only the head that left the box shows it.
 */
export async function verifySeals(source: SealSource, question: VerifyQuestion): Promise<SealReport> {
  const newest = await source.newestSeal();
  const readers = new Map(sealedLogs.map((log) => [log, createLogReader(source, log)]));
  const run: Run = { source, question, readers, faults: [], sealed: 0, erased: 0, retired: 0, moreFaults: 0 };
  let before: Checked | null = null;
  while (newest && (before?.seal.n ?? 0) < newest.n) {
    const page = await source.sealsAfter(before?.seal.n ?? 0);
    for (const seal of page) if (seal.n <= newest.n) before = await checkSeal(run, seal, before);
    if (page.length === 0) break;
  }
  const { shippedHead } = question;
  if (shippedHead && shippedHead.n > (newest?.n ?? 0)) report(run, { what: 'tail-cut', seal: shippedHead.n });
  const ends = (newest && readRanges(newest.logs)) ?? {};
  const unsealed = await Promise.all(sealedLogs.map((log) => source.countAfter(log, ends[log]?.to ?? START)));
  const { sealed, erased, retired, faults, moreFaults } = run;
  const head = newest && { n: newest.n, hash: newest.hash };
  return {
    sealed,
    erased,
    retired,
    faults,
    moreFaults,
    newest: head,
    unsealed: unsealed.reduce((sum, n) => sum + n, 0),
  };
}

/** A seal that was looked at. `ranges` is null when it cannot be trusted. */
interface Checked {
  readonly seal: Seal;
  readonly hash: string;
  readonly ranges: LogRanges | null;
}

async function checkSeal(run: Run, seal: Seal, before: Checked | null): Promise<Checked> {
  const { shippedHead } = run.question;
  const hash = sealHash(seal);
  const content = readRanges(seal.logs);
  const ranges = hash === seal.hash ? content : null;
  if (ranges === null) report(run, { what: 'seal-changed', seal: seal.n });
  if (seal.n !== (before?.seal.n ?? 0) + 1) report(run, { what: 'seal-missing', seal: seal.n });
  else if (ranges && !isChained(seal, ranges, before)) report(run, { what: 'seal-unchained', seal: seal.n });
  if (shippedHead?.n === seal.n && shippedHead.hash !== seal.hash) report(run, { what: 'tail-replaced', seal: seal.n });
  for (const log of sealedLogs) if (ranges?.[log]) await checkRange(run, { seal: seal.n, log, range: ranges[log] });
  return { seal, hash, ranges };
}

/** True when the seal goes on where the one before, as stored, ends. One already found edited is not told twice. */
function isChained(seal: Seal, ranges: LogRanges, before: Checked | null): boolean {
  if (before?.ranges === null) return true;
  if (seal.previous !== (before?.hash ?? NO_PREVIOUS)) return false;
  return sealedLogs.every((log) => {
    const range = ranges[log];
    const end = before?.ranges?.[log]?.to ?? START;
    return !range || (comparePlaces(range.after, end) === 0 && comparePlaces(range.to, range.after) >= 0);
  });
}

async function checkRange(
  run: Run,
  { seal, log, range }: { readonly seal: number; readonly log: SealedLog; readonly range: LogRange },
): Promise<void> {
  const reader = run.readers.get(log) as LogReader;
  const keptFrom = run.question.keptFrom[log];
  // What lies between belongs to a seal that is gone or edited, which is told already.
  await reader.upTo(range.after, () => {});
  let found = createWeekSums(log);
  let erased = 0;
  await reader.upTo(range.to, (entry) => {
    found.add(entry);
    if (entry.erasedHash !== null && entry.payload === null) erased += 1;
  });
  let verdict = compareWeeks(range.weeks, found.sums(), keptFrom);
  if (verdict.faults.length > 0 && verdict.stored < countOf(range.weeks)) {
    // Retention may have dropped the week between two pages: look again, at one moment.
    found = createWeekSums(log);
    const again = await run.source.entriesAfter(log, range.after, countOf(range.weeks));
    for (const entry of again) if (comparePlaces(entry, range.to) <= 0) found.add(entry);
    verdict = compareWeeks(range.weeks, found.sums(), keptFrom);
  }
  run.sealed += verdict.sealed;
  run.retired += verdict.retired;
  run.erased += erased;
  const alone = countOf(range.weeks) === 1 && verdict.stored <= 1 ? range.to.id : null;
  for (const { what, counts } of verdict.faults)
    report(run, { what, seal, log, xid: range.to.xid, id: alone, between: [range.after, range.to], counts });
}

const countOf = (weeks: readonly WeekSum[]) => weeks.reduce((sum, { count }) => sum + count, 0);

function report(run: Run, fault: Finding): void {
  if (run.faults.length === MOST_FAULTS_LISTED) run.moreFaults += 1;
  else run.faults.push({ log: null, xid: null, id: null, between: null, counts: null, ...fault });
}

/** Walks through one log once, page by page. */
interface LogReader {
  /** Hands over what stands between the last place asked for and this one, with it. */
  upTo(place: Place, take: (entry: LogEntry) => void): Promise<void>;
}

function createLogReader(source: SealSource, log: SealedLog): LogReader {
  let page: readonly LogEntry[] = [];
  let next = 0;
  let ended = false;
  return {
    async upTo(place, take) {
      for (;;) {
        for (let entry = page[next]; entry && comparePlaces(entry, place) <= 0; entry = page[next]) {
          take(entry);
          next += 1;
        }
        if (next < page.length || ended) return;
        page = await source.entriesAfter(log, page.at(-1) ?? START, ENTRIES_A_PAGE);
        next = 0;
        ended = page.length === 0;
      }
    },
  };
}

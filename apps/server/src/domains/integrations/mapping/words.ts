/** What a sender says of an alert. `ignored` is no alert at all. */
export type Status = 'firing' | 'resolved' | 'ignored';

const RESOLVED =
  'resolved resolve ok okay recovery recovered recover closed close up normal green healthy cleared clear success succeeded passed pass fixed fix restored inactive online good done completed';
const FIRING =
  'firing fire alerting alert problem down critical crit warning warn error err failed failure fail triggered trigger open opened reopened new created active unhealthy red yellow orange degraded unknown unreachable offline alarm fatal emergency major minor severe nodata breached started broken timeout bad';
const IGNORED = 'ignored ignore skip';

const WORDS: ReadonlyMap<string, Status> = new Map([
  ...RESOLVED.split(' ').map((word) => [word, 'resolved'] as const),
  ...FIRING.split(' ').map((word) => [word, 'firing'] as const),
  ...IGNORED.split(' ').map((word) => [word, 'ignored'] as const),
]);

/** What a word of a sender means, whatever its case and joints (`No Data`, `no_data`); null when it is none that is known. */
export function statusOf(word: string): Status | null {
  if (word.length > 60) return null;
  return WORDS.get(word.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')) ?? null;
}

const STATES = [...RESOLVED.split(' '), ...FIRING.split(' ')].join('|');
const REPLY = /^\s*(?:re|fwd?|aw|wg|sv|tr)\s*(?:\[\d+\])?\s*:\s*/i;
/** `[RESOLVED]`, `[FIRING:2, RESOLVED:1]`, `** RECOVERY Service Alert:`, `Resolved in 5m 3s:`, `OK - `. */
const BRACKETED = new RegExp(`^\\s*\\[\\s*(${STATES})\\b[^\\]]{0,40}\\]\\s*:?\\s*`, 'i');
const PREFIXED = new RegExp(
  `^\\W{0,4}(${STATES})\\b(?: +(?:service|host))?(?: +alert)?(?: +in +(?:\\d+ *[a-z]+ *){1,5})?\\s*(?::|-(?=\\s)|–|—)\\s*`,
  'i',
);
const SUFFIXED = new RegExp(`\\s+is\\s+(?:now\\s+)?(${STATES})\\b\\W{0,4}$`, 'i');

/** A line that names an alert, such as the subject of a mail, read for what it says besides. */
export interface ReadLine {
  /** Without `Re:` and without the state in front. */
  readonly title: string;
  /** What problem and recovery share: the title without its state at the end, in small letters. */
  readonly key: string;
  readonly status: 'firing' | 'resolved' | null;
  /** Somebody answers to it. */
  readonly isReply: boolean;
}

/** Reads a line such as `Re: [RESOLVED] Disk full`, `OK: "Disk" in Frankfurt`, `** PROBLEM Host Alert: h1 is DOWN **`. */
export function readLine(line: string): ReadLine {
  let title = line.slice(0, 1_000).replaceAll(/\s+/g, ' ').trim();
  const isReply = REPLY.test(title);
  for (let turn = 0; turn < 5 && REPLY.test(title); turn += 1) title = title.replace(REPLY, '');
  const before = BRACKETED.exec(title) ?? PREFIXED.exec(title);
  const bare = before ? title.slice(before[0].length).replace(/\s*\*+$/, '') : title;
  const after = SUFFIXED.exec(bare);
  const key = (after ? bare.slice(0, after.index) : bare).toLowerCase();
  const word = before?.[1] ?? after?.[1];
  const status = word === undefined ? null : statusOf(word);
  return {
    title: bare || title,
    key: key || title.toLowerCase(),
    status: status === 'ignored' ? null : status,
    isReply,
  };
}

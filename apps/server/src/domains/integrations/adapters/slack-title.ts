import { colorMeaning } from './slack-color.ts';

/** Words and signs that say a trouble is over, and those that say it is there. */
const OVER_WORDS = 'resolved|recovered|recovery|ok|up';
const FIRING_WORDS = 'firing|alerting|problem|down|critical|warning|error|alert|no data';
const OVER_SIGNS = '✅|🟢|:white_check_mark:|:large_green_circle:|:green_circle:';
const FIRING_SIGNS = '🔴|🟠|🟡|🔥|🚨|⚠️|❌|:red_circle:|:fire:|:rotating_light:|:warning:|:x:';

const inBrackets = (words: string) => `\\[\\s*(?:(?:${OVER_SIGNS}|${FIRING_SIGNS})\\s*)?(?:${words})\\b[^\\]]{0,30}\\]`;
const inFront = (words: string, signs: string) =>
  new RegExp(`^(?:${inBrackets(words)}|(?:${words})\\s*:|${signs})`, 'iu');
const OVER = inFront(OVER_WORDS, OVER_SIGNS);
const FIRING = inFront(FIRING_WORDS, FIRING_SIGNS);
/** A mark in brackets behind the name, as Uptime Kuma writes it: `[Shop] [🔴 Down] connect ECONNREFUSED`. */
const OVER_BEHIND = new RegExp(`\\S\\s+${inBrackets(OVER_WORDS)}`, 'iu');
const FIRING_BEHIND = new RegExp(`\\S\\s+${inBrackets(FIRING_WORDS)}`, 'iu');
/** What Alertmanager's default `fallback` looks like: its default title, then a link to the receiver's alerts. */
const DEFAULT_FALLBACK = /^\[(?:FIRING:\d+|RESOLVED)\] (.*) \| https?:\/\/\S*\/#\/alerts\?receiver=\S*$/s;

/** A title without the marks and counts in front that change while one trouble lasts. */
export function slackTitle(title: string): string {
  let rest = title.trim();
  for (let turn = 0; turn < 4; turn += 1) {
    const mark = (OVER.exec(rest) ?? FIRING.exec(rest))?.[0];
    if (mark === undefined) break;
    rest = rest.slice(mark.length).trim();
  }
  return rest || title.trim();
}

/** Whether a message tells of a trouble or of its end: the first mark of its title decides, else its colour. */
export function slackStatus({
  title,
  color,
}: {
  readonly title: string;
  readonly color: string | null;
}): 'firing' | 'resolved' {
  const text = title.trim();
  if (OVER.test(text)) return 'resolved';
  if (FIRING.test(text)) return 'firing';
  const [over, firing] = [text.search(OVER_BEHIND), text.search(FIRING_BEHIND)];
  if (over >= 0 && (firing < 0 || over < firing)) return 'resolved';
  if (firing >= 0) return 'firing';
  return colorMeaning(color) === 'over' ? 'resolved' : 'firing';
}

/**
 * What opens and resolves the same alert. Alertmanager's default title ends with the labels that all alerts of its
 * group share, and those change as alerts join and leave; only the group's own labels, in front of that, stay. Its
 * default `fallback` holds that title also where somebody wrote another one. Where a mark stands behind the name, the
 * name counts. Of any other title all but the marks in front counts: two troubles taken for one would end together,
 * and a page be lost.
 */
export function slackIdentity({
  title,
  fallback,
}: {
  readonly title: string;
  readonly fallback: string | null;
}): string {
  const byDefault = fallback === null ? null : DEFAULT_FALLBACK.exec(fallback);
  if (byDefault) return withoutSharedLabels(byDefault[1] as string);
  const name = slackTitle(title);
  if (name !== title.trim()) return name;
  const behind = [name.search(OVER_BEHIND), name.search(FIRING_BEHIND)].filter((at) => at >= 0);
  return behind.length > 0 ? name.slice(0, Math.min(...behind) + 1) : name;
}

/** Without the last pair of brackets, when the text ends with one: `Disk (h1 critical)` → `Disk`. */
function withoutSharedLabels(text: string): string {
  if (!text.endsWith(')')) return text.trim();
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text[at] === ')') depth += 1;
    else if (text[at] === '(') depth -= 1;
    if (depth === 0) return text.slice(0, at).trim();
  }
  return text.trim();
}

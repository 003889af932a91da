/** Marks that say it is over, in front of a title: words in brackets or before a colon, and signs. */
const OVER =
  /^(?:\[\s*(?:resolved|ok|recovered|recovery|up)\b[^\]]{0,30}\]|(?:resolved|recovered|recovery|ok|up)\s*:)/i;
const OVER_SIGN = /^(?:✅|🟢|:white_check_mark:|:large_green_circle:|:green_circle:)/u;
/** Marks that say it goes on. */
const FIRING =
  /^(?:\[\s*(?:firing|alerting|problem|down|critical|warning|error|alert|no data)\b[^\]]{0,30}\]|(?:firing|alerting|problem|down)\s*:)/i;
const FIRING_SIGN = /^(?:🔴|🟠|🟡|🔥|🚨|⚠️|❌|:red_circle:|:fire:|:rotating_light:|:warning:|:x:)/u;
const MARKS = [OVER, OVER_SIGN, FIRING, FIRING_SIGN];
/** What Alertmanager's default `fallback` looks like: its default title, then a link to the receiver's alerts. */
const DEFAULT_FALLBACK = /^\[(?:FIRING:\d+|RESOLVED)\] (.*) \| https?:\/\/\S*\/#\/alerts\?receiver=\S*$/s;

/** A title without the marks and counts in front that change while one trouble lasts. */
export function slackTitle(title: string): string {
  let rest = title.trim();
  for (let turn = 0; turn < 4; turn += 1) {
    const mark = MARKS.map((pattern) => pattern.exec(rest)?.[0]).find((found) => found !== undefined);
    if (mark === undefined) break;
    rest = rest.slice(mark.length).trim();
  }
  return rest || title.trim();
}

/** Whether a message tells of a trouble or of its end: the mark in front of its title decides, else its colour. */
export function slackStatus({
  title,
  color,
}: {
  readonly title: string;
  readonly color: string | null;
}): 'firing' | 'resolved' {
  const text = title.trim();
  if (OVER.test(text) || OVER_SIGN.test(text)) return 'resolved';
  if (FIRING.test(text) || FIRING_SIGN.test(text)) return 'firing';
  return color === 'good' ? 'resolved' : 'firing';
}

/**
 * What opens and resolves the same alert. Alertmanager's default title ends with the labels that all alerts of its
 * group share, and those change as alerts join and leave; only the group's own labels, in front of that, stay. Its
 * default `fallback` holds that title also where somebody wrote another one. Of any other title all but the marks
 * in front counts: two troubles taken for one would end together, and a page be lost.
 */
export function slackIdentity({
  title,
  fallback,
}: {
  readonly title: string;
  readonly fallback: string | null;
}): string {
  const byDefault = fallback === null ? null : DEFAULT_FALLBACK.exec(fallback);
  return byDefault ? withoutSharedLabels(byDefault[1] as string) : slackTitle(title);
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

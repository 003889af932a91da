import { textOf } from './text.ts';
import { readLine, statusOf, type Status } from './words.ts';

/** What a body without a mapping seems to say, by the names that senders commonly use. */
export interface Guess {
  readonly title: string | null;
  readonly description: string | null;
  readonly severity: string | null;
  readonly status: Status | null;
  readonly dedupKey: string | null;
  readonly service: string | null;
  readonly startsAt: string | null;
  readonly link: string | null;
  readonly labels: ReadonlyMap<string, string>;
  /** What problem and recovery share where no dedup key is sent: the alert's name, its service, its host. */
  readonly sameness: readonly string[];
}

/** Names in small letters without joints: `alertName`, `alert_name` and `Alert Name` are one. The first that is there counts. */
const NAMES = {
  rule: 'alertname rulename rule alert monitorname monitor checkname check jobname',
  title: 'title summary subject headline name',
  text: 'message msg text output reason error body description content event details',
  description: 'description details detail longoutput output message msg body text content reason error',
  severity: 'severity alertseverity priority level urgency criticality',
  status:
    'status state alertstatus alertstate newstate newstatevalue currentstate resolved firing eventtype eventaction action event transition alerttransition notificationtype type',
  dedupKey:
    'dedupkey deduplicationkey incidentkey alias alertid incidentid problemid eventkey alertkey fingerprint groupkey checkid monitorid uniqueid',
  service: 'service servicename application app component',
  host: 'instance host hostname node server device resource target',
  startsAt: 'startsat startedat starttime firedat triggeredat timestamp occurredat time date createdat',
  link: 'url link href alerturl eventurl monitorurl sourceurl externalurl clienturl dashboardurl',
} as const;

/** Names that become labels of their own, besides what an object of labels holds. */
const LABELS = 'environment env region cluster namespace team zone datacenter';
/** Objects that some senders wrap the alert in, looked into when a name does not stand outside. */
const WRAPPERS = 'alert event incident problem data detail payload heartbeat monitor check';
/** Fields of one object that are looked at. */
const MOST_FIELDS = 300;
/** Labels taken from a sender's own object of labels. */
const MOST_LABELS = 40;

/** Guesses the fields of one alert. Pure names, no language: what is not found stays null. */
export function guess(item: Readonly<Record<string, unknown>>): Guess {
  const fields = fieldsOf(item);
  const firstText = (names: string, most?: number) =>
    textsOf(fields, names)
      .map((value) => textOf(value, most))
      .find((text) => text !== null) ?? null;
  const rule = firstText(NAMES.rule, 200);
  const title = firstText(NAMES.title, 500);
  const said = firstText(NAMES.text, 500);
  const line = readLine(title ?? rule ?? said ?? '');
  const service = firstText(NAMES.service, 200);
  const host = firstText(NAMES.host, 200);
  const description = firstText(NAMES.description);
  return {
    title: line.title || null,
    description: description === (title ?? rule ?? said) ? null : description,
    severity: severityOf(fields, firstText(NAMES.severity, 60)),
    status: statusIn(fields) ?? line.status,
    dedupKey: firstText(NAMES.dedupKey, 500),
    service,
    startsAt: firstText(NAMES.startsAt, 60),
    link: textsOf(fields, NAMES.link).find(isLink) ?? null,
    labels: labelsOf(fields, { instance: host, alertname: rule }),
    sameness: samenessOf({ name: rule ?? (title === null ? null : line.key), said: line.key, service, host }),
  };
}

/** A text that a browser may follow. */
export function isLink(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 2_048 && /^https?:\/\//i.test(value) && URL.canParse(value);
}

type Fields = ReadonlyMap<string, unknown>;

/** The fields of an object, then those of the objects that wrap the alert, by plain name; the outer ones come first. */
function fieldsOf(item: Readonly<Record<string, unknown>>): Fields {
  const fields = new Map<string, unknown>();
  const add = (object: object) => {
    for (const key of Object.keys(object).slice(0, MOST_FIELDS)) {
      const name = plain(key);
      if (!fields.has(name)) fields.set(name, (object as Readonly<Record<string, unknown>>)[key]);
    }
  };
  add(item);
  for (const wrapper of WRAPPERS.split(' ')) {
    const inner = fields.get(wrapper);
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) add(inner);
  }
  return fields;
}

const plain = (name: string) =>
  name
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');

/** Plain values at these names, in their order; objects say nothing here. */
function textsOf(fields: Fields, names: string): readonly unknown[] {
  return names
    .split(' ')
    .map((name) => fields.get(name))
    .filter((value) => value !== undefined && value !== null && typeof value !== 'object');
}

/** The first value that is a known word; `resolved: true` and `firing: false` say it too. */
function statusIn(fields: Fields): Status | null {
  if (fields.get('resolved') === true || fields.get('firing') === false) return 'resolved';
  for (const value of textsOf(fields, NAMES.status)) {
    const status = typeof value === 'string' ? statusOf(value) : null;
    if (status !== null) return status;
  }
  return null;
}

/** How bad: what is named so, else a state that says it, as Nagios' CRITICAL and WARNING do. */
function severityOf(fields: Fields, named: string | null): string | null {
  if (named !== null) return named;
  const states = textsOf(fields, 'state status alertstate').filter((value) => typeof value === 'string');
  return states.find((state) => /^(critical|crit|fatal|emergency|warning|warn)$/i.test(state)) ?? null;
}

function labelsOf(fields: Fields, known: Readonly<Record<string, string | null>>): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const own = fields.get('labels') ?? fields.get('tags');
  if (typeof own === 'object' && own !== null && !Array.isArray(own)) {
    for (const [name, value] of Object.entries(own).slice(0, MOST_LABELS)) {
      const text = typeof value === 'object' ? null : textOf(value, 500);
      if (name !== '' && text !== null) labels.set(name.slice(0, 150), text);
    }
  }
  for (const name of LABELS.split(' ')) {
    const text = textOf(textsOf(fields, name)[0], 200);
    if (text !== null && !labels.has(name)) labels.set(name, text);
  }
  for (const [name, text] of Object.entries(known)) if (text !== null && !labels.has(name)) labels.set(name, text);
  return labels;
}

/** What was said changes from problem to recovery (`disk 99 %`, `disk fine`): it counts only where nothing else is known. */
function samenessOf(known: {
  readonly name: string | null;
  readonly said: string;
  readonly service: string | null;
  readonly host: string | null;
}): readonly string[] {
  const { name, said, service, host } = known;
  const parts = [`name=${name ?? ''}`, `service=${service ?? ''}`, `host=${host ?? ''}`];
  return name === null && service === null && host === null ? [`said=${said}`] : parts;
}

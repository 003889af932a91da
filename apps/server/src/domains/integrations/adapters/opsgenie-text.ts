import { type AlertText, cleanLabels, storable } from '#alerts';

/** What Opsgenie keeps of an alert besides its state. */
export interface OpsgenieFields {
  readonly message: string;
  readonly alias: string | null;
  readonly description: string;
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
  readonly entity: string;
  readonly source: string;
  readonly user: string;
  /** `type:name`, e.g. `team:Payments`. */
  readonly responders: readonly string[];
  readonly actions: readonly string[];
  readonly priority: Priority | null;
}

/** P1 (worst) to P5. */
export type Priority = (typeof priorities)[number];

/** Opsgenie's priorities, worst first. */
export const priorities = ['P1', 'P2', 'P3', 'P4', 'P5'] as const;

/** Labels that hold fields; a detail of such a name is an annotation. */
const FIELD_LABELS = new Set(['tags', 'priority', 'entity', 'responders']);
/** Details that become labels at most; more are annotations. */
const MOST_DETAIL_LABELS = 48;
const LONGEST_NAME = 200;
/** Begins the annotation that holds a detail which is no label. */
const DETAIL = 'details.';
/** Says that `alertname` is ours, made from the message, and no detail. */
const NAMED = 'alertname_from';

/**
 * An alert's labels and annotations, which are all that is stored of Opsgenie's fields: details are labels to route by,
 * so that what Alertmanager sends reads as its own; tags, priority, entity and responders are labels of their own. What
 * no label can hold (too long, several lines, empty) is an annotation.
 * `fieldsOf` is the way back. Other annotations stay as `others`.
 */
export function textOf(fields: OpsgenieFields, others: Readonly<Record<string, string>> = {}): AlertText {
  const labels: Record<string, string> = Object.create(null);
  const annotations: Record<string, string> = Object.create(null);
  put(annotations, { message: fields.message, alias: fields.alias ?? '', description: fields.description });
  put(annotations, { source: fields.source, user: fields.user, actions: fields.actions.join(', ') });
  Object.assign(annotations, others);
  let count = 0;
  for (const [name, value] of Object.entries(fields.details)) {
    const canRoute = !FIELD_LABELS.has(name) && count < MOST_DETAIL_LABELS && isLabel(name, value);
    if (canRoute) labels[name] = value;
    else annotations[DETAIL + name] = value;
    count += 1;
  }
  if (labels['alertname'] === undefined) {
    labels['alertname'] = nameOf(fields.message);
    annotations[NAMED] = 'message';
  }
  const { tags, priority, entity, responders } = fields;
  const wide = { tags: tags.join(','), priority: priority ?? '', entity, responders: responders.join(',') };
  for (const [name, value] of Object.entries(wide)) put(isLabel(name, value) ? labels : annotations, { [name]: value });
  const severity = priority === null ? null : ((priorities.indexOf(priority) + 1) as 1 | 2 | 3 | 4 | 5);
  return { labels, annotations, severity };
}

/** The fields that an alert's labels and annotations hold, and the annotations that are none of them. */
export function fieldsOf({ labels, annotations }: Pick<AlertText, 'labels' | 'annotations'>): {
  readonly fields: OpsgenieFields;
  readonly others: Readonly<Record<string, string>>;
} {
  const details: Record<string, string> = Object.create(null);
  const others: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels)) {
    const isOurs = FIELD_LABELS.has(name) || (name === 'alertname' && annotations[NAMED] !== undefined);
    if (!isOurs) details[name] = value;
  }
  for (const [name, value] of Object.entries(annotations)) {
    if (name.startsWith(DETAIL)) details[name.slice(DETAIL.length)] = value;
    else if (!FIELD_ANNOTATIONS.has(name)) others[name] = value;
  }
  const priority = priorities.find((one) => one === labels['priority']) ?? null;
  return {
    others,
    fields: {
      message: annotations['message'] ?? labels['alertname'] ?? '',
      alias: annotations['alias'] ?? null,
      description: annotations['description'] ?? '',
      tags: split(labels['tags'] ?? annotations['tags']),
      details,
      entity: labels['entity'] ?? annotations['entity'] ?? '',
      source: annotations['source'] ?? '',
      user: annotations['user'] ?? '',
      responders: split(labels['responders'] ?? annotations['responders']),
      actions: split(annotations['actions']),
      priority,
    },
  };
}

/** Annotations that hold fields; those of FIELD_LABELS stand there when they are too long for a label. */
const FIELD_ANNOTATIONS = new Set([
  'message',
  'alias',
  'description',
  'source',
  'user',
  'actions',
  NAMED,
  ...FIELD_LABELS,
]);

function put(into: Record<string, string>, fields: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === '') delete into[name];
    else into[name] = value;
  }
}

/** Whether a value can be a label: within the bounds of labels, and of one line. */
function isLabel(name: string, value: string): boolean {
  return !value.includes('\n') && cleanLabels({ [name]: value }).ok;
}

/** The message without the status and count that Alertmanager writes in front: they change while it lasts. */
function nameOf(message: string): string {
  const name = (message.split('\n')[0] as string).replace(/^\[(FIRING|RESOLVED)[^\]]{0,20}\]\s*/i, '').trim();
  return storable(name.slice(0, LONGEST_NAME)).trim() || 'Opsgenie alert';
}

function split(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Annotation of an alert that its sender deleted: it is kept, and no longer shown to the sender. */
export const DELETED = 'deleted_at_sender';

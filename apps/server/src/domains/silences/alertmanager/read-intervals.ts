import { type IntervalText, parseIntervalSpec } from '../interval-parse.ts';
import type { IntervalSpec, TimeInterval } from '../model.ts';
import { type At, fieldsAt, itemsAt, type Reading, refuse, textAt } from './yaml-text.ts';

const INTERVAL_FIELDS = new Set(['name', 'time_intervals']);
const SPEC_FIELDS = new Set(['times', 'weekdays', 'days_of_month', 'months', 'years', 'location']);
const TIME_FIELDS = new Set(['start_time', 'end_time']);

/** Reads a list of named time intervals; `names` collects the names, which are unique in the whole file. */
export function intervalsAt(reading: Reading, at: At | undefined, names: Set<string>): readonly TimeInterval[] {
  return (itemsAt(reading, at) ?? []).flatMap((item) => {
    const fields = fieldsAt(reading, item, (name) => INTERVAL_FIELDS.has(name));
    const name = textAt(reading, fields?.get('name')) ?? '';
    if (name === '') return refuse(reading, item, 'a time interval needs a name') ?? [];
    if (names.has(name)) return refuse(reading, item, `a time interval ${name} is there already`) ?? [];
    names.add(name);
    const specs = itemsAt(reading, fields?.get('time_intervals')) ?? [];
    return [{ name, specs: specs.flatMap((spec) => specAt(reading, spec) ?? []) }];
  });
}

function specAt(reading: Reading, at: At): IntervalSpec | null {
  const fields = fieldsAt(reading, at, (name) => SPEC_FIELDS.has(name)) ?? new Map<string, At>();
  const faultsBefore = reading.faults.length;
  const texts = (name: string) => itemsAt(reading, fields.get(name))?.map((item) => textAt(reading, item) ?? '');
  const text: IntervalText = {
    times: itemsAt(reading, fields.get('times'))?.map((item) => {
      const time = fieldsAt(reading, item, (name) => TIME_FIELDS.has(name));
      const part = (name: string) => textAt(reading, time?.get(name)) ?? '';
      return { start_time: part('start_time'), end_time: part('end_time') };
    }),
    weekdays: texts('weekdays'),
    days_of_month: texts('days_of_month'),
    months: texts('months'),
    years: texts('years'),
    location: textAt(reading, fields.get('location')) ?? undefined,
  };
  if (reading.faults.length > faultsBefore) return null;
  const parsed = parseIntervalSpec(text);
  if (parsed.ok) return parsed.spec;
  for (const { path, message } of parsed.faults) refuse(reading, valueOf(reading, fields, path) ?? at, message);
  return null;
}

/** The value that a path such as `weekdays.0` means. */
function valueOf(reading: Reading, fields: ReadonlyMap<string, At>, path: string): At | undefined {
  const [name = '', index] = path.split('.');
  const field = fields.get(name);
  return index === undefined ? field : itemsAt(reading, field)?.[Number(index)];
}

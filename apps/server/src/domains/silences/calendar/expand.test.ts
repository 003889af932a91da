import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { expandCalendar } from './expand.ts';
import type { Expanded, ExpandOptions } from './model.ts';

const instant = (text: string) => Temporal.Instant.from(text);

function around(at: string, zone = 'Europe/Berlin'): ExpandOptions {
  const now = instant(at);
  return { zone, from: now.subtract({ hours: 24 }), to: now.add({ hours: 24 * 90 }) };
}

const event = (...lines: readonly string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n');
const calendar = (...events: readonly string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');

function read(text: string, options: ExpandOptions) {
  const expanded = expandCalendar(text, options);
  if (!expanded.ok) throw new Error(expanded.fault.message);
  return expanded;
}

/** Spans as text, in order. */
const spans = (expanded: Expanded) =>
  expanded.ok ? expanded.occurrences.map(({ startsAt, endsAt }) => `${startsAt} ${endsAt}`) : expanded.fault.message;

const one = (...lines: readonly string[]) => calendar(event('UID:1', 'SUMMARY:Work', ...lines));
const daily = (start: string, ...more: readonly string[]) =>
  one(`DTSTART;TZID=${start}`, 'DURATION:PT1H', 'RRULE:FREQ=DAILY', ...more);

/** The first occurrences that begin at or after a moment. */
const from = (expanded: Expanded, at: string, count: number) =>
  expanded.ok
    ? expanded.occurrences
        .filter(({ startsAt }) => startsAt.toString() >= at)
        .slice(0, count)
        .map(({ startsAt }) => startsAt.toString())
    : [];

describe('a time', () => {
  const at = '2026-11-21T12:00:00Z';
  it.each([
    ['in UTC', ['DTSTART:20261122T100000Z', 'DTEND:20261122T113000Z'], '2026-11-22T10:00:00Z 2026-11-22T11:30:00Z'],
    [
      'of a zone',
      ['DTSTART;TZID=America/New_York:20261122T100000', 'DURATION:PT30M'],
      '2026-11-22T15:00:00Z 2026-11-22T15:30:00Z',
    ],
    [
      'that names no zone, in the feed’s',
      ['DTSTART:20261122T100000', 'DTEND:20261122T110000'],
      '2026-11-22T09:00:00Z 2026-11-22T10:00:00Z',
    ],
    [
      'of a whole day, in the feed’s zone',
      ['DTSTART;VALUE=DATE:20261122'],
      '2026-11-21T23:00:00Z 2026-11-22T23:00:00Z',
    ],
    [
      'of several days',
      ['DTSTART;VALUE=DATE:20261122', 'DTEND;VALUE=DATE:20261125'],
      '2026-11-21T23:00:00Z 2026-11-24T23:00:00Z',
    ],
    [
      'by a Windows name',
      ['DTSTART;TZID=W. Europe Standard Time:20261122T100000', 'DURATION:PT1H'],
      '2026-11-22T09:00:00Z 2026-11-22T10:00:00Z',
    ],
    [
      'by a zone behind a path',
      ['DTSTART;TZID=/vendor.example/Europe/London:20261122T100000', 'DURATION:PT1H'],
      '2026-11-22T10:00:00Z 2026-11-22T11:00:00Z',
    ],
    [
      'that began before and goes on',
      ['DTSTART:20261101T000000Z', 'DTEND:20261201T000000Z'],
      '2026-11-01T00:00:00Z 2026-12-01T00:00:00Z',
    ],
  ])('%s', (_name, lines, span) => {
    expect(spans(expandCalendar(one(...lines), around(at)))).toEqual([span]);
  });

  it('by a zone that the calendar defines with its location', () => {
    const zone = 'BEGIN:VTIMEZONE\r\nTZID:Ours\r\nX-LIC-LOCATION:Asia/Tokyo\r\nEND:VTIMEZONE';
    const text = calendar(zone, event('UID:1', 'DTSTART;TZID=Ours:20261122T100000', 'DURATION:PT1H'));
    expect(spans(expandCalendar(text, around(at)))).toEqual(['2026-11-22T01:00:00Z 2026-11-22T02:00:00Z']);
  });

  it('that is over, too far ahead, or takes no time is left out', () => {
    const text = calendar(
      event('UID:1', 'DTSTART:20261119T100000Z', 'DURATION:PT1H'),
      event('UID:2', 'DTSTART:20270301T100000Z', 'DURATION:PT1H'),
      event('UID:3', 'DTSTART:20261122T100000Z'),
    );
    expect(spans(expandCalendar(text, around(at)))).toEqual([]);
  });
});

describe('a day of 23 or 25 hours', () => {
  it.each([
    ['Europe/Berlin', '20270328', '2027-03-27T23:00:00Z 2027-03-28T22:00:00Z'],
    ['Europe/Berlin', '20261025', '2026-10-24T22:00:00Z 2026-10-25T23:00:00Z'],
    ['Australia/Sydney', '20261004', '2026-10-03T14:00:00Z 2026-10-04T13:00:00Z'],
    // Its midnight does not exist.
    ['America/Santiago', '20260906', '2026-09-06T04:00:00Z 2026-09-07T03:00:00Z'],
  ])('in %s is muted whole', (zone, day, span) => {
    const at = `${span.slice(0, 10)}T12:00:00Z`;
    expect(spans(expandCalendar(one(`DTSTART;VALUE=DATE:${day}`), around(at, zone)))).toEqual([span]);
    const before = Temporal.PlainDate.from(span.slice(0, 10)).subtract({ days: 20 });
    const daily = one(`DTSTART;VALUE=DATE:${before.toString().replaceAll('-', '')}`, 'RRULE:FREQ=DAILY');
    expect(spans(expandCalendar(daily, around(at, zone)))).toContain(span);
  });
});

describe('a rule', () => {
  it('keeps its local time when Berlin’s clocks go back, and forward', () => {
    const back = expandCalendar(daily('Europe/Berlin:20261001T090000'), around('2026-10-24T00:00:00Z'));
    expect(from(back, '2026-10-24', 3)).toEqual([
      '2026-10-24T07:00:00Z',
      '2026-10-25T08:00:00Z',
      '2026-10-26T08:00:00Z',
    ]);
    const forward = expandCalendar(daily('Europe/Berlin:20261001T090000'), around('2027-03-27T00:00:00Z'));
    expect(from(forward, '2027-03-27', 3)).toEqual([
      '2027-03-27T08:00:00Z',
      '2027-03-28T07:00:00Z',
      '2027-03-29T07:00:00Z',
    ]);
  });

  it('keeps its local time when Sydney’s clocks go forward in October, and back in April', () => {
    const forward = expandCalendar(daily('Australia/Sydney:20260901T090000'), around('2026-10-03T00:00:00Z'));
    expect(from(forward, '2026-10-02', 3)).toEqual([
      '2026-10-02T23:00:00Z',
      '2026-10-03T22:00:00Z',
      '2026-10-04T22:00:00Z',
    ]);
    const back = expandCalendar(daily('Australia/Sydney:20260901T090000'), around('2027-04-03T00:00:00Z'));
    expect(from(back, '2027-04-02', 3)).toEqual([
      '2027-04-02T22:00:00Z',
      '2027-04-03T23:00:00Z',
      '2027-04-04T23:00:00Z',
    ]);
  });

  it('leaves out a time that the clock skips, and takes the first of one that it shows twice', () => {
    const skipped = expandCalendar(daily('Europe/Berlin:20261001T023000'), around('2027-03-27T00:00:00Z'));
    expect(from(skipped, '2027-03-27', 2)).toEqual(['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z']);
    const twice = expandCalendar(daily('Europe/Berlin:20261001T023000'), around('2026-10-24T00:00:00Z'));
    expect(from(twice, '2026-10-24', 3)).toEqual([
      '2026-10-24T00:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
  });

  it.each([
    ['until a moment in UTC', 'UNTIL=20261123T090000Z', 3],
    ['until a day', 'UNTIL=20261123', 3],
    ['until a local time', 'UNTIL=20261123T100000', 3],
    ['until just before', 'UNTIL=20261123T085959Z', 2],
    ['a number of times', 'COUNT=2', 2],
  ])('ends: %s', (_name, end, count) => {
    const text = one('DTSTART;TZID=Europe/Berlin:20261121T100000', 'DURATION:PT1H', `RRULE:FREQ=DAILY;${end}`);
    expect(spans(expandCalendar(text, around('2026-11-21T00:00:00Z')))).toHaveLength(count);
  });

  it('ends for whole days with the day of its UNTIL', () => {
    const text = one('DTSTART;VALUE=DATE:20261121', 'RRULE:FREQ=DAILY;UNTIL=20261123');
    expect(spans(expandCalendar(text, around('2026-11-21T00:00:00Z')))).toHaveLength(3);
  });

  it('finds the last Sunday of each month', () => {
    const text = one('DTSTART:20200126T020000Z', 'DURATION:PT4H', 'RRULE:FREQ=MONTHLY;BYDAY=-1SU');
    expect(from(expandCalendar(text, around('2026-11-21T00:00:00Z')), '2026', 9)).toEqual([
      '2026-11-29T02:00:00Z',
      '2026-12-27T02:00:00Z',
      '2027-01-31T02:00:00Z',
    ]);
  });
});

describe('exceptions', () => {
  const at = '2026-11-21T00:00:00Z';
  const weekly = ['DTSTART;TZID=Europe/Berlin:20261123T100000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=4'];

  it('EXDATE takes occurrences out, by moment or by day, RDATE adds some', () => {
    const text = one(
      ...weekly,
      'EXDATE;TZID=Europe/Berlin:20261130T100000',
      'EXDATE;VALUE=DATE:20261207',
      'RDATE;TZID=Europe/Berlin:20261125T120000',
      'RDATE;VALUE=PERIOD:20261126T120000Z/PT2H,20261127T120000Z/20261127T123000Z',
    );
    expect(spans(expandCalendar(text, around(at)))).toEqual([
      '2026-11-23T09:00:00Z 2026-11-23T10:00:00Z',
      '2026-11-25T11:00:00Z 2026-11-25T12:00:00Z',
      '2026-11-26T12:00:00Z 2026-11-26T14:00:00Z',
      '2026-11-27T12:00:00Z 2026-11-27T12:30:00Z',
      '2026-12-14T09:00:00Z 2026-12-14T10:00:00Z',
    ]);
  });

  it('RECURRENCE-ID moves one occurrence, and keeps its key', () => {
    const text = calendar(
      event('UID:1', 'SUMMARY:Work', ...weekly),
      event('UID:1', 'SUMMARY:Moved', 'RECURRENCE-ID:20261130T090000Z', 'DTSTART:20261201T150000Z', 'DURATION:PT3H'),
    );
    const { occurrences } = read(text, around(at));
    expect(occurrences.map(({ key, name, startsAt }) => `${key} ${name} ${startsAt}`)).toEqual([
      '2026-11-23T09:00:00Z Work 2026-11-23T09:00:00Z',
      '2026-11-30T09:00:00Z Moved 2026-12-01T15:00:00Z',
      '2026-12-07T09:00:00Z Work 2026-12-07T09:00:00Z',
      '2026-12-14T09:00:00Z Work 2026-12-14T09:00:00Z',
    ]);
  });

  it.each(['STATUS:CANCELLED', 'TRANSP:TRANSPARENT'])('%s takes out an event, or one occurrence of it', (line) => {
    expect(spans(expandCalendar(one(...weekly, line), around(at)))).toEqual([]);
    const text = calendar(
      event('UID:1', ...weekly),
      event('UID:1', 'RECURRENCE-ID:20261130T090000Z', 'DTSTART:20261130T090000Z', 'DURATION:PT1H', line),
    );
    expect(from(expandCalendar(text, around(at)), '2026', 9)).toEqual([
      '2026-11-23T09:00:00Z',
      '2026-12-07T09:00:00Z',
      '2026-12-14T09:00:00Z',
    ]);
  });

  it('the newest of two under one UID counts', () => {
    const text = calendar(
      event('UID:1', 'SEQUENCE:3', 'DTSTART:20261122T100000Z', 'DURATION:PT1H'),
      event('UID:1', 'SEQUENCE:2', 'DTSTART:20261122T120000Z', 'DURATION:PT1H'),
    );
    expect(from(expandCalendar(text, around(at)), '2026', 9)).toEqual(['2026-11-22T10:00:00Z']);
  });
});

describe('what an event says of alerts', () => {
  const said = (...lines: readonly string[]) =>
    read(one('DTSTART:20261122T100000Z', 'DURATION:PT1H', ...lines), around('2026-11-21T00:00:00Z')).occurrences[0];

  it('categories, and a line of its description, folded, escaped or as HTML', () => {
    expect(said('CATEGORIES:db,web\\, api', 'CATEGORIES:x')?.categories).toEqual(['db', 'web, api', 'x']);
    expect(said('DESCRIPTION:Move disks\\nmatchers: service="db"\\, env=\r\n ~"p.*"\\nbye')?.matcherLine).toBe(
      'service="db", env=~"p.*"',
    );
    expect(said('DESCRIPTION:<p>Disks</p><b>matchers:</b> service=&quot;db&quot;<br>bye')?.matcherLine).toBe(
      'service="db"',
    );
    expect(said('DESCRIPTION:no matchers: here')?.matcherLine).toBeNull();
  });

  it('nothing of what it says of a private event', () => {
    expect(said('SUMMARY:Surgery', 'CLASS:PRIVATE')?.name).toBe('Private event');
  });
});

describe('a fault', () => {
  const at = around('2026-11-21T00:00:00Z');
  it.each([
    ['', 1, /empty/],
    ['<!DOCTYPE html>\n<html>', 1, /this is no calendar/],
    ['BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1', 3, /cut off: VEVENT/],
    ['BEGIN:VCALENDAR\r\nEND:VEVENT', 2, /END:VEVENT without its BEGIN/],
    [`BEGIN:VCALENDAR\n${'BEGIN:X\n'.repeat(100_000)}`, 9, /deep/],
    ['x'.repeat(3 * 1024 * 1024), 1, /larger than 2 MB/],
    [calendar(...Array.from({ length: 10_001 }, () => 'BEGIN:VEVENT\r\nEND:VEVENT')), 20_005, /more than 10000 events/],
  ])('of the whole feed says where (%#)', (text, line, message) => {
    const expanded = expandCalendar(text, at);
    expect(expanded).toEqual({ ok: false, fault: { line, uid: null, message: expect.stringMatching(message) } });
  });

  it.each([
    [['DTSTART:banana'], /DTSTART .* is no date/],
    [['DTSTART;VALUE=DATE:20261341'], /DTSTART 2026-13-41/],
    [[], /no DTSTART/],
    [['DTSTART:20261122T100000Z', 'RRULE:FREQ=FOO'], /FOO/],
    [['DTSTART:20261122T100000Z', 'RRULE:FREQ=DAILY;BYMONTH=x'], /"x"/],
    [['DTSTART:20261122T100000Z', 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'], /more than one RRULE/],
    [['DTSTART;TZID=Middle/Earth:20261122T100000', 'DURATION:PT1H'], /zone Middle\/Earth is not known/],
    [['DTSTART:20261122T100000Z', 'DTEND:20261121T100000Z'], /ends before it starts/],
    [['DTSTART:20261122T100000Z', 'DURATION:P400D'], /longer than 366 days/],
    [['DTSTART:20261122T100000Z', 'DURATION:soon'], /DURATION/],
    [['DTSTART:00010101T000000Z', 'DURATION:PT1H'], /year 1 is out of reach/],
  ])('of one event spoils that event alone and names it (%#)', (lines, message) => {
    const good = event('UID:2', 'DTSTART:20261122T100000Z', 'DURATION:PT1H');
    const { occurrences, faults } = read(calendar(event('UID:bad', ...lines), good), at);
    expect(occurrences.map(({ uid }) => uid)).toEqual(['2']);
    expect(faults).toEqual([{ line: 4, uid: 'bad', message: expect.stringMatching(message) }]);
  });

  it.each([
    'FREQ=SECONDLY',
    'FREQ=MINUTELY;BYSECOND=0,10,20,30',
    'FREQ=SECONDLY;COUNT=1000000000',
    'FREQ=DAILY;COUNT=1000000000',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31',
    'FREQ=WEEKLY;INTERVAL=1000000000',
    'FREQ=YEARLY;BYSETPOS=-1;BYYEARDAY=366;BYHOUR=0,6,12,18',
  ])('of a rule that never ends or never comes takes no time: %s', (rule) => {
    const text = one('DTSTART;TZID=Europe/Berlin:20200101T000000', 'DURATION:PT1S', `RRULE:${rule}`);
    const began = performance.now();
    const expanded = expandCalendar(text, at);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(expanded.ok && expanded.occurrences.length).toBeLessThan(2_500);
  });
});

/** Daily events as a person would: day after day on the zone's clock. */
function byHand(zone: string, firstDay: string, hour: number, { from, to }: ExpandOptions): readonly string[] {
  const found: string[] = [];
  const time = Temporal.PlainTime.from({ hour, minute: 30 });
  for (let day = Temporal.PlainDate.from(firstDay); ; day = day.add({ days: 1 })) {
    const local = day.toPlainDateTime(time);
    const at = local.toZonedDateTime(zone);
    if (Temporal.Instant.compare(at.toInstant(), to) >= 0) return found;
    const exists = at.toPlainDateTime().equals(local);
    if (exists && Temporal.Instant.compare(at.toInstant().add({ minutes: 20 }), from) > 0)
      found.push(at.toInstant().toString());
  }
}

test('property: a daily event is where its clock says, in any zone, over every change of clocks', () => {
  const zones = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Sydney',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  );
  const days = fc.integer({ min: 0, max: 700 }).map((n) => Temporal.PlainDate.from('2025-06-01').add({ days: n }));
  fc.assert(
    fc.property(zones, days, fc.integer({ min: 0, max: 23 }), (zone, day, hour) => {
      const options = around(`${day}T00:00:00Z`);
      const first = day.subtract({ days: 40 }).toString();
      const start = `${first.replaceAll('-', '')}T${String(hour).padStart(2, '0')}3000`;
      // A first day that its own clock skips is moved by another rule of the RFC.
      const local = Temporal.PlainDateTime.from(start);
      fc.pre(local.toZonedDateTime(zone).toPlainDateTime().equals(local));
      const text = one(`DTSTART;TZID=${zone}:${start}`, 'DURATION:PT20M', 'RRULE:FREQ=DAILY');
      expect(from(expandCalendar(text, options), '', 200)).toEqual(byHand(zone, first, hour, options));
    }),
    { numRuns: 60 },
  );
});

const SAMPLE = calendar(
  'BEGIN:VTIMEZONE\r\nTZID:Ours\r\nX-LIC-LOCATION:Asia/Tokyo\r\nEND:VTIMEZONE',
  event(
    'UID:1',
    'SUMMARY:Work',
    'DTSTART;TZID=Ours:20261123T100000',
    'DTEND;TZID=Ours:20261123T110000',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270101T000000Z',
    'EXDATE;TZID=Ours:20261130T100000',
    'CATEGORIES:db',
    'BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM',
  ),
  event('UID:1', 'RECURRENCE-ID;TZID=Ours:20261202T100000', 'DTSTART;TZID=Ours:20261202T120000', 'DURATION:PT1H'),
);

test('property: whatever the text, there is an answer; never an exception, never a span that does not end after it starts', () => {
  const options = around('2026-11-21T00:00:00Z');
  const hostile = fc.constantFrom(
    '\0',
    '\uD800',
    '__proto__',
    ';',
    ':',
    ',',
    '"',
    '\r\n',
    '\r\n ',
    'BEGIN:VEVENT',
    'END:VEVENT',
    '99999999',
    '-',
    'é',
    'RRULE:',
    'P1D',
  );
  const mutations = fc.array(fc.tuple(fc.nat(SAMPLE.length), fc.nat(30), fc.oneof(hostile, fc.string())), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(mutations, (changes) => {
      let text = SAMPLE;
      for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
      const expanded = expandCalendar(text, options);
      if (!expanded.ok) return expanded.fault.message !== '';
      return expanded.occurrences.every((o) => Temporal.Instant.compare(o.startsAt, o.endsAt) < 0 && o.uid !== '');
    }),
    { numRuns: 1_000 },
  );
});

test('truncated at every character it is refused, or read as far as whole events go', () => {
  const options = around('2026-11-21T00:00:00Z');
  for (let end = 0; end < SAMPLE.length - 4; end += 1)
    expect(expandCalendar(SAMPLE.slice(0, end), options).ok).toBe(false);
  expect(expandCalendar(SAMPLE, options)).toMatchObject({ ok: true, faults: [] });
});

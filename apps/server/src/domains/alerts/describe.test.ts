import { describe, expect, test } from 'vitest';
import { groupTitleOf, kindOf, severityOf, titleOf } from './describe.ts';

describe('severityOf', () => {
  test.each([
    [{ severity: 'critical' }, 1],
    [{ severity: 'SEV1' }, 1],
    [{ severity: 'P0' }, 1],
    [{ severity: 'page' }, 2],
    [{ severity: 'error' }, 2],
    [{ severity: 'Warning' }, 3],
    [{ severity: 'ticket' }, 4],
    [{ severity: 'none' }, 5],
    [{ priority: 'P2' }, 2],
    [{ severity: 'info', priority: 'P1' }, 5],
    [{ severity: 'nonsense' }, 3],
    [{}, 3],
  ] as const)('%j is SEV%i', (labels, expected) => {
    expect(severityOf(labels)).toBe(expected);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    '%s is an unknown severity like any other',
    (severity) => {
      expect(severityOf({ severity })).toBe(3);
    },
  );
});

describe('titleOf', () => {
  test.each([
    ['the summary', { alertname: 'Disk' }, { summary: 'Disk full', title: 'x' }, 'Disk full'],
    ['the title without a summary', { alertname: 'Disk' }, { title: 'Disk!', message: 'x' }, 'Disk!'],
    ['an empty summary counts as none', { alertname: 'Disk' }, { summary: '' }, 'Disk'],
    ['the name and where', { alertname: 'Disk', instance: 'h1' }, {}, 'Disk on h1'],
    ['the name and the pod', { alertname: 'Disk', pod: 'p1' }, {}, 'Disk on p1'],
    ['nothing known', { job: 'x' }, {}, 'Alert'],
  ])('%s', (_rule, labels, annotations, expected) => {
    expect(titleOf(labels, annotations)).toBe(expected);
  });

  test('is at most 300 characters, cut with an ellipsis', () => {
    const title = titleOf({}, { summary: 'x'.repeat(400) });
    expect(title).toHaveLength(300);
    expect(title.endsWith('…')).toBe(true);
    expect(titleOf({}, { summary: 'x'.repeat(300) })).toBe('x'.repeat(300));
  });
});

describe('kindOf', () => {
  test.each([
    ['service and alertname', { alertname: 'Disk', service: 'shop' }, {}, 'shop/Disk'],
    ['integration where no service is named', { alertname: 'Disk' }, {}, 'int/Disk'],
    ['the class of PagerDuty', { class: 'deploy' }, {}, 'int/deploy'],
    [
      'the title with its numbers blanked',
      { job: 'x' },
      { summary: 'host 17 lost 3 disks' },
      'int/host # lost # disks',
    ],
  ])('%s', (_rule, labels, annotations, expected) => {
    expect(kindOf(labels, annotations, 'int')).toBe(expected);
  });
});

// PostgreSQL refuses half a surrogate pair, and with it the alert.
test('nothing is cut in the middle of a character', () => {
  for (let before = 190; before < 305; before += 1) {
    const text = `${'x'.repeat(before)}🔥${'y'.repeat(200)}`;
    expect(titleOf({}, { summary: text }).isWellFormed()).toBe(true);
    expect(kindOf({ alertname: text }, {}, 'int').isWellFormed()).toBe(true);
    expect(kindOf({}, { summary: text }, 'int').isWellFormed()).toBe(true);
  }
});

test('a group is named by what its alerts share', () => {
  expect(groupTitleOf({ alertname: 'Disk', service: 'shop' }, 't')).toBe('Disk on shop');
  expect(groupTitleOf({ alertname: 'Disk', cluster: 'eu' }, 't')).toBe('Disk on eu');
  expect(groupTitleOf({ alertname: 'Disk' }, 't')).toBe('Disk');
  expect(groupTitleOf({ service: 'shop' }, 't')).toBe('t');
});

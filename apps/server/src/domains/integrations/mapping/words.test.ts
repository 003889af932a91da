import { describe, expect, test } from 'vitest';
import { readLine, statusOf } from './words.ts';

test.each([
  ['OK', 'resolved'],
  ['Recovery', 'resolved'],
  ['no_data', 'firing'],
  ['No Data', 'firing'],
  ['CRITICAL', 'firing'],
  ['ignored', 'ignored'],
  ['teapot', null],
  ['constructor', null],
  ['', null],
])('%s is %s', (word, status) => {
  expect(statusOf(word)).toBe(status);
});

describe('a line that names an alert', () => {
  test.each([
    ['Disk full on h1', 'Disk full on h1', null],
    ['[RESOLVED] Disk full on h1', 'Disk full on h1', 'resolved'],
    ['Re: [FIRING:2] Disk full on h1', 'Disk full on h1', 'firing'],
    ['[FIRING:1, RESOLVED:1] Disk full on h1', 'Disk full on h1', 'firing'],
    ['Resolved: Disk full on h1', 'Disk full on h1', 'resolved'],
    ['RECOVERY - Disk full on h1', 'Disk full on h1', 'resolved'],
    ['Resolved in 5m 3s: Disk full on h1', 'Disk full on h1', 'resolved'],
    ['Aw: Re: Fwd: Disk full on h1', 'Disk full on h1', null],
    ['OK: "Disk" in EU (Frankfurt)', '"Disk" in EU (Frankfurt)', 'resolved'],
    ['DOWN alert: shop.example', 'shop.example', 'firing'],
    ['New York is slow', 'New York is slow', null],
    ['Up-to-date check missed', 'Up-to-date check missed', null],
    ['', '', null],
    ['[RESOLVED]', '[RESOLVED]', 'resolved'],
  ])('%j is %j, %s', (line, title, status) => {
    expect(readLine(line)).toMatchObject({ title, status });
  });

  test.each([
    ['** PROBLEM Service Alert: h1/Disk is CRITICAL **', '** RECOVERY Service Alert: h1/Disk is OK **'],
    ['ALARM: "cpu" in EU', 'OK: "cpu" in EU'],
    ['Host h1 is DOWN', 'Host h1 is UP'],
    ['[FIRING:1] Disk', 'Re: [RESOLVED] disk'],
    ['Problem: High load', 'Resolved in 1h 2m 3s: High load'],
  ])('%j and %j are one alert', (problem, recovery) => {
    expect(readLine(problem)).toMatchObject({ status: 'firing' });
    expect(readLine(recovery)).toMatchObject({ status: 'resolved', key: readLine(problem).key });
  });

  test('of any shape is read at once', () => {
    const began = performance.now();
    for (const piece of ['re: ', '[ok ', 'resolved in 1 m ', '*', ' is ', '1 a', 'is critical '])
      readLine(piece.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(500);
  });
});

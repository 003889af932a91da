import { describe, expect, test } from 'vitest';
import { checkSettings, goodSecrets, replaceSecret } from './settings.ts';

describe('the settings of a kind', () => {
  test('are filled with defaults', () => {
    expect(
      checkSettings('webhook', {
        hmac: { header: 'X-Sig', timestampHeader: 'X-Time' },
        mapping: { title: { pointer: '/t' } },
      }),
    ).toEqual({
      ok: true,
      settings: {
        hmac: {
          header: 'x-sig',
          algorithm: 'sha256',
          encoding: 'hex',
          prefix: '',
          timestampHeader: 'x-time',
          signs: 'timestamp:body',
          toleranceSeconds: 300,
        },
        mapping: { title: { pointer: ['/t'] } },
      },
    });
  });

  test.each([
    ['a kind that has none', 'slack', { hmac: { header: 'x' } }, 'settings'],
    ['a mapping of Grafana', 'grafana', { mapping: {} }, 'settings'],
    [
      'what is no pointer',
      'webhook',
      { mapping: { title: { pointer: 'alert.title' } } },
      'settings.mapping.title.pointer',
    ],
    ['a half escape', 'webhook', { mapping: { items: '/a~2' } }, 'settings.mapping.items'],
    [
      'a placeholder that is no pointer',
      'webhook',
      { mapping: { title: { template: '{{/a}} {{b}}' } } },
      'settings.mapping.title.template',
    ],
    ['a source of nothing', 'webhook', { mapping: { title: {} } }, 'settings.mapping.title'],
    [
      'a timestamp that nothing carries',
      'webhook',
      { hmac: { header: 'x', signs: 'timestamp:body' } },
      'settings.hmac.timestampHeader',
    ],
    [
      'a timestamp that nobody signs',
      'grafana',
      { hmac: { header: 'x', timestampHeader: 'y', signs: 'body' } },
      'settings.hmac.timestampHeader',
    ],
  ] as const)('refuses %s, by its path', (_what, kind, settings, path) => {
    const checked = checkSettings(kind, settings);
    expect(checked.ok ? [] : checked.faults.map((fault) => fault.path)).toEqual([path]);
  });
});

describe('a replaced secret', () => {
  const first = replaceSecret([], 'one', 0);
  const second = replaceSecret(first, 'two', 1_000);

  test('signs for a day beside the new one', () => {
    expect(goodSecrets(second, 1_000 + 24 * 3_600_000 - 1)).toEqual(['two', 'one']);
    expect(goodSecrets(second, 1_000 + 24 * 3_600_000)).toEqual(['two']);
  });

  test('is forgotten at the next change; the same again changes nothing; none leaves none', () => {
    expect(goodSecrets(replaceSecret(second, 'three', 2_000), 2_000)).toEqual(['three', 'two']);
    expect(replaceSecret(first, 'one', 5)).toEqual(first);
    expect(replaceSecret(second, null, 5)).toEqual([]);
  });
});

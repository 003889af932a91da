import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type AckAsking,
  type AckDocument,
  type AckState,
  type AckView,
  renderAckPage,
  renderOver,
  renderTooManyTries,
  renderUnavailable,
  renderUnknownLink,
} from './ack-page.ts';

const at = (time: string) => Temporal.Instant.from(`2026-10-21T${time}Z`);
const now = at('02:09:07');
const ask: AckAsking = {
  kind: 'asking',
  next: { who: 'Bo Tanaka', at: at('02:12:48'), windowSeconds: 300 },
  quietUntil: at('02:39:07'),
  once: 'v2',
};
const view = (fields: Partial<AckView> = {}): AckView => ({
  reader: { name: 'Maya Lindqvist', zone: 'Europe/Lisbon' },
  page: {
    number: 123,
    title: 'Checkout errors 12.4 %',
    severity: 1,
    service: 'checkout-api',
    summary: 'checkout-api fails for one checkout in eight. The limit is 1 %.',
    since: at('02:07:48'),
    firing: 14,
    kinds: ['checkout-api / HighErrorRate', 'checkout-api / SlowQueries'],
    runbookUrl: 'https://wiki.example/free-payments-db',
    why: 'Step 1 of the policy “Payments” leads to you.',
    openUrl: 'https://tocsin.example/pages/123',
  },
  paged: [{ who: 'You', channels: ['email', 'webhook'] }],
  state: ask,
  action: '/a/Tq8mZ2kV0xYb4L',
  now,
  ...fields,
});

const states: Readonly<Record<string, AckState>> = {
  asking: ask,
  'asking-nobody-next': { ...ask, next: null },
  done: { kind: 'done', at: at('02:09:31'), quietUntil: at('02:39:31') },
  second: { kind: 'second', who: 'Bo Tanaka', at: at('02:09:22'), quietUntil: at('02:39:22'), helper: true },
  snoozed: { kind: 'snoozed', who: 'Bo Tanaka', until: at('04:00:00') },
  escalated: { kind: 'escalated', to: 'Bo Tanaka', at: at('02:09:31'), ask: { ...ask, next: null } },
  failed: { kind: 'failed', wish: 'ack', why: 'The database did not answer.', ask },
};
const documents: Readonly<Record<string, AckDocument>> = {
  ...Object.fromEntries(Object.entries(states).map(([name, state]) => [name, renderAckPage(view({ state }))])),
  over: renderOver({ how: 'resolved', at: at('02:33:40'), zone: 'Europe/Lisbon', now: at('05:00:00') }),
  unknown: renderUnknownLink(),
  'too-many': renderTooManyTries(),
  unavailable: renderUnavailable(),
};
const golden = (name: string) => join(import.meta.dirname, '../../../testdata/messages/ack', `${name}.html`);
const bodyOf = (document: AckDocument) => document.html.slice(document.html.indexOf('<body>'));

describe('every state of the page', () => {
  test.each(Object.keys(documents))(
    '%s reads as agreed, is under 15 KB, dark before anything else, without script',
    async (name) => {
      const document = documents[name] as AckDocument;
      await expect(document.html).toMatchFileSnapshot(golden(name));
      expect(Buffer.byteLength(document.html)).toBeLessThan(15 * 1024);
      expect(document.html).not.toMatch(/<script|javascript:|\son\w+=|\sstyle=|<link|src=/i);
      expect(document.html.indexOf('background:#12151A')).toBeLessThan(400);
      expect(document.html.indexOf('<style>')).toBeLessThan(document.html.indexOf('<title>'));
      expect(bodyOf(document)).not.toContain('!');
    },
  );

  test('its policy lets through its one style sheet and nothing else', () => {
    for (const { html, contentSecurityPolicy } of Object.values(documents)) {
      const sheets = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)];
      expect(sheets).toHaveLength(1);
      const hash = createHash('sha256')
        .update(sheets[0]?.[1] as string)
        .digest('base64');
      expect(contentSecurityPolicy).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      );
    }
  });

  test('only the asking ones can act, by POST', () => {
    for (const [name, { html }] of Object.entries(documents)) {
      const acts = ['asking', 'asking-nobody-next', 'escalated', 'failed'].includes(name);
      expect(html.includes('<button'), name).toBe(acts);
      expect([...html.matchAll(/<form /g)]).toHaveLength(
        [...html.matchAll(/<form method="post" action="\/a\//g)].length,
      );
    }
  });

  test('a link that has ended, or that nobody was given, tells nothing of the page', () => {
    for (const name of ['over', 'unknown', 'too-many', 'unavailable']) {
      expect(documents[name]?.html).not.toContain('Checkout');
      expect(documents[name]?.html).not.toContain('Maya');
    }
  });
});

describe('the words', () => {
  const text = (state: AckState) =>
    bodyOf(renderAckPage(view({ state })))
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
  test('the zone is named once', () => {
    for (const state of Object.values(states)) expect(text(state).match(/Lisbon/g)).toHaveLength(1);
  });
  test.each<[AckState, string]>([
    [ask, 'Since 03:07:48 Lisbon , 1 min 19 s ago'],
    [ask, 'Goes to Bo Tanaka at 03:12:48'],
    [ask, 'Keeps it quiet until 03:39:07, then it asks again.'],
    [ask, 'Paged You, by email and webhook.'],
    [
      states.done as AckState,
      'Acknowledged by you 03:09:31 Nobody else will be paged. Quiet until 03:39:31, then it asks again.',
    ],
    [states.second as AckState, 'Bo Tanaka was first, 03:09:22 You are added as a helper. You can go back to sleep.'],
    [
      states.failed as AckState,
      'Not acknowledged The database did not answer. Bo Tanaka is paged at 03:12:48 unless this goes through.',
    ],
    [states.escalated as AckState, 'Escalated 03:09:31 Bo Tanaka is being paged. You can still take it.'],
  ])('%# says it', (state, sentence) => {
    expect(text(state)).toContain(sentence);
  });
});

test('stays under 15 KB and shows text as text, whatever an alert contains', () => {
  const hostile = `<script>alert(1)</script>"'\r\n\u0000`.repeat(2000);
  const { html } = renderAckPage(
    view({
      reader: { name: hostile, zone: hostile },
      page: {
        ...view().page,
        title: hostile,
        service: hostile,
        summary: hostile,
        kinds: Array.from({ length: 500 }, (_, i) => `${i}${hostile}`),
        runbookUrl: 'javascript:alert(1)',
      },
      paged: Array.from({ length: 500 }, () => ({ who: hostile, channels: ['email'] })),
      state: {
        kind: 'failed',
        wish: 'escalate',
        why: 'The database did not answer.',
        ask: { ...ask, next: { who: hostile, at: now, windowSeconds: 0 } },
      },
    }),
  );
  expect(Buffer.byteLength(html)).toBeLessThan(15 * 1024);
  expect(html).not.toMatch(/<script|javascript:/);
});

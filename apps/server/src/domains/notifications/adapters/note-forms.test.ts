import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Egress, EgressRequest } from '#platform/egress';
import type { FoldItem } from '../messages/folded.ts';
import { alertFact, at, facts, links, maya, now, summary } from '../messages/testkit.ts';
import { render, type Telling } from '../render.ts';
import type { NoteMessage } from './channel.ts';
import { note as shortNote, type ProviderUnderTest, PROVIDERS } from './note-testkit.ts';

/** Golden files; `vitest -u` writes them anew, reviewed as a diff. */
const golden = (name: string) => join(import.meta.dirname, '../../../../testdata/messages/notes', name);
const KEY = '01990a3e-7c5e-7000-8000-0000deadbeef';
const reason = { call: { kind: 'policy-step', round: 0, step: 0, count: 3 }, queued: { kind: 'no-rule' } } as const;
const why = 'Step 1 of the policy “Payments” leads to you.';
const items: readonly FoldItem[] = [
  { what: 'page', page: facts(), reply: links.reply },
  ...Array.from({ length: 24 }, (_, i): FoldItem => ({ what: 'page', page: summary(i + 1), reply: null })),
  { what: 'resolved', page: summary(41, { state: 'resolved', resolvedAt: at('02:08:59') }), reply: null },
];
const held = facts({
  run: {
    ...facts().run!,
    acknowledgedBy: { userId: 'maya', name: 'Maya Lindqvist' },
    acknowledgedAt: at('02:08:01'),
    next: null,
  },
});

const TOLD: Readonly<Record<string, Telling>> = {
  page: { kind: 'page', facts: facts(), why, reason },
  update: { kind: 'update', facts: held, why, reason },
  resolved: { kind: 'resolved', page: facts({ state: 'resolved', resolvedAt: at('02:33:40') }) },
  alarm: { kind: 'alarm', alarm: 'channel-exhausted', page: facts() },
  folded: { kind: 'folded', items },
  'folded-resolved': {
    kind: 'folded',
    items: items.slice(-1).concat({ what: 'resolved', page: summary(42), reply: null }),
  },
  test: { kind: 'test', method: 'Phone' },
  verify: { kind: 'verify', method: 'Phone', code: 'Tq8mZ2kV0x' },
};

function noteOf(telling: Telling, reply: string | null = links.reply): NoteMessage {
  const context = { reader: maya, baseUrl: 'https://tocsin.example', replyTo: () => reply, now };
  return render(telling, { ...context, format: 'note' }) as NoteMessage;
}

/** What would leave by this channel. */
async function callFor(one: ProviderUnderTest, note: NoteMessage): Promise<EgressRequest> {
  const asked: EgressRequest[] = [];
  const egress: Egress = {
    async request(request) {
      asked.push(request);
      return { ok: false, reason: 'aborted', detail: '' };
    },
    close() {},
  };
  const origin = 'https://provider.example';
  const context = { key: KEY, now, signal: new AbortController().signal };
  await one.build(origin, egress).send(note, { to: one.address(origin) }, context);
  return asked[0] as EgressRequest;
}

function readBody({ body, headers }: EgressRequest): unknown {
  const isForm = headers?.['content-type'] === 'application/x-www-form-urlencoded';
  return isForm ? Object.fromEntries(new URLSearchParams(String(body))) : JSON.parse(String(body));
}

describe.each(PROVIDERS)('$name', (one) => {
  test('its calls read as agreed', async () => {
    const calls: Record<string, unknown> = {};
    for (const [name, telling] of Object.entries(TOLD)) {
      const request = await callFor(one, noteOf(telling));
      const { method, url, headers } = request;
      calls[name] = { method, url, headers, body: readBody(request) };
    }
    await expect(`${JSON.stringify(calls, null, 2)}\n`).toMatchFileSnapshot(golden(`${one.name}.json`));
  });

  test('a page carries its link to answer by, whole, however long the rest is', async () => {
    const huge = facts({
      title: '😀x'.repeat(3_000),
      kinds: kindsNamed(400),
      alerts: [alertFact({ annotations: { summary: 'y'.repeat(9_000) } })],
    });
    const texts = textsIn(readBody(await callFor(one, noteOf({ kind: 'page', facts: huge, why, reason }))));
    expect(texts.some((text) => text.includes('https://tocsin.example/a/Tq8mZ2kV0xYb4L'))).toBe(true);
  });

  test('the same key stands in the text, so that a reader can tell a repeat', async () => {
    const body = String((await callFor(one, shortNote)).body);
    expect(body.includes(KEY) || /ref[ +]deadbeef/.test(body)).toBe(true);
  });
});

const kindsNamed = (many: number) =>
  Array.from({ length: many }, (_, i) => ({ name: `service-${i} / Kind${i}`, severity: 2 as const, since: now }));

/** The texts in a body, wherever they stand. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const asText = async (name: string, words: string) => {
  const one = PROVIDERS.find((provider) => provider.name === name) as ProviderUnderTest;
  const note = {
    ...shortNote,
    title: words,
    lead: words,
    rows: [{ name: 'What', value: words }],
    sections: [{ title: 'Kinds', lines: [words] }],
  };
  return readBody(await callFor(one, note));
};

describe('what comes from outside is text', () => {
  test.each(['<!channel> <!here> <@U123> <https://evil.example|click> & <b>'])('Slack: %s', async (words) => {
    const texts = textsIn(await asText('slack', words));
    for (const text of texts.filter((one) => one.includes('channel'))) {
      expect(text).not.toMatch(/<!|<@|<https:\/\/evil/);
      expect(text).toContain('&lt;!channel&gt;');
    }
    expect(texts.filter((text) => text.startsWith('<'))).toEqual([
      '<https://tocsin.example/a/Tq8mZ2kV0xYb4L|Acknowledge or escalate>  |  <https://tocsin.example/pages/123|Page 123>',
    ]);
  });

  test.each(['mattermost', 'discord'])('%s: no mention and no markup', async (name) => {
    const body = await asText(
      name,
      '@everyone @channel @here <@123> **x** [click](https://evil.example) ~~y~~ `z` # h > q',
    );
    for (const text of textsIn(body)) expect(text).not.toMatch(/@(everyone|channel|here|123)/);
    // Mattermost's fallback is plain text by its definition.
    for (const text of textsIn(JSON.parse(JSON.stringify(body, (name, value) => (name === 'fallback' ? '' : value))))) {
      expect(text).not.toMatch(/(?<!\\)\[click/);
      expect(text).not.toMatch(/(?<!\\)~~|(?<!\\)`z|(?<!\\)\*x/);
    }
  });

  test('Discord is told that nobody is to be mentioned', async () => {
    expect(await asText('discord', '<@&1> @everyone')).toMatchObject({ allowed_mentions: { parse: [] } });
  });

  test('Google Chat: no mention and no markup', async () => {
    const texts = textsIn(
      await asText('google-chat', '<users/all> <a href="https://evil.example">x</a> <b>y</b> &amp;'),
    );
    for (const text of texts.filter((one) => one.includes('users'))) {
      expect(text).not.toContain('<users/all>');
      expect(text).not.toContain('<a href');
    }
    expect(texts.some((text) => text.includes('&lt;users/all&gt;'))).toBe(true);
  });

  test('Telegram: no parse mode, so nothing is markup; the bold title is counted in UTF-16 units', async () => {
    const body = await asText('telegram', '<b>😀</b> *x* @all');
    expect(body).not.toHaveProperty('parse_mode');
    expect(body).toMatchObject({ entities: [{ type: 'bold', offset: 0, length: '<b>😀</b> *x* @all'.length }] });
  });

  test('Teams: runs of text, which know no markup', async () => {
    const { attachments } = (await asText('teams', '**x** <at>all</at> [y](https://evil.example)')) as {
      attachments: [{ content: { body: { type: string; inlines: { type: string }[] }[] } }];
    };
    const { body } = attachments[0].content;
    expect(new Set(body.flatMap(({ type, inlines }) => [type, ...inlines.map((run) => run.type)]))).toEqual(
      new Set(['RichTextBlock', 'TextRun']),
    );
  });

  test('Gotify is told that it is plain; ntfy and Pushover are not told of any markup', async () => {
    expect(await asText('gotify', '![x](https://evil.example)')).toMatchObject({
      extras: { 'client::display': { contentType: 'text/plain' } },
    });
    expect(await asText('ntfy', '**x**')).not.toHaveProperty('markdown');
    expect(await asText('pushover', '<b>x</b>')).not.toHaveProperty('html');
  });

  test('a link cannot end the markup that it stands in', async () => {
    const evil = { label: 'Runbook', url: 'https://wiki.example/a)|b>c<d"e' };
    for (const name of ['slack', 'mattermost', 'discord']) {
      const one = PROVIDERS.find((provider) => provider.name === name) as ProviderUnderTest;
      const body = String((await callFor(one, { ...shortNote, links: [evil] })).body);
      expect(body).toContain(
        'https://wiki.example/a%29%7Cb%3Ec%3Cd%22e'.replaceAll(/%[0-9A-F]{2}/g, (c) => c.toLowerCase()),
      );
    }
  });
});

describe('a button', () => {
  test.each([
    'http://127.0.0.1:8080/a/x',
    'http://localhost:8080/a/x',
    'http://tocsin:8080/a/x',
    'https://tocsin.lan/a/x',
  ])(
    'Telegram gets none that leads to %s, which it would refuse with the whole message; the link is in the text',
    async (url) => {
      const one = PROVIDERS.find((provider) => provider.name === 'telegram') as ProviderUnderTest;
      const note = { ...shortNote, action: { label: 'Acknowledge', url }, links: [] };
      const body = readBody(await callFor(one, note)) as { text: string };
      expect(body).not.toHaveProperty('reply_markup');
      expect(body.text).toContain(`Acknowledge: ${url}`);
    },
  );
});

describe('an emergency at Pushover', () => {
  test.each([
    ['page', 1, '2'],
    ['page', 2, '2'],
    ['page', 3, '1'],
    ['alarm', 1, '2'],
    ['update', 1, '0'],
    ['resolved', 1, '-1'],
    ['test', 5, '0'],
  ] as const)('%s of SEV%s is priority %s', async (kind, severity, priority) => {
    const one = PROVIDERS.find((provider) => provider.name === 'pushover') as ProviderUnderTest;
    const body = readBody(await callFor(one, { ...shortNote, kind, severity })) as Record<string, string>;
    expect(body['priority']).toBe(priority);
    expect([body['retry'], body['expire']]).toEqual(priority === '2' ? ['60', '300'] : [undefined, undefined]);
  });
});

describe('whatever is told', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 400 }).map((text) => text.replaceAll(/[\n\r]/g, ' '));
  const anyNote: fc.Arbitrary<NoteMessage> = fc.record({
    format: fc.constant('note' as const),
    kind: fc.constantFrom('page' as const, 'update' as const, 'resolved' as const, 'alarm' as const),
    severity: fc.integer({ min: 1, max: 5 }),
    title: words.map((text) => `SEV1 ${text}`),
    lead: fc.option(
      fc.oneof(
        words,
        words.map((text) => text.repeat(30)),
      ),
    ),
    rows: fc.array(
      fc.record({
        name: fc.constant('With it'),
        value: fc.oneof(
          words,
          words.map((text) => text.repeat(20)),
        ),
      }),
      { maxLength: 6 },
    ),
    sections: fc.array(fc.record({ title: words, lines: fc.array(words, { maxLength: 60 }) }), { maxLength: 2 }),
    action: fc.constant(shortNote.action),
    links: fc.constant(shortNote.links),
    thread: fc.constant('page-g1'),
  });
  const letters = (text: unknown) => Array.from(String(text)).length;

  /** The provider's own limits. */
  const WITHIN: Readonly<Record<string, (body: any, bytes: number) => void>> = {
    ntfy: (body) => {
      expect(Buffer.byteLength(body.message)).toBeLessThanOrEqual(4_096);
      expect(body.actions.length).toBeLessThanOrEqual(3);
    },
    gotify: (body) => expect(body.message.length).toBeGreaterThan(0),
    pushover: (body) => {
      expect(letters(body.title)).toBeLessThanOrEqual(250);
      expect(letters(body.message)).toBeLessThanOrEqual(1_024);
      expect(letters(body.url)).toBeLessThanOrEqual(512);
    },
    telegram: (body) => expect(body.text.length).toBeLessThanOrEqual(4_096),
    slack: (body) => {
      const [header, section, link] = body.blocks;
      expect(letters(header.text.text)).toBeLessThanOrEqual(150);
      for (const block of [section, link]) expect(letters(block.text.text)).toBeLessThanOrEqual(3_000);
      expect(section.text.text.length).toBeGreaterThan(0);
    },
    mattermost: (_, bytes) => expect(bytes).toBeLessThanOrEqual(64_000),
    discord: (body) => {
      expect(letters(body.content)).toBeLessThanOrEqual(2_000);
      expect(letters(body.embeds[0].description)).toBeLessThanOrEqual(4_096);
    },
    'google-chat': (_, bytes) => expect(bytes).toBeLessThanOrEqual(32_000),
    teams: (_, bytes) => expect(bytes).toBeLessThanOrEqual(28_000),
  };

  test.each(PROVIDERS)('$name: within its limits, whole letters, its link', async (one) => {
    await fc.assert(
      fc.asyncProperty(anyNote, async (note) => {
        const request = await callFor(one, note);
        const body = readBody(request);
        WITHIN[one.name]?.(body, Buffer.byteLength(String(request.body)));
        for (const text of textsIn(body)) expect(text.isWellFormed()).toBe(true);
        expect(textsIn(body).some((text) => text.includes('https://tocsin.example/a/Tq8mZ2kV0xYb4L'))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

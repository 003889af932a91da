import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sign } from '../src/domains/notifications/adapters/webhook.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => `docs/${String(name)}`)
    .filter((name) => name.endsWith('.md')),
];

/** Where a path that a document names may begin. */
const BASES = ['', 'apps/server/src/domains', 'apps/server/src', 'apps/server'];

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md');
  const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, found = '']) => found);

  it('names only files that there are', () => {
    const paths = code.filter((one) => /^[\w./-]+\.(ts|tsx|mjs|sql|json)$/.test(one) && one !== 'emergency.json');
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !BASES.some((base) => existsSync(join(root, base, path))))).toEqual([]);
  });

  it('names only functions that there are', () => {
    const sources = readdirSync(join(root, 'apps/server/src'), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => read(`apps/server/src/${name}`))
      .join('\n');
    const names = code.flatMap((one) => /^(?:\w+\.)?(\w+)\(\)$/.exec(one)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !new RegExp(`(function |async |\\b)${name}[<(]`).test(sources))).toEqual([]);
  });

  it('tells every loop and every job of the engine', () => {
    const engine = read('apps/server/src/compose-engine.ts') + read('apps/server/src/domains/ledger/jobs.ts');
    const jobs = [...engine.matchAll(/\bjob\('([\w-]+)'|\bname:\s+'([\w.-]+)'/g)].map(([, job, name]) => job ?? name);
    expect(jobs.length).toBeGreaterThan(13);
    expect(jobs.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('documents', () => {
  it.each(documents)('%s names only files that there are', (path) => {
    const named = [...read(path).matchAll(/`((?:apps|bench|docs|packages|scripts)\/[\w./-]+)(?: [^`\n]*)?`/g)];
    const paths = named.map(([, found = '']) => found.replace(/\/$/, ''));
    const made = /\/dist\b|schema\.sql$/;
    expect(paths.filter((found) => !made.test(found) && !existsSync(join(root, found)))).toEqual([]);
  });

  it.each(documents)('%s links to what there is', (path) => {
    const links = [
      ...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)|<img[^>]* src="([^"]+)"|srcset="([^"]+)"/g),
    ];
    const targets = links.map(([, link, image, set]) => (link ?? image ?? set) as string);
    expect(targets.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
  });
});

describe('docs/guide/notifications.md', () => {
  it('verifies a webhook as it is signed', async () => {
    const sample = /```js\n([\s\S]*?)```/.exec(read('docs/guide/notifications.md'))?.[1] as string;
    const { verifyWebhook } = (await import(`data:text/javascript,${encodeURIComponent(sample)}`)) as {
      verifyWebhook: (call: unknown) => boolean;
    };
    const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;
    const old = `whsec_${Buffer.from('another secret').toString('base64')}`;
    const body = '{"type":"test"}';
    const nowSeconds = 1_795_262_559;
    const headers = {
      'webhook-id': 'n-1',
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': sign(`n-1.${nowSeconds}.${body}`, [secret, old]),
    };
    expect(verifyWebhook({ headers, body, secret, nowSeconds })).toBe(true);
    expect(verifyWebhook({ headers, body, secret: old, nowSeconds: nowSeconds + 60 })).toBe(true);
    expect(verifyWebhook({ headers, body: '{"type":"other"}', secret, nowSeconds })).toBe(false);
    expect(verifyWebhook({ headers, body, secret: `whsec_${btoa('wrong')}`, nowSeconds })).toBe(false);
    expect(verifyWebhook({ headers, body, secret, nowSeconds: nowSeconds + 3_600 })).toBe(false);
    expect(verifyWebhook({ headers: { ...headers, 'webhook-signature': 'v1,short' }, body, secret, nowSeconds })).toBe(
      false,
    );
  });
});

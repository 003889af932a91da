import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '../src');

/** What a file needs to open a connection outward by itself. Types, listening and reading addresses are none of it. */
const WAYS_OUT: readonly RegExp[] = [
  /(?<![.\w])fetch\(/,
  /new (WebSocket|EventSource)\(/,
  /import (?!type\b)[^;]*? from '(node:)?(http|https|http2|net|tls|dgram|dns|dns\/promises|undici|ws)'/,
  /import (?!type\b)[^;]*? from 'nodemailer[^']*'/,
];

/** Who may, and why the guard need not stand before them. Everything that a user can aim goes through the first. */
const KNOWN: Readonly<Record<string, string>> = {
  'platform/egress.ts': 'the guard',
  'platform/egress-addresses.ts': 'reads addresses, connects to nothing',
  'platform/postgres/endpoint.ts': 'our own PostgreSQL, on a socket or the loopback',
  'domains/notifications/adapters/email.ts': 'smtpUrl, written by the operator',
  'domains/notifications/adapters/mime.ts': 'writes a mail, connects to nothing',
  'domains/ledger/adapters/outward-call.ts':
    'heartbeatUrl and emergencyWebhookUrl, written by the operator; follows no redirect',
};

function sources(): readonly string[] {
  return readdirSync(src, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testkit/.test(file));
}

/** True when only what cannot connect is taken from `node:net`. */
const readsAddressesOnly = (text: string) =>
  [...text.matchAll(/import \{([^}]*)\} from 'node:net'/g)].every(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .every((name) => name === '' || name === 'isIP' || name === 'BlockList' || name.startsWith('type ')),
  );

export function opensConnections(text: string): boolean {
  const rest = readsAddressesOnly(text) ? text.replaceAll(/import \{[^}]*\} from 'node:net';/g, '') : text;
  return WAYS_OUT.some((way) => way.test(rest));
}

describe('ways out', () => {
  it('are the guard, and the few that only the operator can aim', () => {
    const found = sources().filter((file) => opensConnections(readFileSync(join(src, file), 'utf8')));
    expect(found.filter((file) => !(file in KNOWN))).toEqual([]);
    expect(found).toContain('platform/egress.ts');
  });

  it.each([
    "import http from 'node:http';",
    "import { connect, isIP } from 'node:net';",
    "import {\n  request,\n} from 'node:https';",
    "import { lookup } from 'node:dns/promises';",
    'const answer = await fetch(url);',
  ])('are seen: %j', (text) => {
    expect(opensConnections(text)).toBe(true);
  });

  it.each([
    "import type { ServerResponse } from 'node:http';",
    "import { isIP } from 'node:net';",
    "import { BlockList, isIP, type LookupFunction } from 'node:net';",
    'await guard.prefetch(url)',
  ])('are not seen in %j', (text) => {
    expect(opensConnections(text)).toBe(false);
  });
});

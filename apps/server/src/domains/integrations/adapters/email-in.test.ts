import { createTransport } from 'nodemailer';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { Overloaded } from '#platform/group-commit';
import type { Integration } from '../model.ts';
import type { Payloads } from '../payloads/service.ts';
import { identityOfMail, type Mail, mailEvent, readMail } from './email-in-mail.ts';
import { createMailIn } from './email-in.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
const KEY = 'k'.repeat(32);
const integration: Integration = {
  id: 'i',
  name: 'Mail',
  kind: 'email',
  teamId: null,
  resolveTimeoutSeconds: 300,
  enabled: true,
  settings: {},
};
const mime = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'));
const read = async (...lines: readonly string[]): Promise<Mail> => {
  const mail = await readMail(mime(...lines));
  if (!mail) throw new Error('no mail');
  return mail;
};

describe('a mail', () => {
  test('is read with its subject, its plain text, its sender and its thread', async () => {
    const mail = await read(
      'From: Backup <Backup@Shop.Example>',
      'Subject: =?UTF-8?Q?Re=3A_Gr=C3=B6=C3=9Fe_stimmt_nicht?=',
      'Message-ID: <3@shop.example>',
      'In-Reply-To: <2@shop.example>',
      'References: <1@shop.example> <2@shop.example>',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Gr=F6=DFe: 0 Bytes',
      '--b',
      'Content-Type: text/html',
      '',
      '<p>HTML</p>',
      '--b--',
    );
    expect(mail).toEqual({
      subject: 'Re: Größe stimmt nicht',
      line: { title: 'Größe stimmt nicht', key: 'größe stimmt nicht', status: null, isReply: true },
      text: 'Größe: 0 Bytes',
      from: 'backup@shop.example',
      messageId: '<3@shop.example>',
      answersTo: ['<2@shop.example>', '<1@shop.example>'],
    });
  });

  test('of HTML alone is read as its words', async () => {
    const html = '<style>p{}</style><script>x</script><p>Disk <b>full</b> &amp; hot</p><br>on h1';
    expect((await read('Subject: x', 'Content-Type: text/html', '', html)).text).toBe('Disk full & hot\n\non h1');
  });

  test('without a subject is named by its first line; with neither it is none', async () => {
    expect((await read('From: a@b', '', 'Disk full', 'more')).line.title).toBe('Disk full');
    expect(await readMail(mime('From: a@b', '', ' '))).toBeNull();
    expect(await readMail(Buffer.alloc(0))).toBeNull();
  });

  test.each([
    ['Backup failed', 'Resolved: Backup failed'],
    ['[FIRING:1] Disk', '[RESOLVED] Disk'],
    ['** PROBLEM Service Alert: h1/Disk is CRITICAL **', '** RECOVERY Service Alert: h1/Disk is OK **'],
    ['Disk full', 'Recovery: Disk full'],
  ])('%j is ended by %j from the same sender, not from another', async (problem, recovery) => {
    const [fired, over] = [
      await read(`Subject: ${problem}`, 'From: a@b', '', 'x'),
      await read(`Subject: ${recovery}`, 'From: a@b', '', 'x'),
    ];
    const event = (mail: Mail) => mailEvent(mail, identityOfMail(mail), integration, NOW.epochMilliseconds).events[0];
    expect([event(fired)?.status, event(over)?.status]).toEqual(['firing', 'resolved']);
    expect(event(over)?.identity).toBe(event(fired)?.identity);
    expect(identityOfMail({ ...over, from: 'c@d' })).not.toBe(event(fired)?.identity);
  });

  test('becomes an alert with title, description, sender and the severity of its subject', async () => {
    const mail = await read('Subject: CRITICAL: Disk full', 'From: a@b', '', 'On h1');
    expect(mailEvent(mail, 'ab', integration, 5).events[0]).toEqual({
      integrationId: 'i',
      labels: { alertname: 'Disk full', sender: 'a@b', severity: 'critical' },
      annotations: { summary: 'Disk full', description: 'On h1' },
      generatorUrl: null,
      status: 'firing',
      startsAtMs: 5,
      endsAtMs: 253_370_764_800_000,
      endsAtIsTimeout: false,
      resends: false,
      identity: 'ab',
    });
  });

  test('of any bytes is read or is none, at once and bounded', async () => {
    const piece = fc.constantFrom(
      'Subject: ',
      'Content-Type: multipart/mixed; boundary=a',
      'Content-Type: message/rfc822',
      'Content-Transfer-Encoding: base64',
      '--a',
      '--a--',
      '=?UTF-8?B?////?=',
      '<p>',
      '\0',
      '\ud800',
      '\r\n',
      '\r\n\r\n',
      'References: <a@b> <c@d>',
      'x'.repeat(5_000),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const mail = await readMail(Buffer.from(pieces.join('')));
        if (mail === null) return;
        expect(mail.text.length).toBeLessThanOrEqual(8_000);
        const { events, refused } = mailEvent(mail, identityOfMail(mail), integration, 0);
        expect(events.length + refused.length).toBe(1);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
    );
    const deep = Array.from(
      { length: 5_000 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
    );
    expect(await readMail(Buffer.from(`Subject: deep\r\n${deep.join('')}`))).toBeNull();
  });
});

test('a mail of megabytes is read at once, whatever it is made of', async () => {
  const began = performance.now();
  for (const html of ['<', '<style', '<br', '&', '<script>', '<p>x</p>'])
    await readMail(Buffer.from(`Subject: x\r\nContent-Type: text/html\r\n\r\n${html.repeat(500_000)}`));
  for (const line of ['x', '--a', 'QUJD', ' y', 'X: y'])
    await readMail(
      Buffer.from(`Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n${`${line}\r\n`.repeat(500_000)}`),
    );
  expect(performance.now() - began).toBeLessThan(4_000);
});

describe('the listener', () => {
  const clock = createManualClock(NOW);

  /** A listener whose intake does what the test says, and a real mail client for it. */
  async function listen(intake: Payloads['intake']) {
    const errors: unknown[] = [];
    const mailIn = createMailIn({
      clock,
      integrations: { byKey: (key) => (key === KEY ? integration : null) },
      payloads: { intake },
      onRefused: () => {},
      onError: (error) => errors.push(error),
    });
    const port = await mailIn.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => mailIn.close());
    const client = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    const send = (to: string, text = 'On h1') =>
      client.sendMail({ from: 'backup@shop.example', to, subject: 'Disk full', text }).then(
        (sent) => sent.response,
        (error: { responseCode?: number; message: string }) => `${error.responseCode} ${error.message}`,
      );
    return { send, errors };
  }
  const accepted = { accepted: 1, ignored: 0, refused: [] };

  test('says 250 when the mail is stored, not before', async () => {
    let stored = false;
    const { send } = await listen(async (of, { body, contentType }) => {
      expect([of.id, contentType, body.includes('Subject: Disk full')]).toEqual(['i', 'message/rfc822', true]);
      await new Promise(setImmediate);
      stored = true;
      return accepted;
    });
    expect(await send(`${KEY.toUpperCase()}@tocsin.example`)).toBe('250 2.0.0 taken');
    expect(stored).toBe(true);
  });

  test('refuses strangers at RCPT, and relays nothing', async () => {
    const { send } = await listen(async () => {
      throw new Error('it was taken');
    });
    for (const to of ['root@localhost', `${KEY}x@tocsin.example`, `${KEY}%other.example@tocsin.example`])
      expect(await send(to)).toMatch(/^550 .*no such address/);
  });

  test.each([
    ['overload', new Overloaded('full'), 0],
    ['a missing database', Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }), 0],
    ['a fault of ours', new Error('bug'), 1],
  ])('answers %s with 451, so that the sender comes again', async (_what, fault, told) => {
    const { send, errors } = await listen(async () => {
      throw fault;
    });
    expect(await send(`${KEY}@tocsin.example`)).toMatch(/^451 /);
    expect(errors).toHaveLength(told);
  });

  test('answers a mail that is not understood with 554, and one that is too big with 552', async () => {
    const refused = [{ index: null, pointer: null, reason: 'says nothing' }];
    const { send } = await listen(async () => ({ accepted: 0, ignored: 0, refused }));
    expect(await send(`${KEY}@tocsin.example`)).toMatch(/^554 .*says nothing/);
    expect(await send(`${KEY}@tocsin.example`, 'x'.repeat(6 * 1024 * 1024))).toMatch(/^552 /);
  });
});

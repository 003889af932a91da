import { describe, expect, test } from 'vitest';
import { createLog } from './log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({ level: 'info', target: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

const CANARY = 'c4n4ry0123456789abcdefghijklmnop';

describe('a secret never reaches the log', () => {
  test.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ['as a field', (log) => log.info({ password: CANARY })],
    ['as a field in another spelling', (log) => log.info({ Secret_Key: CANARY })],
    ['deep in a list', (log) => log.info({ request: { bodies: [{ new_password: CANARY }] } })],
    ['as a header', (log) => log.info({ headers: { authorization: `Bearer ${CANARY}` } })],
    ['in a message, as an API key', (log) => log.info(`key tocsin_${CANARY} refused`)],
    ['in a message, as a header', (log) => log.info(`sent Authorization: Bearer ${CANARY}`)],
    ['in a connection string', (log) => log.info(`postgres://tocsin:${CANARY}@db/tocsin`)],
    [
      'in an error and its cause',
      (log) => log.error({ err: new Error('no', { cause: new Error(`postgres://u:${CANARY}@h`) }) }),
    ],
    ['in an address as integration key', (log) => log.info({ url: `/v1/push/${CANARY}/alerts` })],
    ['in an address as link token', (log) => log.info({ url: `/a/${CANARY}` })],
    ['in a query', (log) => log.info({ url: `/x?token=${CANARY}&b=1` })],
    ['as bytes', (log) => log.info({ body: Buffer.from(CANARY) })],
    ['in a child’s bindings', (log) => log.child({ url: `/x?key=${CANARY}` }).info('x')],
  ])('%s', (_, write) => {
    const text = logged(write);
    expect(text).toContain('"level":');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
  });
});

test('what is no secret stays, and a line end cannot forge a line', () => {
  const text = logged((log) =>
    log.info({ alert: 'disk\nfull', id: '0197f3a2-1111-7000-8000-000000000001' }, 'it\n{"level":"fatal"}'),
  );
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({
    level: 'info',
    alert: 'disk\nfull',
    id: '0197f3a2-1111-7000-8000-000000000001',
  });
});

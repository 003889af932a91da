// @ts-expect-error it brings no types; what is used of it is written down below
import opsgenie from 'opsgenie-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { pageFor } from './paging.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

type Identifier = { readonly identifier: string; readonly identifierType: 'id' | 'tiny' | 'alias' };
type Done = (error: unknown, answer: unknown) => void;
type Act = (identifier: Identifier, data: object, done: Done) => void;

type ActName =
  | 'acknowledge'
  | 'unacknowledge'
  | 'close'
  | 'addNote'
  | 'snooze'
  | 'addTags'
  | 'removeTags'
  | 'addDetails';

/** As much of the SDK (which brings no types) as the test uses. */
interface Sdk {
  configure(options: { readonly api_key: string; readonly host: string }): void;
  readonly alertV2: Readonly<Record<ActName, Act>> & {
    create(data: object, done: Done): void;
    get(identifier: Identifier, done: Done): void;
    list(params: object, done: Done): void;
    delete(identifier: Identifier, done: Done): void;
    getRequestStatus(id: string, done: Done): void;
  };
}
const sdk = opsgenie as Sdk;

// biome-ignore lint/suspicious/noExplicitAny: the test reads what it needs
const promised = (begin: (done: Done) => void): Promise<any> =>
  new Promise((resolve, reject) =>
    begin((error, answer) => {
      if (error) reject(error as Error);
      else resolve(typeof answer === 'string' ? JSON.parse(answer) : answer);
    }),
  );

describe('Opsgenie’s own SDK, with nothing changed but its host and key', () => {
  let tocsin: Tocsin;
  beforeAll(async () => {
    tocsin = await startTocsin({});
    const { address } = await tocsin.api('POST', '/api/v1/integrations', { name: 'SDK', kind: 'opsgenie' });
    const { users } = await tocsin.api('GET', '/api/v1/users');
    await pageFor(tocsin, 'Disk full', users[0]);
    sdk.configure({ api_key: address.apiKey, host: address.url });
  });
  afterAll(() => tocsin?.stop());

  const disk = { identifier: 'disk', identifierType: 'alias' } as const;
  const get = async (identifier: Identifier) => (await promised((done) => sdk.alertV2.get(identifier, done))).data;
  async function act(name: ActName, data: object = {}) {
    const call = sdk.alertV2[name];
    const { result, requestId } = await promised((done) => call(disk, data, done));
    expect(result).toBe('Request will be processed');
    return (await promised((done) => sdk.alertV2.getRequestStatus(requestId, done))).data;
  }

  test('creates, acts on, lists and closes an alert', async () => {
    const created = await promised((done) =>
      sdk.alertV2.create(
        { message: 'Disk full', alias: 'disk', priority: 'P1', tags: ['db'], details: { host: 'h1' } },
        done,
      ),
    );
    const status = await promised((done) => sdk.alertV2.getRequestStatus(created.requestId, done));
    expect(status.data).toMatchObject({ isSuccess: true, action: 'Create', alias: 'disk' });
    const alert = await get(disk);
    expect(alert).toMatchObject({
      id: status.data.alertId,
      message: 'Disk full',
      status: 'open',
      acknowledged: false,
      priority: 'P1',
      tags: ['db'],
      details: { host: 'h1' },
    });
    expect(await get({ identifier: alert.tinyId, identifierType: 'tiny' })).toMatchObject({ id: alert.id });

    expect(await act('acknowledge', { user: 'olga' })).toMatchObject({ isSuccess: true });
    expect((await get(disk)).acknowledged).toBe(true);
    expect(await act('unacknowledge')).toMatchObject({ isSuccess: true });
    const endTime = new Date(Date.now() + 3_600_000).toISOString();
    expect(await act('snooze', { endTime })).toMatchObject({ isSuccess: true });
    expect(await act('addNote', { note: 'It is the log volume' })).toMatchObject({ isSuccess: true });
    expect(await act('addTags', { tags: ['eu'] })).toMatchObject({ isSuccess: true });
    expect(await act('removeTags', { tags: 'db' })).toMatchObject({ isSuccess: true });
    expect(await act('addDetails', { details: { rack: '7' } })).toMatchObject({ isSuccess: true });
    expect(await get(disk)).toMatchObject({
      acknowledged: false,
      snoozed: true,
      snoozedUntil: endTime,
      tags: ['eu'],
      details: { host: 'h1', rack: '7' },
      count: 1,
    });

    const listed = await promised((done) => sdk.alertV2.list({ query: 'status: open AND tag: eu', limit: 10 }, done));
    expect(listed.data).toMatchObject([{ id: alert.id, alias: 'disk' }]);
    expect(await act('close', { note: 'cleaned up' })).toMatchObject({ isSuccess: true, alertId: alert.id });
    await eventually('a closed alert', 10_000, async () => {
      const { status: now } = await get({ identifier: alert.id, identifierType: 'id' });
      return now === 'closed';
    });
    const gone = promised((done) => sdk.alertV2.get(disk, done));
    await expect(gone).rejects.toMatchObject({ httpStatusCode: 404, requestId: expect.any(String) });
  });
});

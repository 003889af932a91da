import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents';
import { expect, onTestFinished, test } from 'vitest';
import { startTocsin } from './tocsin-process.ts';

test('the CloudEvents SDK delivers in binary and structured mode, and its events in batches', async () => {
  const tocsin = await startTocsin({});
  onTestFinished(() => tocsin.stop());
  const { integration, address } = await tocsin.api('POST', '/api/v1/integrations', {
    name: 'Broker',
    kind: 'cloudevents',
  });
  const event = (type: string, subject: string, data: object) =>
    new CloudEvent({ source: '/shop/eu', type, subject, data, datacontenttype: 'application/json' });
  const alerts = async () =>
    (await tocsin.api('GET', `/api/v1/alerts?integration=${integration.id}`)).items.map(
      (item: Record<string, unknown>) => `${item['title']} ${item['state']}`,
    );
  const transport = httpTransport(address.url);

  const disk = event('test.disk.firing', 'h1 über 90 %', { summary: 'Disk full', severity: 'critical' });
  const binary = emitterFor(transport);
  expect(await binary(disk)).toMatchObject({ body: '{"accepted":1,"repeated":0}' });
  const structured = emitterFor(transport, { mode: Mode.STRUCTURED });
  expect(await structured(disk)).toMatchObject({ body: '{"accepted":0,"repeated":1}' });
  await structured(event('test.queue.firing', 'orders', { summary: 'Queue grows' }));
  expect((await alerts()).sort()).toEqual(['Disk full firing', 'Queue grows firing']);

  // The SDK sets no batches; its events in JSON are one.
  const batch = [
    event('test.disk.resolved', 'h1 über 90 %', {}),
    event('test.queue.resolved', 'orders', {}),
    event('dev.cdevents.service.deployed.0.2.0', 'checkout', { revision: 'a1' }),
  ];
  const answer = await fetch(address.url, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(batch),
  });
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 3, repeated: 0 }]);
  expect((await alerts()).sort()).toEqual(['Disk full resolved', 'Queue grows resolved']);
  expect((await tocsin.api('GET', '/api/v1/changes?service=checkout')).items).toMatchObject([{ revision: 'a1' }]);
});

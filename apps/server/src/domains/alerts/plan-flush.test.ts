import { expect, test } from 'vitest';
import type { Described } from './describe-alert.ts';
import type { AlertState, InboundEvent } from './model.ts';
import { planFlush } from './plan-flush.ts';

const described: Described = {
  ...{ annotations: {}, kind: 'k', title: 't', groupTitle: 't', severity: 3, serviceId: null, teamId: null },
  destinations: [],
};
const stored: AlertState = {
  ...{ id: 'a', status: 'firing', current: true, startsAtMs: 1_000, endsAtMs: 9_000, endsAtIsTimeout: false },
  ...{ resolvedAtMs: null, resolvedBy: null, groupIds: [], kind: 'k', severity: 3, version: 1 },
};
const repeat: InboundEvent = {
  ...{ integrationId: 'i', labels: {}, annotations: { summary: 'newer' }, generatorUrl: null, status: 'firing' },
  ...{ startsAtMs: 5_000, endsAtMs: 10_000, endsAtIsTimeout: false, resends: false, identity: 'x' },
};
const update = (event: InboundEvent) => {
  const identity = { key: 'x', identity: 'x', events: [{ event, payloadId: 'p' }], stored };
  const facts = { nowMs: 5_000, newId: () => 'n', describe: () => described, groupIdOf: () => 'g' };
  return planFlush([identity], facts).updates[0];
};

test('a repeat that says it began later moves the end and not the start: one episode began once', () => {
  expect(update(repeat)).toMatchObject({
    starts: 1_000,
    ends: 10_000,
    sightings: 1,
    annotations: { summary: 'newer' },
  });
});

test('a repeat of a sender that changes text by requests of its own leaves what is stored', () => {
  expect(update({ ...repeat, keepsText: true })).toMatchObject({ sightings: 1, annotations: null });
});

import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signTwilio } from '../../src/domains/notifications/adapters/twilio-signature.ts';
import type { Answer, FuzzRequest } from './client.ts';
import { SECRET, type Town } from './town.ts';

/** When a request is signed, and whether rightly; what is not `now` and right must be refused. */
export type Signing = 'right' | 'wrong' | 'old' | 'future' | 'none';

/** A protocol that comes in by some doors. */
export interface Protocol {
  /** As `--door` names it. */
  readonly name: string;
  /** Whose key opens a door of this protocol. */
  readonly sender: (method: string, url: string) => string;
  /** Whether a registered door is one of its own. */
  readonly owns: (url: string) => boolean;
  /** Good bodies for a door; none when it takes no body. */
  readonly bodies: (method: string, url: string) => readonly string[];
  readonly headers?: (key: string) => Readonly<Record<string, string>>;
  readonly query?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly sign?: (request: FuzzRequest, signing: Signing, town: Town) => Readonly<Record<string, string>>;
  /** A new alert that must open, or change that must be kept, whatever came before; null where nothing opens. */
  readonly good: ((mark: string) => { readonly url: string; readonly body: unknown }) | null;
  /** A good alert beside another item in one request: whatever the other is, the good one must open. */
  readonly beside?: (
    mark: string,
    other: unknown,
  ) => { readonly url: string; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };
  /** Whether an error has the protocol's own form. */
  readonly isError: (answer: Answer) => boolean;
}

const golden = (path: string) => readFileSync(join(import.meta.dirname, '../../testdata', path), 'utf8');
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

type Fields = Readonly<Record<string, unknown>>;
const said = (answer: Answer): Fields => JSON.parse(answer.body.toString('utf8')) as Fields;
const isText = (value: unknown) => typeof value === 'string' && value.trim() !== '';
const isPlain = (answer: Answer) =>
  (answer.headers['content-type'] ?? '').startsWith('text/plain') && isText(answer.body.toString('utf8'));
const isWebhookError = (answer: Answer) => said(answer)['status'] === 'error' && isText(said(answer)['message']);

/** An HMAC over body or time and body, as the signed integrations of the town are set. */
function hmac(header: string, options: { readonly dated: boolean; readonly prefix: string }): Protocol['sign'] {
  return ({ body }, signing) => {
    if (signing === 'none') return {};
    const offset = signing === 'old' ? -3_600 : signing === 'future' ? 3_600 : 0;
    const time = String(Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000) + offset);
    const wrong = signing === 'wrong' || (!options.dated && signing !== 'right');
    const mac = createHmac('sha256', wrong ? 'another secret' : SECRET);
    if (options.dated) mac.update(`${time}.`);
    const value = options.prefix + mac.update(body).digest('hex');
    return { [header]: value, ...(options.dated ? { 'x-fuzz-time': time } : {}) };
  };
}

const signedAs: Readonly<Record<string, Protocol['sign']>> = {
  webhook: hmac('x-fuzz-signature', { dated: true, prefix: '' }),
  grafana: hmac('x-fuzz-signature', { dated: true, prefix: '' }),
  github: hmac('x-hub-signature-256', { dated: false, prefix: 'sha256=' }),
};

function signTwilioRequest({ path, body }: FuzzRequest, signing: Signing, town: Town) {
  if (signing === 'none') return {};
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  return { 'x-twilio-signature': signTwilio(signing === 'right' ? SECRET : 'another', town.url + path, fields) };
}

const always = (kind: string) => () => kind;
const bearer = (key: string) => ({ authorization: `Bearer ${key}`, ...JSON_TYPE });
const grafanaAlert = (mark: string) => ({ status: 'firing', labels: { alertname: mark }, annotations: {} });
const grafanaBody = (mark: string, ...others: unknown[]) => ({ alerts: [...others, grafanaAlert(mark)] });

const alertmanagerSilence = JSON.stringify({
  matchers: [{ name: 'alertname', value: 'Nothing of ours', isRegex: false, isEqual: true }],
  startsAt: '2026-11-21T10:00:00Z',
  endsAt: '2099-11-21T10:00:00Z',
  createdBy: 'amtool',
  comment: 'planned',
});
const opsgenieAct = JSON.stringify({
  ...{ note: 'n', user: 'u', tags: ['x'], keys: ['k'], details: { k: 'v' }, priority: 'P1', message: 'm' },
  ...{ description: 'd', owner: { username: 'olga@fuzz.test' }, endTime: '2099-11-21T10:00:00Z', source: 's' },
  ...{ team: { name: 'Ops' }, responder: { type: 'user', id: randomUUID() }, escalation: { name: 'e' } },
});
const cloudevent = (type: string, subject: string, id = 'A234') => ({
  ...{ specversion: '1.0', type, source: '/fuzz', id, subject, datacontenttype: 'application/json' },
  ...{ time: '2026-11-21T10:00:00Z', data: { severity: 'critical', title: subject, environment: 'prod' } },
});
const phoneForm = new URLSearchParams({
  ...{
    AccountSid: `AC${'0'.repeat(32)}`,
    MessageSid: 'SM1',
    SmsSid: 'SM1',
    MessageStatus: 'delivered',
    CallSid: 'CA1',
  },
  ...{ CallStatus: 'completed', AnsweredBy: 'human', Digits: '4', From: '+491700000001', To: '+15005550006' },
  ...{ Body: '4', ErrorCode: '30003' },
}).toString();

/** Every protocol, with what a good sender of it sends. */
export const protocols: readonly Protocol[] = [
  {
    name: 'alertmanager',
    owns: (url) => /^(\/am\/:key)?\/(api\/v2\/(alerts|silences?|receivers|status)\b|-\/)/.test(url),
    // What is only listed stays short: a list of all that the fuzz has fired would measure the list.
    sender: (method, url) => (method === 'POST' && url.endsWith('/alerts') ? 'alertmanager' : 'alertmanager-reads'),
    bodies: (method, url) =>
      method !== 'POST'
        ? []
        : url.endsWith('/silences')
          ? [alertmanagerSilence]
          : [golden('alertmanager/prometheus-firing.json'), golden('alertmanager/prometheus-two-alerts.json')],
    headers: bearer,
    query: 'filter=alertname%3D%22Linked%22&active=true&receiver=.*',
    params: { id: randomUUID() },
    good: (mark) => ({ url: '/am/:key/api/v2/alerts', body: [{ labels: { alertname: mark } }] }),
    beside: (mark, other) => ({ url: '/am/:key/api/v2/alerts', body: [other, { labels: { alertname: mark } }] }),
    isError: (answer) => isText(said(answer)),
  },
  {
    name: 'alertmanager-webhook',
    owns: (url) => url.startsWith('/webhooks/alertmanager'),
    sender: always('alertmanager-webhook'),
    bodies: () => [golden('alertmanager/webhook-firing.json')],
    headers: bearer,
    good: (mark) => ({ url: '/webhooks/alertmanager/:key', body: { version: '4', ...grafanaBody(mark) } }),
    beside: (mark, other) => ({
      url: '/webhooks/alertmanager/:key',
      body: { version: '4', ...grafanaBody(mark, other) },
    }),
    isError: isWebhookError,
  },
  ...(['grafana', 'signed-grafana'] as const).map(
    (name): Protocol => ({
      name,
      owns: (url) => url.startsWith('/webhooks/grafana'),
      sender: always(name),
      bodies: () => [golden('grafana/webhook-firing.json')],
      headers: bearer,
      ...(name === 'grafana' ? {} : { sign: signedAs['grafana'] as NonNullable<Protocol['sign']> }),
      good: (mark) => ({ url: '/webhooks/grafana/:key', body: grafanaBody(mark) }),
      beside: (mark, other) => ({ url: '/webhooks/grafana/:key', body: grafanaBody(mark, other) }),
      isError: isWebhookError,
    }),
  ),
  ...(['webhook', 'signed-webhook'] as const).map(
    (name): Protocol => ({
      name,
      owns: (url) => url.startsWith('/webhooks/generic'),
      sender: always(name),
      bodies: () => [
        JSON.stringify({
          title: 'Disk full',
          severity: 'critical',
          status: 'firing',
          dedup_key: 'd',
          url: 'https://a.b/',
        }),
        golden('grafana/webhook-firing.json'),
      ],
      headers: bearer,
      ...(name === 'webhook' ? {} : { sign: signedAs['webhook'] as NonNullable<Protocol['sign']> }),
      good: (mark) => ({ url: '/webhooks/generic/:key', body: { title: mark } }),
      isError: isWebhookError,
    }),
  ),
  {
    name: 'pagerduty',
    owns: (url) => url.startsWith('/v2/enqueue') || url.startsWith('/v2/change') || url.startsWith('/generic/'),
    sender: always('pagerduty'),
    bodies: (_method, url) =>
      url.includes('change')
        ? [golden('pagerduty/change.json')]
        : url.startsWith('/generic')
          ? [golden('pagerduty/v1-trigger.json')]
          : [golden('pagerduty/trigger.json'), golden('pagerduty/alertmanager-trigger.json')],
    // The key stands in the body of the golden samples; the header opens the door where it was torn out.
    headers: (key) => ({ 'x-routing-key': key, ...JSON_TYPE }),
    good: (mark) => ({
      url: '/v2/enqueue',
      body: {
        event_action: 'trigger',
        dedup_key: mark,
        payload: { summary: mark, source: 'fuzz', severity: 'critical' },
      },
    }),
    isError: (answer) => {
      const { status, message, errors } = said(answer);
      return isText(status) && isText(message) && Array.isArray(errors) && errors.length > 0 && errors.every(isText);
    },
  },
  {
    name: 'opsgenie',
    owns: (url) => url.startsWith('/v2/alerts') || url.startsWith('/v2/heartbeats'),
    sender: always('opsgenie'),
    bodies: (method, url) =>
      method === 'GET'
        ? []
        : /^\/v2\/alerts\/?$/.test(url)
          ? [golden('opsgenie/sdk-create.json'), golden('opsgenie/alertmanager-create.json')]
          : [opsgenieAct],
    headers: (key) => ({ authorization: `GenieKey ${key}`, ...JSON_TYPE }),
    query: 'identifierType=alias&query=status%3Aopen&limit=10&offset=0&sort=createdAt&order=desc',
    params: { identifier: 'a1', id: randomUUID(), name: 'Nightly backup' },
    good: (mark) => ({ url: '/v2/alerts', body: { message: mark, alias: mark } }),
    isError: (answer) => {
      const { message, took, requestId } = said(answer);
      return isText(message) && typeof took === 'number' && isText(requestId);
    },
  },
  {
    name: 'victorops',
    owns: (url) => url.startsWith('/integrations/generic/'),
    sender: always('victorops'),
    bodies: () => [golden('victorops/alertmanager-critical.json')],
    headers: () => JSON_TYPE,
    params: { routingKey: 'ops' },
    good: (mark) => ({
      url: '/integrations/generic/20131114/alert/:key/:routingKey',
      body: { message_type: 'CRITICAL', entity_id: mark },
    }),
    isError: (answer) => said(answer)['result'] === 'failure' && isText(said(answer)['message']),
  },
  {
    name: 'slack',
    owns: (url) => url.startsWith('/services'),
    sender: always('slack'),
    bodies: () => [golden('slack/alertmanager-firing.json')],
    headers: () => JSON_TYPE,
    params: { a: 'T', b: 'B' },
    good: (mark) => ({ url: '/services/:key', body: { text: mark } }),
    isError: (answer) => isPlain(answer) && /^[a-z_]+$/.test(answer.body.toString('utf8')),
  },
  {
    name: 'cloudevents',
    owns: (url) => url.startsWith('/cloudevents'),
    sender: always('cloudevents'),
    bodies: (method) =>
      method === 'POST'
        ? [
            JSON.stringify(cloudevent('com.example.alert.firing', 'Disk full')),
            JSON.stringify(cloudevent('dev.cdevents.service.deployed.0.1.0', 'checkout')),
          ]
        : [],
    headers: () => ({ 'content-type': 'application/cloudevents+json' }),
    good: (mark) => ({ url: '/cloudevents/:key', body: cloudevent('com.example.alert.firing', mark, mark) }),
    beside: (mark, other) => ({
      url: '/cloudevents/:key',
      body: [other, cloudevent('com.example.alert.firing', mark, mark)],
      headers: { 'content-type': 'application/cloudevents-batch+json' },
    }),
    isError: (answer) => isText(said(answer)['error']),
  },
  ...(['github', 'signed-github'] as const).map(
    (name): Protocol => ({
      name,
      owns: (url) => url.startsWith('/webhooks/github'),
      sender: always(name),
      bodies: () =>
        ['deployment', 'deployment_status', 'push', 'release'].map((event) => golden(`github/${event}.json`)),
      headers: () => ({ 'x-github-event': 'deployment', 'x-github-delivery': randomUUID(), ...JSON_TYPE }),
      ...(name === 'github' ? {} : { sign: signedAs['github'] as NonNullable<Protocol['sign']> }),
      good: null,
      isError: (answer) => isText(said(answer)['message']),
    }),
  ),
  {
    name: 'heartbeat',
    owns: (url) => url.startsWith('/heartbeats'),
    sender: always('heartbeat'),
    bodies: (method) => (method === 'POST' ? ['backed up 17 files'] : []),
    query: 'status=ok',
    params: { slug: 'nightly-backup' },
    good: null,
    isError: isPlain,
  },
  {
    name: 'phone',
    owns: (url) => url.startsWith('/phone/'),
    sender: always('heartbeat'),
    bodies: () => [phoneForm],
    headers: () => FORM_TYPE,
    params: { provider: 'main', key: randomUUID() },
    sign: signTwilioRequest,
    good: null,
    isError: isPlain,
  },
  {
    name: 'replies',
    owns: (url) => url.startsWith('/a/'),
    sender: always('heartbeat'),
    bodies: (method) => (method === 'POST' ? ['do=ack&once=1', 'do=escalate'] : []),
    headers: () => FORM_TYPE,
    good: null,
    isError: (answer) => (answer.headers['content-type'] ?? '').startsWith('text/html'),
  },
];

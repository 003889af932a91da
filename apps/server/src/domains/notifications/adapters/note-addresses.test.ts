import { expect, test } from 'vitest';
import type { Egress } from '#platform/egress';
import { type ProviderUnderTest, PROVIDERS, USER_KEY } from './note-testkit.ts';

const nowhere: Egress = { request: async () => ({ ok: false, reason: 'aborted', detail: '' }), close() {} };
const channel = (name: string) =>
  (PROVIDERS.find((one) => one.name === name) as ProviderUnderTest).build('https://ntfy.example', nowhere);

test.each([
  ['ntfy', ' maya-pages_7f3a ', 'maya-pages_7f3a'],
  ['ntfy', 'https://push.example/maya', 'https://push.example/maya'],
  ['ntfy', 'https://:tk_abc@push.example/sub/maya?x=1#y', 'https://:tk_abc@push.example/sub/maya'],
  ['ntfy', 'not a topic', null],
  ['ntfy', 'https://push.example/', null],
  ['ntfy', 'https://push.example/no%20topic', null],
  ['ntfy', 'ftp://push.example/maya', null],
  ['ntfy', 'a'.repeat(65), null],
  ['gotify', 'https://push.example/?token=AbC.d-e', 'https://push.example/message?token=AbC.d-e'],
  ['gotify', 'https://push.example/sub/message?token=AbC', 'https://push.example/sub/message?token=AbC'],
  ['gotify', 'https://push.example/message', null],
  ['gotify', 'https://push.example/message?token=a%0d%0ab', null],
  ['pushover', ` ${USER_KEY}`, USER_KEY],
  ['pushover', 'maya@example.org', null],
  ['telegram', '123456789', '123456789'],
  ['telegram', '-1001234567890', '-1001234567890'],
  ['telegram', '@maya_pages', '@maya_pages'],
  ['telegram', 'maya', null],
  ['telegram', '0', null],
  ['telegram', '1e9', null],
  ['telegram', '9'.repeat(16), null],
  ['slack', 'https://hooks.slack.com/services/T0/B0/x', 'https://hooks.slack.com/services/T0/B0/x'],
  ['slack', 'https://hooks.slack.com/', null],
  ['slack', 'https://user:password@hooks.slack.com/services/T0/B0/x', null],
  ['slack', 'javascript:alert(1)', null],
  ['mattermost', 'https://chat.example/hooks/9yp1b7x', 'https://chat.example/hooks/9yp1b7x'],
  ['mattermost', 'https://chat.example/sub/hooks/9yp1b7x', 'https://chat.example/sub/hooks/9yp1b7x'],
  ['mattermost', 'https://chat.example/9yp1b7x', null],
  ['discord', 'https://discord.com/api/webhooks/22/3d-_x', 'https://discord.com/api/webhooks/22/3d-_x'],
  ['discord', 'https://discord.com/channels/22/33', null],
  [
    'google-chat',
    'https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t',
    'https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t',
  ],
  ['google-chat', 'https://chat.googleapis.com/v1/spaces/A/messages?key=k', null],
  ['google-chat', 'https://chat.google.com/room/A', null],
  [
    'teams',
    'https://prod-1.westus.logic.azure.com/workflows/a?sig=b',
    'https://prod-1.westus.logic.azure.com/workflows/a?sig=b',
  ],
  ['teams', 'teams.microsoft.com', null],
])('%s reads the address %j as %j', (name, text, read) => {
  expect(channel(name).readAddress?.(text)).toBe(read);
});

test('an address that is stored reads as itself', () => {
  for (const one of PROVIDERS) {
    const address = one.address('https://provider.example');
    expect(channel(one.name).readAddress?.(address), one.name).toBe(address);
  }
});

test('of an address that is a secret only the host is shown, and a mark that tells two apart', () => {
  const hook = 'https://hooks.slack.com/services/T0/B0/secret';
  const masked = channel('slack').maskAddress?.(hook) as string;
  expect(masked).toMatch(/^https:\/\/hooks\.slack\.com\/… \([0-9a-f]{6}\)$/);
  expect(channel('slack').maskAddress?.(`${hook}2`)).not.toBe(masked);
  expect(channel('ntfy').maskAddress?.('https://:tk_abc@push.example/maya')).toMatch(/^https:\/\/push\.example\/… \(/);
  expect(channel('ntfy').maskAddress?.('maya')).toMatch(/^https:\/\/ntfy\.example\/… \(/);
});

test('addresses that only say who somebody is are shown as they are', () => {
  for (const one of PROVIDERS) {
    const isSecret = !['pushover', 'telegram'].includes(one.name);
    expect(channel(one.name).maskAddress !== undefined, one.name).toBe(isSecret);
  }
});

test('who takes the messages is told by server where each person has their own', () => {
  expect(channel('mattermost').providerOf?.('https://a.example/hooks/x')).toBe('mattermost a.example');
  expect(channel('ntfy').providerOf?.('maya')).toBe('ntfy ntfy.example');
  expect(channel('ntfy').providerOf?.('https://push.example/maya')).toBe('ntfy push.example');
  expect(channel('telegram').providerOf).toBeUndefined();
});

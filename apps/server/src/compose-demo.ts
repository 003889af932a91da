import { createDemo, type Demo, type PhoneBook } from '#demo';
import type { Base, Domains } from './compose-domains.ts';

/** Runs a request of our own without a socket. */
type Inject = (request: {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  url: string;
  headers: Record<string, string>;
  payload?: string;
}) => Promise<{ statusCode: number; body: string; json(): unknown }>;

/** The demo organisation, which works through the API as anybody would. */
export function composeDemo(parts: {
  readonly base: Base;
  readonly domains: Domains;
  readonly phones: PhoneBook;
  readonly inject: Inject;
}): Demo {
  const { base, domains, phones, inject } = parts;
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    headers: Record<string, string>,
    body?: unknown,
  ) => {
    const answer = await inject({
      method,
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    if (answer.statusCode >= 400)
      throw new Error(`the demo could not ${method} ${url}: ${answer.statusCode} ${answer.body}`);
    return answer.body === '' ? {} : (answer.json() as Record<string, unknown>);
  };
  return createDemo({
    access: domains.access,
    phones,
    dataDir: base.config.dataDir,
    callApi: (apiKey) => (method, path, body) => call(method, path, { authorization: `Bearer ${apiKey}` }, body),
    async givePhone(userId, address, now) {
      await domains.notifications.contacts.add(
        { userId, channel: phones.channel.name, label: 'Phone', address, verified: true },
        { by: 'system:demo', now },
      );
    },
    async postAlerts(path, alerts) {
      await call('POST', `${path}/api/v2/alerts`, {}, alerts);
    },
  });
}

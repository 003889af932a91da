import { eventually } from './eventually.ts';
import type { MailServer } from './mail-server.ts';
import { type Api, answerOf, apiOf, type Tocsin } from './tocsin-process.ts';

/** A person of a story, and their own way into the API. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly api: Api;
}

/** Adds a responder who signs in, makes a key, and confirms their mail address by the code that comes to it. */
export async function addResponder(tocsin: Tocsin, mail: MailServer, name: string): Promise<Person> {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@clients.test`;
  const password = 'a long enough password';
  const { id } = await tocsin.api('POST', '/api/v1/users', { name, email, role: 'responder', password });
  const api = apiOf(tocsin.url, await keyBySignIn(tocsin.url, { email, password }));
  const { method } = await api('POST', '/api/v1/me/contact-methods', {
    channel: 'email',
    label: 'Mail',
    address: email,
  });
  const codeIn = () => /Code: (\S+)/.exec(mail.mailsTo(email)[0]?.text ?? '')?.[1];
  const code = await eventually(`a mail with a code to ${email}`, 15_000, codeIn);
  await api('POST', `/api/v1/me/contact-methods/${method.id}/confirm`, { code });
  return { id, name, email, api };
}

async function keyBySignIn(url: string, who: { readonly email: string; readonly password: string }): Promise<string> {
  const headers = { 'content-type': 'application/json', origin: url };
  const session = await fetch(`${url}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify(who) });
  if (!session.ok) throw new Error(`sign-in of ${who.email}: ${session.status} ${await session.text()}`);
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const key = { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'story' }) };
  return (await answerOf(`${url}/api/v1/keys`, key)).text;
}

/** Has alerts of this name page these people at once, and nobody else for an hour. */
export async function pageFor(tocsin: Tocsin, alertname: string, person: Person): Promise<void> {
  const steps = [{ delaySeconds: 3_600, targets: [{ kind: 'user', id: person.id }] }];
  const { policy } = await tocsin.api('POST', '/api/v1/policies', { name: `${person.name} for ${alertname}`, steps });
  const { routes } = await tocsin.api('GET', '/api/v1/routing');
  const { id: parentId } = routes.find((route: { parentId: string | null }) => route.parentId === null);
  const options = { mode: 'page', policy: { kind: 'policy', id: policy.id }, groupWaitSeconds: 0 };
  await tocsin.api('POST', '/api/v1/routing', {
    parentId,
    position: 0,
    name: alertname,
    matchers: `alertname="${alertname}"`,
    options,
  });
}

/** The newest page with this in its title. */
// biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
export async function pageOf(tocsin: Tocsin, title: string): Promise<any> {
  const { items } = await tocsin.api('GET', '/api/v1/pages?state=all');
  return items.find((page: { title: string }) => page.title.includes(title));
}

/** The link to answer by that a message carries. */
export function replyLinkIn(text: string): string {
  const link = /https?:\/\/\S+\/a\/[^\s"\\]+/.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link to answer by in: ${text}`);
  return link;
}

/** Presses "Acknowledge" on the page behind a link, as a browser without script does. Answers the page that follows. */
export async function acknowledgeBy(link: string): Promise<string> {
  const form = await (await fetch(link)).text();
  const once = /name="once" value="([^"]*)"/.exec(form)?.[1] ?? '';
  const answer = await fetch(link, { method: 'POST', body: new URLSearchParams({ once, do: 'ack' }) });
  if (!answer.ok) throw new Error(`POST ${link}: ${answer.status}`);
  return answer.text();
}

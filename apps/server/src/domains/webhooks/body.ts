import type { Agent, Id, StoredEvent } from './model.ts';

/** Names and addresses of today, put in when an event is sent. */
export interface Present {
  /** Null: nobody of this id. */
  readonly nameOf: (id: Id) => string | null;
  readonly pageUrl: (number: number) => string;
}

/** What is sent: the envelope of PagerDuty's webhooks v3, with the API's own words inside. */
export function bodyOf(event: StoredEvent, present: Present): string {
  const data = named(event.data, present) as Record<string, unknown>;
  const page = data['page'] as { readonly number: number } | undefined;
  return JSON.stringify({
    event: {
      id: event.id,
      type: event.type,
      occurred_at: event.at.toString(),
      agent: agentOf(event.agent, present),
      data: page === undefined ? data : { ...data, page: { ...page, url: present.pageUrl(page.number) } },
    },
  });
}

function agentOf(agent: Agent, { nameOf }: Present) {
  return agent.type === 'user' ? { type: agent.type, id: agent.id, name: nameOf(agent.id) } : agent;
}

/** The same data with every reference to a person as id and name. Labels are the sender's own text and stay as they are. */
function named(value: unknown, present: Present): unknown {
  if (Array.isArray(value)) return value.map((one) => named(one, present));
  if (value === null || typeof value !== 'object') return value;
  const { $person: id } = value as { readonly $person?: unknown };
  if (typeof id === 'string') return { id, name: present.nameOf(id) };
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'labels' ? one : named(one, present)]),
  );
}

import type { IntegrationKind } from '#integrations';
import { backups, integrations, people, schedules, services, teams } from './organisation.ts';

/** Calls Tocsin's own API as the owner; answers the parsed body. */
export type CallApi = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  body?: unknown,
) => Promise<Record<string, unknown>>;

/** What seeding left behind. */
export interface Seeded {
  /** Ids of the demo people by their key. */
  readonly people: ReadonlyMap<string, string>;
  /** The key of each integration, by its kind. */
  readonly integrationKeys: Readonly<Partial<Record<IntegrationKind, string>>>;
}

/** What seeding needs besides the API: contact methods of others are verified by them alone, except here. */
export interface SeedDeps {
  readonly api: CallApi;
  readonly ownerId: string;
  readonly now: Temporal.Instant;
  readonly givePhone: (userId: string, name: string) => Promise<void>;
}

const idOf = (answer: Record<string, unknown>, noun?: string) =>
  (noun ? (answer[noun] as Record<string, unknown>) : answer)['id'] as string;

/** Builds the demo organisation through the public API, as a person with a keyboard would. */
export async function seedOrganisation(deps: SeedDeps): Promise<Seeded> {
  const ids = await seedPeople(deps);
  const teamIds = await seedTeams(deps, ids);
  const policies = await seedPolicies(deps, ids, teamIds);
  await seedServices(deps, teamIds);
  await seedRoutes(deps);
  for (const [key, policyId] of policies) {
    const team = await deps.api('GET', `/api/v1/teams/${teamIds.get(key)}`);
    await deps.api('PATCH', `/api/v1/teams/${teamIds.get(key)}`, { version: team['version'], policyId });
  }
  await deps.api('PUT', '/api/v1/escalation/last-resort', { targets: [{ kind: 'user', id: deps.ownerId }] });
  return { people: ids, integrationKeys: await seedIntegrations(deps.api) };
}

/** One integration of each kind, so that any sender can be pointed here to try. */
async function seedIntegrations(api: CallApi): Promise<Seeded['integrationKeys']> {
  const keys: Partial<Record<IntegrationKind, string>> = {};
  for (const { kind, name } of integrations) {
    const made = await api('POST', '/api/v1/integrations', { name, kind });
    keys[kind] = made['key'] as string;
    if (kind === 'heartbeat') await seedHeartbeat(api, idOf(made, 'integration'));
  }
  return keys;
}

/** A heartbeat at the integration's own address, so that a ping has somewhere to go. */
async function seedHeartbeat(api: CallApi, integrationId: string): Promise<void> {
  const times = { intervalSeconds: 86_400, graceSeconds: 3_600 };
  await api('POST', '/api/v1/heartbeats', {
    integrationId,
    name: 'Nightly backup',
    ...times,
    labels: { service: 'payments-db' },
  });
}

async function seedPeople({ api, ownerId, givePhone }: SeedDeps): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const person of people) {
    const draft = {
      name: person.name,
      email: `${person.key}@kestrel.example`,
      role: person.role,
      timeZone: person.zone,
    };
    const id = person.role === 'owner' ? ownerId : idOf(await api('POST', '/api/v1/users', draft));
    ids.set(person.key, id);
    await givePhone(id, person.name);
  }
  return ids;
}

async function seedTeams({ api }: SeedDeps, ids: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const teamIds = new Map<string, string>();
  for (const { key, name, members, lead } of teams) {
    const id = idOf(await api('POST', '/api/v1/teams', { key, name }));
    teamIds.set(key, id);
    for (const member of members)
      await api('PUT', `/api/v1/teams/${id}/members/${ids.get(member)}`, { lead: member === lead });
  }
  return teamIds;
}

/** A schedule and a policy each: who is on call, then the backup, then the whole team. */
async function seedPolicies(
  { api, now }: SeedDeps,
  ids: ReadonlyMap<string, string>,
  teamIds: ReadonlyMap<string, string>,
) {
  const policies = new Map<string, string>();
  for (const { team, name, zone, unit, handoffTime, members } of schedules) {
    // Any Monday in the past serves as the first hand-off.
    const today = now.toZonedDateTimeISO(zone).toPlainDate();
    const anchorDate = today.subtract({ days: today.dayOfWeek - 1 + 28 }).toString();
    const rotation = {
      unit,
      length: 1,
      handoffTime,
      anchorDate,
      members: members.map((member) => ids.get(member)),
      ...(unit === 'weeks' ? { handoffWeekday: 1 } : {}),
    };
    const layers = [{ name: 'Rota', position: 0, startsAt: now.subtract({ hours: 24 * 40 }).toString(), rotation }];
    const schedule = await api('POST', '/api/v1/schedules', { name, teamId: teamIds.get(team), zone, layers });
    const steps = [
      { delaySeconds: 120, targets: [{ kind: 'schedule', id: idOf(schedule, 'schedule') }] },
      { delaySeconds: 180, targets: [{ kind: 'user', id: ids.get(backups[team] as string) }] },
      { delaySeconds: 300, targets: [{ kind: 'team', id: teamIds.get(team) }] },
    ];
    const policy = await api('POST', '/api/v1/policies', {
      name: `${name.split(',')[0]} on call`,
      teamId: teamIds.get(team),
      steps,
      rounds: 2,
    });
    policies.set(team, idOf(policy, 'policy'));
  }
  return policies;
}

async function seedServices({ api }: SeedDeps, teamIds: ReadonlyMap<string, string>): Promise<void> {
  const ids = new Map<string, string>();
  // What others stand on comes first.
  for (const { key, name, team, tier, dependsOn, runbook } of [...services].sort(
    (a, b) => a.dependsOn.length - b.dependsOn.length,
  )) {
    const draft = {
      key,
      name,
      teamId: teamIds.get(team),
      tier,
      dependsOn: dependsOn.map((other) => ids.get(other)),
      runbookUrl: runbook,
    };
    ids.set(key, idOf(await api('POST', '/api/v1/services', draft)));
  }
}

async function seedRoutes({ api }: SeedDeps): Promise<void> {
  const { routes } = (await api('GET', '/api/v1/routing')) as {
    routes: readonly { id: string; parentId: string | null; version: number }[];
  };
  const root = routes.find((route) => route.parentId === null) as { id: string; version: number };
  const owner = { kind: 'service-owner' };
  await api('PATCH', `/api/v1/routing/${root.id}`, {
    version: root.version,
    options: { mode: 'record', policy: owner, groupBy: ['alertname', 'service'] },
  });
  const children = [
    {
      name: 'Owned and bad: page the owner',
      matchers: 'catalog.service!="",severity=~"critical|error|page"',
      options: { mode: 'page', urgency: 'high' },
    },
    {
      name: 'Owned and can wait: page quietly',
      matchers: 'catalog.service!="",severity="warning"',
      options: { mode: 'page', urgency: 'low' },
    },
    { name: 'Owned and only good to know: a ticket', matchers: 'catalog.service!=""', options: { mode: 'ticket' } },
  ];
  for (const child of children) await api('POST', '/api/v1/routing', { parentId: root.id, ...child });
}

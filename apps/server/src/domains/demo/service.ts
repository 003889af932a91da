import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from '#access';
import type { IntegrationKind } from '#integrations';
import { people } from './organisation.ts';
import type { Phone } from './phones.ts';
import type { PhoneBook } from './adapters/phone.ts';
import { type CallApi, seedOrganisation } from './seed.ts';
import { trafficAt } from './traffic.ts';

/** What a newcomer needs to look around; kept in `<data-dir>/demo.json` (0600) so that a second start shows it again. */
export interface DemoKeys {
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
  /** The key of each seeded integration, by its kind. */
  readonly integrationKeys: Readonly<Partial<Record<IntegrationKind, string>>>;
  readonly phonesSecret: string;
}

/** What the demo needs from the app. */
export interface DemoDeps {
  readonly access: Access;
  readonly phones: PhoneBook;
  readonly dataDir: string;
  /** Calls the app's own API with this key. */
  readonly callApi: (apiKey: string) => CallApi;
  /** Gives a person a demo phone that is verified and told at once. */
  readonly givePhone: (userId: string, address: string, now: Temporal.Instant) => Promise<void>;
  /** Posts alerts to the base path of an Alertmanager integration. */
  readonly postAlerts: (path: string, alerts: unknown) => Promise<void>;
}

/** The demo: seeded once, then the same at every start. */
export interface Demo {
  /** Seeds an empty installation; null when it belongs to somebody (set up without the demo). */
  open(now: Temporal.Instant): Promise<DemoKeys | null>;
  /** Sends what the demo's monitoring says at this moment. */
  sendTraffic(now: Temporal.Instant): Promise<void>;
  /** The phones, for who knows the secret; null for anybody else. */
  phonesFor(secret: string): readonly Phone[] | null;
}

/** Builds the demo. */
export function createDemo(deps: DemoDeps): Demo {
  const file = join(deps.dataDir, 'demo.json');
  let keys: DemoKeys | null = null;
  return {
    async open(now) {
      const { open } = await deps.access.setupState();
      if (open) {
        keys = await seed(deps, now);
        writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
        chmodSync(file, 0o600);
      } else if (existsSync(file)) keys = JSON.parse(readFileSync(file, 'utf8')) as DemoKeys;
      return keys;
    },
    async sendTraffic(now) {
      if (keys) await deps.postAlerts(`/am/${keys.integrationKeys.alertmanager}`, trafficAt(now));
    },
    phonesFor(secret) {
      if (!keys || secret !== keys.phonesSecret) return null;
      return people.map(({ name, zone }) => ({ name, zone, messages: deps.phones.messagesOf(name) }));
    },
  };
}

async function seed(deps: DemoDeps, now: Temporal.Instant): Promise<DemoKeys> {
  const owner = people.find((person) => person.role === 'owner') as (typeof people)[number];
  const email = `${owner.key}@kestrel.example`;
  const password = randomBytes(12).toString('base64url');
  const setUp = { name: owner.name, email, password, timeZone: owner.zone };
  const { user } = await deps.access.setUp(setUp, { address: '127.0.0.1', userAgent: 'demo', now });
  const actor = {
    kind: 'user',
    userId: user.id,
    name: user.name,
    role: 'owner',
    teamIds: [],
    via: 'session',
    scopes: null,
  } as const;
  const { text: apiKey } = await deps.access.keys.create({ name: 'Demo', scopes: [] }, { actor, now });
  const seeded = await seedOrganisation({
    api: deps.callApi(apiKey),
    ownerId: user.id,
    now,
    givePhone: (userId, address) => deps.givePhone(userId, address, now),
  });
  return {
    email,
    password,
    apiKey,
    integrationKeys: seeded.integrationKeys,
    phonesSecret: randomBytes(16).toString('base64url'),
  };
}

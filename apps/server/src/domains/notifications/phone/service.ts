import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import type { Egress } from '#platform/egress';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import type { Sealing } from '#platform/http/context';
import type { Channel } from '../adapters/channel.ts';
import { createHttpProvider } from '../adapters/http-sms.ts';
import type { PhoneLines, PhoneProvider } from '../adapters/phone-provider.ts';
import { createSmsChannel } from '../adapters/sms.ts';
import { createTwilioProvider } from '../adapters/twilio.ts';
import { createVoiceChannel } from '../adapters/voice.ts';
import type { ContactMethod, Instant } from '../model.ts';
import type { NotificationPorts } from '../ports.ts';
import { readNumber } from './countries.ts';
import { aboutProvider, type PhoneDraft, type PhoneSettings, phoneFaults, type StoredProvider } from './model.ts';
import { readTests } from './search.ts';
import { lockGuard, readPhoneSettings, savePhoneSettings } from './store.ts';
import { judgeMessage, type NumberRefusal } from './toll-guard.ts';

/** What the phone needs from outside. */
export interface PhoneDeps {
  readonly db: Databases;
  readonly config: ConfigCache;
  readonly sealing: Sealing;
  readonly egress: Egress;
  readonly ports: Pick<NotificationPorts, 'audit'>;
  /** Where providers reach us; null when only the listening address is known. */
  readonly publicUrl: () => string | null;
}

/** Texts and calls: the channels, who carries them, and the guard against toll fraud. */
export interface Phone {
  /** `sms` and `voice`; each is ready while a provider carries it. */
  readonly channels: readonly Channel[];
  settings(): PhoneSettings;
  /** Throws PHONE_PROVIDERS_INVALID with every fault, VERSION_CONFLICT when somebody was faster. */
  save(draft: PhoneDraft, change: { readonly by: string; readonly now: Instant }): Promise<PhoneSettings>;
  /** Throws when no code or test may go to this address. Pages are never asked about. */
  guard(trx: Trx, method: Pick<ContactMethod, 'channel' | 'address'>, now: Instant): Promise<void>;
  /** The token that a provider of this id signs with; null when there is none such. */
  signingToken(provider: string): string | null;
}

const WHY: Readonly<Record<NumberRefusal, string>> = {
  'not-a-number': 'it is not a whole number with its country',
  'unknown-prefix': 'no country has such numbers',
  premium: 'it is in a range that costs extra',
  'not-allowed': 'its country is not among those allowed here',
};
const QUOTA = {
  number: 'too many to this number in a day',
  prefix: 'too many to this country in an hour',
  total: 'too many in an hour',
} as const;

/** Builds the service and registers its setting with the cache. */
export function createPhone(deps: PhoneDeps): Phone {
  const part = deps.config.register<PhoneSettings>('phone', readPhoneSettings);
  const lines = linesOf(deps, part);
  const channelOptions = { lines, readAddress: readNumber };
  return {
    channels: [createSmsChannel(channelOptions), createVoiceChannel(channelOptions)],
    settings: () => part.current(),
    save: (draft, change) => save(deps, part, { draft, ...change }),
    async guard(trx, { channel, address }, now) {
      if (channel !== 'sms' && channel !== 'voice') return;
      await lockGuard(trx);
      const verdict = judgeMessage(address, { limits: part.current().guard, past: await readTests(trx, now), now });
      if (verdict.kind === 'refused') throw new AppError('PHONE_NUMBER_REFUSED', { why: WHY[verdict.why] });
      if (verdict.kind === 'later')
        throw new AppError('PHONE_QUOTA_REACHED', { quota: QUOTA[verdict.quota], at: verdict.at.toString() });
    },
    signingToken(id) {
      const provider = part.current().providers.find((one) => one.id === id);
      return provider?.kind === 'twilio' ? open(deps, provider) : null;
    },
  };
}

function open({ sealing }: Pick<PhoneDeps, 'sealing'>, { sealed, id }: StoredProvider): string {
  return sealing.open(Buffer.from(sealed, 'base64'), aboutProvider(id));
}

/** The providers of the setting in force, built once for each. */
function linesOf(deps: PhoneDeps, part: ConfigPart<PhoneSettings>): () => PhoneLines {
  let built: { readonly from: PhoneSettings; readonly lines: PhoneLines } | null = null;
  return () => {
    const from = part.current();
    if (built?.from !== from)
      built = { from, lines: { countries: from.countries, providers: from.providers.map((one) => build(deps, one)) } };
    return built.lines;
  };
}

function build(deps: PhoneDeps, provider: StoredProvider): PhoneProvider {
  const secret = open(deps, provider);
  return provider.kind === 'twilio'
    ? createTwilioProvider({ ...provider, authToken: secret }, deps)
    : createHttpProvider({ ...provider, headers: JSON.parse(secret) as Record<string, string> }, deps);
}

async function save(
  deps: PhoneDeps,
  part: ConfigPart<PhoneSettings>,
  { draft, by, now }: { readonly draft: PhoneDraft; readonly by: string; readonly now: Instant },
): Promise<PhoneSettings> {
  const stored = part.current();
  if (draft.version !== stored.version) throw new AppError('VERSION_CONFLICT');
  const faults = phoneFaults(draft, stored);
  if (faults.length > 0) throw new AppError('PHONE_PROVIDERS_INVALID', { faults });
  const settings: PhoneSettings = {
    ...draft,
    providers: draft.providers.map((provider) => sealProvider(deps, provider, stored)),
    version: stored.version + 1,
  };
  const version = await inTransaction(deps.db.paging, async (trx) => {
    if (!(await savePhoneSettings(trx, settings, now))) throw new AppError('VERSION_CONFLICT');
    const payload = { ...settings, providers: settings.providers.map(withoutSecret) };
    await deps.ports.audit(trx, { by, kind: 'phone-providers.changed', subject: null, payload, now });
    await writeHints(trx, [{ kind: 'config', ref: null, version: 0 }], now);
    return raiseConfigVersion(trx);
  });
  await deps.config.ensure(version);
  return settings;
}

function withoutSecret(provider: StoredProvider): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(provider).filter(([name]) => name !== 'sealed'));
}

function sealProvider(
  { sealing }: PhoneDeps,
  draft: PhoneDraft['providers'][number],
  stored: PhoneSettings,
): StoredProvider {
  const before = stored.providers.find((one) => one.id === draft.id && one.kind === draft.kind);
  const seal = (text: string) => sealing.seal(text, aboutProvider(draft.id)).toString('base64');
  if (draft.kind === 'twilio') {
    const { authToken, ...shown } = draft;
    const sealed = authToken === undefined ? (before?.sealed ?? '') : seal(authToken);
    return { ...shown, apiUrl: shown.apiUrl.replace(/\/+$/, ''), sealed };
  }
  const { headers, ...shown } = draft;
  const kept = before?.kind === 'http' && headers === undefined ? before : null;
  return {
    ...shown,
    headerNames: kept?.headerNames ?? Object.keys(headers ?? {}),
    sealed: kept?.sealed ?? seal(JSON.stringify(headers ?? {})),
  };
}

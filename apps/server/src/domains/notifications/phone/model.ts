import type { PhoneChannel } from '../adapters/phone-provider.ts';
import type { CountryOrder } from './provider-order.ts';
import type { GuardLimits } from './toll-guard.ts';

/** A provider as stored; `sealed` holds its secret, base64 of what platform/secrets sealed. */
export type StoredProvider =
  | {
      readonly id: string;
      readonly kind: 'twilio';
      readonly accountSid: string;
      readonly smsFrom: string | null;
      readonly voiceFrom: string | null;
      readonly machineDetection: boolean;
      readonly apiUrl: string;
      /** The auth token. */
      readonly sealed: string;
    }
  | {
      readonly id: string;
      readonly kind: 'http';
      readonly carries: readonly PhoneChannel[];
      readonly url: string;
      readonly body: Readonly<Record<string, unknown>>;
      readonly success: readonly number[];
      readonly idPointer: string | null;
      readonly headerNames: readonly string[];
      /** The headers, as JSON. */
      readonly sealed: string;
    };

/** Who carries texts and calls, in order; one setting of the organisation. */
export interface PhoneSettings {
  readonly providers: readonly StoredProvider[];
  readonly countries: readonly CountryOrder[];
  readonly guard: GuardLimits;
  readonly version: number;
}

/** What a sealed secret of a provider is about, so that none can be put in another's place. */
export const aboutProvider = (id: string) => `settings/phone/${id}`;

type ProviderDraft =
  | (Omit<Extract<StoredProvider, { kind: 'twilio' }>, 'sealed'> & { readonly authToken?: string | undefined })
  | (Omit<Extract<StoredProvider, { kind: 'http' }>, 'sealed' | 'headerNames'> & {
      readonly headers?: Readonly<Record<string, string>> | undefined;
    });

/** A whole setting as an owner sends it; a secret that is left out stays as it is. */
export interface PhoneDraft extends Omit<PhoneSettings, 'providers'> {
  readonly providers: readonly ProviderDraft[];
}

/** One thing wrong with a draft, and where. */
export interface PhoneFault {
  readonly path: string;
  readonly message: string;
}

/** The bytes that a body may have before it is filled. */
const MOST_BODY = 8_192;

/** Everything that is wrong with a draft. */
export function phoneFaults(draft: PhoneDraft, stored: PhoneSettings): readonly PhoneFault[] {
  const ids = draft.providers.map((provider) => provider.id);
  const twice = draft.providers.flatMap((provider, i) =>
    ids.indexOf(provider.id) < i ? [{ path: `providers.${i}.id`, message: `${provider.id} is named twice` }] : [],
  );
  const unknown = draft.countries.flatMap(({ providers }, i) =>
    providers
      .filter((id) => !ids.includes(id))
      .map((id) => ({ path: `countries.${i}.providers`, message: `there is no provider ${id}` })),
  );
  return [
    ...twice,
    ...draft.providers.flatMap((provider, i) => providerFaults(provider, `providers.${i}`, stored)),
    ...unknown,
  ];
}

function providerFaults(provider: ProviderDraft, path: string, { providers }: PhoneSettings): readonly PhoneFault[] {
  const before = providers.find((one) => one.id === provider.id && one.kind === provider.kind);
  if (provider.kind === 'twilio') {
    return [
      ...(provider.smsFrom === null && provider.voiceFrom === null
        ? [{ path: `${path}.smsFrom`, message: 'neither texts nor calls have a sender' }]
        : []),
      ...(provider.authToken === undefined && !before ? [{ path: `${path}.authToken`, message: 'is needed' }] : []),
    ];
  }
  const body = JSON.stringify(provider.body);
  return [
    ...(['to', 'text'] as const).flatMap((name) =>
      body.includes(`{{${name}}}`) ? [] : [{ path: `${path}.body`, message: `has no place for {{${name}}}` }],
    ),
    ...(body.length > MOST_BODY ? [{ path: `${path}.body`, message: `is larger than ${MOST_BODY} bytes` }] : []),
  ];
}

import { z } from 'zod';

const providerId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
  .describe('A short name of your own, in lower case; it is part of the addresses that the provider calls back.');
const prefix = z
  .string()
  .regex(/^\+[1-9]\d{0,7}$/)
  .describe('How numbers begin, e.g. `+49`.');
const number = z.string().regex(/^\+[1-9]\d{6,14}$/);
const carried = z.enum(['sms', 'voice']);
const placeholders = '`{{to}}`, `{{text}}` and `{{key}}` stand for the number, the words, and the key of this message.';

const twilio = {
  id: providerId,
  kind: z.literal('twilio'),
  accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/),
  smsFrom: z
    .string()
    .regex(/^(?:\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}|\d{3,8}|[A-Za-z0-9 ]{1,11})$/)
    .nullable()
    .default(null)
    .describe('What texts come from: a number, a short code, a sender name, or a messaging service (`MG…`).'),
  voiceFrom: number.nullable().default(null).describe('The number that calls come from.'),
  machineDetection: z.boolean().default(true).describe('A call that a machine answers has reached nobody.'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .max(200)
    .default('https://api.twilio.com'),
};

const http = {
  id: providerId,
  kind: z.literal('http'),
  carries: z.array(carried).min(1).max(2),
  url: z.url({ protocol: /^https?$/ }).max(2048),
  body: z.record(z.string(), z.unknown()).describe(`What is posted, as JSON. In its texts ${placeholders}`),
  success: z
    .array(z.int().min(200).max(299))
    .max(20)
    .default([])
    .describe('Statuses that mean yes; none named: any from 200 to 299.'),
  idPointer: z
    .string()
    .regex(/^(?:\/[^/]{0,80}){1,10}$/)
    .nullable()
    .default(null)
    .describe(
      'Where the provider’s own id stands in its answer, as a JSON pointer. With it an answer without one is no yes.',
    ),
};

const headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,80}$/), z.string().max(2000))
  .refine((all) => Object.keys(all).length <= 20, 'has more than 20 headers');

/** A provider as it is read: what is secret is named, never shown. */
const phoneProvider = z.discriminatedUnion('kind', [
  z.strictObject({ ...twilio, hasAuthToken: z.boolean(), callbacks: z.strictObject({ sms: z.string() }) }),
  z.strictObject({ ...http, headerNames: z.array(z.string()) }),
]);

/** A provider as it is written. A secret that is left out stays as it is stored for the provider of that id. */
const phoneProviderDraft = z.discriminatedUnion('kind', [
  z.strictObject({ ...twilio, authToken: z.string().min(1).max(200).optional() }),
  z.strictObject({ ...http, headers: headers.optional().describe(`Sent along; ${placeholders}`) }),
]);

const countries = z
  .array(z.strictObject({ prefix, providers: z.array(providerId).min(1).max(10) }))
  .max(250)
  .describe('Providers that are asked first for numbers of a prefix; the longest that fits counts.');

/** Limits on codes and tests, which anybody with an account can ask for. A page is never held back. */
export const phoneGuard = z.strictObject({
  allow: z
    .array(prefix)
    .max(250)
    .default([])
    .describe('Where numbers may be; none named: anywhere but premium ranges.'),
  perNumberPerDay: z.int().min(1).max(1000).default(8),
  perPrefixPerHour: z.int().min(1).max(10_000).default(30),
  totalPerHour: z.int().min(1).max(100_000).default(100),
  pagesAlarmPerHour: z
    .int()
    .min(1)
    .max(100_000)
    .default(200)
    .describe('More pages than this to one prefix raise an alarm.'),
});

const guardOfNobody = phoneGuard.parse({});

/** Who carries texts and calls, in the order in which they are tried. */
export const phoneProviders = z.strictObject({
  providers: z.array(phoneProvider),
  countries,
  guard: phoneGuard,
  version: z.int(),
});

/** The whole setting, replacing the one of that version. */
export const phoneProvidersUpdate = z.strictObject({
  providers: z.array(phoneProviderDraft).max(10),
  countries: countries.default([]),
  guard: phoneGuard.default(guardOfNobody),
  version: z.int(),
});

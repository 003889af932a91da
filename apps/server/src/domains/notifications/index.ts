export type {
  Address,
  Channel,
  ChannelFailure,
  ChannelNeed,
  RenderedMessage,
  SendContext,
  SendResult,
} from './adapters/channel.ts';
export { createEmailChannel, type EmailSettings } from './adapters/email.ts';
export { createWebhookChannel } from './adapters/webhook.ts';
export type { AlertFact, KindFact, PageFacts, PageSummary, RunFacts } from './messages/facts.ts';
export type { Reach, StoredReason } from './model.ts';

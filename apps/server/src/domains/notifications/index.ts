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
export { createNoteChannels } from './adapters/note-channels.ts';
export { readRetryAfter } from './adapters/http-call.ts';
export { createWebhookChannel, sign } from './adapters/webhook.ts';
export type { AlertFact, KindFact, PageFacts, PageSummary, RunFacts } from './messages/facts.ts';
export type { Reach, StoredReason } from './model.ts';
export type {
  AuditEntry,
  EscalationPort,
  FailedCall,
  NotificationPorts,
  PeoplePort,
  PersonFacts,
  Wish,
} from './ports.ts';
export { resealContacts } from './contacts/store.ts';
export { resealPhone } from './phone/store.ts';
export { type PhoneDoorDeps, phoneDoors, phoneRoutes } from './phone/routes.ts';
export { notificationRoutes, replyDoors } from './routes.ts';
export type { StoredRunFacts } from './search.ts';
export {
  type AlarmRequest,
  createNotifications,
  type NotificationDeps,
  type Notifications,
  type PageRequest,
  type UpdateRequest,
} from './service.ts';

export type { WebhookPorts } from './ports.ts';
export { webhookRoutes } from './routes.ts';
export { resealSubscriptions } from './subscriptions/store.ts';
export { createWebhooks, type Webhooks, type WebhooksDeps } from './service.ts';

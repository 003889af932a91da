export { addressOf } from './addresses.ts';
export type { Integration, IntegrationKind } from './model.ts';
export type { PageActs, VendorAct } from './ports.ts';
export { alertmanagerDoors } from './adapters/alertmanager-doors.ts';
export { alertmanagerReads, type AlertmanagerReadsDeps } from './adapters/alertmanager-reads.ts';
export { integrationRoutes, type IntegrationRoutesDeps } from './routes.ts';
export { createIntegrations, type Integrations, type IntegrationsDeps } from './service.ts';
export type { IntegrationRow } from './store.ts';

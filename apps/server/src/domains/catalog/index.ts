export type { Catalogue, Service, ServiceDraft } from './model.ts';
export { catalogRoutes } from './routes.ts';
export { type Catalog, createCatalog } from './service.ts';

export type { ChangeKind, ChangeLink, ToldChange } from './model.ts';
export { changeRoutes } from './routes.ts';
export { type Changes, createChanges } from './service.ts';
export { sweepChanges } from './store.ts';

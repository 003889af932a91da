export { sealJob } from './jobs.ts';
export type { AuditEntry, EraseOutcome, Place, SealedLog, SealHead, SealOutcome } from './model.ts';
export { auditRoutes } from './routes.ts';
export { type Audit, createAudit } from './service.ts';
export type { SealFault, SealReport } from './verify-model.ts';

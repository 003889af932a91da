export type { Emergency, Spoken, Utterance } from './adapters/emergency.ts';
export type { CallOutward, OutwardCall, OutwardResult } from './adapters/outward-call.ts';
export type { LedgerJobs } from './jobs.ts';
export type { EngineHealth, Health } from './health.ts';
export type { Violation } from './invariants.ts';
export { createLedger, type Ledger, type LedgerDeps } from './service.ts';
export type { EmergencyMail, LedgerConfig, LedgerLog, LedgerPorts, SealsPort, ShippedSeal } from './ports.ts';
export type { InvariantResult, Verify, VerifyOptions, VerifyReport } from './verifier.ts';
export type { Stall } from './stalled.ts';

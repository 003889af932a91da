export { type ErrorCode, type ErrorEntry, errorRegistry } from './errors.ts';
export { type Door, type Permission, permissions } from './permissions.ts';
export * from './escalation.ts';

export { type ErrorCode, type ErrorEntry, errorRegistry } from './errors.ts';
export { type Door, type Permission, permissions } from './permissions.ts';
export * from './audit.ts';
export * from './catalog.ts';
export * from './escalation.ts';
export * from './oncall.ts';
export { MOST_PER_PAGE, pageOf, pagingFields } from './paging.ts';
export { fault, id, instant, problem } from './problem.ts';
export * from './access.ts';

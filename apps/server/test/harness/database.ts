import { inject } from 'vitest';
import { cloneTemplate, type TestDatabase } from './clone.ts';

export type { TestDatabase } from './clone.ts';

/** A migrated database that belongs to one test file. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneTemplate(inject('testServer'));
}

import { isDeepStrictEqual } from 'node:util';
import { faultsOf } from './input.ts';
import type { Answer, Route } from './route.ts';

/** Throws when an answer is not what its route declares: in tests, so that nothing undeclared ever leaves. */
export function checkAnswer(route: Route, answer: Answer): void {
  const where = `${route.method} ${route.url} answered ${answer.status}`;
  const schema = route.answers[answer.status];
  if (schema === undefined) throw new Error(`${where}, which it does not declare`);
  if (schema === null) return;
  const body: unknown = JSON.parse(JSON.stringify(answer.body ?? null));
  const result = schema.safeParse(body);
  if (!result.success)
    throw new Error(`${where} with a body that it does not declare: ${JSON.stringify(faultsOf(result.error))}`);
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(result.data)), body))
    throw new Error(`${where} with fields that it does not declare`);
}

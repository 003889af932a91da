import { createHash } from 'node:crypto';
import { firstRefusal, type LabelView } from '#routing';
import type { CompiledInhibitRule } from '../model.ts';
import type { SourceKey, SourceRow } from './model.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** The rules of which an alert is a source, as they are stored with it. */
export function sourceRowsOf(
  rules: readonly CompiledInhibitRule[],
  alertId: string,
  view: LabelView,
): readonly SourceRow[] {
  return rules.flatMap(({ rule, source, target, keyOf }) =>
    firstRefusal(source, view) === null
      ? [{ rule: rule.id, key: hashOf(keyOf(view)), alertId, twoSided: firstRefusal(target, view) === null }]
      : [],
  );
}

/** Whether an alert is a source of one of these rules. */
export function isSourceOf(rules: readonly CompiledInhibitRule[], view: LabelView): boolean {
  return rules.some(({ source }) => firstRefusal(source, view) === null);
}

/** The keys whose sources may mute an alert. */
export function targetKeysOf(rules: readonly CompiledInhibitRule[], view: LabelView): readonly SourceKey[] {
  return rules.flatMap(({ rule, target, keyOf }) =>
    firstRefusal(target, view) === null ? [{ rule: rule.id, key: hashOf(keyOf(view)) }] : [],
  );
}

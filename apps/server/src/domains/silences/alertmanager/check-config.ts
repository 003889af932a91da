import type { ConfigReceiver, ConfigRoute } from './model.ts';
import { fault, type Reading } from './yaml-text.ts';

/** Names every breach of the rules that concern the tree as a whole: the root's own, and names that are not there. */
export function checkConfig(
  reading: Reading,
  root: ConfigRoute,
  known: { readonly receivers: readonly ConfigReceiver[]; readonly intervalNames: ReadonlySet<string> },
): void {
  const atRoot = (message: string) => fault(reading, root.place, 'route', message);
  if (root.receiver === null) atRoot('the root route needs a receiver');
  if (root.matchers.length > 0) atRoot('the root route takes every alert: it may not have matchers');
  if (root.continue) atRoot('the root route may not continue');
  if (root.muteTimeIntervals.length > 0) atRoot('the root route may not have mute time intervals');
  if (root.activeTimeIntervals.length > 0) atRoot('the root route may not have active time intervals');
  const receivers = new Set(known.receivers.map(({ name }) => name));
  const visit = (route: ConfigRoute, path: string) => {
    if (route.receiver !== null && !receivers.has(route.receiver)) {
      fault(reading, route.place, `${path}.receiver`, `there is no receiver ${route.receiver}`);
    }
    for (const name of [...route.activeTimeIntervals, ...route.muteTimeIntervals]) {
      if (!known.intervalNames.has(name)) fault(reading, route.place, path, `there is no time interval ${name}`);
    }
    route.routes.forEach((child, index) => visit(child, `${path}.routes.${index}`));
  };
  visit(root, 'route');
}

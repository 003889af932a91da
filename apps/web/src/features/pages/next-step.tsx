import { useNow } from '#ui/clock.ts';
import { Icon } from '#ui/icon.tsx';
import { countdown, isSoon } from '#ui/time.ts';
import type { NextView } from './row-view.ts';

/** Countdown first, name after, so that times line up: `03:41 Bo Tanaka`. Red only in the last minute. */
export function NextStep({ next }: { readonly next: NextView }) {
  const now = useNow();
  const tone = next.held ? ' held' : isSoon(next.at, now) ? ' soon' : '';
  return (
    <span className={`cd${tone}`}>
      <Icon name={next.icon} />
      <b role="timer">{countdown(next.at, now)}</b>
      <span className="ell">{next.to}</span>
    </span>
  );
}

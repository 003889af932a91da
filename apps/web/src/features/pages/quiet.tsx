import { useNow } from '#ui/clock.ts';
import { Icon } from '#ui/icon.tsx';
import { age } from '#ui/time.ts';
import type { Show } from './row-view.ts';

/** Nothing is open: say so, and nothing else. */
export function Quiet({ show, lastResolvedAt }: { readonly show: Show; readonly lastResolvedAt: string | null }) {
  const now = useNow();
  const title =
    show === 'mine' ? 'Nothing is yours' : lastResolvedAt ? `Quiet for ${age(lastResolvedAt, now)}` : 'Quiet';
  return (
    <div className="quiet-page">
      <span className="ring">
        <Icon name="check" />
      </span>
      <h2>{title}</h2>
      <p>{show === 'mine' ? 'No page called you, and you hold none.' : 'Nothing is firing that calls anybody.'}</p>
    </div>
  );
}

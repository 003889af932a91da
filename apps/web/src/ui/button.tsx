import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

/** A button that does something on the server: while it waits it looks like neither before nor done. */
export function ActionButton({
  icon,
  children,
  primary,
  pending,
  disabled,
  onPress,
}: {
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly primary?: boolean;
  readonly pending?: boolean;
  readonly disabled?: boolean;
  readonly onPress?: () => void;
}) {
  return (
    <button
      className={`btn${primary ? ' primary' : ''}${pending ? ' pending' : ''}`}
      type={onPress ? 'button' : 'submit'}
      disabled={disabled || pending}
      aria-busy={pending}
      onClick={onPress}
    >
      {pending ? <span className="spin" /> : icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

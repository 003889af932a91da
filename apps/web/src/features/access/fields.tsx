import { useId } from 'react';
import { Icon } from '#ui/icon.tsx';

/** A field with its label, its help and what is wrong with it, all told together to a screen reader. */
export function Field({
  label,
  name,
  type = 'text',
  autoComplete,
  help,
  fault,
  defaultValue,
  autoFocus,
}: {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly autoComplete: string;
  readonly help?: string;
  readonly fault?: string | undefined;
  readonly defaultValue?: string;
  readonly autoFocus?: boolean;
}) {
  const id = useId();
  const described = [help ? `${id}-help` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        className="input"
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        required
        autoFocus={autoFocus}
        defaultValue={defaultValue}
        aria-invalid={fault ? true : undefined}
        aria-describedby={described || undefined}
      />
      {help ? (
        <span className="help" id={`${id}-help`}>
          {help}
        </span>
      ) : null}
      {fault ? (
        <span className="err" id={`${id}-fault`}>
          <Icon name="warn" />
          {fault}
        </span>
      ) : null}
    </div>
  );
}

/** The value of a text field of a form. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, api } from '#api/client.ts';
import { ActionButton } from '#ui/button.tsx';
import { ProblemNote } from '#ui/problem-note.tsx';
import { localZone } from '#ui/times.tsx';
import { Door } from './door.tsx';
import { Field, textOf } from './fields.tsx';

/** First run: the first person becomes the owner, and the set-up closes for ever. */
export function SetupPage({ tokenNeeded }: { readonly tokenNeeded: boolean }) {
  const queries = useQueryClient();
  const setUp = useMutation({
    mutationFn: (form: FormData) =>
      api.access.setUp({
        name: textOf(form, 'name').trim(),
        email: textOf(form, 'email').trim(),
        password: textOf(form, 'password'),
        timeZone: localZone.zone,
        ...(tokenNeeded ? { token: textOf(form, 'token').trim() } : {}),
      }),
    onSuccess: () => queries.resetQueries(),
  });
  const faults = setUp.error instanceof ApiProblem ? setUp.error.facts.faults : [];
  const faultOf = (name: string) => faults.find(({ path }) => path === name)?.message;
  return (
    <Door title="Set up Tocsin" lead="You become the owner. This page closes once you have.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setUp.mutate(new FormData(event.currentTarget));
        }}
      >
        {setUp.isError ? <ProblemNote error={setUp.error} /> : null}
        <Field label="Your name" name="name" autoComplete="name" fault={faultOf('name')} autoFocus />
        <Field label="E-mail address" name="email" type="email" autoComplete="username" fault={faultOf('email')} />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          help="At least 12 characters."
          fault={faultOf('password')}
        />
        {tokenNeeded ? (
          <Field
            label="Set-up token"
            name="token"
            autoComplete="off"
            help="Printed by the server when it started."
            fault={faultOf('token')}
          />
        ) : null}
        <p className="help">Your times are shown in {localZone.zone.replaceAll('_', ' ')}.</p>
        <ActionButton primary pending={setUp.isPending}>
          {setUp.isPending ? 'Setting up' : 'Become the owner'}
        </ActionButton>
      </form>
    </Door>
  );
}

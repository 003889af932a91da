import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '#api/client.ts';
import { ActionButton } from '#ui/button.tsx';
import { ProblemNote } from '#ui/problem-note.tsx';
import { Door } from './door.tsx';
import { Field, textOf } from './fields.tsx';

/** Signing in with address and password. It stands in the place of the page that was asked for, which then appears. */
export function SignInPage() {
  const queries = useQueryClient();
  const signIn = useMutation({
    mutationFn: (form: FormData) =>
      api.access.signIn({ email: textOf(form, 'email').trim(), password: textOf(form, 'password') }),
    onSuccess: () => queries.resetQueries(),
  });
  return (
    <Door title="Sign in" lead="To see your pages and take them.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(new FormData(event.currentTarget));
        }}
      >
        {signIn.isError ? <ProblemNote error={signIn.error} /> : null}
        <Field label="E-mail address" name="email" type="email" autoComplete="username" autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
        <ActionButton primary pending={signIn.isPending}>
          {signIn.isPending ? 'Signing in' : 'Sign in'}
        </ActionButton>
      </form>
    </Door>
  );
}

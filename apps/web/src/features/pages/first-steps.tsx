import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '#api/client.ts';
import { keysOf } from '#api/query-keys.ts';
import { useMe } from '#api/session.ts';
import { ActionButton } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code-block.tsx';
import { ProblemNote } from '#ui/problem-note.tsx';
import { prometheusConfig, testCommand } from './connect-view.ts';

/** No page was ever opened: teaches the one next step, to connect Prometheus. */
export function FirstSteps() {
  const me = useMe();
  const mayConnect = me.data?.permissions.includes('integrations:write') ?? false;
  const integrations = useQuery({
    queryKey: keysOf.integrations,
    queryFn: ({ signal }) => api.operations.integrations({ signal }),
    enabled: me.data?.permissions.includes('integrations:read') ?? false,
  });
  const connect = useMutation({
    mutationFn: () => api.operations.createIntegration({ name: 'Prometheus', kind: 'alertmanager' }),
  });
  const known = integrations.data?.integrations ?? [];
  return (
    <div className="wrap first-steps">
      <header>
        <h2>No page yet</h2>
        <p>Send Tocsin your alerts. Prometheus needs one change: the address it sends to.</p>
      </header>
      {connect.data ? <Connected baseUrl={connect.data.baseUrl} /> : null}
      {connect.isError ? <ProblemNote error={connect.error} /> : null}
      {connect.data || !mayConnect ? null : (
        <p>
          <ActionButton primary icon="plug" pending={connect.isPending} onPress={() => connect.mutate()}>
            {connect.isPending ? 'Making an address' : 'Make an address for Prometheus'}
          </ActionButton>
        </p>
      )}
      {mayConnect || !me.data ? null : <p>Ask an admin of your organisation to connect Prometheus.</p>}
      {known.length > 0 && !connect.data ? (
        <p className="muted">
          Connected already: {known.map(({ name }) => name).join(', ')}. An address is shown only when it is made.
        </p>
      ) : null}
    </div>
  );
}

function Connected({ baseUrl }: { readonly baseUrl: string }) {
  return (
    <>
      <CodeBlock title="The address" text={baseUrl} help="Its key is shown this once. Keep it like a password." />
      <CodeBlock title="In prometheus.yml" text={prometheusConfig(baseUrl)} />
      <CodeBlock title="Or try it now" text={testCommand(baseUrl)} help="The alert appears here within a second." />
    </>
  );
}

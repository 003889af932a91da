import { START } from './testkit.ts';

/** SQL that stores a page which travelled as it should, for database tests that then break it on purpose. */
const hex = START.epochMilliseconds.toString(16).padStart(12, '0');

/** An id made at START; `kind` and `n` keep them apart. */
export function idOf(kind: keyof typeof KINDS, n = 1): string {
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${KINDS[kind]}00-8000-${n.toString(16).padStart(12, '0')}`;
}

const KINDS = { integration: 1, alert: 2, group: 3, run: 4, notification: 5, user: 6, payload: 7, method: 8 } as const;

const at = (seconds: number) => `'${START.add({ milliseconds: Math.round(seconds * 1000) }).toString()}'::timestamptz`;
const snapshot = (user: string) =>
  JSON.stringify({
    policyId: null,
    policyName: 'Payments',
    policyVersion: 1,
    steps: [{ delaySeconds: 300, targets: [{ kind: 'user', id: user }] }],
    rounds: 2,
    repeatIntervalSeconds: 1800,
    ackTimeoutSeconds: 1800,
    lastResort: [{ kind: 'user', id: user }],
  });

/** Ann, her address and the integration. */
export function peopleSql(): string {
  const ann = idOf('user');
  return `
    INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES ('${ann}', 'ann@example.org', 'Ann', 'responder', ${at(0)}, ${at(0)});
    INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
      VALUES ('${idOf('method')}', '${ann}', 'email', 'work', 'ann@example.org', ${at(0)}, ${at(0)}, ${at(0)});
    INSERT INTO integrations (id, name, kind, key_hash, key_prefix, created_at, updated_at)
      VALUES ('${idOf('integration')}', 'Prometheus', 'alertmanager', '\\x01', 'abc', ${at(0)}, ${at(0)});`;
}

/** Page `n`: one firing alert, a run that called Ann at once, a mail that was sent, the next step due at 300 s. */
export function pageSql(n = 1): string {
  const [alert, group, run, notification] = [
    idOf('alert', n),
    idOf('group', n),
    idOf('run', n),
    idOf('notification', n),
  ];
  const [ann, integration, payload] = [idOf('user'), idOf('integration'), idOf('payload', n)];
  const routeId = '00000000-0000-7000-8000-000000000001';
  const routing = JSON.stringify([
    { routeId, path: [routeId], mode: 'page', groupId: group, reason: { kind: 'fell-through' } },
  ]);
  const opened = JSON.stringify({ startsAtMs: START.epochMilliseconds, severity: 1, payloadId: payload });
  const call = JSON.stringify({ call: { kind: 'policy-step', round: 0, step: 0 }, queued: { kind: 'no-rule' } });
  const called = JSON.stringify({
    runId: run,
    round: 0,
    step: 0,
    users: [{ userId: ann, via: { kind: 'user', id: ann } }],
    endpoints: [],
    reason: { kind: 'policy-step', round: 0, step: 0 },
  });
  const message = JSON.stringify({ format: 'mail', subject: 'SEV1', text: 'Checkout errors' });
  return `
    INSERT INTO event_payloads (id, integration_id, at, body) VALUES ('${payload}', '${integration}', ${at(-0.009)}, '\\x00');
    INSERT INTO alerts (id, integration_id, identity, status, current, kind, title, severity, labels, annotations, starts_at, ends_at,
        ends_at_is_timeout, opened_at, last_seen_at, group_ids, routing, wake_at)
      VALUES ('${alert}', '${integration}', decode('${n.toString(16).padStart(4, '0')}', 'hex'), 'firing', true, 'checkout', 'Checkout errors', 1,
        '{"service":"checkout"}', '{}', ${at(0)}, ${at(300)}, true, ${at(0)}, ${at(0)}, '{${group}}', '${routing}', ${at(345)});
    INSERT INTO alert_events (at, subject, kind, payload) VALUES (${at(0)}, '${alert}', 'opened', '${opened}');
    INSERT INTO alert_groups (id, route_id, group_hash, labels, options, reason, title, severity, integration_id, firing_count, total_count,
        opened_at, last_joined_at, last_event_at, decided_at, run_at, config_version)
      VALUES ('${group}', '${routeId}', decode('${n.toString(16).padStart(4, '0')}', 'hex'), '{"service":"checkout"}',
        '{"mode":"page","urgency":"high"}', '{"kind":"fell-through"}', 'Checkout errors', 1, '${integration}', 1, 1,
        ${at(0)}, ${at(0)}, ${at(0)}, ${at(0)}, ${at(300)}, 1);
    INSERT INTO alert_group_members (group_id, alert_id) VALUES ('${group}', '${alert}');
    INSERT INTO escalation_runs (id, group_id, live, phase, snapshot, round, step, urgency, severity, started_at, start_reason, config_version)
      VALUES ('${run}', '${group}', true, 'escalating', '${snapshot(ann)}', 0, 0, 'high', 1, ${at(0)}, '{"kind":"route-pages"}', 1);
    INSERT INTO page_events (at, subject, kind, payload) VALUES
      (${at(0)}, '${group}', 'run-started', '{"why":{"kind":"route-pages"},"runId":"${run}"}'), (${at(0)}, '${group}', 'called', '${called}');
    INSERT INTO notifications (id, group_id, run_id, kind, user_id, method_id, channel, urgency, severity, state, reason, due_at, attempts, message,
        created_at, sent_at, ended_at, end_reason)
      VALUES ('${notification}', '${group}', '${run}', 'page', '${ann}', '${idOf('method')}', 'email', 'high', 1, 'sent', '${call}', ${at(0)}, 1, '${message}',
        ${at(0)}, ${at(0.4)}, ${at(0.4)}, '{"kind":"accepted","detail":null}');
    INSERT INTO notification_attempts (notification_id, at, attempt, kind) VALUES
      ('${notification}', ${at(0.1)}, 1, 'begun'), ('${notification}', ${at(0.4)}, 1, 'accepted');`;
}

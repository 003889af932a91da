import { cleanLabels, type InboundEvent, labelHash } from '#alerts';
import type { Heartbeat } from './model.ts';

/** 9999-01-01: the alert of a heartbeat ends by a ping, not by time. */
const NEVER_ENDS_MS = 253_370_764_800_000;

/** What the alert of a heartbeat is told: that it fires, or that it resolves. */
export function heartbeatAlert(heartbeat: Heartbeat, now: Temporal.Instant): InboundEvent {
  const nowMs = now.epochMilliseconds;
  const { id, name, severity, reason, lastPingAt, lastMessage } = heartbeat;
  const own = { alertname: `${name} missed`, check: 'heartbeat', severity: `sev${severity}` };
  const cleaned = cleanLabels({ ...own, ...heartbeat.labels });
  const labels = cleaned.ok ? cleaned.labels : own;
  const isDown = heartbeat.state === 'down';
  return {
    integrationId: heartbeat.integrationId,
    labels,
    annotations: {
      summary: `${name} gives no sign of life`,
      description: [
        reason,
        lastPingAt && `Last ping ${lastPingAt.toString()}.`,
        lastMessage && `It said: ${lastMessage}`,
      ]
        .filter(Boolean)
        .join('. '),
    },
    generatorUrl: null,
    status: isDown ? 'firing' : 'resolved',
    startsAtMs: isDown ? heartbeat.since.epochMilliseconds : nowMs,
    endsAtMs: isDown ? NEVER_ENDS_MS : nowMs,
    endsAtIsTimeout: false,
    resends: false,
    identity: labelHash(`heartbeat\0${id}`),
  };
}

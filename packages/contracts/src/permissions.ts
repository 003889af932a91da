/** What a route can demand. Each route declares exactly one; a route without one stops the server from starting. */
export const permissions = [
  'alerts:read',
  'pages:read',
  'pages:act',
  'routing:read',
  'routing:write',
  'silences:read',
  'silences:write',
  'integrations:read',
  'integrations:write',
  'catalog:read',
  'catalog:write',
  'changes:read',
  'checks:read',
  'checks:write',
  'schedules:read',
  'schedules:write',
  'policies:read',
  'policies:write',
  'people:read',
  'people:write',
  'self:write',
  'notifications:read',
  'webhooks:write',
  'audit:read',
  'settings:read',
  'settings:write',
  'keys:write',
  'health:read',
] as const;

/** A permission that a role or a scope can hold. */
export type Permission = (typeof permissions)[number];

/**
 * Doors that check a credential of their own: an integration's key, the token of a link in a message, the
 * signature of a phone provider, the first-run set-up that closes for ever, the demo's own secret; `public` needs none.
 */
export type Door = 'public' | 'integration-key' | 'link-token' | 'provider-signature' | 'first-run' | 'demo-secret';

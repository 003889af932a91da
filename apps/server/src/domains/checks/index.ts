export { heartbeatDoors } from './adapters/heartbeat-doors.ts';
export { createHeartbeatLoop, type HeartbeatLoop } from './jobs.ts';
export type { ChecksDeps } from './ports.ts';
export { heartbeatRoutes } from './routes.ts';
export { createHeartbeats, type Heartbeats } from './service.ts';

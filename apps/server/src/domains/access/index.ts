export { authorize, type Resource, type Verdict } from './authorize.ts';
export { sweepAccess } from './jobs.ts';
export type { ApiKey, People, Person, Team, TeamMember, TeamOfPeople, User } from './model.ts';
export { atLeast, permissionsOf, roles, teamBound } from './permissions.ts';
export { accessRoutes } from './routes.ts';
export type { Access, AccessDeps, SignedIn } from './ports.ts';
export { createAccess, demand } from './service.ts';

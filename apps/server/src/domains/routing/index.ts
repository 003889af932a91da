export { type MatchersInput, namesOf, readMatchers } from './draft.ts';
export { type CatalogFacts, type LabelView, readLabel, sourceOf, withCatalog } from './label-view.ts';
export { match } from './match.ts';
export {
  accepts,
  type CompiledMatcher,
  compileMatcher,
  firstRefusal,
  type Matcher,
  type MatcherError,
  type MatcherFault,
  type MatcherOp,
} from './matcher.ts';
export { formatMatcher, formatMatchers } from './matcher-format.ts';
export {
  type ParsedMatcher,
  type ParsedMatchers,
  type ParseMode,
  parseMatcher,
  parseMatchers,
} from './matcher-parse.ts';
export {
  defaultRouteOptions,
  type RouteFault,
  type RouteFaultReason,
  type RouteMatch,
  type RouteMode,
  type RouteNode,
  type RouteOptions,
  type RoutePolicy,
  type RouteReason,
  type RouteVisit,
} from './model.ts';
export { compilePattern, type Pattern, patternAccepts } from './pattern.ts';
export { routingRoutes } from './routes.ts';
export { createRouting, type Routing, type RoutingDeps } from './service.ts';
export { type CompiledRoute, compileTree, type RouteTree } from './tree.ts';

export {
  Access,
  ACCESS_ROLES,
  accessOf,
  isAtLeast,
  Public,
  SignedIn,
  workspaceParameterOf,
  type AccessRole,
  type AccessRule,
} from './access';
export { installAdminBodyParser, type AdminBodyLimits } from './admin-body';
export { MAX_JSON_DEPTH, parseAdminJson } from './admin-json';
export { answerProblem, fastifyOptions } from './answer-problem';
export { ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS, PROBLEM_SCHEMA_NAME } from './api-problems';
export {
  ANYONE,
  CalledBy,
  callerOf,
  isAdmin,
  nameOf,
  NOBODY,
  roleIn,
  setCaller,
  WORKSPACE_ROLES,
  type Caller,
  type WorkspaceRole,
} from './caller';
export { ClientAddresses } from './client-address';
export { HostGuard, isAllowedHost } from './host-guard';
export { HttpModule } from './http.module';
export { findJsonMistake, type JsonMistake } from './json-error';
export { checkOrigin, OriginGuard } from './origin-guard';
export { pageOf, PagingQuery, readPaging, type Paging } from './paging';
export { Problem, type ProblemMistake, type ProblemOptions } from './problem';
export { ProblemFilter } from './problem.filter';
export { isProblemCode, PROBLEMS, type ProblemCode, type ProblemLogLevel, type ProblemRow } from './problems';
export { RateLimit } from './rate-limit';
export { readProblem, toPointer } from './read-problem';
export { PROBLEM_CONTENT_TYPE, renderProblem, type RenderedProblem } from './render-problem';
export { RequestId, requestIdOf } from './request-id';
export { unknownRoute } from './route-table';
export { SchemaPipe } from './schema.pipe';
export { SECURITY_HEADERS } from './security-headers';
export { setUpHttp } from './set-up-http';
export { setUpSwagger, type SwaggerOptions } from './set-up-swagger';

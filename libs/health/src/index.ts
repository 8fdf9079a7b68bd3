export { HealthModule, type HealthOptions } from './health.module';
export type { HealthReport } from './health.service';
export { Lifecycle } from './lifecycle';
export { type Part, ServerParts, type PartState } from './server-parts';

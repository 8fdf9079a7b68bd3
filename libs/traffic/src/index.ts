export { TrafficModule } from './traffic.module';
export { TrafficServer, type HttpHandler } from './traffic.server';
export { splitWorkspacePrefix } from './request-head';

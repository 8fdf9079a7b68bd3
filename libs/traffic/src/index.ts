export { type AdminCall, Traces } from './traces';
export { TrafficModule } from './traffic.module';
export { TrafficServer, type HttpHandler } from './traffic.server';
export { splitAddressPrefix } from './request-head';

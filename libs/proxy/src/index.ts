export { BackendClient } from './backend-client';
export { ProxyModule } from './proxy.module';

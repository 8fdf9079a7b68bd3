export { BackendClient, type ForwardRequest, type ForwardResult } from './backend-client';
export { type BackendReply } from './backend-exchange';
export { type BackendFailure } from './backend-failure';
export { OutboundClient, type OutboundReply, type OutboundRequest } from './outbound-client';
export {
  OUTBOUND_LOOKUP,
  OutboundGate,
  type OutboundDecision,
  type OutboundTarget,
  type TrustedTarget,
} from './outbound-gate';
export { OutboundRefused, type OutboundRule } from './outbound-refused';
export { ProxyModule } from './proxy.module';
export { startRedaction } from './start-redaction';

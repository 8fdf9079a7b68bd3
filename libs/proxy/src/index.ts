export { BackendClient } from './backend-client';
export { type BackendReply, type BackendUpgrade } from './backend-exchange';
export { type BackendFailure } from './backend-failure';
export { addressOf, type ForwardRequest, type ForwardResult } from './forward';
export { OutboundClient, type OutboundReply, type OutboundRequest } from './outbound-client';
export { OutboundFetch } from './outbound-fetch';
export {
  OUTBOUND_LOOKUP,
  OutboundGate,
  type OutboundDecision,
  type OutboundTarget,
  type TrustedTarget,
} from './outbound-gate';
export { OutboundRefused, type OutboundRule } from './outbound-refused';
export { MissRecorder } from './miss-recorder';
export { readReply, type ReplyReading } from './read-reply';
export { Recorder } from './recorder';
export { ProxyModule } from './proxy.module';
export { RecordingsModule } from './recordings.module';

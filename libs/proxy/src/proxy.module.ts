import { Module } from '@nestjs/common';
import { BackendClient } from './backend-client';
import { BackendCounts } from './backend-counts';
import { BackendPools } from './backend-pools';
import { OutboundClient } from './outbound-client';
import { OutboundGate } from './outbound-gate';

/** Calls to backends, and the gate that every outbound call passes. */
@Module({
  providers: [OutboundGate, BackendPools, BackendCounts, BackendClient, OutboundClient],
  exports: [OutboundGate, BackendClient, OutboundClient],
})
export class ProxyModule {}

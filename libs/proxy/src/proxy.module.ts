import { Module } from '@nestjs/common';
import { BackendClient } from './backend-client';
import { BackendCounts } from './backend-counts';
import { BackendPools } from './backend-pools';
import { OutboundGate } from './outbound-gate';

/** Calls to backends, and the gate that every outbound call passes. */
@Module({
  providers: [OutboundGate, BackendPools, BackendCounts, BackendClient],
  exports: [OutboundGate, BackendClient],
})
export class ProxyModule {}

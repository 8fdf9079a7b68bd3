import { Module } from '@nestjs/common';
import { BackendClient } from './backend-client';
import { BackendCounts } from './backend-counts';
import { BackendPools } from './backend-pools';
import { OutboundClient } from './outbound-client';
import { OutboundFetch } from './outbound-fetch';
import { OutboundGate } from './outbound-gate';

/** Calls to backends, and the gate that every outbound call passes. */
@Module({
  providers: [OutboundGate, BackendPools, BackendCounts, BackendClient, OutboundClient, OutboundFetch],
  exports: [OutboundGate, BackendClient, OutboundClient, OutboundFetch],
})
export class ProxyModule {}

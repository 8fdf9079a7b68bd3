import { type Registry } from 'prom-client';
import eventLoopLag from 'prom-client/lib/metrics/eventLoopLag';
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed';
import heapSpacesSizeAndUsed from 'prom-client/lib/metrics/heapSpacesSizeAndUsed';
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap';
import processCpuTotal from 'prom-client/lib/metrics/processCpuTotal';
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors';
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors';
import processResources from 'prom-client/lib/metrics/processResources';
import processStartTime from 'prom-client/lib/metrics/processStartTime';
import version from 'prom-client/lib/metrics/version';

const parts = [
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  processResources,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
];

/**
 * prom-client's default metrics without `nodejs_gc_duration_seconds`: its observer runs at every collection, some hundred times a
 * second under load, and cost 6 % of the CPU a request takes.
 */
export function collectProcessMetrics(registry: Registry): void {
  // A second application in one process shares the registry; a name may stand there once.
  if (registry.getSingleMetric('process_cpu_seconds_total') !== undefined) return;
  for (const register of parts) register(registry, { eventLoopMonitoringPrecision: 10 });
}

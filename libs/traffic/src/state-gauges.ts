import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MetricsRegistry } from '@mock-server/metrics';
import { STATE_STORE, type StateStore } from '@mock-server/mocks';

/** Counters of what the bounds of state did. */
@Injectable()
export class StateGauges implements OnModuleInit {
  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(STATE_STORE) private readonly store: StateStore,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'state_entries_dropped_total',
      'Instances of scenarios that were forgotten to make room, the least recently used first.',
      () => this.store.totals.dropped,
    );
    this.registry.counter(
      'state_writes_refused_total',
      'Writes to the key-value store or to a resource that did not fit its bounds.',
      () => this.store.totals.refused,
    );
    this.registry.counter(
      'state_steps_isolated_total',
      'Steps of shared state that this replica took on its own copy, because Redis was away.',
      () => this.store.totals.isolated,
    );
  }
}

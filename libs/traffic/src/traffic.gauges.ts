import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Journal } from '@mock-server/journal';
import { MetricsRegistry, TrafficMetrics } from '@mock-server/metrics';
import { MockCatalog } from '@mock-server/mocks';
import { WorkspaceDirectory } from '@mock-server/workspaces';

/** Gauges of catalog and journal, read when Prometheus asks. */
@Injectable()
export class TrafficGauges implements OnModuleInit {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly metrics: TrafficMetrics,
    private readonly catalogs: MockCatalog,
    private readonly journal: Journal,
    private readonly workspaces: WorkspaceDirectory,
  ) {}

  onModuleInit(): void {
    this.metrics.setActiveMocks(() => this.sum(id => this.catalogs.catalogOf(id)?.active ?? 0));
    this.registry.gauge(
      'catalog_revision',
      'Highest catalog revision served by this replica, over all workspaces.',
      () => this.max(id => this.catalogs.revisionOf(id)),
    );
    this.registry.gauge(
      'catalog_revision_lag',
      'Largest number of revisions that a workspace is behind its database.',
      () => this.max(id => (this.workspaces.byId(id)?.revision ?? 0) - this.catalogs.revisionOf(id)),
    );
    this.registry.gauge(
      'sessions',
      'Sessions on all workspaces that this replica knows.',
      () => this.workspaces.sessionCount,
    );
    this.registry.gauge('journal_entries', 'Exchanges in the journal.', () => this.journal.totals.entries);
    this.registry.gauge('journal_bytes', 'Estimated bytes that the journal holds.', () => this.journal.totals.bytes);
    this.registry.counter(
      'journal_dropped_total',
      'Exchanges dropped from the journal because it was full.',
      () => this.journal.totals.dropped,
    );
  }

  private sum(read: (workspaceId: string) => number): number {
    return this.workspaces.all().reduce((total, { id }) => total + read(id), 0);
  }

  private max(read: (workspaceId: string) => number): number {
    return this.workspaces.all().reduce((most, { id }) => Math.max(most, read(id)), 0);
  }
}

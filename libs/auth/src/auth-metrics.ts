import { MetricsRegistry } from '@mock-server/metrics';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from './audit-trail';
import { CallBudget } from './call-budget';
import { Passwords } from './passwords';

/** What whoever runs the server must see of sign-in and audit. */
@Injectable()
export class AuthMetrics implements OnModuleInit {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly trail: AuditTrail,
    private readonly budget: CallBudget,
    private readonly passwords: Passwords,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'audit_events_dropped_total',
      'Audit events that were not written: the database was away too long, or refused them.',
      () => this.trail.dropped,
    );
    this.registry.counter(
      'admin_requests_refused_total',
      'Admin requests beyond ADMIN_REQUESTS_PER_SECOND of one caller, answered 429.',
      () => this.budget.refused,
    );
    this.registry.gauge('password_checks_waiting', 'Passwords that wait for their turn to be hashed.', () => {
      return this.passwords.queued;
    });
  }
}

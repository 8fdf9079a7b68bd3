import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { AiPart } from './ai-part';
import { type Part, ServerParts } from './server-parts';

export interface HealthReport extends HealthCheckResult {
  /** Names of the parts that are not what they should be, though mocks are answered. */
  readonly degraded: readonly string[];
}

/** Runs the checks through Terminus; a failed one is an answer here, not an exception. */
@Injectable()
export class HealthService {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly parts: ServerParts,
    private readonly ai: AiPart,
  ) {}

  ready(): Promise<HealthReport> {
    return this.report([this.parts.server(), this.parts.catalog()]);
  }

  startup(): Promise<HealthReport> {
    const sentence = this.parts.hasStarted ? 'The mocks were loaded.' : 'The mocks were never loaded yet.';
    return this.report([{ name: 'catalog', state: this.parts.hasStarted ? 'up' : 'down', sentence }]);
  }

  summary(): Promise<HealthReport> {
    return this.report([...this.parts.all(), this.ai.look()]);
  }

  private async report(parts: readonly Part[]): Promise<HealthReport> {
    const degraded = parts.filter(({ state }) => state === 'degraded').map(({ name }) => name);
    return { ...(await this.run(parts)), degraded };
  }

  private async run(parts: readonly Part[]): Promise<HealthCheckResult> {
    try {
      return await this.checks.check(parts.map(part => () => this.indicate(part)));
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private indicate({ name, state, sentence }: Part): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    switch (state) {
      case 'up':
        return indicator.up(sentence);
      case 'degraded':
        return indicator.degraded(sentence);
      case 'down':
        return indicator.down(sentence);
    }
  }
}

/** The status code of a report: 200 as long as mocks are answered. */
export function statusOf({ status }: HealthReport): 200 | 503 {
  return status === 'ok' || status === 'degraded' ? 200 : 503;
}

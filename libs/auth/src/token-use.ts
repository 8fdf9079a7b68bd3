import { Database, RepeatedWork } from '@mock-server/database';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ApiTokenEntity } from './api-token.entity';

const WRITE_EVERY_MS = 30_000;
const MAX_NOTED = 10_000;

/** Remembers when API tokens were used last, and writes it down now and then: not with each request. */
@Injectable()
export class TokenUse implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private noted = new Map<string, number>();
  private readonly writes = new RepeatedWork({
    everyMs: WRITE_EVERY_MS,
    work: () => this.write(),
    logger: new Logger('TokenUse'),
    failure: 'When API tokens were used last is not written down',
  });

  constructor(private readonly database: Database) {}

  note(tokenId: string): void {
    if (this.noted.size < MAX_NOTED || this.noted.has(tokenId)) this.noted.set(tokenId, Date.now());
  }

  /** What is noted and not written yet. */
  lastUse(tokenId: string): number | undefined {
    return this.noted.get(tokenId);
  }

  onApplicationBootstrap(): void {
    this.writes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.writes.stop();
    await this.writes.now();
  }

  private async write(): Promise<void> {
    if (this.noted.size === 0 || !this.database.isUp) return;
    const noted = [...this.noted];
    this.noted = new Map();
    await this.database.transaction(async manager => {
      for (const [id, lastUsedAt] of noted) await manager.update(ApiTokenEntity, { id }, { lastUsedAt });
    });
  }
}

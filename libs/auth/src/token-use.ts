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

  /** What cannot be written stays noted. */
  async write(): Promise<void> {
    if (this.noted.size === 0 || !this.database.isUp) return;
    const written = this.noted;
    this.noted = new Map();
    // In one order on all replicas: two that write the same ones wait for each other, and must not do so in a ring.
    const ids = [...written.keys()].sort();
    try {
      await this.database.transaction(async manager => {
        for (const id of ids) await manager.update(ApiTokenEntity, { id }, { lastUsedAt: written.get(id)! });
      });
    } catch (error) {
      this.noted = new Map([...written, ...this.noted]);
      throw error;
    }
  }
}

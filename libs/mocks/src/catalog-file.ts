import { breathe } from '@mock-server/database';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Catalog, type StoredMock } from '@mock-server/engine';
import { Logger } from '@nestjs/common';
import { applyInSlices, sliceSize } from './slices';

const formatVersion = 1;
const writeAfterMs = 1_000;
/** A write takes its share of the machine; after one there is a pause so many times as long. */
const pauseFactor = 10;

interface Served {
  readonly catalog: Catalog;
  readonly revision: number;
}

/**
 * The last-known-good catalog of each workspace, `DATA_DIR/catalog/<id>.ndjson`: a header, a mock a line, and a trailer with count
 * and checksum. Written aside and renamed, so that there is always a whole one; what is not whole is not read.
 */
export class CatalogFiles {
  private readonly logger = new Logger('CatalogFile');
  private readonly dirty = new Map<string, Served>();
  /** Whose file is being written; undefined: nobody's, or it was forgotten meanwhile. */
  private underWay: string | undefined;
  private readonly folder: string;
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = writeAfterMs;
  private hasFailed = false;

  constructor(dataDir: string) {
    this.folder = join(dataDir, 'catalog');
  }

  /** Writes it soon. The catalog is read when the write happens, so that many changes are one write. */
  keep(workspaceId: string, served: Served): void {
    this.dirty.set(workspaceId, served);
    this.schedule();
  }

  forget(workspaceId: string): void {
    this.dirty.delete(workspaceId);
    if (this.underWay === workspaceId) this.underWay = undefined;
    rm(this.pathOf(workspaceId), { force: true }).catch((error: unknown) =>
      this.logger.warn(`A catalog file cannot be removed: ${String(error)}`),
    );
  }

  /** Writes what is due, now. */
  async settle(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
    await this.writeDirty();
  }

  /** Undefined when there is none that can be trusted. */
  async read(workspaceId: string): Promise<Served | undefined> {
    try {
      return await readCatalog(this.pathOf(workspaceId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.logger.warn(
          `The last-known-good catalog of workspace ${workspaceId} is ignored: ${error instanceof Error ? error.message : String(error)}`,
        );
      return undefined;
    }
  }

  private schedule(): void {
    if (this.timer !== undefined || this.writing !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const startedAt = performance.now();
      this.writing = this.writeDirty().finally(() => {
        this.writing = undefined;
        this.pauseMs = Math.max(writeAfterMs, (performance.now() - startedAt) * pauseFactor);
        if (this.dirty.size > 0) this.schedule();
      });
    }, this.pauseMs);
    this.timer.unref();
  }

  private async writeDirty(): Promise<void> {
    for (const [workspaceId, served] of [...this.dirty]) {
      this.dirty.delete(workspaceId);
      this.underWay = workspaceId;
      try {
        await mkdir(this.folder, { recursive: true });
        await writeCatalog(this.pathOf(workspaceId), served);
        if (this.underWay !== workspaceId) this.forget(workspaceId); // it was forgotten meanwhile
        this.hasFailed = false;
      } catch (error) {
        if (!this.hasFailed)
          this.logger.warn(
            `The last-known-good catalog cannot be written; mocks go on being served: ${error instanceof Error ? error.message : String(error)}`,
          );
        this.hasFailed = true;
        const isWanted = this.underWay === workspaceId && !this.dirty.has(workspaceId);
        if (isWanted) this.dirty.set(workspaceId, served); // the next round tries it again
      }
    }
  }

  private pathOf(workspaceId: string): string {
    return join(this.folder, `${workspaceId}.ndjson`);
  }
}

async function writeCatalog(path: string, { catalog, revision }: Served): Promise<void> {
  const aside = `${path}.new`;
  const hash = createHash('sha256');
  const file = await open(aside, 'w', 0o600);
  try {
    let lines = [JSON.stringify({ formatVersion, revision })];
    let count = 0;
    const flush = async (): Promise<void> => {
      const text = `${lines.join('\n')}\n`;
      hash.update(text);
      lines = [];
      await file.write(text);
      await breathe();
    };
    for (const { stored } of catalog.mocks()) {
      lines.push(JSON.stringify([stored.id, stored.position, stored.enabled, stored.json]));
      count++;
      if (lines.length >= sliceSize) await flush();
    }
    if (lines.length > 0) await flush();
    await file.write(`${JSON.stringify({ count, sha256: hash.digest('hex') })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

async function readCatalog(path: string): Promise<Served> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  const first = await lines.next();
  const hash = createHash('sha256');
  const revision = readHeader(first.done === true ? '' : first.value, hash);
  const catalog = new Catalog();
  let batch: StoredMock[] = [];
  let count = 0;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const line = next.value;
    if (line.startsWith('{')) {
      await applyInSlices(catalog, { upserts: batch, removals: [] });
      checkTrailer(line, { count, sha256: hash.digest('hex') });
      return { catalog, revision };
    }
    hash.update(`${line}\n`);
    const [id, position, enabled, json] = JSON.parse(line) as [string, number, boolean, string];
    batch.push({ id, position, enabled, json });
    count++;
    if (batch.length >= sliceSize) {
      catalog.apply({ upserts: batch, removals: [] });
      batch = [];
      await breathe();
    }
  }
  throw new Error('it is cut short');
}

function readHeader(line: string, hash: Hash): number {
  hash.update(`${line}\n`);
  const header = JSON.parse(line) as { formatVersion?: number; revision?: number };
  if (header.formatVersion !== formatVersion || typeof header.revision !== 'number')
    throw new Error('it is of another format version');
  return header.revision;
}

function checkTrailer(line: string, expected: { count: number; sha256: string }): void {
  const { count, sha256 } = JSON.parse(line) as { count?: number; sha256?: string };
  if (count !== expected.count || sha256 !== expected.sha256) throw new Error('its checksum is wrong');
}

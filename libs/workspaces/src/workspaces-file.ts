import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import { delayDistributionSchema } from '@mock-server/engine';
import { z } from 'zod';
import { readProtection } from './protection';
import { readQuotas } from './quotas';
import { readSettings, slugSchema, type Workspace } from './workspace';

const fileSchema = z.object({
  version: z.literal(1),
  workspaces: z
    .array(
      z.object({
        id: z.uuid(),
        slug: slugSchema,
        name: z.string(),
        revision: z.int().nonnegative(),
        settings: z.unknown().transform(readSettings),
        fixedDelayMs: z.int().positive().optional(),
        delayDistribution: delayDistributionSchema.optional(),
        isArchived: z.boolean().optional(),
        protection: z.unknown().transform(readProtection).optional(),
        quotas: z.unknown().transform(readQuotas).optional(),
      }),
    )
    .min(1),
});

/** The last known workspaces, for a start without the database. A crash leaves the old file or the new one, whole. */
export class WorkspacesFile {
  private readonly logger = new Logger('WorkspacesFile');
  private kept = '';
  private next: readonly Workspace[] | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly file: string) {}

  /** Undefined when there is no file; throws when it cannot be read or understood. */
  async read(): Promise<Workspace[] | undefined> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return fileSchema.parse(JSON.parse(text)).workspaces;
  }

  /**
   * Writes the list soon, when something other than revisions changed: those rise with every write, and a start without
   * the database can do with an older one.
   */
  keep(workspaces: readonly Workspace[]): void {
    const content = JSON.stringify(workspaces.map(workspace => ({ ...workspace, revision: 0 })));
    if (content === this.kept) return;
    this.kept = content;
    this.next = workspaces;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  /** Resolves when everything is written. */
  async settle(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.next !== undefined) {
      const workspaces = this.next;
      this.next = undefined;
      try {
        await this.write(workspaces);
      } catch (error) {
        this.kept = '';
        this.logger.warn(`The last known workspaces cannot be written to a file: ${String(error)}`);
      }
    }
  }

  private async write(workspaces: readonly Workspace[]): Promise<void> {
    const temporary = `${this.file}.${process.pid}.tmp`;
    await mkdir(dirname(this.file), { recursive: true });
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify({ version: 1, workspaces }, undefined, 2));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}

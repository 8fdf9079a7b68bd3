import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, rootIdOf, type Workspace, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { FileEntity } from './file.entity';
import { FileStore, hashOf, maxFileBytes } from './file-store';
import { refuseOverQuota } from './quota';

const maxWorkspaceBytes = 256 * 1_024 * 1_024;

/** The write side of body files. */
@Injectable()
export class FilesService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspacesService,
    private readonly store: FileStore,
  ) {}

  async list(workspace: Workspace): Promise<string[]> {
    const rows = await this.database.read(manager =>
      manager.find(FileEntity, {
        where: { workspaceId: In([workspace.id, rootIdOf(workspace)]) },
        select: { path: true },
      }),
    );
    const names = [...rows.map(({ path }) => path), ...(await this.store.namesInFolder(rootIdOf(workspace)))];
    return [...new Set(names)].sort();
  }

  async get(workspace: Workspace, name: string): Promise<Buffer> {
    const bytes = await this.store.read(workspace.id, name);
    if (bytes !== undefined) return bytes;
    throw new Problem('file-not-found', {
      detail: `Workspace '${workspace.slug}' has no file '${name}'. GET /__admin/files lists them.`,
    });
  }

  /** The files that a workspace or a session itself holds. */
  async own({ id: workspaceId }: Workspace): Promise<FileEntity[]> {
    return this.database.read(manager => manager.findBy(FileEntity, { workspaceId }));
  }

  async put(
    workspace: Workspace,
    { name, content }: { readonly name: string; readonly content: Buffer },
    by: ChangeNote,
  ): Promise<void> {
    if (content.length > maxFileBytes)
      throw new Problem('payload-too-large', {
        detail: `A file has at most ${maxFileBytes} bytes; this has ${content.length}.`,
      });
    const note = { ...by, message: by.message ?? `Stored file ${name}`.slice(0, 500) };
    await this.workspaces.change(workspace.id, note, async (manager, { revision }) => {
      const rows = await manager.find(FileEntity, {
        where: { workspaceId: workspace.id },
        select: { path: true, size: true },
      });
      const others = rows.filter(({ path }) => path !== name).reduce((sum, { size }) => sum + size, 0);
      if (others + content.length > maxWorkspaceBytes)
        throw new Problem('payload-too-large', {
          detail: `The files of a workspace have at most ${maxWorkspaceBytes} bytes together. Delete some first.`,
        });
      await manager.delete(FileEntity, { workspaceId: workspace.id, path: name });
      await manager.insert(FileEntity, {
        workspaceId: workspace.id,
        path: name,
        content,
        size: content.length,
        sha256: hashOf(content),
        revision,
        updatedAt: Date.now(),
      });
      await refuseOverQuota(manager, workspace);
    });
    await this.store.refresh(workspace.id);
  }

  /** With `sha256`, only while the file is the one that was read. */
  async remove(
    workspace: Workspace,
    { name, sha256 }: { readonly name: string; readonly sha256?: string },
    by: ChangeNote,
  ): Promise<void> {
    const note = { ...by, message: by.message ?? `Removed file ${name}`.slice(0, 500) };
    await this.workspaces.change(workspace.id, note, async manager => {
      await manager.delete(FileEntity, {
        workspaceId: workspace.id,
        path: name,
        ...(sha256 !== undefined && { sha256 }),
      });
    });
    await this.store.refresh(workspace.id);
  }
}

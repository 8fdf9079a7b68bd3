import { type WorkspaceChange } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { type MappingFile } from './mapping-files';
import { removeMocks, unbury } from './mock-removal';
import { readPresent } from './mock-reads';
import { insertMocks, replacementOf, type NewMock } from './mock-rows';
import { MockEntity } from './mock.entity';
import { keepVersions } from './mock-versions';

/** What must happen so that the file mocks of a workspace are what the files say. */
export interface FileChanges {
  readonly isEmpty: boolean;
  readonly put: readonly { readonly document: MappingDocument; readonly file: string; readonly hash: string }[];
  readonly removeIds: readonly string[];
}

/** Compares files and rows. A file that cannot be read keeps the mocks it gave before; with `all` also unchanged files are put. */
export async function planFileChanges(
  manager: EntityManager,
  {
    workspaceId,
    files,
    all,
  }: { readonly workspaceId: string; readonly files: readonly MappingFile[]; readonly all: boolean },
): Promise<FileChanges> {
  const rows = await manager.find(MockEntity, {
    where: { workspaceId, origin: 'file' },
    select: { id: true, originFile: true, originHash: true },
  });
  const hashes = new Map(rows.map(row => [row.originFile, row.originHash]));
  const kept = new Set(files.filter(file => !file.ok).map(file => file.file));
  const put = files.flatMap(file =>
    file.ok && (all || hashes.get(file.file) !== file.hash)
      ? file.documents.map(document => ({ document, file: file.file, hash: file.hash }))
      : [],
  );
  const wanted = new Set(files.flatMap(file => (file.ok ? file.documents.map(({ id }) => id) : [])));
  const removeIds = rows
    .filter(({ id, originFile }) => !wanted.has(id) && !kept.has(originFile ?? ''))
    .map(({ id }) => id);
  return { isEmpty: put.length === 0 && removeIds.length === 0, put, removeIds };
}

/** A mock that a file names by id belongs to the file from then on; replaced mocks keep their place. */
export async function applyFileChanges(
  manager: EntityManager,
  change: WorkspaceChange,
  changes: FileChanges,
): Promise<void> {
  const { workspaceId } = change;
  await removeMocks(manager, change, changes.removeIds);
  const present = await readPresent(
    manager,
    workspaceId,
    changes.put.map(({ document }) => document),
  );
  const added: Omit<NewMock, 'position'>[] = [];
  for (const { document, file, hash } of changes.put) {
    const known = present.get(document.id);
    if (known === undefined) {
      added.push({ document, origin: { file, hash } });
      continue;
    }
    await keepVersions(manager, change, { ids: [document.id] });
    change.count({ changed: 1 });
    await manager.update(
      MockEntity,
      { workspaceId, id: document.id },
      {
        ...replacementOf(document, { version: known.version, revision: change.revision }),
        origin: 'file',
        originFile: file,
        originHash: hash,
      },
    );
  }
  if (added.length === 0) return;
  const first = change.takePositions(added.length);
  await unbury(
    manager,
    workspaceId,
    added.map(({ document }) => document.id),
  );
  await insertMocks(
    manager,
    change,
    added.map((mock, i) => ({ ...mock, position: first + i })),
  );
}

import { breathe, Turns } from '@mock-server/database';
import { readMapping } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type Workspace, type WorkspaceChange, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { changeSetOf, takeChangeSets, type DraftsTogether } from './change-set-rows';
import { findAnswer, keepAnswer, type IdempotentRequest } from './idempotency';
import { toDocument, type MappingDocument } from './mapping-document';
import { MockCatalog } from './mock-catalog';
import { removeMocks, unbury } from './mock-removal';
import { readPresent } from './mock-reads';
import { insertMocks, replaceMocks, tellOfGrowth } from './mock-rows';
import { MockEntity } from './mock.entity';
import { refuseOverQuota } from './quota';

export interface ImportOptions {
  readonly duplicatePolicy: 'OVERWRITE' | 'IGNORE';
  readonly deleteAllNotInImport: boolean;
}

/** Takes many mappings at once: all of them, or, with a mistake anywhere, none. */
@Injectable()
export class MockImportService {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
  ) {}

  /** Returns pointers to fields that are kept and have no effect. The first of the list goes before the others, as in WireMock. */
  async import(
    workspace: Workspace,
    mappings: readonly unknown[],
    options: ImportOptions & {
      readonly by: ChangeNote;
      readonly idempotency?: IdempotentRequest | undefined;
      /** Where drafts among the mappings waited before. */
      readonly changeSets?: readonly DraftsTogether[];
    },
  ): Promise<string[]> {
    const documents = await readAll(mappings, options.duplicatePolicy);
    await this.workspaces.change(workspace.id, options.by, async (manager, change) => {
      const { idempotency } = options;
      if (idempotency && (await findAnswer(manager, workspace.id, idempotency))) return;
      await store(manager, change, { documents, options });
      await takeChangeSets(manager, change, options.changeSets ?? []);
      await refuseOverQuota(manager, workspace);
      if (idempotency) keepAnswer(manager, workspace.id, idempotency, { status: 200, body: {} });
    });
    await this.catalog.refresh(workspace.id);
    return documents.flatMap(document => document.unknownFields);
  }
}

/**
 * Checks all before any is stored. An id that stands twice has the place of the last, for WireMock reads from the end, and what the
 * first says, or with IGNORE the last.
 */
async function readAll(
  mappings: readonly unknown[],
  duplicatePolicy: ImportOptions['duplicatePolicy'],
): Promise<MappingDocument[]> {
  const byId = new Map<string, MappingDocument>();
  const mistakes: { pointer: string; message: string }[] = [];
  const turns = new Turns();
  await breathe(); // the body was parsed in this turn
  for (const [i, mapping] of mappings.entries()) {
    await turns.pause();
    const pointer = `/mappings/${i}`;
    const reading = readMapping(mapping);
    if (!reading.ok) {
      mistakes.push(
        ...reading.mistakes.map(mistake => ({ pointer: pointer + mistake.pointer, message: mistake.message })),
      );
      if (mistakes.length >= 100) break;
      continue;
    }
    const document = toDocument(reading.mapping, {
      unknownFields: reading.unknownFields.map(field => pointer + field),
    });
    const first = byId.get(document.id);
    byId.delete(document.id);
    byId.set(document.id, duplicatePolicy === 'IGNORE' ? document : (first ?? document));
  }
  if (mistakes.length === 0) return [...byId.values()];
  const [first] = mistakes;
  throw new Problem('invalid-mapping', {
    detail: `Nothing was imported: ${first?.pointer} ${first?.message}. All mistakes are listed in mistakes.`,
    extras: { mistakes: mistakes.slice(0, 100) },
  });
}

interface Import {
  readonly documents: readonly MappingDocument[];
  readonly options: ImportOptions & { readonly by: ChangeNote };
}

async function store(manager: EntityManager, change: WorkspaceChange, { documents, options }: Import): Promise<void> {
  const ids = documents.map(({ id }) => id);
  const present = await readPresent(manager, change.workspaceId, documents);
  if (options.deleteAllNotInImport) await removeOthers(manager, change, new Set(ids));
  if (options.duplicatePolicy === 'OVERWRITE') {
    const replaced = documents.flatMap(document => {
      const known = present.get(document.id);
      // What is there already, word for word, stays as it is: the same import every night makes no history.
      return known === undefined || known.isSame ? [] : [{ document, ...known }];
    });
    await replaceMocks(manager, change, replaced);
  }
  const added = documents.filter(({ id }) => !present.has(id));
  if (added.length === 0) return;
  const first = change.takePositions(added.length);
  await unbury(
    manager,
    change.workspaceId,
    added.map(({ id }) => id),
  );
  const changeSetId = added.some(({ isDraft }) => isDraft) ? await changeSetOf(manager, change, options.by) : undefined;
  await insertMocks(
    manager,
    change,
    added.map((document, i) => ({
      document,
      position: first + added.length - 1 - i,
      changeSetId: document.isDraft ? changeSetId : undefined,
    })),
  );
  await tellOfGrowth(manager, added.length);
}

async function removeOthers(manager: EntityManager, change: WorkspaceChange, keep: ReadonlySet<string>): Promise<void> {
  const { workspaceId } = change;
  const all = await manager.find(MockEntity, { where: { workspaceId }, select: { id: true } });
  const others = all.map(({ id }) => id).filter(id => !keep.has(id));
  await removeMocks(manager, change, others);
}

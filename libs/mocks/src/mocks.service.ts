import { compileValuePattern, isObject, type Mapping, type StoredMock, viewMapping } from '@mock-server/engine';
import { breathe, Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type Workspace, type WorkspaceChange, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, MoreThan, type EntityManager } from 'typeorm';
import { removeEmptyChangeSets } from './change-set-rows';
import { findAnswer, keepAnswer, type IdempotentRequest } from './idempotency';
import { canonical } from './canonical-json';
import { readId, toDocument, type MappingDocument } from './mapping-document';
import { MockCatalog } from './mock-catalog';
import { hideMock, pagesOfSeen } from './session-mocks';
import { removeAllMocks, removeMocks } from './mock-removal';
import { pagesOfMocks, readMock, readPresent } from './mock-reads';
import { inIdBatches, replaceMocks } from './mock-rows';
import { MockEntity } from './mock.entity';
import { addMock, removeMock, replaceMock } from './one-mock';
import { readHeld, refuseBeyond } from './quota';
import { refuseStale } from './stale-write';
import { type ConditionalWrite } from './write-headers';

const rowsPerSave = 250;

/** What a write answers: the mapping as the admin API shows it, and its version. */
export interface WrittenMock {
  readonly mapping: Record<string, unknown>;
  readonly version: number;
  readonly unknownFields: readonly string[];
}

/** The write side of mocks. Each write is one transaction that raises the workspace's revision, and is served when it resolves. */
@Injectable()
export class MocksService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
  ) {}

  async create(
    workspace: Workspace,
    document: MappingDocument,
    { by, idempotency }: { readonly by: ChangeNote; readonly idempotency?: IdempotentRequest | undefined },
  ): Promise<WrittenMock> {
    const mapping = viewMapping(document.id, document.json);
    const written = await this.changeOne(workspace, by, async (manager, change) => {
      const [known, taken, held] = await Promise.all([
        idempotency && findAnswer(manager, workspace.id, idempotency),
        readMock(manager, workspace, document.id),
        readHeld(manager, workspace),
      ]);
      if (known) return { result: known.body as Record<string, unknown> };
      if (taken?.workspaceId === workspace.id) throw mockExists(workspace, document.id);
      refuseBeyond(workspace, held, { mocks: 1, bytes: document.json.length });
      if (idempotency) keepAnswer(manager, workspace.id, idempotency, { status: 201, body: mapping });
      return { result: mapping, upsert: addMock(manager, change, { document }) };
    });
    return { mapping: written, version: 1, unknownFields: document.unknownFields };
  }

  /** Keeps the mock's place in the order. */
  async replace(
    workspace: Workspace,
    document: MappingDocument,
    { by, ifMatch }: ConditionalWrite,
  ): Promise<WrittenMock> {
    const version = await this.changeOne(workspace, by, async (manager, change) => {
      const [found, held] = await Promise.all([
        readMock(manager, workspace, document.id),
        readHeld(manager, workspace),
      ]);
      const mock = found ?? noMock(workspace, document.id);
      await refuseStale(manager, mock, { ifMatch, document });
      const result = mock.version + 1;
      if (mock.workspaceId !== workspace.id) {
        // A mock of the session's own takes the place of the workspace's.
        refuseBeyond(workspace, held, { mocks: 1, bytes: document.json.length });
        return { result, upsert: addMock(manager, change, { document, version: result }) };
      }
      const bytes = document.json.length - mock.mapping.length;
      if (bytes > 0) refuseBeyond(workspace, held, { mocks: 0, bytes });
      return { result, upsert: replaceMock(manager, change, { mock, document }) };
    });
    return { mapping: viewMapping(document.id, document.json), version, unknownFields: document.unknownFields };
  }

  async get(workspace: Workspace, id: string): Promise<WrittenMock> {
    const mock = (await this.database.read(manager => readMock(manager, workspace, id))) ?? noMock(workspace, id);
    return { mapping: viewMapping(mock.id, mock.mapping), version: mock.version, unknownFields: [] };
  }

  async remove(workspace: Workspace, id: string, { by, ifMatch }: ConditionalWrite): Promise<void> {
    await this.changeOne(workspace, by, async (manager, change) => {
      const mock = (await readMock(manager, workspace, id)) ?? noMock(workspace, id);
      await refuseStale(manager, mock, { ifMatch });
      if (mock.workspaceId !== workspace.id) return { result: undefined, upsert: hideMock(manager, change, mock) };
      removeMock(manager, change, mock);
      return { result: undefined, removal: id };
    });
  }

  /** Ids that are not there (any more) are no matter. */
  async removeMany(workspace: Workspace, ids: readonly string[], by: ChangeNote): Promise<void> {
    if (ids.length === 0) return;
    await this.change(workspace, by, async (manager, change) => {
      const present: string[] = [];
      await inIdBatches(ids, async batch => {
        const found = await manager.find(MockEntity, {
          where: { workspaceId: workspace.id, id: In(batch) },
          select: { id: true },
        });
        present.push(...found.map(({ id }) => id));
      });
      await removeMocks(manager, change, present);
    });
  }

  /** Those that are still word for word what was read; what somebody edited since stays. */
  async removeUnchanged(workspace: Workspace, mocks: readonly StoredMock[], by: ChangeNote): Promise<void> {
    if (mocks.length === 0) return;
    await this.change(workspace, by, async (manager, change) => {
      const present = await readPresent(manager, workspace.id, mocks);
      const ids = mocks.map(({ id }) => id).filter(id => present.get(id)?.isSame === true);
      await removeMocks(manager, change, ids);
      await removeEmptyChangeSets(manager, change);
    });
  }

  async removeAll(workspace: Workspace, by: ChangeNote): Promise<void> {
    await this.change(workspace, by, (manager, change) => removeAllMocks(manager, change));
  }

  /** Marks all persistent, and their mappings say so, as in WireMock. */
  async saveAll(workspace: Workspace, by: ChangeNote): Promise<void> {
    await this.change(workspace, by, async (manager, change) => {
      for (let after = Number.MIN_SAFE_INTEGER; ;) {
        const rows = await manager.find(MockEntity, {
          where: { workspaceId: workspace.id, persistent: false, position: MoreThan(after) },
          select: { id: true, mapping: true, version: true, position: true, changeSetId: true },
          order: { position: 'ASC' },
          take: rowsPerSave,
        });
        const saved = rows.map(({ id, mapping, version, changeSetId }) => {
          const { uuid: _uuid, ...rest } = JSON.parse(mapping) as Mapping;
          return { document: toDocument({ ...rest, persistent: true }, { id }), version, changeSetId };
        });
        await replaceMocks(manager, change, saved);
        if (rows.length < rowsPerSave) return;
        after = rows.at(-1)!.position;
        await breathe();
      }
    });
  }

  /** Mappings whose metadata match a content pattern, newest first, a page at a time. */
  findByMetadata(workspace: Workspace, pattern: unknown): AsyncGenerator<Record<string, unknown>[]> {
    const compiled = compileValuePattern(pattern);
    if (!compiled.ok)
      throw new Problem('invalid-mapping', {
        detail: 'The metadata pattern is not usable; see mistakes.',
        extras: { mistakes: compiled.mistakes },
      });
    const takesNone = compiled.matches(undefined);
    const fits = ({ json }: StoredMock): boolean => {
      if (!json.includes('"metadata"')) return takesNone; // most have none, and need not be parsed
      return compiled.matches((JSON.parse(json) as Mapping).metadata ?? undefined);
    };
    return this.findPages(workspace, fits);
  }

  private async removeOne(workspace: Workspace, id: string, by: ChangeNote): Promise<void> {
    try {
      await this.remove(workspace, id, { by, ifMatch: undefined });
    } catch (error) {
      // What is gone already is no matter here.
      if (!(error instanceof Problem && error.problem === 'mock-not-found')) throw error;
    }
  }

  async removeByMetadata(workspace: Workspace, pattern: unknown, by: ChangeNote): Promise<void> {
    const ids: string[] = [];
    for await (const page of this.findByMetadata(workspace, pattern))
      ids.push(...page.map(mapping => String(mapping['id'])));
    await this.removeMany(workspace, ids, by);
  }

  private async *findPages(
    workspace: Workspace,
    fits: (mock: StoredMock) => boolean,
  ): AsyncGenerator<Record<string, unknown>[]> {
    for await (const page of pagesOfSeen(this.database, workspace))
      yield page.filter(fits).map(({ id, json }) => viewMapping(id, json));
  }

  /** By id when one is given, else those whose request pattern is equal (WireMock's `mappings/remove`). */
  async removeEqual(workspace: Workspace, input: unknown, by: ChangeNote): Promise<void> {
    const given = isObject(input) ? input : {};
    const id = given['id'] ?? given['uuid'];
    if (typeof id === 'string') return this.removeOne(workspace, readId(id), by);
    if (!isObject(given['request']))
      throw new Problem('invalid-mapping', {
        detail: 'Give the id of the mock, or its request pattern.',
        extras: { mistakes: [{ pointer: '/request', message: 'is missing' }] },
      });
    const wanted = canonical(viewMapping('', JSON.stringify(given))['request']);
    const equal: string[] = [];
    for await (const page of pagesOfMocks(this.database, workspace.id))
      for (const { id, json } of page) if (canonical(viewMapping(id, json)['request']) === wanted) equal.push(id);
    await this.removeMany(workspace, equal, by);
  }

  private async change<T>(
    workspace: Workspace,
    by: ChangeNote,
    work: (manager: EntityManager, change: WorkspaceChange) => Promise<T>,
  ): Promise<T> {
    const { result } = await this.workspaces.change(workspace.id, by, work);
    await this.catalog.refresh(workspace.id);
    return result;
  }

  /** A change of at most one mock, which is served without reading it back. */
  private async changeOne<T>(
    workspace: Workspace,
    by: ChangeNote,
    work: (manager: EntityManager, change: WorkspaceChange) => Promise<OneChange<T>>,
  ): Promise<T> {
    let isServed = false;
    const { result } = await this.workspaces.change(workspace.id, by, async (manager, change) => {
      const { result, upsert, removal } = await work(manager, change);
      const what = { upserts: upsert ? [upsert] : [], removals: removal === undefined ? [] : [removal] };
      change.afterCommit(() => (isServed = this.catalog.follow(workspace.id, change.revision, what)));
      return result;
    });
    if (!isServed) await this.catalog.refresh(workspace.id);
    return result;
  }
}

interface OneChange<T> {
  readonly result: T;
  readonly upsert?: StoredMock;
  readonly removal?: string;
}

function noMock({ slug }: Workspace, id: string): never {
  throw new Problem('mock-not-found', {
    detail: `Workspace '${slug}' has no mock ${id}. GET /__admin/mappings lists them.`,
  });
}

function mockExists({ slug }: Workspace, id: string): Problem {
  return new Problem('mock-exists', {
    detail: `Workspace '${slug}' has a mock ${id} already; replace it with PUT /__admin/mappings/${id}.`,
  });
}

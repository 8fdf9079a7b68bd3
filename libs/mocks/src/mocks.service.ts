import { compileValuePattern, isObject, type Mapping, type StoredMock, viewMapping } from '@mock-server/engine';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type Workspace, type WorkspaceChange, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, MoreThan, type EntityManager } from 'typeorm';
import { findAnswer, keepAnswer, type IdempotentRequest } from './idempotency';
import { canonical } from './canonical-json';
import { readId, toDocument, type MappingDocument } from './mapping-document';
import { MockCatalog } from './mock-catalog';
import { removeAllMocks, removeMocks, unbury } from './mock-removal';
import { inIdBatches, insertMocks, pagesOfMocks, replaceMocks, replacementOf } from './mock-rows';
import { MockEntity } from './mock.entity';
import { refuseOverQuota } from './quota';
import { breathe } from './slices';

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

  async create(workspace: Workspace, document: MappingDocument, idempotency?: IdempotentRequest): Promise<WrittenMock> {
    const mapping = viewMapping(document.id, document.json);
    const written = await this.change(workspace, async (manager, change) => {
      const known = idempotency && (await findAnswer(manager, workspace.id, idempotency));
      if (known) return known.body as Record<string, unknown>;
      await this.refuseTaken(manager, workspace, document.id);
      await unbury(manager, workspace.id, [document.id]);
      await insertMocks(manager, { workspaceId: workspace.id, revision: change.revision }, [
        { document, position: await change.takePositions(1) },
      ]);
      await refuseOverQuota(manager, workspace);
      if (idempotency) await keepAnswer(manager, workspace.id, idempotency, { status: 201, body: mapping });
      return mapping;
    });
    return { mapping: written, version: 1, unknownFields: document.unknownFields };
  }

  /** Keeps the mock's place in the order. `ifMatch` are the versions the caller would replace; undefined: any. */
  async replace(workspace: Workspace, document: MappingDocument, ifMatch?: readonly number[]): Promise<WrittenMock> {
    const version = await this.change(workspace, async (manager, change) => {
      const mock = await this.read(manager, workspace, document.id);
      refuseStale(mock, ifMatch);
      await manager.update(
        MockEntity,
        { workspaceId: workspace.id, id: mock.id },
        replacementOf(document, { version: mock.version, revision: change.revision }),
      );
      if (document.json.length > mock.mapping.length) await refuseOverQuota(manager, workspace);
      return mock.version + 1;
    });
    return { mapping: viewMapping(document.id, document.json), version, unknownFields: document.unknownFields };
  }

  async get(workspace: Workspace, id: string): Promise<WrittenMock> {
    const mock = await this.database.read(manager => this.read(manager, workspace, id));
    return { mapping: viewMapping(mock.id, mock.mapping), version: mock.version, unknownFields: [] };
  }

  async remove(workspace: Workspace, id: string, ifMatch?: readonly number[]): Promise<void> {
    await this.change(workspace, async (manager, change) => {
      refuseStale(await this.read(manager, workspace, id), ifMatch);
      await removeMocks(manager, change, { workspaceId: workspace.id, ids: [id] });
    });
  }

  /** Ids that are not there (any more) are no matter. */
  async removeMany(workspace: Workspace, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.change(workspace, async (manager, change) => {
      const present: string[] = [];
      await inIdBatches(ids, async batch => {
        const found = await manager.find(MockEntity, {
          where: { workspaceId: workspace.id, id: In(batch) },
          select: { id: true },
        });
        present.push(...found.map(({ id }) => id));
      });
      await removeMocks(manager, change, { workspaceId: workspace.id, ids: present });
    });
  }

  async removeAll(workspace: Workspace): Promise<void> {
    await this.change(workspace, async (manager, change) => {
      await removeAllMocks(manager, change, workspace.id);
    });
  }

  /** Marks all persistent, and their mappings say so, as in WireMock. */
  async saveAll(workspace: Workspace): Promise<void> {
    await this.change(workspace, async (manager, { revision }) => {
      for (let after = Number.MIN_SAFE_INTEGER; ;) {
        const rows = await manager.find(MockEntity, {
          where: { workspaceId: workspace.id, persistent: false, position: MoreThan(after) },
          select: { id: true, mapping: true, version: true, position: true },
          order: { position: 'ASC' },
          take: rowsPerSave,
        });
        const saved = rows.map(({ id, mapping, version }) => {
          const { uuid: _uuid, ...rest } = JSON.parse(mapping) as Mapping;
          return { document: toDocument({ ...rest, persistent: true }, { id }), version };
        });
        await replaceMocks(manager, { workspaceId: workspace.id, revision }, saved);
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

  async removeByMetadata(workspace: Workspace, pattern: unknown): Promise<void> {
    const ids: string[] = [];
    for await (const page of this.findByMetadata(workspace, pattern))
      ids.push(...page.map(mapping => String(mapping['id'])));
    await this.removeMany(workspace, ids);
  }

  private async *findPages(
    workspace: Workspace,
    fits: (mock: StoredMock) => boolean,
  ): AsyncGenerator<Record<string, unknown>[]> {
    for await (const page of pagesOfMocks(this.database, workspace.id))
      yield page.filter(fits).map(({ id, json }) => viewMapping(id, json));
  }

  /** By id when one is given, else those whose request pattern is equal (WireMock's `mappings/remove`). */
  async removeEqual(workspace: Workspace, input: unknown): Promise<void> {
    const given = isObject(input) ? input : {};
    const id = given['id'] ?? given['uuid'];
    if (typeof id === 'string') return this.removeMany(workspace, [readId(id)]);
    if (!isObject(given['request']))
      throw new Problem('invalid-mapping', {
        detail: 'Give the id of the mock, or its request pattern.',
        extras: { mistakes: [{ pointer: '/request', message: 'is missing' }] },
      });
    const wanted = canonical(viewMapping('', JSON.stringify(given))['request']);
    const equal: string[] = [];
    for await (const page of pagesOfMocks(this.database, workspace.id))
      for (const { id, json } of page) if (canonical(viewMapping(id, json)['request']) === wanted) equal.push(id);
    await this.removeMany(workspace, equal);
  }

  private async change<T>(
    workspace: Workspace,
    work: (manager: EntityManager, change: WorkspaceChange) => Promise<T>,
  ): Promise<T> {
    const { result } = await this.workspaces.change(workspace.id, work);
    await this.catalog.refresh(workspace.id);
    return result;
  }

  private async read(manager: EntityManager, workspace: Workspace, id: string): Promise<MockEntity> {
    const mock = await manager.findOneBy(MockEntity, { workspaceId: workspace.id, id });
    if (mock !== null) return mock;
    throw new Problem('mock-not-found', {
      detail: `Workspace '${workspace.slug}' has no mock ${id}. GET /__admin/mappings lists them.`,
    });
  }

  private async refuseTaken(manager: EntityManager, workspace: Workspace, id: string): Promise<void> {
    if (!(await manager.existsBy(MockEntity, { workspaceId: workspace.id, id }))) return;
    throw new Problem('mock-exists', {
      detail: `Workspace '${workspace.slug}' has a mock ${id} already; replace it with PUT /__admin/mappings/${id}.`,
    });
  }
}

function refuseStale(mock: MockEntity, ifMatch: readonly number[] | undefined): void {
  if (ifMatch === undefined || ifMatch.includes(mock.version)) return;
  throw new Problem('stale-write', {
    detail: `The mock is at version "${mock.version}" by now: read it again, apply your change to that, and send If-Match: "${mock.version}".`,
    headers: { etag: `"${mock.version}"` },
    extras: { currentVersion: mock.version },
  });
}

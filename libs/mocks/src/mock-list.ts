import { viewMapping } from '@mock-server/engine';
import { breathe, Database } from '@mock-server/database';
import { type Paging, Problem } from '@mock-server/http';
import { type SessionPlace, type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { answerList } from './answer-list';
import { pagesOfMocks, readMocksAt, rowsPerRead } from './mock-reads';
import { MockEntity } from './mock.entity';

export interface MockFilter {
  /** Part of the name or of the mapping's text. */
  readonly search: string | undefined;
  readonly enabled: boolean | undefined;
  readonly tag: string | undefined;
}

const maxSearchLength = 200;
/** A text search looks at every mapping: so many at a time take a few milliseconds. */
const rowsPerLook = 2_500;

export function readMockFilter(query: Readonly<Record<string, unknown>>): MockFilter {
  const enabled = textOf(query, 'enabled');
  if (enabled !== undefined && enabled !== 'true' && enabled !== 'false')
    throw new Problem('bad-request', { detail: "'enabled' takes true or false." });
  return {
    search: textOf(query, 'search'),
    tag: textOf(query, 'tag'),
    enabled: enabled === undefined ? undefined : enabled === 'true',
  };
}

const hasTag = {
  sqlite: "EXISTS (SELECT 1 FROM json_each(mock.mapping, '$.tags') AS tag WHERE tag.value = :tag)",
  postgres: "jsonb_exists(mock.mapping::jsonb -> 'tags', :tag)",
};

/** Lists mocks, newest first. */
@Injectable()
export class MockList {
  constructor(private readonly database: Database) {}

  async list(workspace: Workspace, { limit, offset }: Paging, filter: MockFilter): Promise<object> {
    if (workspace.session !== undefined)
      return this.listInSession(workspace, workspace.session, { paging: { limit, offset }, filter });
    const isFiltered = Object.values(filter).some(value => value !== undefined);
    if (!isFiltered && limit === undefined && offset === 0) return answerList(this.all(workspace));
    if (!isFiltered && limit !== undefined && limit <= rowsPerLook) {
      const positions = limit === 0 ? [] : await this.positionsOf(workspace, { limit, offset });
      return answerList(this.at(workspace, positions), await this.count(workspace));
    }
    const positions = await this.find(workspace, filter);
    const end = limit === undefined ? positions.length : offset + limit;
    return answerList(this.at(workspace, positions.slice(offset, end)), positions.length);
  }

  /** Its own, and after them those of the workspace that they do not cover. */
  private async listInSession(
    workspace: Workspace,
    { workspaceId }: SessionPlace,
    { paging: { limit, offset }, filter }: { readonly paging: Paging; readonly filter: MockFilter },
  ): Promise<object> {
    const base = { ...workspace, id: workspaceId };
    const own = await this.find(workspace, filter);
    const covered = await this.coveredBy(workspace, workspaceId);
    const below = (await this.find(base, filter)).filter(position => !covered.has(position));
    const end = limit === undefined ? own.length + below.length : offset + limit;
    const ownPage = own.slice(offset, end);
    const belowPage = below.slice(Math.max(0, offset - own.length), Math.max(0, end - own.length));
    const pages = inTurn(this.at(workspace, ownPage), this.at(base, belowPage));
    return answerList(pages, own.length + below.length);
  }

  /** The positions of a workspace's mocks that have a session's own in their place. */
  private coveredBy({ id }: Workspace, workspaceId: string): Promise<ReadonlySet<number>> {
    return this.database.read(async manager => {
      const rows = await manager
        .createQueryBuilder(MockEntity, 'mock')
        .select('mock.position', 'position')
        .innerJoin(MockEntity, 'own', 'own.id = mock.id AND own.workspaceId = :id', { id })
        .where('mock.workspaceId = :workspaceId', { workspaceId })
        .getRawMany<{ position: number | string }>();
      return new Set(rows.map(({ position }) => Number(position)));
    });
  }

  private count(workspace: Workspace): Promise<number> {
    return this.database.read(manager => manager.countBy(MockEntity, { workspaceId: workspace.id }));
  }

  private async *all(workspace: Workspace): AsyncGenerator<object[]> {
    for await (const page of pagesOfMocks(this.database, workspace.id))
      yield page.map(({ id, json }) => viewMapping(id, json));
  }

  private async *at(workspace: Workspace, positions: readonly number[]): AsyncGenerator<object[]> {
    const limit = rowsPerRead[this.database.dialect];
    for (let start = 0; start < positions.length; start += limit) {
      const batch = positions.slice(start, start + limit);
      const mocks = await this.database.read(manager => readMocksAt(manager, workspace.id, batch));
      yield mocks.map(({ id, json }) => viewMapping(id, json));
    }
  }

  private async positionsOf(
    workspace: Workspace,
    { limit, offset }: { readonly limit: number; readonly offset: number },
  ): Promise<number[]> {
    const rows = await this.database.read(manager =>
      manager
        .createQueryBuilder(MockEntity, 'mock')
        .select('mock.position', 'position')
        .where('mock.workspaceId = :id', { id: workspace.id })
        .orderBy('mock.position', 'DESC')
        .offset(offset)
        .limit(limit)
        .getRawMany<{ position: number | string }>(),
    );
    return rows.map(({ position }) => Number(position));
  }

  /** The positions of all that pass the filter, newest first. */
  private async find(workspace: Workspace, filter: MockFilter): Promise<number[]> {
    const found: number[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const { positions, last } = await this.look(workspace, filter, before);
      for (const position of positions) found.push(position);
      if (last === undefined) return found;
      before = last;
      await breathe();
    }
  }

  /** Those of the next mocks before a position that pass the filter; `last` is where it stopped, undefined at the end. */
  private look(
    workspace: Workspace,
    { search, enabled, tag }: MockFilter,
    before: number,
  ): Promise<{ positions: number[]; last: number | undefined }> {
    return this.database.read(async manager => {
      const below = (): ReturnType<typeof manager.createQueryBuilder<MockEntity>> =>
        manager
          .createQueryBuilder(MockEntity, 'mock')
          .select('mock.position', 'position')
          .where('mock.workspaceId = :id AND mock.position < :before', { id: workspace.id, before })
          .orderBy('mock.position', 'DESC');
      const end = await below()
        .offset(rowsPerLook - 1)
        .limit(1)
        .getRawOne<{ position: number | string }>();
      const last = end === undefined ? undefined : Number(end.position);
      const query = below();
      if (last !== undefined) query.andWhere('mock.position >= :last', { last });
      if (enabled !== undefined) query.andWhere('mock.enabled = :enabled', { enabled });
      if (tag !== undefined) query.andWhere(hasTag[this.database.dialect], { tag });
      if (search !== undefined)
        query.andWhere("LOWER(mock.mapping) LIKE :search ESCAPE '!'", {
          search: `%${escapeLike(search.toLowerCase())}%`,
        });
      const rows = await query.getRawMany<{ position: number | string }>();
      return { positions: rows.map(({ position }) => Number(position)), last };
    });
  }
}

async function* inTurn(...lists: readonly AsyncGenerator<object[]>[]): AsyncGenerator<object[]> {
  for (const list of lists) yield* list;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, found => `!${found}`);
}

function textOf(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > maxSearchLength || value.includes('\u0000'))
    throw new Problem('bad-request', {
      detail: `'${name}' may be given once, with at most ${maxSearchLength} characters.`,
    });
  return value;
}

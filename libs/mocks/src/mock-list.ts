import { viewMapping } from '@mock-server/engine';
import { Database } from '@mock-server/database';
import { type Paging, Problem } from '@mock-server/http';
import { type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { MockEntity } from './mock.entity';

export interface MockFilter {
  /** Part of the name or of the mapping's text. */
  readonly search: string | undefined;
  readonly enabled: boolean | undefined;
  readonly tag: string | undefined;
}

const maxSearchLength = 200;

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

  async list(
    workspace: Workspace,
    { limit, offset }: Paging,
    { search, enabled, tag }: MockFilter,
  ): Promise<{ mappings: object[]; meta: { total: number } }> {
    return this.database.read(async manager => {
      const query = manager
        .createQueryBuilder(MockEntity, 'mock')
        .select(['mock.workspaceId', 'mock.id', 'mock.mapping', 'mock.position'])
        .where('mock.workspaceId = :id', { id: workspace.id });
      if (enabled !== undefined) query.andWhere('mock.enabled = :enabled', { enabled });
      if (tag !== undefined) query.andWhere(hasTag[this.database.dialect], { tag });
      if (search !== undefined)
        query.andWhere("LOWER(mock.mapping) LIKE :search ESCAPE '!'", {
          search: `%${escapeLike(search.toLowerCase())}%`,
        });
      const total = await query.getCount();
      if (limit === 0) return { mappings: [], meta: { total } }; // TypeORM takes 0 for no limit
      if (limit !== undefined) query.limit(limit);
      else if (offset > 0) query.limit(total);
      const rows = await query.orderBy('mock.position', 'DESC').offset(offset).getMany();
      return { mappings: rows.map(row => viewMapping(row.id, row.mapping)), meta: { total } };
    });
  }
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

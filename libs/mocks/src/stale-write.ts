import { viewMapping } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { RevisionEntity } from '@mock-server/workspaces';
import { In, type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { type ReadMock } from './mock-reads';
import { MockVersionEntity } from './mock-version.entity';

interface Write {
  /** Versions that the caller would replace; undefined: any. */
  readonly ifMatch: readonly number[] | undefined;
  /** Absent: a removal. */
  readonly document?: MappingDocument | undefined;
}

/**
 * Refuses a write that would undo somebody else's: the answer holds both, what both began with if it is still kept, and who
 * was faster.
 */
export async function refuseStale(manager: EntityManager, mock: ReadMock, { ifMatch, document }: Write): Promise<void> {
  if (ifMatch === undefined || ifMatch.includes(mock.version)) return;
  const { workspaceId, id, version, revision } = mock;
  const by = await manager.findOneBy(RevisionEntity, { workspaceId, revision });
  const base = await manager.findOne(MockVersionEntity, {
    where: { workspaceId, id, version: In([...ifMatch]) },
    order: { until: 'DESC' },
  });
  const who = by === null ? '' : `, by ${by.author}`;
  throw new Problem('stale-write', {
    detail: `The mock is at version "${version}" by now${who}: apply your change to that, and send If-Match: "${version}".`,
    headers: { etag: `"${version}"` },
    extras: {
      currentVersion: version,
      current: viewMapping(id, mock.mapping),
      ...(document !== undefined && { yours: viewMapping(id, document.json) }),
      ...(base !== null && { base: viewMapping(id, base.mapping) }),
      ...(by !== null && {
        changedBy: {
          revision,
          author: by.author,
          source: by.source,
          message: by.message,
          at: new Date(by.at).toISOString(),
        },
      }),
    },
  });
}

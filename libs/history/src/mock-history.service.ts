import { Database } from '@mock-server/database';
import { diffJson, viewMapping } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { MockEntity, MockVersionEntity, readId } from '@mock-server/mocks';
import { RevisionEntity, type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import type { MockVersionView } from './history-schemas';
import { mocksAt, type PastMock } from './past-mocks';
import { findRevision } from './past-revisions';

const MAX_VERSIONS = 1_000;

/** What became of one mock, also of one that is gone. */
@Injectable()
export class MockHistoryService {
  constructor(private readonly database: Database) {}

  /** Newest first, the last thousand. */
  list(workspace: Workspace, idText: string): Promise<MockVersionView[]> {
    const id = readId(idText);
    return this.database.read(async manager => {
      const past = await manager.find(MockVersionEntity, {
        where: { workspaceId: workspace.id, id },
        select: { since: true, until: true, version: true },
        order: { until: 'DESC' },
        take: MAX_VERSIONS,
      });
      const now = await manager.findOneBy(MockEntity, { workspaceId: workspace.id, id });
      if (past.length === 0 && now === null) throw unknownMock(workspace, id);
      const steps = stepsOf(past, now);
      const revisions = await manager.findBy(RevisionEntity, {
        workspaceId: workspace.id,
        revision: In(steps.map(({ revision }) => revision)),
      });
      const byRevision = new Map(revisions.map(row => [row.revision, row]));
      return steps.map(step => viewStep(step, byRevision.get(step.revision)));
    });
  }

  /** The mapping as it was at a revision. */
  async get(workspace: Workspace, idText: string, revisionText: string): Promise<Record<string, unknown>> {
    const { id, mapping } = await this.database.read(manager => pastMock(manager, workspace, { idText, revisionText }));
    return viewMapping(id, mapping);
  }

  /** From one revision to another; without `to`, to what the mock is now. */
  diff(
    workspace: Workspace,
    idText: string,
    { from, to }: { readonly from: string; readonly to: string | undefined },
  ): Promise<ReturnType<typeof diffJson>> {
    return this.database.read(async manager => {
      const before = await pastMock(manager, workspace, { idText, revisionText: from });
      if (to === undefined) {
        const now = await manager.findOneBy(MockEntity, { workspaceId: workspace.id, id: before.id });
        return diffJson(parse(before), now === null ? undefined : parse(now));
      }
      return diffJson(parse(before), parse(await pastMock(manager, workspace, { idText, revisionText: to })));
    });
  }
}

/** Throws 404 when the revision is not kept, or the mock was not there then. */
export async function pastMock(
  manager: EntityManager,
  workspace: Workspace,
  { idText, revisionText }: { readonly idText: string; readonly revisionText: string },
): Promise<PastMock> {
  const id = readId(idText);
  const revision = await findRevision(manager, workspace, { text: revisionText });
  const mock = (await mocksAt(manager, { workspaceId: workspace.id, revision }, [id])).get(id);
  if (mock !== undefined) return mock;
  throw new Problem('mock-not-found', {
    detail: `Workspace '${workspace.slug}' had no mock ${id} at revision ${revision}. GET /__admin/mappings/${id}/revisions lists when it had.`,
  });
}

interface Step {
  readonly revision: number;
  readonly kind: MockVersionView['kind'];
  readonly version: number | null;
  readonly isCurrent: boolean;
}

/** Versions as steps, newest first: where one ends and none begins, the mock was removed. */
function stepsOf(
  past: readonly Pick<MockVersionEntity, 'since' | 'until' | 'version'>[],
  now: MockEntity | null,
): Step[] {
  const current = now === null ? [] : [{ since: now.revision, until: Infinity, version: now.version }];
  const versions = [...current, ...past];
  return versions.flatMap(({ since, until, version }, i) => {
    const isFollowed = until === Infinity || versions[i - 1]?.since === until;
    const follows = versions[i + 1]?.until === since;
    const removal: Step[] = isFollowed ? [] : [{ revision: until, kind: 'removed', version: null, isCurrent: false }];
    return [
      ...removal,
      { revision: since, kind: follows ? 'changed' : 'added', version, isCurrent: until === Infinity } satisfies Step,
    ];
  });
}

function viewStep(step: Step, row: RevisionEntity | undefined): MockVersionView {
  const { author = null, source = null, message = null, at } = row ?? {};
  return { ...step, author, source, message, at: at === undefined ? null : new Date(at).toISOString() };
}

function parse({ mapping }: { readonly mapping: string }): unknown {
  return JSON.parse(mapping) as unknown;
}

function unknownMock({ slug }: Workspace, id: string): Problem {
  return new Problem('mock-not-found', {
    detail: `Workspace '${slug}' has no mock ${id}, and nothing is known of one.`,
  });
}

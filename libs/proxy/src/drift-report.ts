import { type CatalogMock, type Redaction } from '@mock-server/engine';
import { type MockPatchesService } from '@mock-server/mocks';
import { type Workspace } from '@mock-server/workspaces';
import { type DriftVerdict } from './drift-judge';
import { type DriftReport, type MockDrift } from './drift-schema';

/** Patches together are not longer than this: more is for another run. */
const maxPatchBytes = 16 * 1_024 * 1_024;

type Drifted = Extract<DriftVerdict, { kind: 'drifted' }>;

/** What a run has found so far: one verdict a mock, the first that came. */
export class DriftFindings {
  private readonly verdicts = new Map<string, DriftVerdict>();
  private patchBytes = 0;

  has(id: string): boolean {
    return this.verdicts.has(id);
  }

  get size(): number {
    return this.verdicts.size;
  }

  add(verdict: DriftVerdict): void {
    if (this.verdicts.has(verdict.mock.id)) return;
    this.verdicts.set(verdict.mock.id, this.withRoom(verdict));
  }

  skip(mock: CatalogMock, reason: string): void {
    this.add({ kind: 'not-compared', mock, reason });
  }

  /** Mocks that changed meanwhile are told as such: their patch was made for what they were. */
  async report(
    {
      workspace,
      redaction,
      left,
    }: { readonly workspace: Workspace; readonly redaction: Redaction; readonly left: number },
    patches: MockPatchesService,
  ): Promise<DriftReport> {
    const all = [...this.verdicts.values()];
    const found = all.filter((one): one is Drifted => one.kind === 'drifted');
    const versions = await patches.versionsOf(
      workspace,
      found.map(({ mock }) => mock.id),
    );
    const drifted: MockDrift[] = [];
    const notCompared = all.flatMap(one =>
      one.kind === 'not-compared' ? [{ ...titleOf(one.mock), reason: one.reason }] : [],
    );
    for (const one of found) {
      const stored = versions.get(one.mock.id);
      if (stored?.json === one.mock.stored.json) drifted.push(viewDrift(one, stored.version, redaction));
      else notCompared.push({ ...titleOf(one.mock), reason: 'it was changed meanwhile' });
    }
    return {
      checkedAt: new Date().toISOString(),
      isComplete: left === 0,
      counts: {
        same: all.length - found.length - (notCompared.length - (found.length - drifted.length)),
        drifted: drifted.length,
        notCompared: notCompared.length,
        left,
      },
      drifted,
      notCompared,
    };
  }

  private withRoom(verdict: DriftVerdict): DriftVerdict {
    if (verdict.kind !== 'drifted' || verdict.patch === undefined) return verdict;
    this.patchBytes += JSON.stringify(verdict.patch).length;
    if (this.patchBytes <= maxPatchBytes) return verdict;
    return { ...verdict, patch: undefined, reasons: ['The report is full: accept what is in it and ask again'] };
  }
}

function viewDrift(
  { mock, request, drifts, patch, reasons }: Drifted,
  version: number,
  redaction: Redaction,
): MockDrift {
  return {
    ...titleOf(mock),
    version,
    request: { method: request.method, url: redaction.url(request.url) },
    differences: drifts.map(drift => ({ ...drift })),
    ...(patch !== undefined && { patch }),
    ...(reasons.length > 0 && { byHand: [...reasons] }),
  };
}

function titleOf({ id, name }: CatalogMock): { id: string; name?: string } {
  return { id, ...(name !== undefined && { name }) };
}

import { type Catalog } from './catalog';
import { type CatalogMock } from './catalog-mock';
import { type CatalogView } from './catalog-view';
import { type MockRequest } from './mock-request';
import { type NearMiss } from './near-miss';
import { type ScenarioView } from './scenario';

/** More near misses than these are not asked for to make up for mocks that are covered. */
const spareNearMisses = 20;

/**
 * One catalog on top of another: a session's own mocks on those of its workspace. Its own are asked first, whatever the priorities of
 * those below; one below with the id of one of its own is covered, also when the own one is disabled. Both change in place.
 */
export class CatalogOverlay implements CatalogView {
  private readonly isCovered = ({ id }: CatalogMock): boolean => this.own.get(id) !== undefined;

  constructor(
    private readonly own: Catalog,
    private readonly below: () => Catalog,
  ) {}

  get size(): number {
    let covered = 0;
    for (const { id } of this.own.mocks()) if (this.below().get(id) !== undefined) covered++;
    return this.own.size + this.below().size - covered;
  }

  get active(): number {
    let covered = 0;
    for (const { id } of this.own.mocks()) if (this.below().get(id)?.stored.enabled === true) covered++;
    return this.own.active + this.below().active - covered;
  }

  get hasProxied(): boolean {
    return this.own.hasProxied || this.below().hasProxied;
  }

  get hasScenarios(): boolean {
    return this.own.hasScenarios || this.below().hasScenarios;
  }

  get(id: string): CatalogMock | undefined {
    return this.own.get(id) ?? this.below().get(id);
  }

  *mocks(): IterableIterator<CatalogMock> {
    yield* this.own.mocks();
    for (const mock of this.below().mocks()) if (!this.isCovered(mock)) yield mock;
  }

  find(request: MockRequest, state: ScenarioView): CatalogMock | undefined {
    const isCovered = this.own.size === 0 ? undefined : this.isCovered;
    return this.own.find(request, state) ?? this.below().find(request, state, isCovered);
  }

  matching(request: MockRequest): CatalogMock[] {
    const below = this.below().matching(request);
    return [...this.own.matching(request), ...below.filter(mock => !this.isCovered(mock))];
  }

  wantsBody(request: MockRequest): boolean {
    return this.own.wantsBody(request) || this.below().wantsBody(request);
  }

  nearest(request: MockRequest, limit: number, state: ScenarioView): NearMiss[] {
    const spare = Math.min(this.own.size, spareNearMisses);
    const below = this.below()
      .nearest(request, limit + spare, state)
      .filter(({ mock }) => !this.isCovered(mock));
    const all = [...this.own.nearest(request, limit, state), ...below];
    return all.sort((a, b) => a.distance - b.distance).slice(0, limit);
  }

  scenarios(): ReadonlyMap<string, ReadonlySet<CatalogMock>> {
    return this.merge(this.own.scenarios(), this.below().scenarios());
  }

  resources(): ReadonlyMap<string, ReadonlySet<CatalogMock>> {
    return this.merge(this.own.resources(), this.below().resources());
  }

  private merge(
    own: ReadonlyMap<string, ReadonlySet<CatalogMock>>,
    below: ReadonlyMap<string, ReadonlySet<CatalogMock>>,
  ): ReadonlyMap<string, ReadonlySet<CatalogMock>> {
    const merged = new Map<string, ReadonlySet<CatalogMock>>(own);
    for (const [name, mocks] of below) {
      const visible = [...mocks].filter(mock => !this.isCovered(mock));
      if (visible.length > 0) merged.set(name, new Set([...(own.get(name) ?? []), ...visible]));
    }
    return merged;
  }
}

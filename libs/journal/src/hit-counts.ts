import { type CatalogMock, type HitCount } from '@mock-server/engine';
import { type Exchange, type Source } from './exchange';

/** How often each mock answered, and each source, since the journal was emptied. Exact also when exchanges were dropped. */
export class HitCounts {
  private readonly byMock = new Map<string, HitCount>();
  private readonly hasPlaces: boolean;
  readonly bySource: Record<Source, number> = { mock: 0, proxy: 0, ai: 0, none: 0 };

  /** `shared`: the mocks are those of a workspace that counts them too, so they have no place for these counts. */
  constructor({ shared = false }: { readonly shared?: boolean } = {}) {
    this.hasPlaces = !shared;
  }

  add({ source, mock, receivedAt }: Exchange): void {
    this.bySource[source]++;
    if (mock === undefined) return;
    const hits = (this.hasPlaces ? mock.hits : this.byMock.get(mock.id)) ?? this.bind(mock);
    hits.count++;
    hits.lastAt = receivedAt;
  }

  /** For exchanges that were taken out on purpose. */
  subtract({ source, mock }: Exchange): void {
    this.bySource[source]--;
    const hits = mock === undefined ? undefined : this.byMock.get(mock.id);
    if (hits !== undefined) hits.count--;
  }

  get total(): number {
    const { mock, proxy, ai, none } = this.bySource;
    return mock + proxy + ai + none;
  }

  /** How many mocks have a count. */
  get size(): number {
    return this.byMock.size;
  }

  of(mockId: string): HitCount | undefined {
    return this.byMock.get(mockId);
  }

  /** Mocks that answered at least once, those with most hits first. */
  mostHit(): { readonly id: string; readonly count: number; readonly lastAt: number }[] {
    return [...this.byMock]
      .filter(([, { count }]) => count > 0)
      .map(([id, { count, lastAt }]) => ({ id, count, lastAt }))
      .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
  }

  /** Starts from nothing. Mocks keep their places. */
  clear(): void {
    for (const hits of this.byMock.values()) hits.count = 0;
    for (const source of Object.keys(this.bySource) as Source[]) this.bySource[source] = 0;
  }

  /** By counts that were kept elsewhere, under `m:<mock>`, `t:<mock>` and `s:<source>`. */
  replace(counts: ReadonlyMap<string, number>): void {
    this.byMock.clear();
    for (const source of Object.keys(this.bySource) as Source[]) this.bySource[source] = counts.get(`s:${source}`) ?? 0;
    for (const [name, count] of counts)
      if (name.startsWith('m:'))
        this.byMock.set(name.slice(2), { count, lastAt: counts.get(`t:${name.slice(2)}`) ?? 0 });
  }

  /** Frees the places of mocks that are gone. */
  forget(isGone: (mockId: string) => boolean): void {
    for (const id of this.byMock.keys()) if (isGone(id)) this.byMock.delete(id);
  }

  /** A mock that was edited is compiled anew, and goes on with the count it had. */
  private bind(mock: CatalogMock): HitCount {
    let hits = this.byMock.get(mock.id);
    if (hits === undefined) this.byMock.set(mock.id, (hits = { count: 0, lastAt: 0 }));
    if (this.hasPlaces) mock.hits = hits;
    return hits;
  }
}

/** Something counted under its own labels, and the labels it is counted under when there are too many of its kind. */
export interface Cell<T> {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly overflowLabels: Readonly<Record<string, string>>;
  /** How often it was seen: the busiest get their own series. */
  readonly weight: number;
  readonly value: T;
}

export interface Series<T> {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly T[];
}

/**
 * Gives at most `limit` cells their own series; the others are added up under their overflow labels. A cell stays where
 * it was put first, so no counter ever falls.
 */
export class SeriesBudget<T> {
  private readonly own = new Set<string>();
  private readonly overflowing = new Set<string>();

  constructor(private readonly limit: number) {}

  assign(cells: readonly Cell<T>[]): Series<T>[] {
    const news = cells.filter(({ key }) => !this.own.has(key) && !this.overflowing.has(key));
    for (const { key } of news.sort((a, b) => b.weight - a.weight)) {
      (this.own.size < this.limit ? this.own : this.overflowing).add(key);
    }
    const overflow = new Map<string, { labels: Cell<T>['labels']; values: T[] }>();
    const series: Series<T>[] = [];
    for (const { key, labels, overflowLabels, value } of cells) {
      if (this.own.has(key)) {
        series.push({ labels, values: [value] });
        continue;
      }
      const name = Object.values(overflowLabels).join(' ');
      const sum = overflow.get(name) ?? { labels: overflowLabels, values: [] };
      sum.values.push(value);
      overflow.set(name, sum);
    }
    return [...series, ...overflow.values()];
  }
}

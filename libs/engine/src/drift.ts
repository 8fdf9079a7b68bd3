/** What about an answer is another at the backend than in the mock. */
export type DriftKind =
  | 'status'
  | 'header-added'
  | 'header-removed'
  | 'header-changed'
  | 'body'
  | 'added'
  | 'removed'
  | 'renamed'
  | 'type'
  | 'nullability'
  | 'enum'
  | 'format';

/** One difference in structure; values that only differ in what they say are none. */
export interface Drift {
  readonly kind: DriftKind;
  /** A header's name, or where in the JSON: `$.items[*].price`. Empty for the status and for the body as a whole. */
  readonly path: string;
  /** What the mock has there, in words; undefined where it has nothing. */
  readonly mock?: string | undefined;
  readonly backend?: string | undefined;
  readonly message: string;
}

export interface DriftOptions {
  /** Lower-case names of headers that are not looked at. */
  readonly ignoredHeaders?: ReadonlySet<string> | undefined;
  /** Paths as a drift names them; what is below them is not looked at either. */
  readonly ignoredPaths?: readonly string[] | undefined;
  /** Words that are known in fields of a name, from wherever: one of them is no new word of a choice. */
  readonly words?: Vocabulary | undefined;
}

/** Words by the name of the field that they stand in. */
export type Vocabulary = ReadonlyMap<string, ReadonlySet<string>>;

/** One step down: `$.a` and `b` give `$.a.b`; a name that is no identifier stands in brackets. */
export function memberPath(path: string, name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

export function isIgnoredPath(path: string, ignored: readonly string[] = []): boolean {
  return ignored.some(
    one => path === one || (path.startsWith(one) && (path[one.length] === '.' || path[one.length] === '[')),
  );
}

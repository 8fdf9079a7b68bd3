/** One thing wrong in a mapping: where (JSON Pointer, RFC 6901) and what to do about it. */
export interface Mistake {
  readonly pointer: string;
  readonly message: string;
}

/** Adds one step to a JSON Pointer: `at('/request', 'a/b')` is `/request/a~1b`. */
export function at(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

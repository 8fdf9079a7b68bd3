/** Longer keys are refused: they are names. */
export const maxStateKeyLength = 200;

/** One value of the key-value store after a hit; undefined: it is gone. */
export type StateWrite = readonly [key: string, value: unknown];

/** What a state key must be; undefined when it is fine. */
export function stateKeyMistake(key: string): string | undefined {
  if (key === '') return 'is an empty key';
  return key.length > maxStateKeyLength ? `is a key of more than ${maxStateKeyLength} characters` : undefined;
}

/** The key-value store as one hit sees it: what is kept, under what the hit itself has written so far. Values are JSON. */
export class StateDraft {
  private readonly written = new Map<string, unknown>();

  constructor(private readonly read: (key: string) => unknown) {}

  get(key: string): unknown {
    return this.written.has(key) ? this.written.get(key) : this.read(key);
  }

  /** `undefined` deletes. */
  set(key: string, value: unknown): void {
    this.written.set(key, value);
  }

  /** One a key, the last. */
  get writes(): readonly StateWrite[] {
    return [...this.written];
  }
}

export type StateChangeResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** A number under the key goes up by `by`; nothing counts as 0. */
export function incremented(known: unknown, by: number): StateChangeResult {
  const from = known === undefined ? 0 : typeof known === 'string' && known.trim() !== '' ? Number(known) : known;
  if (typeof from !== 'number' || !Number.isFinite(from)) return { ok: false, message: 'finds no number to increment' };
  const value = from + by;
  return Number.isFinite(value) ? { ok: true, value } : { ok: false, message: 'goes beyond what a number can be' };
}

/** What a list keeps when nobody says how much: each change writes all of it. */
const usualListLength = 1_000;

/** A list gets one more element, of which the newest `max` stay (1,000 if absent); a text gets longer; nothing counts as an empty list. */
export function appended(known: unknown, value: unknown, max = usualListLength): StateChangeResult {
  if (typeof known === 'string' && typeof value === 'string') return { ok: true, value: known + value };
  if (known !== undefined && !Array.isArray(known)) return { ok: false, message: 'finds no list to append to' };
  const list = [...((known as readonly unknown[] | undefined) ?? []), value];
  return { ok: true, value: list.slice(-max) };
}

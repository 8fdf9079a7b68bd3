import { type StateTable } from './state-store';

/** A piece of a workspace's state under one name: an entry of a table, or, without a key, the counter of a table. */
export interface StateField {
  readonly table: StateTable;
  readonly key: string | undefined;
}

/** The length comes first, so that no table and key read as two others. */
export function entryField(table: StateTable, key: string): string {
  return `=${table.length}:${table}${key}`;
}

export function counterField(table: StateTable): string {
  return `#${table}`;
}

export function readField(field: string): StateField {
  if (field.startsWith('#')) return { table: field.slice(1) as StateTable, key: undefined };
  const colon = field.indexOf(':');
  const end = colon + 1 + Number(field.slice(1, colon));
  return { table: field.slice(colon + 1, end) as StateTable, key: field.slice(end) };
}

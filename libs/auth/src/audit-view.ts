import type { AuditEventEntity } from './audit-event.entity';

const COLUMNS = [
  'id',
  'at',
  'actorKind',
  'actorId',
  'actorName',
  'workspaceSlug',
  'action',
  'target',
  'outcome',
  'status',
  'address',
  'requestId',
] as const;

export type AuditView = Omit<AuditEventEntity, 'at' | 'workspaceId'> & { readonly at: string };

export function viewEvent({ workspaceId: _workspaceId, at, ...event }: AuditEventEntity): AuditView {
  return { ...event, at: new Date(at).toISOString() };
}

export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

export function toCsvLine(event: AuditView): string {
  return `${COLUMNS.map(column => toCsvCell(event[column])).join(',')}\r\n`;
}

/** A spreadsheet runs a cell that begins like a formula; a leading apostrophe makes it text (OWASP, CSV injection). */
export function toCsvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r\n|%＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n\t;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

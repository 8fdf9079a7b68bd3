import type { PoolClient } from 'pg';

/** A connection keeps what is prepared on it until it ends. */
const MAX_NAMES = 200;
/** invalid_sql_statement_name, and "cached plan must not change result type": a migration changed a column. */
const STALE = new Set(['26000', '0A000']);

const names = new Map<string, string>();
/** Whether a connection is one to PostgreSQL itself. */
const direct = new WeakMap<PoolClient, boolean>();

/** From now on the statement of this text is prepared where it runs. */
export function keepPrepared(text: string): void {
  if (!names.has(text) && names.size < MAX_NAMES) names.set(text, `mock-server-${names.size}`);
}

/** Undefined: it is parsed and planned each time. */
export function preparedName(client: PoolClient, text: string): string | undefined {
  const name = names.get(text);
  return name !== undefined && isDirect(client) ? name : undefined;
}

/** The connection goes on without what is prepared on it, if that is why a statement failed. */
export function forgetStale(client: PoolClient, error: unknown): void {
  if (STALE.has(String((error as { readonly code?: unknown }).code))) direct.set(client, false);
}

/**
 * A pooler that lends a connection for one transaction lends another for the next, where nothing is prepared. The process that answers is
 * then another than the one that the pooler named when it let us in. Nobody waits for the question: until it is answered the word is no.
 */
function isDirect(client: PoolClient): boolean {
  const known = direct.get(client);
  if (known !== undefined) return known;
  direct.set(client, false);
  const { processID } = client as unknown as { readonly processID: number | null };
  client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid').then(
    ({ rows }) => direct.set(client, rows[0]?.pid === processID),
    () => direct.delete(client),
  );
  return false;
}

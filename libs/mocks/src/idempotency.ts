import { createHash } from 'node:crypto';
import { runLater, sql } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type EntityManager } from 'typeorm';
import { IdempotencyKeyEntity } from './idempotency-key.entity';

const keepMs = 24 * 60 * 60 * 1_000;
const maxKeysPerWorkspace = 10_000;
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** A write that may be sent again: the same key and body get the same answer, and happen once. */
export interface IdempotentRequest {
  readonly key: string;
  readonly hash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Reads `Idempotency-Key`; undefined when the client sent none. */
export function readIdempotencyKey(
  key: string | undefined,
  action: string,
  body: unknown,
): IdempotentRequest | undefined {
  if (key === undefined) return undefined;
  if (!keyPattern.test(key))
    throw new Problem('bad-request', {
      detail: 'Idempotency-Key takes 1 to 255 visible ASCII characters, such as a UUID.',
    });
  return {
    key,
    hash: createHash('sha256')
      .update(`${action}\n${JSON.stringify(body ?? null)}`)
      .digest('hex'),
  };
}

/** The answer that this key got before. Called inside the transaction that holds the workspace's lock, so two cannot miss each other. */
export async function findAnswer(
  manager: EntityManager,
  workspaceId: string,
  { key, hash }: IdempotentRequest,
): Promise<StoredAnswer | undefined> {
  const known = await manager.findOneBy(IdempotencyKeyEntity, { workspaceId, key });
  if (known === null || known.createdAt < Date.now() - keepMs) return undefined;
  if (known.requestHash !== hash)
    throw new Problem('idempotency-conflict', {
      detail: 'This Idempotency-Key was used for another request; take a new key.',
    });
  return { status: known.status, body: JSON.parse(known.body) as unknown };
}

/** Forgets what is too old, and the oldest tenth when there are too many. */
export function keepAnswer(
  manager: EntityManager,
  workspaceId: string,
  { key, hash }: IdempotentRequest,
  { status, body }: StoredAnswer,
): void {
  const now = Date.now();
  const own = sql`idempotency_keys WHERE workspace_id = ${workspaceId}`;
  runLater(manager, sql`DELETE FROM ${own} AND (created_at < ${now - keepMs} OR key = ${key})`);
  runLater(
    manager,
    sql`DELETE FROM ${own} AND (SELECT COUNT(*) FROM ${own}) >= ${maxKeysPerWorkspace}
          AND key IN (SELECT key FROM ${own} ORDER BY created_at LIMIT ${maxKeysPerWorkspace / 10})`,
  );
  runLater(
    manager,
    sql`INSERT INTO idempotency_keys (workspace_id, key, request_hash, status, body, created_at)
        VALUES (${workspaceId}, ${key}, ${hash}, ${status}, ${JSON.stringify(body)}, ${now})`,
  );
}

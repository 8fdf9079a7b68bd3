import { createHash } from 'node:crypto';
import { Problem } from '@mock-server/http';
import { LessThan, type EntityManager } from 'typeorm';
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

export async function keepAnswer(
  manager: EntityManager,
  workspaceId: string,
  request: IdempotentRequest,
  answer: StoredAnswer,
): Promise<void> {
  await manager.delete(IdempotencyKeyEntity, { workspaceId, createdAt: LessThan(Date.now() - keepMs) });
  if ((await manager.countBy(IdempotencyKeyEntity, { workspaceId })) >= maxKeysPerWorkspace) {
    const oldest = await manager.find(IdempotencyKeyEntity, {
      where: { workspaceId },
      order: { createdAt: 'ASC' },
      take: maxKeysPerWorkspace / 10,
      select: { key: true },
    });
    for (const { key } of oldest) await manager.delete(IdempotencyKeyEntity, { workspaceId, key });
  }
  await manager.delete(IdempotencyKeyEntity, { workspaceId, key: request.key });
  await manager.insert(IdempotencyKeyEntity, {
    workspaceId,
    key: request.key,
    requestHash: request.hash,
    status: answer.status,
    body: JSON.stringify(answer.body),
    createdAt: Date.now(),
  });
}

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Problem } from './problem';

/** As in WireMock: no limit means all. */
export interface Paging {
  readonly limit: number | undefined;
  readonly offset: number;
}

/** Reads `limit` and `offset` of a query; anything but a whole number from 0 on is a 400. */
export function readPaging(query: Readonly<Record<string, unknown>>): Paging {
  return { limit: readCount(query, 'limit'), offset: readCount(query, 'offset') ?? 0 };
}

function readCount(query: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,10}$/.test(text)) return Number(text);
  throw new Problem('bad-request', { detail: `Query parameter '${name}' must be a whole number from 0 on.` });
}

/** One page of a list, and how many there are in all. */
export function pageOf<T>(all: readonly T[], { limit, offset }: Paging): { items: T[]; meta: { total: number } } {
  const end = limit === undefined ? all.length : offset + limit;
  return { items: all.slice(offset, end), meta: { total: all.length } };
}

const PAGING_QUERIES = [
  ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'At most so many; all if absent.',
  }),
  ApiQuery({
    name: 'offset',
    required: false,
    schema: { type: 'integer', minimum: 0, default: 0 },
    description: 'Skip so many first.',
  }),
];

/** Controller parameter `@PagingQuery() paging: Paging`; writes itself into the API document. */
export const PagingQuery = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Paging =>
    readPaging(context.switchToHttp().getRequest<{ query: Record<string, unknown> }>().query),
  [
    (target, key) => {
      const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
      if (key !== undefined && descriptor) PAGING_QUERIES.forEach(document => document(target, key, descriptor));
    },
  ],
);

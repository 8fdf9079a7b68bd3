import { isObject } from './is-object';

/**
 * A stored mapping as WireMock's admin API shows it: id first, `method` and `status` filled in, uuid beside id, then everything
 * else as it was written.
 */
export function viewMapping(id: string, json: string): Record<string, unknown> {
  const { id: _id, uuid: _uuid, name, request, response, ...rest } = JSON.parse(json) as Record<string, unknown>;
  return {
    id,
    ...(name !== undefined && name !== null ? { name } : {}),
    request: {
      ...withUrlFirst(request),
      method: isObject(request) && request['method'] !== undefined ? request['method'] : 'ANY',
    },
    response: { status: 200, ...(isObject(response) ? response : {}) },
    uuid: id,
    ...rest,
  };
}

function withUrlFirst(request: unknown): Record<string, unknown> {
  if (!isObject(request)) return {};
  const { method: _method, ...rest } = request;
  return rest;
}

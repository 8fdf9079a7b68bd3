import { viewMapping } from './mapping-view';

function view(mapping: unknown): string {
  return JSON.stringify(viewMapping('id-1', JSON.stringify(mapping)));
}

describe('a mapping as WireMock shows it', () => {
  test('has id, request, response and uuid, filled in where nothing was said', () => {
    expect(view({})).toBe('{"id":"id-1","request":{"method":"ANY"},"response":{"status":200},"uuid":"id-1"}');
  });

  test('keeps everything else as it was written, unknown fields too', () => {
    const mapping = {
      priority: 3,
      name: 'n',
      colour: { of: ['money'] },
      request: { method: 'GET', urlPath: '/a', shape: 1 },
      response: { jsonBody: null, status: 404 },
      metadata: { a: null },
    };
    expect(viewMapping('id-1', JSON.stringify(mapping))).toEqual({ ...mapping, id: 'id-1', uuid: 'id-1' });
  });

  test('shows the id under which it is stored, not the one that was written', () => {
    expect(viewMapping('id-1', '{"id":"other","uuid":"another"}')).toMatchObject({ id: 'id-1', uuid: 'id-1' });
  });

  test('leaves out a name that is null', () => {
    expect(viewMapping('id-1', '{"name":null}')).not.toHaveProperty('name');
  });

  test('shows a method that is an object', () => {
    expect(viewMapping('id-1', '{"request":{"method":{"oneOf":["GET"]}}}')['request']).toEqual({
      method: { oneOf: ['GET'] },
    });
  });

  test('does not take a member called __proto__ for more than a member', () => {
    const shown = viewMapping('id-1', '{"metadata":{"__proto__":{"a":1}},"request":{"__proto__":{"b":1}}}');
    expect(JSON.stringify(shown)).toContain('{"__proto__":{"a":1}}');
    expect((shown['request'] as { b?: number }).b).toBeUndefined();
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

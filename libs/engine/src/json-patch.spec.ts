import fc from 'fast-check';
import { applyJsonPatch, jsonPatchBetween, jsonPatchSchema } from './json-patch';

it('what lies between two values makes one of the other', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).map(value => JSON.parse(JSON.stringify(value)) as unknown);
  fc.assert(
    fc.property(json, json, (before, after) => {
      const patch = jsonPatchSchema.parse(jsonPatchBetween(before, after));
      expect(applyJsonPatch(before, patch)).toEqual({ ok: true, value: after });
    }),
    { numRuns: 500 },
  );
});

it('lists take values at a place and at their end', () => {
  expect(
    applyJsonPatch({ a: [1, 2] }, [
      { op: 'add', path: '/a/0', value: 0 },
      { op: 'add', path: '/a/-', value: 3 },
      { op: 'remove', path: '/a/1' },
      { op: 'replace', path: '/a/1', value: 9 },
    ]),
  ).toEqual({ ok: true, value: { a: [0, 9, 3] } });
});

it.each([
  ['a place that is not there', [{ op: 'replace', path: '/b', value: 1 }]],
  ['a place below nothing', [{ op: 'add', path: '/b/c', value: 1 }]],
  ['beyond the end', [{ op: 'add', path: '/a/7', value: 1 }]],
  ['no index', [{ op: 'replace', path: '/a/x', value: 1 }]],
  ['no pointer', [{ op: 'add', path: 'a', value: 1 }]],
  ['the removal of everything', [{ op: 'remove', path: '' }]],
] as const)('%s does not fit', (_what, patch) => {
  expect(applyJsonPatch({ a: [1] }, [...patch])).toMatchObject({ ok: false });
});

it('a member called __proto__ is a member', () => {
  const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
  expect(JSON.stringify(patched)).toBe('{"ok":true,"value":{"__proto__":{"polluted":true}}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

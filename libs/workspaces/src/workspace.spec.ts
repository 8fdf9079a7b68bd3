import { newWorkspaceSchema, readSettings, workspacePatchSchema } from './workspace';

const aWorkspace = (changes: object): unknown => ({ slug: 'team-a', name: 'Team A', ...changes });
const isGood = (input: unknown): boolean => newWorkspaceSchema.safeParse(input).success;

describe('A new workspace', () => {
  it.each(['a', 'team-a', '0', 'a--b', 'a'.repeat(63)])('may have the slug %s', slug => {
    expect(isGood(aWorkspace({ slug }))).toBe(true);
  });

  it.each(['', '-a', 'a-', 'Team', 'a.b', 'a_b', 'ä', 'a b', 'a/..', 'a\n', 'a'.repeat(64), 7])(
    'may not have the slug %j',
    slug => {
      expect(isGood(aWorkspace({ slug }))).toBe(false);
    },
  );

  it.each(['', '   ', 'a\u0000b', 'a\nb', '\ud800', 'a\u202eb', 'a'.repeat(201)])('may not be named %j', name => {
    expect(isGood(aWorkspace({ name }))).toBe(false);
  });

  it.each(['http://localhost:3000', 'https://api.example.test/v1', 'http://[::1]:8080/', 'http://10.0.0.1'])(
    'may have the backend %s',
    backendUrl => {
      expect(isGood(aWorkspace({ backendUrl }))).toBe(true);
    },
  );

  it.each([
    '',
    'api.example.test',
    'ftp://a.test',
    'http://',
    'http://u:p@a.test',
    'http://a.test?x=1',
    'http://a.test/#',
    'http://a b',
    'javascript:alert(1)',
  ])('may not have the backend %j', backendUrl => {
    expect(isGood(aWorkspace({ backendUrl }))).toBe(false);
  });

  it.each([
    [aWorkspace({ role: 'admin' }), 'role'],
    [aWorkspace({ settings: { corss: true } }), 'corss'],
  ])('has no other fields, and the one too many is named', (input, key) => {
    const issue = newWorkspaceSchema.safeParse(input).error?.issues[0];
    expect(issue).toMatchObject({ code: 'unrecognized_keys', keys: [key] });
  });

  it('has settings for all that it does not name', () => {
    expect(newWorkspaceSchema.parse(aWorkspace({ settings: {} }))).toMatchObject({
      settings: { fallbacks: ['proxy'], cors: true },
    });
  });
});

it('A patch of a workspace names what changes, and nothing else', () => {
  expect(workspacePatchSchema.parse({ settings: { cors: false } })).toEqual({ settings: { cors: false } });
});

describe('Stored settings', () => {
  it.each([
    [{}, { fallbacks: ['proxy'], cors: true }],
    [null, { fallbacks: ['proxy'], cors: true }],
    [
      { cors: false, fallbacks: [] },
      { fallbacks: [], cors: false },
    ],
    [
      { backendUrl: 'nonsense', cors: 'yes', fallbacks: ['later'] },
      { fallbacks: ['proxy'], cors: true },
    ],
    [
      { backendUrl: 'http://a.test', unknown: 1 },
      { backendUrl: 'http://a.test', fallbacks: ['proxy'], cors: true },
    ],
  ])('%j are read as %j', (stored, settings) => {
    expect(readSettings(stored)).toEqual(settings);
  });
});

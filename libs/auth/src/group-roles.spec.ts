import type { GroupRole } from '@mock-server/config';
import { grantsOf, readGroups } from './group-roles';

const mapping: readonly GroupRole[] = [
  { group: 'ops', isAdmin: true },
  { group: 'devs', isAdmin: false, workspace: 'shop', role: 'viewer' },
  { group: 'leads', isAdmin: false, workspace: 'shop', role: 'owner' },
  { group: 'devs', isAdmin: false, workspace: 'pay', role: 'editor' },
];

test.each<[string, unknown, string[]]>([
  ['a list', ['devs', 'leads'], ['devs', 'leads']],
  ['a list with what is no name', ['devs', 1, null, {}], ['devs']],
  ['one name', 'devs', ['devs']],
  ['names in one text', 'devs, leads', ['devs, leads', 'devs', 'leads']],
  ['nothing', undefined, []],
  ['something else', { devs: true }, []],
])('groups are read from %s', (_, claim, groups) => {
  expect([...readGroups(claim)].sort()).toEqual(groups.sort());
});

test.each<[string, string[], boolean, [string, string][]]>([
  ['none', [], false, []],
  ['unknown ones', ['others'], false, []],
  [
    'one that is in two workspaces',
    ['devs'],
    false,
    [
      ['shop', 'viewer'],
      ['pay', 'editor'],
    ],
  ],
  [
    'two for one workspace: the higher',
    ['devs', 'leads'],
    false,
    [
      ['shop', 'owner'],
      ['pay', 'editor'],
    ],
  ],
  ['that of admins', ['ops'], true, []],
])('of a user with groups %s', (_, groups, isAdmin, roles) => {
  expect(grantsOf(new Set(groups), mapping)).toEqual({ isAdmin, roles: new Map(roles) });
});

import type { GroupRole } from '@mock-server/config';
import type { WorkspaceRole } from '@mock-server/http';

/** What the groups of a user make of them. */
export interface GroupGrants {
  readonly isAdmin: boolean;
  /** By workspace slug, the highest that one of the groups gives. */
  readonly roles: ReadonlyMap<string, WorkspaceRole>;
}

const RANK: Readonly<Record<WorkspaceRole, number>> = { viewer: 0, editor: 1, owner: 2 };
const MAX_GROUPS = 10_000;

/** The groups that a claim lists; providers send a list, or one name, or names divided by commas or spaces. */
export function readGroups(claim: unknown): ReadonlySet<string> {
  if (typeof claim === 'string') return new Set([claim, ...claim.split(/[\s,]+/)].filter(name => name !== ''));
  if (!Array.isArray(claim)) return new Set();
  return new Set(claim.slice(0, MAX_GROUPS).filter(name => typeof name === 'string'));
}

export function grantsOf(groups: ReadonlySet<string>, mapping: readonly GroupRole[]): GroupGrants {
  const mine = mapping.filter(({ group }) => groups.has(group));
  const roles = new Map<string, WorkspaceRole>();
  for (const grant of mine) {
    if (grant.isAdmin) continue;
    const known = roles.get(grant.workspace);
    if (known === undefined || RANK[grant.role] > RANK[known]) roles.set(grant.workspace, grant.role);
  }
  return { isAdmin: mine.some(({ isAdmin }) => isAdmin), roles };
}

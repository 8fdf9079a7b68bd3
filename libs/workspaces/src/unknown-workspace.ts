import { Problem } from '@mock-server/http';

/** Also the answer to who may not know that the workspace exists: the two must not differ. */
export function unknownWorkspace(slug: string): Problem {
  return new Problem('workspace-not-found', {
    detail: `There is no workspace '${slug.slice(0, 63)}'. GET /__admin/workspaces lists them.`,
  });
}

export function unknownAddress(): Problem {
  return new Problem('workspace-not-found', {
    detail:
      'The request addresses a workspace that does not exist, by path, x-mock-workspace or host. GET /__admin/workspaces lists them.',
  });
}

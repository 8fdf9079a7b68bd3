import { Problem } from '@mock-server/http';

export function archivedWorkspace(): Problem {
  return new Problem('workspace-archived', {
    detail: 'An archived workspace takes no changes. PATCH it with {"isArchived": false} first.',
  });
}

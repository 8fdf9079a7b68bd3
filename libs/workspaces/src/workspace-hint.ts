/** What replicas tell each other through the database when a workspace changed. */
export interface WorkspaceHint {
  readonly id: string;
  readonly revision: number;
}

export function writeHint({ id, revision }: WorkspaceHint): string {
  return `workspace ${id} ${revision}`;
}

/** Undefined: the hint is about something else. */
export function readHint(text: string): WorkspaceHint | undefined {
  const [subject, id, revision] = text.split(' ');
  return subject === 'workspace' && id !== undefined ? { id, revision: Number(revision) } : undefined;
}

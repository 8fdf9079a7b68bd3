import { type ChangeNote } from '@mock-server/workspaces';

/** Who changes things in specs that do not care. */
export const BY: ChangeNote = { author: 'a spec', source: 'user' };

import { InitialSchema1795478400000 } from './1795478400000-initial-schema';
import { SignIn1795564800000 } from './1795564800000-sign-in';
import { WorkspaceLifecycle1795651200000 } from './1795651200000-workspace-lifecycle';
import { History1795737600000 } from './1795737600000-history';
import { Sessions1795824000000 } from './1795824000000-sessions';
import { AiUsage1795910400000 } from './1795910400000-ai-usage';

/** Every migration, by name and in order. A merged migration is never edited: add the next one. */
export const migrations = [
  InitialSchema1795478400000,
  SignIn1795564800000,
  WorkspaceLifecycle1795651200000,
  History1795737600000,
  Sessions1795824000000,
  AiUsage1795910400000,
];

export {
  byServer,
  CHANGE_SOURCES,
  ChangedBy,
  type ChangeNote,
  documentChangeMessage,
  readChangeNote,
  type ChangeSource,
} from './change-note';
export { type BackendSettings, backendSettingsSchema } from './backend-settings';
export { InBaseWorkspace, InWorkspace, readAddress, WORKSPACE_HEADER, WorkspacePipe } from './in-workspace';
export { locateWorkspace, type WorkspaceAddress } from './locate-workspace';
export { withHistory, withoutLosing, type PastSettings } from './past-settings';
export { RevisionEntity } from './revision.entity';
export {
  DEFAULT_SLUG,
  type RecordingState,
  type SessionPlace,
  type Workspace,
  type WorkspaceSettings,
} from './workspace';
export type { OpenSession } from './open-session';
export {
  isSessionId,
  isSessionScope,
  newSessionSchema,
  rootIdOf,
  scopeOfSession,
  SESSION_COOKIE,
  SESSION_HEADER,
  sessionIdRule,
  sessionListSchema,
  sessionSchema,
  type NewSession,
  type SessionView,
} from './session';
export { SessionDirectory } from './session-directory';
export { SessionsService, tooManySessions } from './sessions.service';
export { startRedaction } from './start-redaction';
export type { WorkspaceChange } from './workspace-change';
export { WorkspaceDirectory } from './workspace-directory';
export { WorkspaceEntity } from './workspace.entity';
export { WorkspacesModule } from './workspaces.module';
export { WorkspacesService } from './workspaces.service';
export { unknownAddress, unknownWorkspace } from './unknown-workspace';
export { hashTrafficSecret, type Protection } from './protection';
export type { Quotas } from './quotas';

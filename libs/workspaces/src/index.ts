export { type BackendSettings, backendSettingsSchema } from './backend-settings';
export { InWorkspace, WORKSPACE_HEADER, WorkspacePipe } from './in-workspace';
export { locateWorkspace, type WorkspaceAddress } from './locate-workspace';
export { DEFAULT_SLUG, type RecordingState, type Workspace, type WorkspaceSettings } from './workspace';
export type { WorkspaceChange } from './workspace-change';
export { WorkspaceDirectory } from './workspace-directory';
export { WorkspaceEntity } from './workspace.entity';
export { WorkspacesModule } from './workspaces.module';
export { WorkspacesService } from './workspaces.service';

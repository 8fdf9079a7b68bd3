import { callerOf, Problem } from '@mock-server/http';
import { createParamDecorator, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { WorkspaceAddress } from './locate-workspace';
import { unknownAddress } from './unknown-workspace';
import type { Workspace } from './workspace';
import { WorkspaceDirectory } from './workspace-directory';

export const WORKSPACE_HEADER = 'x-mock-workspace';

/** Turns an address into the workspace. A room that uses {@link InWorkspace} imports `WorkspacesModule`. */
@Injectable()
export class WorkspacePipe implements PipeTransform<WorkspaceAddress, Promise<Workspace>> {
  constructor(private readonly directory: WorkspaceDirectory) {}

  async transform(address: WorkspaceAddress): Promise<Workspace> {
    // Another replica may have made it a moment ago.
    if (!this.directory.locate(address)) await this.directory.refresh();
    const workspace = this.directory.locate(address);
    if (workspace) return workspace;
    if (!this.directory.isLoaded) {
      throw new Problem('database-unavailable', {
        detail: 'The workspaces could not be read yet: the database is not reachable. Try again in a few seconds.',
      });
    }
    throw unknownAddress();
  }
}

/** What a request to the admin API says about the workspace that it means. */
export function readAddress(request: IncomingMessage): WorkspaceAddress {
  const { headers } = request;
  const header = headers[WORKSPACE_HEADER];
  const caller = callerOf(request);
  return {
    header: Array.isArray(header) ? header.join(', ') : header,
    host: headers.host,
    tokenWorkspaceId: caller?.kind === 'token' ? caller.workspaceId : undefined,
  };
}

const addressOf = createParamDecorator(
  (_data: unknown, context: ExecutionContext): WorkspaceAddress =>
    readAddress(context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw),
  [
    (target, key) => {
      const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
      if (key === undefined || !descriptor) return;
      ApiHeader({
        name: 'X-Mock-Workspace',
        required: false,
        description:
          'The slug of the workspace meant, if the path or the host does not say it; else that of the API token, else `default`.',
      })(target, key, descriptor);
    },
  ],
);

/** Controller parameter `@InWorkspace() workspace: Workspace`: the one that the request addresses; unknown is a 404. */
export const InWorkspace = (): ParameterDecorator => addressOf(WorkspacePipe);

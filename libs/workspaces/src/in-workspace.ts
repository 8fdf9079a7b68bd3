import { callerOf, Problem } from '@mock-server/http';
import { createParamDecorator, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { WorkspaceAddress } from './locate-workspace';
import { SESSION_HEADER } from './session';
import { SessionsService } from './sessions.service';
import { unknownAddress } from './unknown-workspace';
import type { Workspace } from './workspace';
import { WorkspaceDirectory } from './workspace-directory';

export const WORKSPACE_HEADER = 'x-mock-workspace';

/** Turns an address into the workspace, whatever session it names. */
@Injectable()
export class BaseWorkspacePipe implements PipeTransform<WorkspaceAddress, Promise<Workspace>> {
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

/** Turns an address into the workspace, or into the session on it. A room that uses {@link InWorkspace} imports `WorkspacesModule`. */
@Injectable()
export class WorkspacePipe implements PipeTransform<WorkspaceAddress, Promise<Workspace>> {
  constructor(
    private readonly base: BaseWorkspacePipe,
    private readonly sessions: SessionsService,
  ) {}

  async transform(address: WorkspaceAddress): Promise<Workspace> {
    const workspace = await this.base.transform(address);
    return address.session === undefined ? workspace : this.sessions.open(workspace, address.session);
  }
}

/** What a request to the admin API says about the workspace that it means. */
export function readAddress(request: IncomingMessage): WorkspaceAddress {
  const { headers } = request;
  const caller = callerOf(request);
  return {
    header: textOf(headers[WORKSPACE_HEADER]),
    host: headers.host,
    tokenWorkspaceId: caller?.kind === 'token' ? caller.workspaceId : undefined,
    session: textOf(headers[SESSION_HEADER]),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

type Decorate = (target: object, key: string | symbol | undefined) => void;

const documents =
  (...headers: Parameters<typeof ApiHeader>): Decorate =>
  (target, key) => {
    const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
    if (key !== undefined && descriptor) for (const header of headers) ApiHeader(header)(target, key, descriptor);
  };

const documentsWorkspace = documents({
  name: 'X-Mock-Workspace',
  required: false,
  description:
    'The slug of the workspace meant, if the path or the host does not say it; else that of the API token, else `default`.',
});
const documentsSession = documents({
  name: 'X-Mock-Session',
  required: false,
  description:
    'The id of a session on the workspace: its own mocks, state and journal are meant. It begins if it is not there.',
});

const addressIn = (_data: unknown, context: ExecutionContext): WorkspaceAddress =>
  readAddress(context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw);

const addressOf = createParamDecorator(addressIn, [documentsWorkspace, documentsSession]);
const baseAddressOf = createParamDecorator(addressIn, [documentsWorkspace]);

/**
 * Controller parameter `@InWorkspace() workspace: Workspace`: the one that the request addresses, or the session on it, which has an
 * id of its own; unknown is a 404.
 */
export const InWorkspace = (): ParameterDecorator => addressOf(WorkspacePipe);

/** The same where sessions have no part of their own, such as tokens: always the workspace. */
export const InBaseWorkspace = (): ParameterDecorator => baseAddressOf(BaseWorkspacePipe);

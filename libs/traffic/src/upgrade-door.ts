import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { freshScenarios, type CatalogMock, type MockRequest } from '@mock-server/engine';
import { MockCatalog, ScenarioStates } from '@mock-server/mocks';
import { type Workspace } from '@mock-server/workspaces';
import { Entrance, Refusal, withoutKey } from './entrance';
import { LoadShedding } from './load-shedding';
import { readHead, type RequestHead } from './request-head';
import { requestOf } from './request-of';

/** A request for a WebSocket on its way to the workspace's backend. */
export interface Upgrading {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  readonly head: RequestHead;
  readonly workspace: Workspace;
  readonly receivedAt: number;
  readonly startedAt: number;
}

/** Which requests for a WebSocket go to a backend: those that the workspace lets in, that no mock answers and that have one. */
@Injectable()
export class UpgradeDoor {
  constructor(
    private readonly shedding: LoadShedding,
    private readonly entrance: Entrance,
    private readonly catalogs: MockCatalog,
    private readonly scenarios: ScenarioStates,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  admit(incoming: IncomingMessage, socket: Socket): Upgrading | undefined {
    const startedAt = performance.now();
    if (incoming.method !== 'GET') return undefined;
    const asked = readHead(incoming, this.config.limits);
    if (!asked.ok || asked.hasBody || this.shedding.isTooMuch(startedAt)) return undefined;
    const workspace = this.entrance.find(asked);
    if (workspace instanceof Refusal || !passesToBackend(workspace)) return undefined;
    const place = this.entrance.enter(workspace, asked, incoming);
    if (place instanceof Refusal) return undefined;
    const head = withoutKey(asked, workspace);
    if (this.findMock(place, requestOf({ incoming, head })) !== undefined) return undefined;
    return { incoming, socket, head, workspace: place, receivedAt: Date.now(), startedAt };
  }

  /** Node wants to know at once: where scenario states have to be asked for over a network, those of the start count. */
  private findMock({ id }: Workspace, request: MockRequest): CatalogMock | undefined {
    const catalog = this.catalogs.catalogOf(id);
    if (catalog === undefined) return undefined;
    const found = this.scenarios.find(id, catalog, request);
    if (!(found instanceof Promise)) return found;
    found.catch(() => undefined);
    return catalog.find(request, freshScenarios);
  }
}

function passesToBackend({ settings }: Workspace): boolean {
  return settings.backendUrl !== undefined && settings.fallbacks.includes('proxy');
}

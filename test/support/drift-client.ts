import { call, type Reply } from './http-call';
import { startScratchServer, type ScratchServer } from './scratch-server';
import { startShopApi, type ShopApi } from './shop-api';

/** As `POST /__admin/drift` answers. */
export interface DriftReport {
  readonly counts: Readonly<Record<'same' | 'drifted' | 'notCompared' | 'left', number>>;
  readonly drifted: readonly DriftedMock[];
  readonly notCompared: readonly { readonly id: string; readonly reason: string }[];
}

interface DriftedMock {
  readonly id: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly differences: readonly { readonly kind: string; readonly path: string }[];
  readonly byHand?: readonly string[];
}

/** `renamed $.a`: what a report tells, without its words. */
export function kindsOf(drifted: readonly DriftedMock[]): string[] {
  return drifted.flatMap(({ differences }) => differences.map(({ kind, path }) => `${kind} ${path}`.trim()));
}

/** A server before a shop, for all tests of a file. */
export function serverBeforeShop(): { readonly server: ScratchServer; readonly shop: ShopApi } {
  const started = {} as { server: ScratchServer; shop: ShopApi };
  beforeAll(async () => {
    started.shop = await startShopApi();
    started.server = await startScratchServer({ BACKEND_URL: started.shop.url });
  });
  afterAll(async () => {
    await started.server.remove();
    await started.shop.close();
  });
  return started;
}

/** Asks a server for reports, and accepts them. */
export class DriftClient {
  constructor(private readonly url: () => string) {}

  admin(line: string, body?: unknown): Promise<Reply> {
    return call(this.url(), line, { body });
  }

  async drift(spec: object = {}): Promise<DriftReport> {
    const reply = await this.admin('POST /__admin/drift', spec);
    if (reply.status !== 200) throw new Error(reply.text);
    return reply.json as DriftReport;
  }

  apply(drifted: readonly DriftedMock[]): Promise<Reply> {
    return this.admin('POST /__admin/drift/apply', { patches: drifted });
  }

  /** Gives the id of the mock. */
  async mock(mapping: object): Promise<string> {
    const { status, json, text } = await this.admin('POST /__admin/mappings', mapping);
    if (status !== 201) throw new Error(text);
    return json.id as string;
  }
}

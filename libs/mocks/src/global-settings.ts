import { delayDistributionSchema } from '@mock-server/engine';
import { Database } from '@mock-server/database';
import { type ChangeNote, rootIdOf, type Workspace, WorkspaceEntity, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** WireMock's global settings. Stored whole, so that a client reads back what it wrote. */
export const globalSettingsSchema = z
  .looseObject({
    fixedDelay: z
      .int()
      .min(0)
      .max(3_600_000)
      .nullish()
      .describe('Milliseconds before each answer of a mock that names no fixed delay of its own'),
    delayDistribution: delayDistributionSchema
      .nullish()
      .describe('The same for mocks without a distribution; the two add up'),
    proxyPassThrough: z.boolean().optional(),
    extended: z.record(z.string(), z.unknown()).nullish(),
  })
  .meta({ id: 'GlobalSettings' });

/** What extensions keep among the settings. */
export const extendedSettingsSchema = z
  .strictObject({ extended: z.record(z.string(), z.unknown()) })
  .meta({ id: 'ExtendedSettings' });

export type GlobalSettings = z.infer<typeof globalSettingsSchema>;

/** The place in the workspace's settings. */
const key = 'wireMock';

/** WireMock's `/__admin/settings`, of one workspace each; those that a session set hold in it alone. */
@Injectable()
export class GlobalSettingsService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspacesService,
  ) {}

  async read(workspace: Workspace): Promise<GlobalSettings> {
    const own = await this.stored(workspace.id);
    const stored = globalSettingsSchema.safeParse(own ?? (await this.stored(rootIdOf(workspace))));
    return { ...(stored.success ? stored.data : {}), proxyPassThrough: stored.data?.proxyPassThrough ?? false };
  }

  private async stored(id: string): Promise<unknown> {
    const row = await this.database.read(manager => manager.findOneBy(WorkspaceEntity, { id }));
    return (JSON.parse(row?.settings ?? '{}') as Record<string, unknown>)[key];
  }

  /** Replaces them all. */
  async replace(workspace: Workspace, settings: GlobalSettings, by: ChangeNote): Promise<void> {
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
    await this.workspaces.change(workspace.id, by, (_manager, change) => {
      change.settings = { ...change.settings, [key]: given };
      return Promise.resolve();
    });
  }

  /** Puts these among the extended settings; the others stay. */
  async patchExtended(
    workspace: Workspace,
    extended: Readonly<Record<string, unknown>>,
    by: ChangeNote,
  ): Promise<void> {
    await this.workspaces.change(workspace.id, by, (_manager, change) => {
      const stored = globalSettingsSchema.safeParse(change.settings[key]).data ?? {};
      const merged = { ...stored, extended: { ...stored.extended, ...extended } };
      change.settings = { ...change.settings, [key]: merged };
      return Promise.resolve();
    });
  }
}

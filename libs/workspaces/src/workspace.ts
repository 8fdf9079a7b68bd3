import { delayDistributionSchema, type DelayDistribution } from '@mock-server/engine';
import { z } from 'zod';

/** Of the workspace that always exists. Its id is the same everywhere: the first migration inserts it. */
export const DEFAULT_SLUG = 'default';
export const MAX_WORKSPACES = 1_000;

// Control characters, lone surrogates and direction overrides: a database refuses some, and the rest deceive the eye.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

export const slugSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'A slug is 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end: it can be a host name',
  )
  .describe('Addresses the workspace: path prefix `/__w/<slug>/`, header `X-Mock-Workspace`, or host.')
  .meta({ example: 'team-a' });

const nameSchema = z
  .string()
  .trim()
  .min(1, 'A workspace needs a name')
  .max(200, 'A name has at most 200 characters')
  .refine(name => !UNPRINTABLE.test(name), 'A name has printable characters only')
  .describe('For people.');

const backendUrlSchema = z
  .string()
  .max(2_048)
  .refine(isBackendUrl, 'A backend is an http or https URL: origin and optional base path, no user, query or fragment')
  .describe('The real API that a miss is passed to.')
  .meta({ example: 'https://api.example.test/v1' });

const fallbacksSchema = z
  .array(z.enum(['proxy', 'ai']))
  .refine(fallbacks => new Set(fallbacks).size === fallbacks.length, 'Name each fallback once')
  .describe('What is tried on a miss, in this order; then 404.');

const corsSchema = z.boolean().describe('Answer preflights and add CORS headers.');

/** The defaults hold for whatever the stored settings do not name, also for settings added by a later version. */
export const settingsSchema = z
  .strictObject({
    backendUrl: backendUrlSchema.optional(),
    fallbacks: fallbacksSchema.default(['proxy']),
    cors: corsSchema.default(true),
  })
  .meta({ id: 'WorkspaceSettings' });

export const settingsPatchSchema = z
  .strictObject({
    backendUrl: backendUrlSchema.nullable().optional().describe('`null` removes it.'),
    fallbacks: fallbacksSchema.optional(),
    cors: corsSchema.optional(),
  })
  .meta({ id: 'WorkspaceSettingsPatch' });

export const newWorkspaceSchema = z
  .strictObject({
    slug: slugSchema,
    name: nameSchema,
    backendUrl: backendUrlSchema.optional().describe('Short for `settings.backendUrl`, and wins over it.'),
    settings: settingsSchema.optional(),
  })
  .meta({ id: 'NewWorkspace' });

export const workspacePatchSchema = z
  .strictObject({ name: nameSchema.optional(), settings: settingsPatchSchema.optional() })
  .meta({ id: 'WorkspacePatch' });

export const workspaceSchema = z
  .object({
    id: z.uuid(),
    slug: slugSchema,
    name: nameSchema,
    revision: z.int().describe('Rises with every committed change.'),
    settings: settingsSchema,
    fixedDelayMs: z.int().min(0).optional().describe("WireMock's global `fixedDelay`, set by POST /__admin/settings."),
    delayDistribution: delayDistributionSchema.optional().describe("WireMock's global one, set like the fixed delay."),
  })
  .meta({ id: 'Workspace' });

export const workspaceListSchema = z
  .object({ workspaces: z.array(workspaceSchema), meta: z.object({ total: z.int() }) })
  .meta({ id: 'WorkspaceList' });

export type NewWorkspace = z.output<typeof newWorkspaceSchema>;
export type WorkspacePatch = z.output<typeof workspacePatchSchema>;

export interface WorkspaceSettings {
  readonly backendUrl?: string;
  readonly fallbacks: readonly ('proxy' | 'ai')[];
  readonly cors: boolean;
}

/** One team's isolated set of mocks, settings, state and traffic, as of `revision`. */
export interface Workspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly revision: number;
  readonly settings: WorkspaceSettings;
  /** Holds for mocks that say nothing of a fixed delay. */
  readonly fixedDelayMs?: number | undefined;
  /** Holds for mocks that say nothing of a delay distribution. */
  readonly delayDistribution?: DelayDistribution | undefined;
}

/** Settings from storage: what cannot be understood (a newer version's, a hand edit) falls back to its default, one by one. */
export function readSettings(stored: unknown): WorkspaceSettings {
  const given = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const backendUrl = backendUrlSchema.safeParse(given['backendUrl']);
  return {
    ...(backendUrl.success && { backendUrl: backendUrl.data }),
    fallbacks: fallbacksSchema.catch(['proxy']).parse(given['fallbacks']),
    cors: corsSchema.catch(true).parse(given['cors']),
  };
}

const fixedDelaySchema = z.object({ wireMock: z.object({ fixedDelay: z.int().min(1).max(3_600_000) }) });
const distributionSchema = z.object({ wireMock: z.object({ delayDistribution: delayDistributionSchema }) });

/** WireMock's global delays, which are stored beside our settings. */
export function readDelays(stored: unknown): Pick<Workspace, 'fixedDelayMs' | 'delayDistribution'> {
  const fixedDelayMs = fixedDelaySchema.safeParse(stored).data?.wireMock.fixedDelay;
  const delayDistribution = distributionSchema.safeParse(stored).data?.wireMock.delayDistribution;
  return { ...(fixedDelayMs !== undefined && { fixedDelayMs }), ...(delayDistribution && { delayDistribution }) };
}

/** What is stored beside our settings: theirs who put it there, so a replacement of ours keeps it. */
export function besideSettings(stored: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !Object.hasOwn(settingsSchema.shape, key)));
}

function isBackendUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return /^https?:$/.test(url.protocol) && url.hostname !== '' && isPlain && !/[?#\s]/.test(text);
}

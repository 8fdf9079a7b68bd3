import {
  delayDistributionSchema,
  redactionRulesSchema,
  type DelayDistribution,
  type RedactionRules,
} from '@mock-server/engine';
import { z } from 'zod';
import { type BackendSettings, backendSettingsSchema } from './backend-settings';
import { readProtection, type Protection } from './protection';
import { quotasSchema, readQuotas, type Quotas } from './quotas';

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

/** What record on miss does, and what a recording does that says nothing else. */
const recordingSettingsSchema = z
  .strictObject({
    onMiss: z.boolean().optional().describe('Make a mock of each miss that the backend answered.'),
    drafts: z.boolean().optional().describe('Recorded mocks are drafts: not served until they are published.'),
    latency: z.enum(['none', 'fixed', 'mean', 'lognormal']).optional().describe('How much of the latency is kept.'),
    redaction: redactionRulesSchema.optional().describe('Secrets besides those that are always taken out.'),
    collapse: z.boolean().optional().describe('Calls that differ in ids only become one templated mock.'),
  })
  .describe('How recordings are made.')
  .meta({ id: 'RecordingSettings' });

/** The defaults hold for whatever the stored settings do not name, also for settings added by a later version. */
export const settingsSchema = z
  .strictObject({
    backendUrl: backendUrlSchema.optional(),
    fallbacks: fallbacksSchema.default(['proxy']),
    cors: corsSchema.default(true),
    recording: recordingSettingsSchema.optional(),
    backend: backendSettingsSchema.optional(),
  })
  .meta({ id: 'WorkspaceSettings' });

export const settingsPatchSchema = z
  .strictObject({
    backendUrl: backendUrlSchema.nullable().optional().describe('`null` removes it.'),
    fallbacks: fallbacksSchema.optional(),
    cors: corsSchema.optional(),
    recording: recordingSettingsSchema.optional().describe('Replaced as a whole.'),
    backend: backendSettingsSchema.nullable().optional().describe('Replaces them all; `null` removes them.'),
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
  .strictObject({
    name: nameSchema.optional(),
    settings: settingsPatchSchema.optional(),
    isArchived: z.boolean().optional().describe('An archived workspace serves nothing and takes no changes.'),
  })
  .meta({ id: 'WorkspacePatch' });

const recordingSchema = z.object({
  id: z.string(),
  startedAt: z.int(),
  mockId: z.string().optional(),
  spec: z.record(z.string(), z.unknown()),
});

export const workspaceSchema = z
  .object({
    id: z.uuid(),
    slug: slugSchema,
    name: nameSchema,
    revision: z.int().describe('Rises with every committed change.'),
    settings: settingsSchema,
    isArchived: z.boolean().optional(),
    isProtected: z.boolean().describe('Whether traffic needs a key, see GET /__admin/workspaces/{slug}/protection.'),
    quotas: quotasSchema.optional(),
    recording: recordingSchema.optional().describe('What is being recorded, by POST /__admin/recordings/start.'),
    fixedDelayMs: z.int().min(0).optional().describe("WireMock's global `fixedDelay`, set by POST /__admin/settings."),
    delayDistribution: delayDistributionSchema.optional().describe("WireMock's global one, set like the fixed delay."),
  })
  .meta({ id: 'Workspace' });

export const workspaceListSchema = z
  .object({ workspaces: z.array(workspaceSchema), meta: z.object({ total: z.int() }) })
  .meta({ id: 'WorkspaceList' });

const timeSchema = z.string().meta({ format: 'date-time' });
export const deletedWorkspaceListSchema = z
  .object({
    workspaces: z.array(
      z.object({ id: z.string(), slug: slugSchema, name: z.string(), deletedAt: timeSchema, goneAt: timeSchema }),
    ),
  })
  .meta({ id: 'DeletedWorkspaceList' });

export type NewWorkspace = z.output<typeof newWorkspaceSchema>;
export type WorkspacePatch = z.output<typeof workspacePatchSchema>;

export interface WorkspaceSettings {
  readonly backendUrl?: string;
  readonly fallbacks: readonly ('proxy' | 'ai')[];
  readonly cors: boolean;
  /** How the backend is called. */
  readonly backend?: BackendSettings | undefined;
  readonly recording?: RecordingSettings | undefined;
}

export interface RecordingSettings {
  readonly onMiss?: boolean | undefined;
  readonly drafts?: boolean | undefined;
  readonly latency?: 'none' | 'fixed' | 'mean' | 'lognormal' | undefined;
  readonly collapse?: boolean | undefined;
  readonly redaction?: RedactionRules | undefined;
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
  /** Set while it records. */
  readonly recording?: RecordingState | undefined;
  /** Kept, but not served and not changed. */
  readonly isArchived?: boolean | undefined;
  /** What a client must show on the traffic port; undefined: nothing. */
  readonly protection?: Protection | undefined;
  readonly quotas?: Quotas | undefined;
  /** Set when a session on the workspace is meant: `id` and `revision` are the session's then. */
  readonly session?: SessionPlace | undefined;
}

/** Which session of which workspace. */
export interface SessionPlace {
  /** What its clients call it. */
  readonly id: string;
  readonly workspaceId: string;
}

/** A recording under way, as every replica knows it. */
export interface RecordingState {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The mock that passes everything on meanwhile. */
  readonly mockId?: string | undefined;
  /** As it was given, checked. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export type WorkspaceView = Omit<Workspace, 'protection'> & { readonly isProtected: boolean };

/** As the admin API shows it: without what is secret. */
export function viewWorkspace({ protection, ...workspace }: Workspace): WorkspaceView {
  return { ...workspace, isProtected: protection !== undefined };
}

/** Settings from storage: what cannot be understood (a newer version's, a hand edit) falls back to its default, one by one. */
export function readSettings(stored: unknown): WorkspaceSettings {
  const given = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const backendUrl = backendUrlSchema.safeParse(given['backendUrl']);
  const recording = recordingSettingsSchema.safeParse(given['recording']);
  const backend = backendSettingsSchema.safeParse(given['backend']);
  return {
    ...(backendUrl.success && { backendUrl: backendUrl.data }),
    ...(backend.success && { backend: backend.data }),
    fallbacks: fallbacksSchema.catch(['proxy']).parse(given['fallbacks']),
    cors: corsSchema.catch(true).parse(given['cors']),
    ...(recording.success && { recording: recording.data }),
  };
}

/** What is stored beside the settings, each under a name of its own. */
export function readBeside(
  stored: unknown,
): Pick<Workspace, 'fixedDelayMs' | 'delayDistribution' | 'recording' | 'protection' | 'quotas'> {
  const given = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const recording = readRecording(stored);
  const protection = readProtection(given['protection']);
  const quotas = readQuotas(given['quotas'] ?? {});
  return {
    ...readDelays(stored),
    ...(recording !== undefined && { recording }),
    ...(protection !== undefined && { protection }),
    ...(quotas !== undefined && { quotas }),
  };
}

const fixedDelaySchema = z.object({ wireMock: z.object({ fixedDelay: z.int().min(1).max(3_600_000) }) });
const distributionSchema = z.object({ wireMock: z.object({ delayDistribution: delayDistributionSchema }) });

/** WireMock's global delays, which are stored beside our settings. */
function readDelays(stored: unknown): Pick<Workspace, 'fixedDelayMs' | 'delayDistribution'> {
  const fixedDelayMs = fixedDelaySchema.safeParse(stored).data?.wireMock.fixedDelay;
  const delayDistribution = distributionSchema.safeParse(stored).data?.wireMock.delayDistribution;
  return { ...(fixedDelayMs !== undefined && { fixedDelayMs }), ...(delayDistribution && { delayDistribution }) };
}

const activeRecordingSchema = z.object({ activeRecording: recordingSchema });

/** A recording under way, which is stored beside our settings too. */
export function readRecording(stored: unknown): RecordingState | undefined {
  return activeRecordingSchema.safeParse(stored).data?.activeRecording;
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

/** What of a workspace, besides its mocks, has a history. */
export interface PastSettings {
  readonly name: string;
  /** As stored: only what was set. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Not part of it: a recording under way, which is no setting; what guards the workspace, for an old key must not come back with
 * an old mock; and what admins allow it.
 */
const WITHOUT_HISTORY: ReadonlySet<string> = new Set(['activeRecording', 'protection', 'quotas']);

export function withHistory(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !WITHOUT_HISTORY.has(name)));
}

/** The settings of then, with what has no history as it is now. */
export function withoutLosing(
  now: Readonly<Record<string, unknown>>,
  then: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept = Object.entries(now).filter(([name]) => WITHOUT_HISTORY.has(name));
  return { ...withHistory(then), ...Object.fromEntries(kept) };
}

import { type z } from 'zod';
import { at, type Mistake } from './mistake';

/** What zod found wrong, each with a pointer. */
export function mistakesOf(error: z.ZodError, input: unknown): Mistake[] {
  return error.issues.map(issue => {
    const pointer = issue.path.reduce((sum: string, key) => at(sum, String(key)), '');
    const reason = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    const given =
      issue.code === 'invalid_type' && valueIsMissing(input, issue.path) ? `${reason} (it is missing)` : reason;
    return { pointer, message: given };
  });
}

function valueIsMissing(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return true;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined;
}

import {
  compileRequestPattern,
  type Mistake,
  mistakesOf,
  recordSpecSchema,
  type RecordSpec,
} from '@mock-server/engine';
import { Problem } from '@mock-server/http';

/** Checks a record spec, or answers 422 with every mistake. */
export function readRecordSpec(input: unknown): RecordSpec {
  const parsed = recordSpecSchema.safeParse(input);
  if (!parsed.success) throw refused(mistakesOf(parsed.error, input));
  const { ids: _ids, allowNonProxied: _allow, ...pattern } = parsed.data.filters ?? {};
  const compiled = compileRequestPattern(pattern);
  if (compiled.ok) return parsed.data;
  throw refused(compiled.mistakes.map(({ pointer, message }) => ({ pointer: `/filters${pointer}`, message })));
}

function refused(mistakes: readonly Mistake[]): Problem {
  const [first] = mistakes;
  return new Problem('invalid-body', {
    detail: `${first?.pointer === '' ? 'The record spec' : first?.pointer} ${first?.message}.`,
    extras: { mistakes: mistakes.slice(0, 100) },
  });
}

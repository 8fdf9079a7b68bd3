import { type Mapping } from './mapping-schema';
import { type Mistake } from './mistake';
import { type PathTemplate } from './path-template';
import { type ScenarioStep } from './scenario';
import { compileScenarioKey, type ScenarioKey } from './scenario-key';

export type ScenarioReading =
  | { readonly ok: true; readonly step: ScenarioStep | undefined }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** The scenario part of a mapping; its key may name variables of the path template. */
export function compileScenario(
  { scenarioName, scenarioKey, requiredScenarioState, newScenarioState }: Mapping,
  pathTemplate: PathTemplate | undefined,
): ScenarioReading {
  if (typeof scenarioName !== 'string') return { ok: true, step: undefined };
  let key: ScenarioKey | undefined;
  if (typeof scenarioKey === 'string') {
    const reading = compileScenarioKey(scenarioKey, pathTemplate);
    if (!reading.ok)
      return {
        ok: false,
        mistakes: [{ pointer: '/scenarioKey', message: `is an expression that ${reading.message}` }],
      };
    key = reading.key;
  }
  const requiredState = requiredScenarioState ?? undefined;
  return { ok: true, step: { name: scenarioName, requiredState, newState: newScenarioState ?? undefined, key } };
}

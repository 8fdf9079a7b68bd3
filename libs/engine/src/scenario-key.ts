import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { compileTemplate, type Template } from './template';
import { templateModel } from './template-model';
import { type TemplateEnvironment } from './template-run';

/** Says which instance of a scenario a request is about: each user, each cart has states of its own. */
export interface ScenarioKey {
  /** Empty when the request has nothing there, or its template fails: the instance that such requests share. */
  read(request: MockRequest): string;
}

export type ScenarioKeyReading =
  { readonly ok: true; readonly key: ScenarioKey } | { readonly ok: false; readonly message: string };

/** Longer keys are cut in the middle: tokens differ at their ends. */
const maxKeyLength = 1_000;

/**
 * Compiles a template, or the path alone: `request.headers.X-User` is short for `{{request.headers.X-User}}`. There is no chance in it:
 * the same request has the same key.
 */
export function compileScenarioKey(text: string, pathTemplate?: PathTemplate): ScenarioKeyReading {
  const reading = compileTemplate(text.includes('{{') ? text : `{{${text}}}`);
  if (!reading.ok) return { ok: false, message: `${reading.message} (line ${reading.line}, column ${reading.column})` };
  return { ok: true, key: { read: request => readKey(reading.template, request, pathTemplate) } };
}

function readKey(template: Template, request: MockRequest, pathTemplate: PathTemplate | undefined): string {
  const environment: TemplateEnvironment = { now: request.now ?? 0, random: () => 0 };
  const rendering = template.render(templateModel({ request, pathTemplate }, environment), environment);
  return rendering.ok ? cut(rendering.text) : '';
}

function cut(text: string): string {
  const half = maxKeyLength / 2;
  return text.length <= maxKeyLength ? text : `${text.slice(0, half)}…${text.slice(-half)}`;
}

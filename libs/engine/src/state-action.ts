import { readJson } from './json-value';
import { at, type Mistake } from './mistake';
import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { type StateActionSpec } from './state-action-schema';
import { appended, incremented, stateKeyMistake, type StateChangeResult, type StateDraft } from './state-draft';
import { compileTemplate, type Template } from './template';
import { templateModel } from './template-model';
import { type RenderFailure } from './template-reply';
import { type TemplateEnvironment } from './template-run';

export type StateActionsReading =
  { readonly ok: true; readonly actions: StateActions } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** The state actions of a mock, compiled. Never throws, whatever the request. */
export interface StateActions {
  /** Writes to `draft`; undefined when all went well, else what failed: then nothing of the draft counts. */
  run(
    request: MockRequest,
    environment: TemplateEnvironment & { readonly state: StateDraft },
  ): RenderFailure | undefined;
}

/** Every template has a budget of its own, so their number is bounded. */
const maxTemplates = 100;

/** What compiling came upon. */
interface Found {
  readonly mistakes: Mistake[];
  templates: number;
}

type Render = (run: ActionRun) => unknown;

interface ActionRun {
  readonly model: Record<string, unknown>;
  readonly environment: TemplateEnvironment & { readonly state: StateDraft };
}

interface Action {
  readonly pointer: string;
  readonly key: Render;
  /** What stands under the key afterwards. */
  change(known: unknown, run: ActionRun): StateChangeResult;
}

class ActionFailure extends Error {
  constructor(readonly failure: RenderFailure) {
    super(failure.message);
  }
}

/** Compiles the actions of a checked mapping; `pointer` is where they stand. */
export function compileStateActions(
  specs: readonly StateActionSpec[],
  pointer: string,
  pathTemplate?: PathTemplate,
): StateActionsReading {
  const found: Found = { mistakes: [], templates: 0 };
  const actions = specs.map((spec, i) => compileAction(spec, at(pointer, i), found));
  if (found.templates > maxTemplates)
    found.mistakes.push({ pointer, message: `has more than ${maxTemplates} templates; each may take its time` });
  if (found.mistakes.length > 0) return { ok: false, mistakes: found.mistakes };
  return {
    ok: true,
    actions: {
      run: (request, environment) => {
        try {
          runAll(actions, { model: templateModel({ request, pathTemplate }, environment), environment });
          return undefined;
        } catch (error) {
          if (error instanceof ActionFailure) return error.failure;
          throw error;
        }
      },
    },
  };
}

function runAll(actions: readonly Action[], run: ActionRun): void {
  const { state } = run.environment;
  for (const action of actions) {
    const name = String(action.key(run));
    const mistake = stateKeyMistake(name);
    if (mistake !== undefined) throw failure(action.pointer, `'${name.slice(0, 40)}' ${mistake}`);
    const changed = action.change(state.get(name), run);
    if (!changed.ok) throw failure(action.pointer, `the action on '${name}' ${changed.message}`);
    state.set(name, changed.value);
  }
}

function compileAction(spec: StateActionSpec, pointer: string, found: Found): Action {
  const text = (template: string, field: string): Render => compileText(template, at(pointer, field), found);
  if ('delete' in spec)
    return { pointer, key: text(spec.delete, 'delete'), change: () => ({ ok: true, value: undefined }) };
  if ('increment' in spec) {
    const by = typeof spec.by === 'string' ? text(spec.by, 'by') : () => spec.by ?? 1;
    return {
      pointer,
      key: text(spec.increment, 'increment'),
      change: (known, run) => {
        const step = by(run);
        const number = typeof step === 'number' ? step : String(step).trim() === '' ? Number.NaN : Number(step);
        return Number.isFinite(number)
          ? incremented(known, number)
          : { ok: false, message: `is given '${String(step).slice(0, 40)}' in by, which is no number` };
      },
    };
  }
  const made = compileValue(spec, pointer, found);
  if ('set' in spec)
    return { pointer, key: text(spec.set, 'set'), change: (_, run) => ({ ok: true, value: made(run) }) };
  return {
    pointer,
    key: text(spec.append, 'append'),
    change: (known, run) => appended(known, made(run), spec.max),
  };
}

function compileValue(
  spec: { readonly value?: unknown; readonly json?: string | undefined },
  pointer: string,
  found: Found,
): Render {
  if ((spec.value === undefined) === (spec.json === undefined)) {
    found.mistakes.push({ pointer, message: 'needs a value, or json, and not both' });
    return () => undefined;
  }
  if (spec.json === undefined) return compileJson(spec.value, at(pointer, 'value'), found);
  const render = compileText(spec.json, at(pointer, 'json'), found);
  return run => {
    const text = String(render(run));
    const reading = readJson(text);
    if (reading.isJson) return reading.value;
    throw failure(at(pointer, 'json'), `gave something that is not JSON: '${text.slice(0, 100)}'`);
  };
}

/** JSON whose texts may be templates; the names of members are not. */
function compileJson(value: unknown, pointer: string, found: Found): Render {
  if (typeof value === 'string') return compileText(value, pointer, found);
  if (Array.isArray(value)) {
    const parts = value.map((one, i) => compileJson(one, at(pointer, i), found));
    return run => parts.map(part => part(run));
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const parts = Object.entries(value).map(([name, one]) => [name, compileJson(one, at(pointer, name), found)] as const);
  return run => Object.fromEntries(parts.map(([name, part]) => [name, part(run)]));
}

function compileText(text: string, pointer: string, found: Found): Render {
  const reading = compileTemplate(text);
  if (!reading.ok) {
    const { message, line, column } = reading;
    found.mistakes.push({ pointer, message: `is a template that ${message} (line ${line}, column ${column})` });
    return () => undefined;
  }
  const { template } = reading;
  if (!template.isConstant) found.templates++;
  return template.isConstant ? () => text : run => rendered(template, pointer, run);
}

function rendered(template: Template, pointer: string, { model, environment }: ActionRun): string {
  const rendering = template.render(model, environment);
  if (rendering.ok) return rendering.text;
  throw new ActionFailure({ ...rendering, pointer });
}

function failure(pointer: string, message: string): ActionFailure {
  return new ActionFailure({ ok: false, pointer, message, line: 1, column: 1 });
}

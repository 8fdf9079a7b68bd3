import { compileProgram, type RenderPart } from './template-compile';
import { TemplateMistake } from './template-expression';
import { helperNamed, isStateHelper } from './template-helpers';
import { TemplateError, TemplateRun, TemplateScope, type TemplateEnvironment } from './template-run';
import { parseTemplate } from './template-tree';

export type TemplateReading =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

export type TemplateRendering =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

/** A compiled template. Rendering never throws and stops at a budget of steps, characters and depth. */
export interface Template {
  /** The same text whatever the model. */
  readonly isConstant: boolean;
  /** It reads or writes the key-value store: `environment.state` must be there. */
  readonly usesState: boolean;
  render(model: unknown, environment: TemplateEnvironment): TemplateRendering;
}

/**
 * Compiles WireMock's template language: Handlebars with the helpers of {@link helperNamed}, no HTML escaping, members of the model
 * only. Malformed text and unknown helpers are refused with line and column, both from 1. Never throws.
 */
export function compileTemplate(text: string): TemplateReading {
  if (!text.includes('{{')) return { ok: true, template: constantTemplate(text) };
  const tree = parseTemplate(text);
  if (!tree.ok) return tree;
  let usesState = false;
  try {
    const program = compileProgram(tree.program, {
      lines: text.split('\n'),
      partials: new Map(),
      helper: name => {
        usesState ||= isStateHelper(name);
        return helperNamed(name);
      },
    });
    return {
      ok: true,
      template: { isConstant: false, usesState, render: (model, environment) => render(program, model, environment) },
    };
  } catch (error) {
    if (error instanceof TemplateMistake) return { ok: false, message: error.message, ...error.place };
    if (error instanceof RangeError) return { ok: false, message: 'is nested too deeply', line: 1, column: 1 };
    throw error;
  }
}

/** The text as it is, tags and all. */
export function constantTemplate(text: string): Template {
  const rendering: TemplateRendering = { ok: true, text };
  return { isConstant: true, usesState: false, render: () => rendering };
}

function render(program: RenderPart, model: unknown, environment: TemplateEnvironment): TemplateRendering {
  const run = new TemplateRun(model, environment);
  try {
    return { ok: true, text: program(new TemplateScope(model, undefined, undefined, undefined), run) };
  } catch (error) {
    // Whatever a helper stumbles over is the template's failure, never the server's.
    const message =
      error instanceof TemplateError
        ? error.message
        : `cannot be rendered: ${error instanceof Error ? error.message : 'unknown reason'}`;
    return { ok: false, message, ...run.place };
  }
}

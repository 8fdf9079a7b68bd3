import {
  type AstBlock,
  type AstCall,
  type AstLiteral,
  type AstNode,
  type AstPartial,
  type AstPath,
  type AstProgram,
} from './template-ast';
import {
  compileCall,
  compileExpression,
  compileHelper,
  compilePath,
  compilePathOrHelper,
  placeOf,
  simpleName,
  TemplateMistake,
  type CompileContext,
  type Evaluate,
} from './template-expression';
import {
  maxPartialDepth,
  TemplateError,
  TemplateScope,
  type Frame,
  type HelperBlock,
  type TemplateRun,
} from './template-run';
import { unmarkText } from './template-tree';
import { isTruthy, listOf, membersOf } from './template-value';

/** A piece of a template, compiled: the text it makes. */
export type RenderPart = (scope: TemplateScope, run: TemplateRun) => string;

/** `{{#*inline}}` parts by name: known before anything is rendered. */
export type Partials = Map<string, RenderPart>;

export interface ProgramContext extends CompileContext {
  readonly partials: Partials;
}

const nothing: RenderPart = () => '';

export function compileProgram(program: AstProgram | undefined, context: ProgramContext): RenderPart {
  if (program === undefined || program === null) return nothing;
  for (const node of program.body) if (node.type === 'DecoratorBlock') declareInline(node as AstBlock, context);
  const parts = program.body
    .filter(({ type }) => type !== 'CommentStatement' && type !== 'DecoratorBlock')
    .map(node => compileStatement(node, context));
  if (parts.length === 0) return nothing;
  if (parts.length === 1) return parts[0]!;
  return (scope, run) => {
    let text = '';
    for (let i = 0; i < parts.length; i++) text += parts[i]!(scope, run);
    return text;
  };
}

function compileStatement(node: AstNode, context: ProgramContext): RenderPart {
  switch (node.type) {
    case 'ContentStatement': {
      const value = unmarkText(String((node as AstLiteral).value));
      return (_, run) => {
        run.step();
        run.write(value.length);
        return value;
      };
    }
    case 'MustacheStatement':
      return compileMustache(node as AstCall, context);
    case 'BlockStatement':
      return compileBlock(node as AstBlock, context);
    case 'PartialStatement':
      return compilePartial(node as AstPartial, context);
    default:
      throw new TemplateMistake(`uses ${node.type}, which is not supported`, placeOf(node));
  }
}

function compileMustache(node: AstCall, context: ProgramContext): RenderPart {
  const isBare = node.params.length === 0 && (node.hash?.pairs.length ?? 0) === 0;
  const value =
    isBare && node.path.type === 'PathExpression'
      ? compilePathOrHelper(node.path as AstPath, context)
      : compileCall(node, context);
  return (scope, run) => {
    run.step();
    return run.text(value(scope, run));
  };
}

function compileBlock(node: AstBlock, context: ProgramContext): RenderPart {
  const body = compileProgram(node.program, context);
  const inverse = compileProgram(node.inverse, context);
  const params = node.program?.blockParams ?? [];
  const makeBlock = (scope: TemplateScope, run: TemplateRun): HelperBlock => ({
    params,
    render: inner => {
      run.step();
      return inner === undefined
        ? body(scope, run)
        : body(new TemplateScope(inner.context, scope, namesOf(params, inner.values), inner.frame), run);
    },
    otherwise: () => inverse(scope, run),
  });
  const name = simpleName(node.path);
  const helper = name === undefined ? undefined : context.helper(name);
  if (helper !== undefined) {
    const value = compileHelper(helper, node, context, makeBlock);
    return (scope, run) => run.text(value(scope, run));
  }
  if (node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0)
    throw new TemplateMistake(`there is no helper '${node.path.original}'`, placeOf(node.path));
  return compileSection(compilePath(node.path, context), makeBlock);
}

/** `{{#name}}…{{/name}}` without a helper of that name: for each of a list, within an object, or if it is there. */
function compileSection(
  value: Evaluate,
  makeBlock: (scope: TemplateScope, run: TemplateRun) => HelperBlock,
): RenderPart {
  return (scope, run) => {
    const subject = value(scope, run);
    const block = makeBlock(scope, run);
    if (!isTruthy(subject)) return block.otherwise();
    const list = listOf(subject);
    if (list !== undefined) return renderEach(list, step => block.render(step))!.join('');
    return subject === true ? block.render() : block.render({ context: subject, values: [subject] });
  };
}

/** What the body of a loop is rendered with. */
function loopStep(list: readonly unknown[], item: unknown, index: number): LoopStep {
  return { context: item, values: [item, index], frame: frameOf({ index, key: index, count: list.length }) };
}

/** jknack's loop variables, which WireMock has: `@first` is 'first' or empty, and so on. */
function frameOf({ index, key, count }: { index: number; key: string | number; count: number }): Frame {
  return {
    __proto__: null,
    index,
    index_1: index + 1,
    key,
    first: index === 0 ? 'first' : '',
    last: index === count - 1 ? 'last' : '',
    odd: index % 2 === 1 ? 'odd' : '',
    even: index % 2 === 0 ? 'even' : '',
  };
}

function namesOf(
  params: readonly string[],
  values: readonly unknown[] | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (params.length === 0 || values === undefined) return undefined;
  const names = Object.create(null) as Record<string, unknown>;
  for (let i = 0; i < params.length; i++) names[params[i]!] = values[i];
  return names;
}

function declareInline(node: AstBlock, context: ProgramContext): void {
  const [name] = node.params;
  if (node.path.original !== 'inline' || name?.type !== 'StringLiteral')
    throw new TemplateMistake('knows {{#*inline "name"}} only, no other decorator', placeOf(node));
  const nameText = String((name as AstLiteral).value);
  // Named first, compiled then: it may use itself, within the budget.
  context.partials.set(nameText, nothing);
  context.partials.set(nameText, compileProgram(node.program, context));
}

function compilePartial(node: AstPartial, context: ProgramContext): RenderPart {
  const name = node.name.type === 'PathExpression' ? (node.name as AstPath).original : undefined;
  if (name === undefined || !context.partials.has(name))
    throw new TemplateMistake(
      `there is no partial '${name ?? '(…)'}'; define it before with {{#*inline "${name ?? 'name'}"}}…{{/inline}}`,
      placeOf(node),
    );
  const subject = node.params[0] === undefined ? undefined : compileExpression(node.params[0], context);
  const pairs = (node.hash?.pairs ?? []).map(({ key, value }) => [key, compileExpression(value, context)] as const);
  const place = placeOf(node);
  return (scope, run) => {
    run.step();
    run.place = place;
    if (run.partialDepth >= maxPartialDepth)
      throw new TemplateError(`template budget: partials nested deeper than ${maxPartialDepth}`);
    const names = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of pairs) names[key] = value(scope, run);
    const inner = new TemplateScope(
      subject === undefined ? scope.context : subject(scope, run),
      scope,
      names,
      undefined,
    );
    run.partialDepth++;
    const text = context.partials.get(name)!(inner, run);
    run.partialDepth--;
    return text;
  };
}

export interface LoopStep {
  readonly context: unknown;
  readonly values: readonly unknown[];
  readonly frame: Frame;
}

/** Renders a block for each element or member; undefined when the value has none to speak of. One at a time: a step may be the last. */
export function renderEach(value: unknown, render: (step: LoopStep) => string): string[] | undefined {
  const list = listOf(value);
  const texts: string[] = [];
  if (list !== undefined) {
    for (let i = 0; i < list.length; i++) texts.push(render(loopStep(list, list[i], i)));
    return texts;
  }
  const members = membersOf(value);
  if (members === undefined) return undefined;
  const keys = Object.keys(members);
  for (const [index, key] of keys.entries())
    texts.push(
      render({
        context: members[key],
        values: [members[key], key],
        frame: frameOf({ index, key, count: keys.length }),
      }),
    );
  return texts;
}

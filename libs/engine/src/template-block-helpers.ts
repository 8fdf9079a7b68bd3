import { renderEach } from './template-compile';
import { hashText, requireValue } from './template-arguments';
import { inlineError, TemplateError, type Helper, type HelperCall } from './template-run';
import { isTruthy, listOf, memberOf } from './template-value';

/** What every Handlebars has, and WireMock's `assign` and `val`. */
export const blockHelpers: Readonly<Record<string, Helper>> = {
  if: ({ subject, block }) => (isTruthy(subject) ? block?.render() : block?.otherwise()),
  unless: ({ subject, block }) => (isTruthy(subject) ? block?.otherwise() : block?.render()),
  each: renderLoop,
  with: ({ subject, block }) =>
    isTruthy(subject) ? block?.render({ context: subject, values: [subject] }) : block?.otherwise(),
  lookup: ({ args, subject }) => {
    if (subject === undefined || subject === null) return undefined;
    // Like WireMock: what is not found gives the object itself.
    return (args.length > 1 ? memberOf(subject, String(args[1])) : undefined) ?? subject;
  },
  log: () => '',
  assign: call => {
    const { args, block, run } = call;
    if (typeof args[0] !== 'string') throw new TemplateError("assign needs a name: {{#assign 'name'}}…{{/assign}}");
    if (block !== undefined) run.assigned[args[0]] = block.render().trim();
    return '';
  },
  val: call => {
    const { subject, hash, run } = call;
    const value = subject ?? hash['default'] ?? hash['or'];
    const name = hashText(call, 'assign');
    if (name === undefined) return value;
    run.assigned[name] = value;
    return '';
  },
  arrayJoin: ({ args, hash, block, run }) => {
    const [separator, value] = args;
    if (typeof separator !== 'string') return inlineError('Separator parameter must be a String');
    if (typeof value === 'string') return value;
    const list = listOf(value);
    if (list === undefined) return inlineError('The parameter must be list');
    if (list.length === 0) return '';
    const texts =
      block === undefined
        ? list.map(one => run.text(one))
        : renderEach(list, ({ context, values }) => block.render({ context, values }))!;
    run.write(separator.length * texts.length);
    return `${run.text(hash['prefix'])}${texts.join(separator)}${run.text(hash['suffix'])}`;
  },
};

function renderLoop({ subject, block }: HelperCall): string | undefined {
  if (block === undefined) throw new TemplateError('each needs a block: {{#each list}}…{{/each}}');
  const texts = renderEach(subject, step => block.render(step));
  return texts === undefined || texts.length === 0 ? block.otherwise() : texts.join('');
}

/** The text of a block helper's body, else of its first argument. */
export function bodyOrSubject(call: HelperCall): string {
  return call.block !== undefined && call.args.length === 0
    ? call.block.render()
    : call.run.text(requireValue(call, call.subject));
}

import { argumentText, boundedNumber, hashText, wholeNumber } from './template-arguments';
import { formatString } from './template-string-format';
import { TemplateError, type Helper, type HelperCall } from './template-run';
import { isTruthy, listOf } from './template-value';

const maxWidth = 100_000;

/** jknack's string helpers. What is given nothing answers nothing, unless `default=` says what. */
export const stringHelpers: Readonly<Record<string, Helper>> = {
  capitalize: call =>
    onText(call, text => {
      const lower = call.hash['fully'] === true ? text.toLowerCase() : text;
      return lower.replace(/(^|\s)(\S)/g, (_, space: string, first: string) => space + first.toUpperCase());
    }),
  capitalizeFirst: call => onText(call, text => text.slice(0, 1).toUpperCase() + text.slice(1)),
  lower: call => onText(call, text => text.toLowerCase()),
  upper: call => onText(call, text => text.toUpperCase()),
  replace: call =>
    onText(call, text => {
      const target = argumentText(call, 1);
      const replacement = argumentText(call, 2);
      if (target === undefined || replacement === undefined)
        throw new TemplateError('replace needs a text and its replacement');
      const pieces = text.split(target);
      call.run.write(pieces.length * replacement.length);
      return pieces.join(replacement);
    }),
  substring: call =>
    onText(call, text => {
      const start = wholeNumber(call.args[1], 'the start of substring');
      const end = call.args[2] === undefined ? text.length : wholeNumber(call.args[2], 'the end of substring');
      if (start < 0 || end > text.length || start > end)
        throw new TemplateError(`substring ${start} to ${end} is outside a text of ${text.length} characters`);
      return text.slice(start, end);
    }),
  abbreviate: call =>
    onText(call, text => {
      const width = wholeNumber(call.args[1], 'the width of abbreviate');
      if (text.length <= width) return text;
      if (width < 4) throw new TemplateError('the width of abbreviate must be 4 at least');
      return `${text.slice(0, width - 3)}...`;
    }),
  join: call => {
    const { args, run } = call;
    const list = args.length === 1 ? undefined : listOf(args[0]);
    if (args.length < 2) throw new TemplateError('join needs values and, last, a separator');
    const separator = run.text(args.at(-1));
    const texts = (list ?? args.slice(0, -1)).map(one => run.text(one));
    run.write(separator.length * texts.length);
    return `${hashText(call, 'prefix') ?? ''}${texts.join(separator)}${hashText(call, 'suffix') ?? ''}`;
  },
  center: call =>
    onText(call, text => {
      const { size, pad } = padding(call);
      const left = Math.max(0, (size - text.length) >> 1);
      return (padOf(pad, left) + text).padEnd(size, pad);
    }),
  ljust: call => onText(call, text => text.padEnd(padding(call).size, padding(call).pad)),
  rjust: call => onText(call, text => text.padStart(padding(call).size, padding(call).pad)),
  cut: call => onText(call, text => text.replaceAll(argumentText(call, 1) ?? ' ', '')),
  defaultIfEmpty: ({ subject, args }) => (isTruthy(subject) ? subject : (args[1] ?? '')),
  slugify: call =>
    onText(call, text =>
      text
        .trim()
        .replace(/[^\p{L}\p{N}\s]/gu, '')
        .replace(/\s/g, '-')
        .toLowerCase(),
    ),
  stripTags: call => onText(call, stripTags),
  stringFormat: call => onText(call, text => formatString(text, call.args.slice(1), call.run)),
  wordWrap: call => onText(call, text => wrapWords(text, wholeNumber(call.args[1], 'the width of wordWrap'))),
  yesno: ({ subject, hash }) => {
    if (subject === undefined || subject === null) return hash['maybe'] ?? 'maybe';
    if (typeof subject !== 'boolean') throw new TemplateError('yesno needs true or false');
    return subject ? (hash['yes'] ?? 'yes') : (hash['no'] ?? 'no');
  },
};

function onText(call: HelperCall, change: (text: string) => string): string {
  const { subject, hash, run } = call;
  if (subject === undefined || subject === null || subject === '') return run.text(hash['default']);
  const text = run.text(subject);
  run.work(text.length);
  return change(text);
}

function padding(call: HelperCall): { size: number; pad: string } {
  if (call.hash['size'] === undefined) throw new TemplateError('needs size=, the width to fill');
  const size = boundedNumber(call.hash['size'], 'size', maxWidth);
  call.run.write(size);
  return { size, pad: hashText(call, 'pad') ?? ' ' };
}

function padOf(pad: string, length: number): string {
  return ''.padEnd(length, pad);
}

/** Left to right without looking back: `<` is a tag's only where a `>` follows. */
function stripTags(text: string): string {
  let kept = '';
  for (let start = 0; ;) {
    const open = text.indexOf('<', start);
    const close = open < 0 ? -1 : text.indexOf('>', open);
    if (close < 0) return kept + text.slice(start);
    kept += text.slice(start, open);
    start = close + 1;
  }
}

function wrapWords(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

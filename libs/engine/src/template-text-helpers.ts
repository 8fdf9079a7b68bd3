import { base64OfBytes, bytesOfBase64, isBase64 } from './base64';
import { argumentText, hashFlag, subjectText } from './template-arguments';
import { bodyOrSubject } from './template-block-helpers';
import { compileRegex, type LinearRegex } from './linear-regex';
import { memo } from './template-memo';
import { inlineError, TemplateError, type Helper, type HelperCall } from './template-run';
import { listOf, ValueList } from './template-value';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** WireMock's helpers on texts. */
export const textHelpers: Readonly<Record<string, Helper>> = {
  trim: call => bodyOrSubject(call).trim(),
  base64: call => {
    const text = bodyOrSubject(call);
    call.run.work(text.length);
    if (hashFlag(call, 'decode')) {
      if (!isBase64(text)) throw new TemplateError('base64 cannot decode what is not base64');
      return decoder.decode(bytesOfBase64(text));
    }
    const encoded = base64OfText(text);
    return call.hash['padding'] === false ? encoded.replace(/=+$/, '') : encoded;
  },
  urlEncode: call => {
    const text = subjectText(call);
    call.run.work(text.length);
    return hashFlag(call, 'decode') ? decodeUrl(text) : encodeUrl(text);
  },
  formData: call => {
    const text = subjectText(call);
    call.run.work(text.length);
    const form = readForm(text, hashFlag(call, 'urlDecode'));
    const name = argumentText(call, 1);
    if (name === undefined) return form;
    call.run.assigned[name] = form;
    return '';
  },
  regexExtract: extractByRegex,
  matches: call => {
    const pattern = argumentText(call, 1);
    if (pattern === undefined)
      return inlineError('You must specify the string to be matched and the regular expression');
    const text = subjectText(call);
    call.run.step(1 + (text.length >>> 2));
    const isMatch = regexOf(call, pattern).matchesWhole(text);
    return call.block === undefined ? isMatch : isMatch ? call.block.render() : call.block.otherwise();
  },
  contains: call => {
    if (call.args.length < 2)
      return inlineError('You must specify the string or array to be matched and the regular expression');
    const isThere = holds(call);
    return call.block === undefined ? isThere : isThere ? call.block.render() : call.block.otherwise();
  },
};

function holds({ subject, args, run }: HelperCall): boolean {
  if (subject === undefined || subject === null) return false;
  const [, wanted] = args;
  const list = listOf(subject);
  if (list !== undefined) {
    run.step(list.length >>> 3);
    return list.includes(wanted);
  }
  if (typeof wanted !== 'string') throw new TemplateError('contains looks for a text in a text');
  const text = run.text(subject);
  run.work(text.length);
  return text.includes(wanted);
}

function extractByRegex(call: HelperCall): unknown {
  const { run, hash } = call;
  const text = subjectText(call);
  const pattern = argumentText(call, 1);
  if (pattern === undefined) throw new TemplateError('regexExtract needs a regular expression');
  const compiled = compileRegexOf(call, pattern);
  if (compiled === undefined) return inlineError(`Invalid regex string ${pattern}`);
  run.step(1 + (text.length >>> 2));
  const found = compiled.find(text);
  const name = argumentText(call, 2);
  if (found === undefined || (name !== undefined && found.groups.length < 2))
    return hash['default'] ?? inlineError(`Nothing matched ${pattern}`);
  if (name === undefined) return found.groups[0];
  run.assigned[name] = new ValueList(found.groups.slice(1));
  return '';
}

function regexOf(call: HelperCall, pattern: string): LinearRegex {
  const compiled = compileRegexOf(call, pattern);
  if (compiled === undefined)
    throw new TemplateError('has a regular expression that is none, or that needs backtracking');
  return compiled;
}

const regexes = memo(pattern => compileRegex(pattern));

function compileRegexOf({ run }: HelperCall, pattern: string): LinearRegex | undefined {
  run.step(regexes.has(pattern) ? 1 : 200);
  const reading = regexes.get(pattern);
  return reading.ok ? reading.regex : undefined;
}

function base64OfText(text: string): string {
  return base64OfBytes(encoder.encode(text));
}

/** As Java's URLEncoder: a space is `+`, and only letters, digits and `.-*_` stay. */
export function encodeUrl(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new TemplateError('urlEncode cannot decode a malformed %');
  }
}

const maxPairs = 1_000;

function readForm(text: string, isDecoded: boolean): Readonly<Record<string, ValueList>> {
  const read = (one: string): string => {
    if (!isDecoded) return one;
    try {
      return decodeURIComponent(one.replaceAll('+', ' '));
    } catch {
      return one;
    }
  };
  const form = Object.create(null) as Record<string, ValueList>;
  for (const pair of text.split('&', maxPairs)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = read(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : read(pair.slice(equals + 1));
    form[name] = new ValueList([...(form[name]?.values ?? []), value]);
  }
  return form;
}

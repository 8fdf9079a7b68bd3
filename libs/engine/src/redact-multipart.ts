import { type CompiledRules } from './redaction-rules';
import { redactJson } from './redact-json';
import { redactSecret, redactText } from './redact-text';
import { isSecretValue } from './secret-name';
import { type StandIns } from './stand-ins';

/** Replaces what is secret in the fields of `multipart/form-data`; files of bytes stay. */
export function redactMultipart(text: string, boundary: string, standIns: StandIns, rules: CompiledRules): string {
  return text
    .split(`--${boundary}`)
    .map(part => {
      const head = part.indexOf('\r\n\r\n');
      if (head < 0) return part;
      const headers = part.slice(0, head);
      const end = part.endsWith('\r\n') ? part.length - 2 : part.length;
      const value = part.slice(head + 4, end);
      return `${part.slice(0, head + 4)}${redactField(headers, value, standIns, rules)}${part.slice(end)}`;
    })
    .join(`--${boundary}`);
}

function redactField(headers: string, value: string, standIns: StandIns, rules: CompiledRules): string {
  const name = /\bname="([^"\r\n]{0,200})"/i.exec(headers)?.[1];
  const kind = name === undefined ? undefined : rules.kindOfField(name);
  if (kind !== undefined && isSecretValue(kind, value)) return redactSecret(value, standIns, rules);
  if (value.includes('\0')) return value;
  return (/^\s*[{[]/.test(value) ? redactJson : redactText)(value, standIns, rules);
}

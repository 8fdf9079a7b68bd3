import { type CompiledRules } from './redaction-rules';
import { redactSecret, redactText } from './redact-text';
import { isSecretValue } from './secret-name';
import { type StandIns } from './stand-ins';

/** Replaces what is secret in `name=value&name=value`, the way forms and queries are written. */
export function redactForm(text: string, standIns: StandIns, rules: CompiledRules): string {
  return text
    .split('&')
    .map(pair => {
      const equals = pair.indexOf('=');
      if (equals < 0) return redactText(pair, standIns, rules);
      const value = unescapeForm(pair.slice(equals + 1));
      const kind = rules.kindOfField(unescapeForm(pair.slice(0, equals)));
      const isSecret = kind !== undefined && isSecretValue(kind, value);
      const clean = (isSecret ? redactSecret : redactText)(value, standIns, rules);
      return clean === value ? pair : `${pair.slice(0, equals + 1)}${escapeLike(pair, clean)}`;
    })
    .join('&');
}

/** Path and query, or a whole URL. */
export function redactUrl(url: string, standIns: StandIns, rules: CompiledRules): string {
  const query = url.indexOf('?');
  if (query < 0) return redactText(url, standIns, rules);
  const fragment = url.indexOf('#', query);
  const end = fragment < 0 ? url.length : fragment;
  const path = redactText(url.slice(0, query), standIns, rules);
  const rest = end === url.length ? '' : `#${redactForm(url.slice(end + 1), standIns, rules)}`;
  return `${path}?${redactForm(url.slice(query + 1, end), standIns, rules)}${rest}`;
}

function unescapeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** A value that came unescaped though it could have been escaped stays so. */
function escapeLike(pair: string, value: string): string {
  return pair.includes('%') || /[&#+%\s]/.test(value) ? encodeURIComponent(value) : value;
}

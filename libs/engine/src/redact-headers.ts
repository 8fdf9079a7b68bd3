import { type CompiledRules } from './redaction-rules';
import { redactUrl } from './redact-form';
import { redactSecret, redactText, replaceCredential } from './redact-text';
import { type StandIns } from './stand-ins';

const urlHeaders = /^(?:location|content-location|referer|origin|refresh|x-original-url|x-rewrite-url)$/;
/** Parts of an Authorization header that are no secret: whose it is and how it was made. */
const openParameters =
  /^(?:username|realm|uri|algorithm|qop|nc|charset|userhash|signedheaders|date|version|oauth_(?:version|signature_method|timestamp|callback)|region|service|keyid|headers)$/i;

/** Name, value, name, value, …; names, order and number stay. */
export function redactHeaders(rawHeaders: readonly string[], standIns: StandIns, rules: CompiledRules): string[] {
  return rawHeaders.map((value, i) => (i % 2 === 0 ? value : redactHeader(rawHeaders[i - 1]!, value, standIns, rules)));
}

function redactHeader(name: string, value: string, standIns: StandIns, rules: CompiledRules): string {
  const lower = name.toLowerCase();
  if (rules.isKept(lower)) return value;
  if (lower === 'cookie' || lower === 'set-cookie')
    return redactCookies(value, standIns, rules, { isSet: lower === 'set-cookie' });
  if (!rules.isSecretHeader(lower, value))
    return (urlHeaders.test(lower) ? redactUrl : redactText)(value, standIns, rules);
  if (lower.endsWith('authorization')) return redactAuthorization(value, standIns, rules);
  return redactSecret(value, standIns, rules);
}

function redactCookies(
  text: string,
  standIns: StandIns,
  rules: CompiledRules,
  { isSet }: { readonly isSet: boolean },
): string {
  const [first = '', ...rest] = text.split(';');
  const redact = (cookie: string): string => {
    const equals = cookie.indexOf('=');
    const value = cookie.slice(equals + 1).trim();
    if (equals < 0 || value === '' || rules.isKept(cookie.slice(0, equals).trim())) return cookie;
    const [, quote = '', bare = ''] = /^("?)(.*?)"?$/s.exec(value)!;
    return `${cookie.slice(0, equals + 1)}${quote}${redactSecret(bare, standIns, rules)}${quote}`;
  };
  return [redact(first), ...(isSet ? rest : rest.map(redact))].join(';');
}

function redactAuthorization(value: string, standIns: StandIns, rules: CompiledRules): string {
  const [, scheme, credentials] = /^([\w-]+) +(\S.*)$/s.exec(value) ?? [];
  if (scheme === undefined || credentials === undefined) return redactSecret(value, standIns, rules);
  if (!/^[\w-]+=["\w]/.test(credentials) || !/[,"]/.test(credentials)) {
    const clean = redactText(value, standIns, rules);
    return clean === value ? replaceCredential(value, scheme, credentials, standIns) : clean;
  }
  const parameters = credentials.replace(
    /([\w-]+)=("?)([^",]*)/g,
    (all: string, name: string, quote: string, part: string) =>
      openParameters.test(name) || part === '' ? all : `${name}=${quote}${redactPart(part, standIns, rules)}`,
  );
  return `${scheme} ${parameters}`;
}

/** AWS puts more into one: `AKIA…/20240101/eu-central-1/s3/aws4_request`. */
function redactPart(part: string, standIns: StandIns, rules: CompiledRules): string {
  const clean = redactText(part, standIns, rules);
  return clean === part && !/^A(?:KIA|SIA)\w{16}\//.test(part) ? standIns.replace(part) : clean;
}

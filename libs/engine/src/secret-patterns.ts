/**
 * Credentials that tell by themselves what they are, wherever they stand. The first group, which is the issuer's mark, stays; the rest
 * is replaced. Each begins where a word begins and has bounded repeats or runs of one class, so that matching is linear.
 */
export const credentialPatterns: readonly RegExp[] = [
  /(?<![\w-])((?:gh[pousr]|github_pat|glpat|gldt|glrt|npm|hf|dop_v1|doo_v1|shpat|shpss|shpca|lin_api|ntn|figd|pat|rubygems|sntrys|pnu|dckr_pat|cfpat|sbp|tskey|whsec|nvapi|gsk|r8|pplx|xai|fo1|PMAK|CFPAT|secret)[_-])[\w-]{16,}/g,
  /(?<![\w-])((?:sk|pk|rk)_(?:live|test|prod)_)[\w-]{10,}/g, // Stripe and those who took its scheme
  /(?<![\w-])(sk-(?:ant-|proj-|svcacct-|or-)?)[\w-]{16,}/g, // Anthropic, OpenAI
  /(?<![\w-])(xox[a-z]-|xapp-)[\w-]{10,}/g, // Slack
  /(?<![\w-])(AIza)[\w-]{35}(?![\w-])/g, // Google
  /(?<![\w-])(ya29\.|GOCSPX-|1\/\/0)[\w-]{16,}/g,
  /(?<![\w-])(SG\.)[\w-]{16,32}\.[\w-]{32,64}/g, // SendGrid
  /(?<![\w-])(SK)[0-9a-f]{32}(?![\w-])/g, // Twilio
  /(?<![\w-])(key-)[0-9a-f]{32}(?![\w-])/g, // Mailgun
  /(?<![\w-])(dapi)[0-9a-f]{32}(?![\w-])/g, // Databricks
  /(?<![\w-])(pypi-)[\w-]{50,}/g,
  /(?<![\w-])(hv[sbr]\.|dp\.(?:pt|st|ct|sa)\.)[\w-]{20,}/g, // Vault, Doppler
  /(?<![\w-])(sq0(?:atp|csp)-|EAAA)[\w-]{22,}/g, // Square
  /(?<![\w-])(AGE-SECRET-KEY-1)[A-Z0-9]{58}/g,
  /(?<![\w-])()\d{8,10}:AA[\w-]{32,34}(?![\w-])/g, // Telegram
  /(\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{20,}/g,
  /(\/\/(?:\w{1,20}\.)?discord(?:app)?\.com\/api\/webhooks\/\d{15,22}\/)[\w-]{40,}/g,
];

/** Where none of this is, no pattern here but that of URLs finds anything. */
export const credentialHint =
  /A(?:KIA|SIA|BIA|CCA)|AIza|EAAA|AGE-SECRET|SG\.|SK[0-9a-f]|key-|dapi|pypi-|hv[sbr]\.|dp\.|sq0|ya29|GOCSPX|1\/\/0|\d:AA|hooks\.slack|\/webhooks\/|(?:gh[pousr]|pat|gl[dr]?[a-z]t|npm|hf|do[op]_v1|shp[a-z]{2}|lin_api|ntn|figd|rubygems|sntrys|pnu|sbp|tskey|whsec|nvapi|gsk|r8|pplx|xai|fo1|PMAK|CFPAT|secret|sk|pk|rk|xox[a-z]|xapp)[_-]|bearer |basic |token |apikey |negotiate |ntlm /i;

/** An AWS access key id. The stand-in ends like the keys in AWS's own documentation, which scanners know to be nobody's. */
export const awsKeyPattern = /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{9}(?!EXAMPLE)[A-Z0-9]{7}(?![A-Za-z0-9])/g;

export function asAwsKey(random: string, original: string): string {
  return `${original.slice(0, 4)}${random.slice(4, 13)}EXAMPLE`;
}

/** `scheme://user:password@host`: the password; it may hold an @ itself. */
export const urlPasswordPattern =
  /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#"'<>:@]{0,200}:)([^\s/?#"'<>]{1,500})(?=@)/gi;

/** `Bearer xyz` and the like, in the middle of a text. */
export const schemePattern = /\b(Bearer|Basic|Token|ApiKey|Negotiate|NTLM) +([\w.~+/=-]{8,})/gi;

const pemBegin = '-----BEGIN ';

/** The text between the lines of private keys, one after the other. One without an end reaches to where its alphabet ends. */
export function replacePrivateKeys(text: string, replace: (key: string) => string): string {
  let result = '';
  let done = 0;
  for (let begin = text.indexOf(pemBegin); begin >= 0; begin = text.indexOf(pemBegin, Math.max(done, begin + 1))) {
    const label = /^[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.exec(
      text.slice(begin + pemBegin.length, begin + 80),
    )?.[0];
    if (label === undefined) continue;
    const start = begin + pemBegin.length + label.length;
    const end = endOfKey(text, start);
    result += text.slice(done, start) + replace(text.slice(start, end));
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

function endOfKey(text: string, start: number): number {
  const keyText = /[\w\s+/=:,.\\-]*/y;
  keyText.lastIndex = start;
  keyText.exec(text);
  const found = text.slice(start, keyText.lastIndex).indexOf('-----END');
  return found < 0 ? keyText.lastIndex : start + found;
}

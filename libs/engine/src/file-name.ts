const maxLength = 1_000;
const maxSegments = 32;
// eslint-disable-next-line no-control-regex -- control characters are what a name may not hold
const forbidden = /[\u0000-\u001f\u007f\\:*?"<>|]|\p{Cs}/u;

/** Whether it is a plain path below a folder: `a.txt`, `deep/er/b.json`. No `..`, no root, no escapes, no control characters. */
export function isFileName(name: string): boolean {
  if (name.length === 0 || name.length > maxLength || forbidden.test(name) || /%(?:2e|2f|5c|00|25)/i.test(name))
    return false;
  const segments = name.split('/');
  return (
    segments.length <= maxSegments &&
    segments.every(segment => segment !== '' && segment !== '.' && segment !== '..' && !/^\.{3,}$/.test(segment))
  );
}

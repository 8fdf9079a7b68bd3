import { type SettingName, settingNames, settingOf } from './settings';

const minLength = 6;
const known: readonly string[] = settingNames.flatMap((name: SettingName) =>
  settingOf(name).isSecret === true ? [name, `${name}_FILE`] : [name],
);

/** Variables that are nearly one of ours, and so probably meant to be it: `DATABSE_URL`, `WEBUI_PORT`, `log_level`. */
export function findTypos(env: Readonly<Record<string, string | undefined>>): string[] {
  const hints: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.includes(name) || name.length > 60) continue;
    const meant = known.find(candidate => isNearly(candidate, name));
    if (meant !== undefined) hints.push(`${name} is not a setting and has no effect; did you mean ${meant}?`);
  }
  return hints;
}

/** The same but for case and separators; or, in a name long enough to be told apart, one slip of the finger. */
function isNearly(wanted: string, given: string): boolean {
  if (bare(wanted) === bare(given)) return true;
  return wanted.length >= minLength && given.length >= minLength && isOneSlip(wanted, given.toUpperCase());
}

function bare(name: string): string {
  return name.replaceAll(/[^a-z0-9]/gi, '').toUpperCase();
}

/** One letter too many, too few or wrong, or two letters swapped. */
function isOneSlip(wanted: string, given: string): boolean {
  let start = 0;
  while (start < wanted.length && wanted[start] === given[start]) start++;
  const left = wanted.slice(start);
  const right = given.slice(start);
  const isSwap = left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2);
  return isSwap || left.slice(1) === right || left === right.slice(1) || left.slice(1) === right.slice(1);
}

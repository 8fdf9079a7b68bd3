import { JavaDouble, numberText } from './template-number';
import { listOf, membersOf, special, specialOf, textOf } from './template-value';

/** Jackson's pretty print: `{`, two blanks a level, `"a" : 1`, lists on one line, `{ }` and `[ ]` for the empty ones. */
export function prettyJson(value: unknown, options: { readonly dropsNulls: boolean }, indent = ''): string {
  const list = listOf(value);
  if (list !== undefined)
    return list.length === 0 ? '[ ]' : `[ ${list.map(one => prettyJson(one, options, indent)).join(', ')} ]`;
  const members = membersOf(value);
  if (members === undefined) return scalarJson(value);
  const deeper = `${indent}  `;
  const lines = Object.entries(members)
    .filter(([, one]) => !options.dropsNulls || (one !== null && one !== undefined))
    .map(([name, one]) => `${deeper}${JSON.stringify(name)} : ${prettyJson(singled(one), options, deeper)}`);
  return lines.length === 0 ? '{ }' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Without blanks. */
export function compactJson(value: unknown): string {
  const list = listOf(value);
  if (list !== undefined) return `[${list.map(compactJson).join(',')}]`;
  const members = membersOf(value);
  if (members === undefined) return scalarJson(value);
  return `{${Object.entries(members)
    .map(([name, one]) => `${JSON.stringify(name)}:${compactJson(singled(one))}`)
    .join(',')}}`;
}

/** A header's list of one value is written as that value. */
function singled(value: unknown): unknown {
  const list = Array.isArray(value) || specialOf(value) === undefined ? undefined : listOf(value);
  return list?.length === 1 ? list[0] : value;
}

function scalarJson(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (value instanceof JavaDouble) return value.text;
  if (typeof value === 'object' && value !== null && special in value) return JSON.stringify(textOf(value));
  return value === undefined ? 'null' : JSON.stringify(value);
}

// The table of values in the chart's README, from the `# --` comments of values.yaml.
import { parseDocument } from 'yaml';

/** Every documented value as `{ section, key, value, purpose }`. Throws on a leaf that no comment explains. */
export function documentedValues(text) {
  const rows = [];
  walk(parseDocument(text).contents, [], rows, text);
  return rows;
}

function walk(map, path, rows, text) {
  for (const [position, { key, value }] of map.items.entries()) {
    const name = [...path, key.value].join('.');
    // The comment above the first key belongs to its map, and above the first map to the document.
    const comment = [key.commentBefore, position === 0 ? map.commentBefore : undefined].find(Boolean) ?? '';
    const purpose = /^ -- (.*)$/m.exec(comment)?.[1];
    if (purpose !== undefined)
      rows.push({ section: sectionAt(text, key.range[0]), key: name, value: value.toJSON(), purpose });
    else if (value?.items?.[0]?.key === undefined) throw new Error(`values.yaml: no '# --' comment above ${name}`);
    else walk(value, [...path, key.value], rows, text);
  }
}

function sectionAt(text, offset) {
  return [...text.slice(0, offset).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? '';
}

export function valuesAsMarkdown(rows) {
  const sections = [...new Set(rows.map(({ section }) => section))];
  return sections
    .map(section => `### ${section}\n\n${table(rows.filter(row => row.section === section))}`)
    .join('\n\n');
}

function table(rows) {
  const cells = rows.map(({ key, value, purpose }) => [`\`${key}\``, `\`${JSON.stringify(value)}\``, purpose]);
  const escaped = [['Value', 'Default', 'What it is for'], ...cells].map(row => row.map(escape));
  const widths = [0, 1, 2].map(column => Math.max(...escaped.map(row => row[column].length)));
  const line = row => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(escaped[0]), line(widths.map(width => '-'.repeat(width))), ...escaped.slice(1).map(line)].join('\n');
}

const escape = cell => cell.replaceAll('|', '\\|');

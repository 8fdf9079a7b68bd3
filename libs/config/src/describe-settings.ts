import { type Setting, type SettingName, settingNames, settingOf } from './settings';

const nameWidth = 29;
const lineWidth = 110;

/** The text of `--help`: every setting with its default and purpose. */
export function describeSettings(): string {
  const usage = 'Usage: npm start [-- --help | --version]\n\nSettings are environment variables: PORT=8080 npm start';
  const sections = groups().map(({ group, names }) => `${group}\n${names.map(describe).join('\n')}`);
  return [usage, ...sections].join('\n\n');
}

function describe(name: SettingName): string {
  const setting = settingOf(name);
  const file = setting.isSecret === true ? ` Also as a file: ${name}_FILE.` : '';
  const fallback = setting.default ?? setting.otherwise?.replaceAll('`', '');
  const sentence = `${setting.purpose}${file}${fallback === undefined ? '' : ` Default: ${fallback}`}`;
  return `  ${name.padEnd(nameWidth)}${wrap(sentence, lineWidth - nameWidth).join(`\n${' '.repeat(nameWidth + 2)}`)}`;
}

/** The text of docs/configuration.md, as Prettier would write it; a spec holds the two together. */
export function settingsAsMarkdown(): string {
  const sections = groups().map(({ group, names }) => `## ${group}\n\n${toTable(names)}`);
  return `${[intro, ...sections].join('\n\n')}\n`;
}

const intro = `# Configuration

Settings are environment variables, read once at start. If any is not usable the server does not start, and one message names
every such setting and says what to do. A secret can also be given as a file: \`DATABASE_URL_FILE=/run/secrets/database-url\`.
White space around the file's content is ignored, and no message or log line ever shows the value of a secret. An empty
variable counts as not set.

Variables whose names begin with \`MOCK_VAR_\` are no settings: they are what templates may read, with \`{{systemValue key='MOCK_VAR_REGION'}}\`.
Nothing else of the environment reaches a template, so do not put secrets there.

\`npm start -- --help\` prints the same list. Both are made from \`libs/config/src/settings.ts\`.`;

function toTable(names: readonly SettingName[]): string {
  const rows = [['Setting', 'Default', 'What it is for'], ...names.map(toRow)];
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const lines = rows.map(row => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function toRow(name: SettingName): string[] {
  const setting = settingOf(name);
  const file = setting.isSecret === true ? ` Secret: also as \`${name}_FILE\`.` : '';
  return [`\`${name}\``, defaultOf(setting), `${setting.purpose.replaceAll(/[|<]/g, '\\$&')}${file}`];
}

function defaultOf({ default: value, otherwise = '' }: Setting): string {
  return value === undefined ? otherwise : `\`${value}\``;
}

function groups(): { readonly group: string; readonly names: readonly SettingName[] }[] {
  const found = [...new Set(settingNames.map(name => settingOf(name).group))];
  return found.map(group => ({ group, names: settingNames.filter(name => settingOf(name).group === group) }));
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

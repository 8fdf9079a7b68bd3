// Puts the figures between the bench marks of the READMEs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readmeBlock } from './table.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
const readmes = [
  { file: 'README.md', language: 'en' },
  { file: 'README.zh-CN.md', language: 'zh' },
];

export async function updateReadmes(results, say) {
  const { format, resolveConfig } = await import('prettier');
  for (const { file, language } of readmes) {
    const path = join(root, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const [start, end] = [text.indexOf(START), text.indexOf(END)];
    if (start === -1 || end < start)
      throw new Error(`${file} has no lines ${START} and ${END}: put them where the figures belong.`);
    const updated = `${text.slice(0, start + START.length)}\n\n${readmeBlock(results, language)}\n\n${text.slice(end)}`;
    writeFileSync(path, await format(updated, { ...(await resolveConfig(path)), filepath: path }));
    say(`${file} updated`);
  }
}

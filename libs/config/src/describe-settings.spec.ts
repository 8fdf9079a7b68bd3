import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings, settingsAsMarkdown } from './describe-settings';
import { settingNames } from './settings';

const page = join(__dirname, '../../../docs/configuration.md');

describe('the settings, described', () => {
  it('--help has each of them with its default, in lines that fit', () => {
    const help = describeSettings();
    for (const name of settingNames) expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(help).toContain('Default: 4000');
    expect(help).toContain('DATABASE_URL_FILE');
    expect(Math.max(...help.split('\n').map(line => line.length))).toBeLessThanOrEqual(115);
  });

  // After a change of the table: UPDATE_DOCS=1 npx jest --testPathPatterns libs/config
  it('docs/configuration.md is what the table says', () => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, settingsAsMarkdown());
    expect(readFileSync(page, 'utf8')).toBe(settingsAsMarkdown());
  });
});

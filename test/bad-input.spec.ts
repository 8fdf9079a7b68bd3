import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every row of the table of bad input about the data plane, and what sends it (see test/security/README.md). */
const dataPlaneRows = [
  1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29, 31, 32, 34, 35, 37, 38, 40, 41, 43,
];

/** Rows about backends and recordings; P-20 stands beside the code that follows redirects. */
const proxyRows = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 22, 23, 25, 26];

/** Rows about the admin API, and about signing in; U-11 stands beside the story of the first admin. */
const adminRows = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23];
const signInRows = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17];

/** Rows about the AI; L-05 stands with the faults, L-07 and L-10 with its stories. */
const aiRows = [1, 2, 4, 5, 7, 8, 10, 11];

const folder = join(__dirname, 'security');
const tests = readdirSync(folder)
  .filter(file => file.endsWith('.e2e.ts'))
  .map(file => readFileSync(join(folder, file), 'utf8'));
const overview = readFileSync(join(folder, 'README.md'), 'utf8');

test.each(dataPlaneRows.map(row => `D-${String(row).padStart(2, '0')}`))('%s is a test, and in the overview', row => {
  expect(tests.some(text => text.includes(`'${row}: `))).toBe(true);
  expect(overview).toContain(`| ${row} `);
});

test.each(proxyRows.map(row => `P-${String(row).padStart(2, '0')}`))('%s is a test, and in the overview', row => {
  expect(tests.some(text => text.includes(row))).toBe(true);
  expect(overview).toContain(`| ${row} `);
});

const besides = ['e2e/sign-in.e2e.ts', 'e2e/ai.e2e.ts', 'faults/ai.fault.ts'];
const stories = [...tests, ...besides.map(file => readFileSync(join(__dirname, file), 'utf8'))];
const named = (letter: string, rows: readonly number[]): string[] =>
  rows.map(row => `${letter}-${String(row).padStart(2, '0')}`);

test.each([...named('A', adminRows), ...named('U', signInRows), ...named('L', aiRows)])(
  '%s is a test, and in the overview',
  row => {
    // In the name of a test, not only in a comment.
    const inName = new RegExp(`(?:it|test|describe)(?:\\.each[^]*?\\))?\\(\\s*['"][^'"]*${row}|^\\s*['"]${row}: `, 'm');
    expect(stories.filter(text => inName.test(text))).not.toEqual([]);
    expect(overview).toContain(`| ${row} `);
  },
);

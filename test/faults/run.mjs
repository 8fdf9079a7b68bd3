// `npm run test:faults [-- F-08 F-09] [-- --full]`: every row of the list of faults, each by the tests that prove it, and a table at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { full, rows } from './rows.mjs';

const args = process.argv.slice(2);
const isFull = args.includes('--full');
const wanted = args.filter(arg => /^F-\d\d$/.test(arg));
const folder = mkdtempSync(join(tmpdir(), 'mock-server-faults-'));
const figuresFile = join(folder, 'figures.jsonl');
const results = new Map();

/** Runs the tests of one file that are named; gives how many passed and failed. */
function prove(row, { project, file, name }) {
  const report = join(folder, `report-${results.size}-${Math.random()}.json`);
  const named = name === undefined ? [] : ['-t', name];
  const env = { ...process.env, ...(isFull ? full : {}), FAULT_FIGURES: figuresFile };
  const jest = ['node_modules/jest/bin/jest.js', file, '--selectProjects', project, ...named];
  spawnSync(process.execPath, [...jest, '--runInBand', '--forceExit', '--json', `--outputFile=${report}`], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: numPassedTests,
      failed:
        numFailedTests + (numPassedTests + numFailedTests === 0 ? 1 : numFailedTestSuites && !numFailedTests ? 1 : 0),
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

for (const row of rows) {
  if (wanted.length > 0 && !wanted.includes(row.id)) continue;
  process.stderr.write(`\n== ${row.id} ${row.fault}\n`);
  const beganAt = Date.now();
  const outcome = { passed: 0, failed: 0 };
  for (const proof of row.proofs) {
    const { passed, failed } = prove(row, proof);
    outcome.passed += passed;
    outcome.failed += failed;
  }
  results.set(row.id, { ...outcome, seconds: Math.round((Date.now() - beganAt) / 1_000) });
}

const figures = new Map();
try {
  for (const line of readFileSync(figuresFile, 'utf8').trim().split('\n')) {
    const { row, text } = JSON.parse(line);
    figures.set(row, [...(figures.get(row) ?? []), text]);
  }
} catch {
  // None of the tests that ran measures anything.
}
const table = [...results].map(([id, { passed, failed, seconds }]) => {
  const { fault, proofs, note } = rows.find(row => row.id === id);
  const verdict = proofs.length === 0 ? 'no part yet' : failed === 0 ? 'passed' : 'FAILED';
  const told = figures.get(id)?.join('; ') ?? (proofs.length === 0 ? '' : `${passed} tests, ${seconds} s`);
  return [id, fault, verdict, note === undefined ? told : `${told}${told === '' ? '' : '. '}${note}`];
});
const widths = [0, 1, 2].map(i => Math.max(...table.map(row => row[i].length)));
console.log(`\n${table.map(row => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).join('\n')}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = table.some(([, , verdict]) => verdict === 'FAILED') ? 1 : 0;

// `npm run bench`: measures mock-server beside its peers on this machine, prints the figures, checks them against what
// was promised, and writes bench/results/. Ends with 1 when a check fails.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../build.mjs';
import { drawChart } from './chart.mjs';
import { javaVersion, peerNames } from './contenders.mjs';
import { loadTool, loadToolSettings } from './load.mjs';
import { measureGroup } from './measure.mjs';
import { PROXYING, USAGE, readOptions } from './options.mjs';
import { installPeers, missingPeers } from './peers.mjs';
import { planFor } from './plan.mjs';
import { measureProxying } from './proxying.mjs';
import { checkRatios } from './ratios.mjs';
import { updateReadmes } from './readme.mjs';
import { stopAllServers } from './servers.mjs';
import { casesTable, checksTable, proxyingTable, serversTable } from './table.mjs';

const resultsFolder = join(dirname(fileURLToPath(import.meta.url)), 'results');
const latestFile = join(resultsFolder, 'latest.json');
const beganAt = performance.now();
const say = line => console.log(`${String(Math.round((performance.now() - beganAt) / 1_000)).padStart(4)} s  ${line}`);

async function main(options) {
  if (options.isHelp) return console.log(USAGE);
  const results = options.fromLatest ? readLatest() : await measure(options);
  const checks = checkRatios(results);
  console.log(
    `\n${casesTable(results)}\n\n${serversTable(results)}\n\n${proxyingTable(results)}\n\n${checksTable(checks)}\n`,
  );
  for (const { message } of results.failures) console.log(`FAILED  ${message}\n`);
  writeResults({ ...results, checks }, options);
  if (options.updateReadme) await updateReadmes(results, say);
  decideExitCode({ results, checks, options });
}

async function measure({ isQuick, only, withPeers }) {
  const leaveOut = new Map(withPeers ? missingPeers() : peerNames.map(name => [name, '--no-peers']));
  for (const [name, reason] of leaveOut) say(`${name} is left out: ${reason}`);
  if (loadTool !== 'wrk')
    say('wrk is not installed, so autocannon makes the load: it costs more CPU than the servers (apt-get install wrk)');
  await installPeers(say);
  const { compiled } = await build();
  say(`mock-server built, ${compiled} files compiled`);

  const results = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    loadTool: loadToolSettings,
    cells: [],
    servers: [],
    failures: [],
  };
  for (const group of planFor({ isQuick, only, leaveOut })) {
    const { cells, servers, failures } = await measureGroup(group, say);
    results.cells.push(...cells);
    results.servers.push(...servers);
    results.failures.push(...failures);
  }
  if (only === undefined || only === PROXYING) results.proxying = await measureProxying({ isQuick, withPeers }, say);
  // Through JSON, so that a run and its stored results are read alike.
  return JSON.parse(JSON.stringify(results));
}

function describeMachine() {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1_073_741_824),
    node: process.version,
    java: javaVersion(),
  };
}

function readLatest() {
  if (!existsSync(latestFile)) throw new Error('There is no bench/results/latest.json yet: run `npm run bench` first.');
  return JSON.parse(readFileSync(latestFile, 'utf8'));
}

/** Only a complete run replaces the published figures. */
function writeResults(results, { isComplete }) {
  const name = isComplete ? 'latest' : 'partial';
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(resultsFolder, `${name}.svg`), drawChart(results));
  say(`written: bench/results/${name}.json and ${name}.svg`);
}

/** A peer that fails is its own affair. Short runs measure too roughly to judge by. */
function decideExitCode({ results, checks, options }) {
  const ownFailures = results.failures.filter(failure => !peerNames.includes(failure.contender));
  const failedChecks = checks.filter(check => check.outcome === 'fail');
  if (options.isQuick && failedChecks.length > 0) say('the failed checks do not count in a quick run');
  if (ownFailures.length > 0 || (failedChecks.length > 0 && !options.isQuick)) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void stopAllServers().then(() => process.exit(130)));
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAllServers();
}

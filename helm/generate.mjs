// `npm run chart:generate` writes what in the chart is made from something else: values.schema.json (schema.mjs and the server's
// settings), the table in README.md (values.yaml), and the copies of dashboard and alerts, for a chart can only hold its own files.
// With --check it writes nothing, and fails naming what is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { build } from '../build.mjs';
import { schemaOf } from './schema.mjs';
import { documentedValues, valuesAsMarkdown } from './values-table.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const chart = join(root, 'helm/mock-server');
const read = file => readFileSync(file, 'utf8');

/** The chart decides these: another value would part the server from its probes, ports and volumes. */
const ownedByChart = new Set([
  'NODE_ENV',
  'HOST',
  'PORT',
  'WEB_UI_PORT',
  'AUTH',
  'ALLOW_UNAUTHENTICATED',
  'DATA_DIR',
  'SHUTDOWN_DELAY_MS',
]);

/** Of the contract with people who keep a Secret by hand: who signs in first, and what signs. */
const keptWithSecrets = ['ADMIN_EMAIL', 'ADMIN_PASSWORD', 'JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'CLAUDE_API_KEY'];

await build();
const { settingNames, settingOf } = createRequire(import.meta.url)('../dist/libs/config/src/index.js');
const isSecret = name => settingOf(name).isSecret === true;
const secretSettings = [...new Set([...settingNames.filter(isSecret), ...keptWithSecrets])].sort();
const plainSettings = settingNames.filter(name => !secretSettings.includes(name) && !ownedByChart.has(name)).sort();

const table = valuesAsMarkdown(documentedValues(read(join(chart, 'values.yaml'))));
const readme = read(join(chart, 'README.md')).replace(
  /<!-- values:start -->[^]*<!-- values:end -->/,
  () => `<!-- values:start -->\n\n${table}\n\n<!-- values:end -->`,
);
const style = { ...(await prettier.resolveConfig(join(root, 'package.json'))) };
const wanted = {
  'values.schema.json': await prettier.format(JSON.stringify(schemaOf({ plainSettings, secretSettings })), {
    ...style,
    parser: 'json',
  }),
  'README.md': await prettier.format(readme, { ...style, parser: 'markdown' }),
  'files/secret-settings.txt': `${secretSettings.join('\n')}\n`,
  'files/dashboard.json': read(join(root, 'docker/grafana/mock-server.json')),
  'files/alerts.yaml': read(join(root, 'docker/prometheus/alerts.yaml')),
};

mkdirSync(join(chart, 'files'), { recursive: true });
const stale = Object.keys(wanted).filter(name => {
  try {
    return read(join(chart, name)) !== wanted[name];
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(`Out of date in helm/mock-server: ${stale.join(', ')}. Run: npm run chart:generate`);
    process.exit(1);
  }
  console.log('helm/mock-server: everything generated is up to date');
} else {
  for (const name of stale) writeFileSync(join(chart, name), wanted[name]);
  console.log(`helm/mock-server: ${stale.length === 0 ? 'nothing to write' : `wrote ${stale.join(', ')}`}`);
}

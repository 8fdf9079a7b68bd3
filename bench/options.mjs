// What the bench can be asked for.
import { parseArgs } from 'node:util';
import { CASE_NAMES } from './cases.mjs';

/** The cases about backends, which have a program of their own. */
export const PROXYING = 'proxying';

export const USAGE = `npm run bench -- [options]

  --quick            short runs and few sizes: shows that everything works; its figures mean little
  --only <case>      one case: ${[...CASE_NAMES, PROXYING].join(', ')}
  --no-peers         only bare node:http, bare Fastify and mock-server
  --update-readme    after a complete run, put table and picture into README.md and README.zh-CN.md
  --from-latest      measure nothing: table, picture (and README) again from bench/results/latest.json
  --help`;

/** Throws a sentence for people when an option is unknown or its value is. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      'no-peers': { type: 'boolean', default: false },
      'update-readme': { type: 'boolean', default: false },
      'from-latest': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.only !== undefined && ![...CASE_NAMES, PROXYING].includes(values.only)) {
    throw new Error(`There is no case "${values.only}". The cases are: ${[...CASE_NAMES, PROXYING].join(', ')}.`);
  }
  const isComplete = !values.quick && values.only === undefined && !values['no-peers'];
  if (values['update-readme'] && !isComplete) {
    throw new Error(
      '--update-readme publishes figures and so needs a complete run: leave --quick, --only and --no-peers out.',
    );
  }
  return {
    isQuick: values.quick,
    only: values.only,
    withPeers: !values['no-peers'],
    updateReadme: values['update-readme'],
    fromLatest: values['from-latest'],
    isHelp: values.help,
    isComplete,
  };
}

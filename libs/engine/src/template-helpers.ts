import { blockHelpers } from './template-block-helpers';
import { compareHelpers } from './template-compare-helpers';
import { dateHelpers } from './template-date-helpers';
import { fakerHelpers } from './template-faker';
import { jsonHelpers } from './template-json-helpers';
import { listHelpers } from './template-list-helpers';
import { numberHelpers } from './template-number-helpers';
import { randomHelpers } from './template-random-helpers';
import { type Helper } from './template-run';
import { stateHelpers } from './template-state-helpers';
import { stringHelpers } from './template-string-helpers';
import { systemHelpers } from './template-system-helpers';
import { textHelpers } from './template-text-helpers';
import { tokenHelpers } from './template-token-helpers';
import { xmlHelpers } from './template-xml-helpers';

/** Every helper by name. Without a prototype: `constructor` is no helper. */
const helpers = Object.create(null) as Record<string, Helper>;
for (const group of [
  blockHelpers,
  compareHelpers,
  stringHelpers,
  textHelpers,
  listHelpers,
  jsonHelpers,
  numberHelpers,
  randomHelpers,
  dateHelpers,
  xmlHelpers,
  systemHelpers,
  tokenHelpers,
  fakerHelpers,
  stateHelpers,
])
  Object.assign(helpers, group);

export function helperNamed(name: string): Helper | undefined {
  return helpers[name];
}

/** Whether a helper reads or writes the key-value store. */
export function isStateHelper(name: string): boolean {
  return Object.hasOwn(stateHelpers, name);
}

export const helperNames: readonly string[] = Object.keys(helpers).sort();

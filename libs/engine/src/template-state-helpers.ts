import { argumentText, decimalNumber, requireValue, wholeNumber } from './template-arguments';
import { compactJson } from './template-json-text';
import { TemplateError, type Helper, type HelperCall } from './template-run';
import { JsonResult, ValueList } from './template-value';
import { appended, incremented, stateKeyMistake, type StateChangeResult, type StateDraft } from './state-draft';

/** Read and write the workspace's key-value store. A rendering that fails has written nothing. */
export const stateHelpers: Readonly<Record<string, Helper>> = {
  state: call => {
    const value = draftOf(call).get(keyOf(call));
    return value === undefined || value === null ? call.hash['default'] : shown(value);
  },
  setState: call => {
    const value = requireValue(call, call.args[1] ?? call.hash['value']);
    draftOf(call).set(keyOf(call), plain(call, value));
    return '';
  },
  incrementState: call => {
    const by = call.hash['by'] === undefined ? 1 : decimalNumber(call.hash['by'], 'by');
    return write(call, known => incremented(known, by));
  },
  appendState: call => {
    const value = plain(call, requireValue(call, call.args[1] ?? call.hash['value']));
    const max = call.hash['max'] === undefined ? undefined : Math.max(1, wholeNumber(call.hash['max'], 'max'));
    write(call, known => appended(known, value, max));
    return '';
  },
  deleteState: call => {
    draftOf(call).set(keyOf(call), undefined);
    return '';
  },
};

function write(call: HelperCall, change: (known: unknown) => StateChangeResult): unknown {
  const key = keyOf(call);
  const draft = draftOf(call);
  const changed = change(draft.get(key));
  if (!changed.ok) throw new TemplateError(`state '${key}' ${changed.message}`);
  draft.set(key, changed.value);
  return shown(changed.value);
}

function draftOf({ run }: HelperCall): StateDraft {
  const { state } = run.environment;
  if (state === undefined) throw new TemplateError('state can be used in responses and state actions only');
  run.step(10);
  return state;
}

function keyOf(call: HelperCall): string {
  const key = argumentText(call, 0) ?? '';
  const mistake = stateKeyMistake(key);
  if (mistake !== undefined) throw new TemplateError(`'${key.slice(0, 40)}' ${mistake}`);
  return key;
}

/** Objects and lists read as JSON, as those that a JSONPath finds. */
function shown(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new JsonResult(value, compactJson) : value;
}

/** What a template works on, as JSON. A header or parameter that was sent once is its text. */
function plain({ run }: HelperCall, value: unknown): unknown {
  const isOne = value instanceof ValueList && value.values.length === 1;
  const text = compactJson(isOne ? value.values[0] : value);
  run.heavyWork(text.length);
  return JSON.parse(text) as unknown;
}

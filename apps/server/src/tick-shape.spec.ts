import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whether an object of a later turn has the hidden class of the first one, when full collections ran in between. */
const script = (keep: string): string => `
  const { createHook } = require('node:async_hooks');
  const seen = [];
  const hook = createHook({ init: (id, type, trigger, resource) => { if (type === 'TickObject') seen.push(resource); } });
  const kept = ${keep};
  let turns = 0;
  setTimeout(function collect() {
    gc();
    if (++turns < 5) return setTimeout(collect, 1);
    hook.enable();
    process.nextTick(() => undefined);
    hook.disable();
    console.log(kept !== undefined && %HaveSameMap(kept, seen[0]));
  }, 1);`;

async function sharesShape(keep: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--allow-natives-syntax',
      '--expose-gc',
      '--require',
      join(__dirname, '../../../test/support/ts-require.js'),
      '-e',
      script(keep),
    ],
    { timeout: 20_000 },
  );
  return stdout.trim() === 'true';
}

describe('the shape of what nextTick queues', () => {
  it('outlives full collections', async () => {
    expect(await sharesShape(`require(${JSON.stringify(join(__dirname, 'tick-shape.ts'))}).keepTickShape()`)).toBe(
      true,
    );
  });

  it('would be another one for an object that only looks alike', async () => {
    expect(await sharesShape('{ callback: () => undefined, args: undefined }')).toBe(false);
  });
});

import { eventually } from '../../../test/support/eventually';
import { DatabaseUnavailableError } from './database-errors';
import { RepeatedWork } from './repeated-work';

describe('work that is repeated', () => {
  const errors: string[] = [];
  const logger = { error: (text: string): void => void errors.push(text) };
  let repeated: RepeatedWork | undefined;

  const start = (work: () => Promise<void>): RepeatedWork => {
    repeated = new RepeatedWork({ everyMs: 5, work, logger, failure: 'It cannot be read' });
    repeated.start();
    return repeated;
  };

  afterEach(async () => {
    await repeated?.stop();
    errors.length = 0;
  });

  test('is done one at a time, however long one takes', async () => {
    let begun = 0;
    let release = (): void => undefined;
    start(() => {
      begun++;
      return new Promise(resolve => (release = resolve));
    });
    await eventually(() => begun === 1);
    let ticks = 0;
    const clock = setInterval(() => ticks++, 5);
    await eventually(() => ticks > 5);
    clearInterval(clock);
    expect(begun).toBe(1);
    release();
    await eventually(() => begun === 2);
    release();
  });

  test('is joined by whoever wants it now', async () => {
    let begun = 0;
    const work = start(async () => void (await Promise.resolve(begun++)));
    await Promise.all([work.now(), work.now()]);
    expect(begun).toBe(1);
    await work.now();
    expect(begun).toBe(2);
  });

  test('begins after the call for who wants it afresh, once for all of them', async () => {
    let begun = 0;
    let ended = 0;
    const work = start(async () => {
      begun++;
      await new Promise(resolve => setTimeout(resolve, 5));
      ended++;
    });
    void work.now();
    await Promise.all([work.afresh(), work.afresh()]);
    expect({ begun, ended }).toEqual({ begun: 2, ended: 2 });
  });

  test('tells of each failure and goes on', async () => {
    start(() => Promise.reject(new Error('no such table')));
    await eventually(() => errors.length >= 2);
    expect(errors[0]).toBe('It cannot be read: Error: no such table');
  });

  test('says nothing of a database that is down: that tells about itself', async () => {
    let begun = 0;
    const work = start(() => {
      begun++;
      return Promise.reject(new DatabaseUnavailableError('down'));
    });
    await work.now();
    await eventually(() => begun >= 3);
    expect(errors).toEqual([]);
  });

  test('ends with the one that is under way', async () => {
    let begun = 0;
    let isOver = false;
    const work = start(async () => {
      begun++;
      await new Promise(resolve => setTimeout(resolve, 20));
      isOver = true;
    });
    await eventually(() => begun === 1);
    await work.stop();
    expect(isOver).toBe(true);
    let ticks = 0;
    const clock = setInterval(() => ticks++, 5);
    await eventually(() => ticks > 5);
    clearInterval(clock);
    expect(begun).toBe(1);
  });

  test('keeps no process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length;
    const before = timers();
    start(() => Promise.resolve());
    expect(timers()).toBe(before);
  });
});

import { Turns } from '@mock-server/database';

/** `all.map(work)`, with traffic served in between. */
export async function mapInTurns<T, U>(all: readonly T[], work: (one: T) => U): Promise<U[]> {
  const turns = new Turns();
  const done: U[] = [];
  for (const one of all) {
    await turns.pause();
    done.push(work(one));
  }
  return done;
}

/** What steps lead to, with traffic served in between. */
export async function runInTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  const turns = new Turns();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turns.pause();
  }
}

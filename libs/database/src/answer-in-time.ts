/** The answer, or the failure when it is not there after so many milliseconds. */
export function answerInTime<T>(
  answer: Promise<T>,
  { ms, failure }: { readonly ms: number; readonly failure: () => Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(failure());
    // When this process was the slow one, the answer lies in the socket: the event loop reads it before `setImmediate`.
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

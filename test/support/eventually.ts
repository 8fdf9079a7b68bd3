/** Resolves as soon as the condition holds; rejects when it still does not after the deadline. */
export async function eventually(condition: () => boolean | Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Still not so after ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

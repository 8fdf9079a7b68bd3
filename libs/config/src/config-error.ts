/** What is wrong with the settings, all of it at once. The message is fit to be shown: no value of a secret is in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    const title = problems.length === 1 ? 'A setting is not usable:' : `${problems.length} settings are not usable:`;
    const list = problems.map(problem => `  ${problem}`).join('\n');
    super(`${title}\n${list}\nSee every setting with: npm start -- --help`);
  }
}

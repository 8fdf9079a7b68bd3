import { ConfigError, readConfig } from '@mock-server/config';

/** What is wrong with an environment, as the server says it at its start; nothing: it can start. */
export function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

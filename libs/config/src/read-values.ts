import { readFileSync } from 'node:fs';
import { type SettingName, settingNames, settingOf, type SettingValues } from './settings';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Every setting by its rule: the variable, else the secret's file, else the default. An empty variable counts as not set.
 * What is not usable adds a sentence to `problems` and is left undefined.
 */
export function readValues(env: Environment, problems: string[]): SettingValues {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of settingNames) {
    const text = readText(name, env, problems) ?? settingOf(name).default;
    if (text !== undefined) values[name] = applyRule(name, text, problems);
  }
  return values as SettingValues;
}

function applyRule(name: SettingName, text: string, problems: string[]): unknown {
  const parsed = settingOf(name).rule.safeParse(text);
  if (parsed.success) return parsed.data;
  problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is not usable'}${quote(name, text)}.`);
  return undefined;
}

/** Only what cannot be a secret is quoted: a URL may hold a password, and so may a long text that was pasted into the wrong place. */
function quote(name: SettingName, text: string): string {
  const isHarmless = settingOf(name).isSecret !== true && !/[@\s]|:\/\//.test(text) && text.length <= 24;
  return isHarmless ? `, not '${text}'` : '';
}

function readText(name: SettingName, env: Environment, problems: string[]): string | undefined {
  const text = env[name] === '' ? undefined : env[name];
  // In a cluster with a Service named redis, Kubernetes sets REDIS_PORT=tcp://10.0.0.1:6379 in every container.
  if (name === 'REDIS_PORT' && text?.startsWith('tcp://') === true) return undefined;
  const file = settingOf(name).isSecret === true ? env[`${name}_FILE`] : undefined;
  if (file === undefined || file === '') return text;
  if (text === undefined) return readSecretFile(`${name}_FILE`, file, problems);
  problems.push(`${name} and ${name}_FILE are both set: keep one.`);
  return undefined;
}

function readSecretFile(variable: string, file: string, problems: string[]): string | undefined {
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content !== '') return content;
    problems.push(`${variable} names a file that is empty: ${file}`);
  } catch (error) {
    problems.push(`${variable} names a file that ${whyUnreadable(error)}: ${file}`);
  }
  return undefined;
}

function whyUnreadable(error: unknown): string {
  const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read';
  return code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
}

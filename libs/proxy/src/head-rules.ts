import { compileRegex, type LinearRegex } from '@mock-server/engine';
import { type BackendSettings } from '@mock-server/workspaces';

type HeaderRules = NonNullable<BackendSettings['requestHeaders']>;
type Rewrite = NonNullable<BackendSettings['rewrite']>[number];

/** Name, value, …: what is removed leaves, what is set stands once, at the end if it was not there. */
export function applyHeaderRules(rawHeaders: readonly string[], rules: HeaderRules | undefined): readonly string[] {
  const set = Object.entries(rules?.set ?? {});
  const remove = rules?.remove ?? [];
  if (set.length === 0 && remove.length === 0) return rawHeaders;
  const leaving = new Set([...remove, ...set.map(([name]) => name)].map(name => name.toLowerCase()));
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!leaving.has(rawHeaders[i]!.toLowerCase())) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  for (const [name, value] of set) kept.push(name, value);
  return kept;
}

const compiled = new WeakMap<Rewrite, LinearRegex | undefined>();

/** The path of the first rule that matches the whole of it; the query stays. */
export function rewriteUrl(url: string, rules: BackendSettings['rewrite'] = []): string {
  if (rules.length === 0) return url;
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  for (const rule of rules) {
    const found = patternOf(rule)?.find(path);
    if (found === undefined) continue;
    const rewritten = rule.to.replace(/\$([1-9])/g, (_, group: string) => found.groups[Number(group)] ?? '');
    return `${rewritten.startsWith('/') ? '' : '/'}${rewritten}${query < 0 ? '' : url.slice(query)}`;
  }
  return url;
}

function patternOf(rule: Rewrite): LinearRegex | undefined {
  if (compiled.has(rule)) return compiled.get(rule);
  const reading = compileRegex(`^(?:${rule.from})$`);
  const regex = reading.ok ? reading.regex : undefined;
  compiled.set(rule, regex);
  return regex;
}

/** Undefined: the backend's own name. */
export function hostFieldOf(choice: BackendSettings['host'], clientHost: string): string | undefined {
  if (choice === undefined || choice === 'backend') return undefined;
  return choice === 'client' ? clientHost : choice;
}

import type { FastifyInstance } from 'fastify';
import { Problem } from './problem';

export interface RouteEntry {
  readonly method: string;
  /** With parameters as `:name` and a rest as `*`. */
  readonly path: string;
}

const tables = new WeakMap<object, RouteEntry[]>();
const MAX_NEARBY = 5;

/** Remembers every route that is registered from now on, to tell a caller what exists near the one that does not. */
export function recordRoutes(instance: FastifyInstance): void {
  const routes: RouteEntry[] = [];
  tables.set(instance.server, routes);
  instance.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: url });
  });
}

/** The problem for a path that no route took: 405 with `Allow` if the path exists, else 404 with what is nearby. */
export function unknownRoute(server: object, method: string, url: string): Problem {
  const routes = tables.get(server) ?? [];
  const path = url.split('?', 1)[0] ?? url;
  const allowed = [...new Set(routes.filter(route => isPathOf(route.path, path)).map(route => route.method))].sort();
  if (allowed.length > 0 && !allowed.includes(method)) {
    return new Problem('method-not-allowed', {
      detail: `${method} is not possible here. Possible: ${allowed.join(', ')}.`,
      headers: { allow: allowed.join(', ') },
    });
  }
  const nearby = findNearby(routes, path);
  const hint = nearby.length > 0 ? `Nearby: ${nearby.join(', ')}. All` : 'All';
  return new Problem('not-found', {
    detail: `There is no ${method} ${path.slice(0, 200)}. ${hint} routes are listed at /__admin/docs.`,
    ...(nearby.length > 0 && { extras: { nearby } }),
  });
}

function isPathOf(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  const isOpenEnded = wanted.at(-1) === '*';
  if (isOpenEnded ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every(
    (segment, index) => segment === '*' || segment === given[index] || (segment.startsWith(':') && given[index] !== ''),
  );
}

function findNearby(routes: readonly RouteEntry[], path: string): string[] {
  const given = path.toLowerCase().split('/').filter(Boolean).slice(0, 10);
  const scored = routes
    .filter(route => route.method !== 'HEAD')
    .map(route => ({ text: `${route.method} ${route.path}`, score: likeness(route.path, given) }))
    .filter(({ score }) => score >= 1);
  const best = Math.max(...scored.map(({ score }) => score), 0);
  return scored
    .filter(({ score }) => score >= best - 0.5)
    .sort((a, b) => b.score - a.score || a.text.localeCompare(b.text))
    .slice(0, MAX_NEARBY)
    .map(({ text }) => text);
}

/** One point for a segment that is the same, less for one that is spelled alike, minus a little for each that is left over. */
function likeness(template: string, given: readonly string[]): number {
  const wanted = template.split('/').filter(Boolean);
  let score = 0;
  for (const [index, segment] of wanted.entries()) {
    const other = given[index];
    if (other === undefined) break;
    if (segment.startsWith(':') || segment === '*') score += 0.4;
    else score += segment === '__admin' && other === segment ? 0.2 : spelledAlike(segment.toLowerCase(), other);
  }
  return score - 0.1 * Math.abs(wanted.length - given.length);
}

/** From 0 to 1: how much of the pairs of neighbouring letters two words share (Dice). */
function spelledAlike(a: string, b: string): number {
  if (a === b) return 1.2;
  const pairs = (word: string): Set<string> =>
    new Set(Array.from(word.slice(0, 60)).map((char, i, all) => char + (all[i + 1] ?? '$')));
  const [left, right] = [pairs(a), pairs(b)];
  const shared = [...left].filter(pair => right.has(pair)).length;
  const share = (2 * shared) / (left.size + right.size || 1);
  return share >= 0.5 ? 0.8 + 0.2 * share : 0;
}

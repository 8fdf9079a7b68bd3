import { decode } from './mock-request';

const maxLength = 200;

/** A name made of a path, as WireMock makes it: `/Users/5/a%20b` is `users_5_a-b`. Empty for the root. */
export function safeName(path: string): string {
  return decode(path.replaceAll('+', '%2B'))
    .replaceAll('/', '_')
    .replaceAll(/\s/g, '-')
    .normalize('NFD')
    .replaceAll(/[^\w.-]/g, '')
    .toLowerCase()
    .replace(/^_+/, '')
    .replace(/_+$/, '')
    .slice(0, maxLength);
}

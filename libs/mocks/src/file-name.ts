import { isFileName } from '@mock-server/engine';
import { Problem } from '@mock-server/http';

export { isFileName };

export function readFileName(name: string): string {
  if (isFileName(name)) return name;
  throw new Problem('invalid-body', {
    detail: `'${name.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?')}' is not usable as a file name: write a plain path such as users/list.json, without .., leading slash or special characters.`,
  });
}

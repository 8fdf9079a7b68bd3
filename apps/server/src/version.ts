import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of package.json, which stands some folders up: more of them from dist/ than from the sources. */
export const version: string = findVersion(__dirname);

function findVersion(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('No package.json above the server: the installation is incomplete');
    return findVersion(parent);
  }
}

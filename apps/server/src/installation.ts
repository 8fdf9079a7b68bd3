import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const { folder, packageJson } = findInstallation(__dirname);

/** The version of package.json. */
export const version: string = packageJson.version;

/** Where the console's built files are. */
export const webUiFolder: string = join(folder, 'dist/web-ui');

/** The folder of package.json, which stands some folders up: one from the bundle, more from the sources. */
function findInstallation(folder: string): { readonly folder: string; readonly packageJson: { version: string } } {
  try {
    return {
      folder,
      packageJson: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string },
    };
  } catch {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('No package.json above the server: the installation is incomplete');
    return findInstallation(parent);
  }
}

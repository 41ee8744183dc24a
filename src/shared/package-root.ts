import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that holds package.json. Compiled code runs from dist/ and tests run from src/; files that are not code
 * (config/, SQL migrations) lie at the same place for both only when looked up from here.
 */
export function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('package.json was not found above the program; the installation is incomplete');
    directory = parent;
  }
  return directory;
}

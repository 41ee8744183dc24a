import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderLandingRules } from '../../../src/landing/rule-book.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

it('publishes the rows the tests run, to the letter (run `npm run generated` when this fails)', async () => {
  expect(renderLandingRules()).toBe(await readFile(join(packageRoot(), 'docs', 'rules', 'landing.md'), 'utf8'));
});

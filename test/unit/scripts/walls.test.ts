import { describe, expect, it } from 'vitest';
import { findBreaches, refuseImport } from '../../../scripts/walls.ts';

describe('the walls between the stages', () => {
  it.each([
    ['returns/build.ts', 'register/admit.ts'],
    ['landing/deliver.ts', 'blackbox/connection.ts'],
    ['app.ts', 'risk/command.ts'],
    ['risk/command.ts', 'http/server.ts'],
    ['blackbox/persons.ts', 'blackbox/keys.ts'],
    ['shared/clock.ts', 'shared/errors.ts'],
  ])('let %s import %s', (from, to) => expect(refuseImport(from, to, false)).toBeUndefined());

  it.each([
    ['landing/deliver.ts', 'blackbox/keys.ts'],
    ['app.ts', 'blackbox/pseudonymise.ts'],
    ['http/server.ts', 'blackbox/seal.ts'],
    ['register/admit.ts', 'returns/build.ts'],
    ['environment/summary.ts', 'http/server.ts'],
    ['shared/clock.ts', 'database/query.ts'],
    ['database/migrate.ts', 'app.ts'],
    ['novelty/new.ts', 'database/query.ts'],
  ])('stop %s from importing %s', (from, to) => expect(refuseImport(from, to, false)).toBeTypeOf('string'));

  it('let a stage know the shape of the app, and not construct one', () => {
    expect(refuseImport('risk/run.ts', 'app.ts', true)).toBeUndefined();
    expect(refuseImport('risk/run.ts', 'app.ts', false)).toBeTypeOf('string');
  });

  it('find an import over several lines, an export and a dynamic import, with their lines', () => {
    const text = [
      "import { join } from 'node:path';",
      'import {',
      '  one,',
      "} from '../http/server.ts';",
      "export { two } from '../returns/build.ts';",
      "export function split(text: string) { return text.split('.'); }",
      "const keys = await import('../blackbox/keys.ts');",
    ].join('\n');
    expect(findBreaches('src/register/admit.ts', text).map(({ line }) => line)).toEqual([2, 5, 7]);
  });
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Access, accessMatrix } from '../../../src/http/access-matrix.ts';
import { describeInterface } from '../../../src/http/openapi.ts';
import { allRoutes } from '../../../src/http/routes/all.ts';

interface Operation {
  readonly security: readonly Record<string, readonly string[]>[];
  readonly responses: Readonly<Record<string, unknown>>;
}
const document = JSON.parse(JSON.stringify(describeInterface(allRoutes, '/'))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

describe('the published interface', () => {
  it('is the one of the code: run `npm run generated` after changing a route', async () => {
    const committed = await readFile(new URL('../../../docs/generated/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(document);
  });

  it.each(Object.entries(accessMatrix) as [string, Access][])('documents %s with the scope of the access matrix', (name, access) => {
    const [method = '', path = ''] = name.split(' ');
    const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    expect(operation).toBeDefined();
    const machines = access.open === true || access.subject === undefined ? [] : [{ backendServices: [access.scope] }];
    const people = access.open === true || access.people === undefined ? [] : [{ people: [] }];
    expect(operation?.security).toEqual([...machines, ...people]);
    if (access.open !== true) expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['401', '403']));
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalDocument } from '../../../src/register/document.ts';
import { readRegisterFiles, writeRegisterFiles } from '../../../src/register/files.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

describe('register files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'register-'));
    return () => rm(folder, { recursive: true });
  });
  const write = async (place: string, files: Record<string, unknown>): Promise<void> => {
    await mkdir(join(folder, place), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      await writeFile(
        join(folder, place, name),
        typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
      );
    }
  };

  it('may be split in any way, in a folder of one place or of several', async () => {
    const { flows, agreements, ...rest } = examplePlace('split');
    await write('split', { 'a.json': rest, 'b.json': { flows: [flows[1]] }, 'c.json': { flows: [flows[0]], agreements } });
    await write('whole', { 'all.json': examplePlace('whole') });
    const register = await loadRegisterFiles(folder);
    expect([...register.places.keys()]).toEqual(['split', 'whole']);
    expect([...register.flows.keys()].sort()).toEqual(['split-apc', 'split-gp', 'whole-apc', 'whole-gp']);
    expect(await readRegisterFiles(join(folder, 'split'))).toHaveLength(1);
  });

  it('give back what was written to them, whatever it is', async () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((one) => one.trim() === one && one !== '');
    const written = fc.record({
      name: text,
      minimumAge: fc.integer({ min: 0, max: 120 }),
      fields: fc.uniqueArray(text, { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(written, async ({ name, minimumAge, fields }) => {
        const place: Breakable = examplePlace('written');
        place.place.name = name;
        Object.assign(place.agreements[0], { minimumAge });
        place.agreements[0].dataIn[0].items[0].fields = fields;
        const document = canonicalDocument(parsePlace(place));
        await writeRegisterFiles(document, folder);
        expect(await readRegisterFiles(join(folder, 'written'))).toEqual([document]);
      }),
      { numRuns: 25 },
    );
  });

  it('report every problem of every file at once, with file and path', async () => {
    const bad: Breakable = examplePlace('bad');
    bad.flows[1].agreement = 'nowhere';
    bad.services[0].organisation = 'ZZZ';
    const { flows, ...rest } = bad;
    await write('bad', { 'base.json': rest, 'flows.json': { flows } });
    await write('worse', {
      'base.json': { ...examplePlace('worse'), surprise: 1 },
      'broken.json': '{',
      'twice.json': '{"flows":[],"flows":[]}',
      'latin.json': Buffer.from('{"caf\xe9":1}', 'latin1'),
      'flows.json': { flows: [{ id: 'x' }] },
    });
    const problems = await readRegisterFiles(folder).then(
      () => [],
      (error: { problems: string[] }) => error.problems,
    );
    expect(problems).toEqual(
      expect.arrayContaining([
        'bad/flows.json: flows[1] "bad-gp": agreement "nowhere" is not in the register',
        'bad/base.json: services[0] "acute": organisation "ZZZ" is not in the register',
        'worse/broken.json: is not JSON',
        'worse/twice.json: gives a member twice in one object; remove one of them',
        'worse/latin.json: is not UTF-8',
        expect.stringMatching(/^worse\/base\.json: .*surprise/),
        expect.stringMatching(/^worse\/flows\.json: flows\[0\]\.title: /),
      ]),
    );
  });

  it.each([
    ['nothing', {}],
    ['no place', { 'flows.json': { flows: [] } }],
    ['two places', { 'a.json': { place: examplePlace('a').place }, 'b.json': { place: examplePlace('b').place } }],
  ])('are refused when they hold %s', async (_what, files) => {
    await write('place', files);
    await expect(readRegisterFiles(folder)).rejects.toMatchObject({ code: 'CONFIGURATION_WRONG', exit: 78 });
  });

  it('are refused when the folder does not exist', async () => {
    await expect(readRegisterFiles(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'CONFIGURATION_WRONG' });
  });
});

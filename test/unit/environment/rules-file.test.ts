import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readRules } from '../../../src/environment/activity.ts';

const schema = z.strictObject({ highRiskFrom: z.int() });

describe('a file of rules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haven-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const from = async (content: string | Buffer): Promise<number> => {
    await writeFile(join(folder, 'rules.json'), content);
    return (await readRules(folder, 'rules.json', schema)).highRiskFrom;
  };

  it('is read as it says', async () => {
    expect(await from('{ "highRiskFrom": 3 }')).toBe(3);
  });

  it.each<[what: string, content: string | Buffer, problem: RegExp]>([
    ['gives a member twice', '{ "highRiskFrom": 3, "highRiskFrom": 1 }', /^risk\/rules\.json gives a member twice in one object; remove/],
    ['is not UTF-8', Buffer.from('{ "highRiskFrom": 3, "caf\xe9": 1 }', 'latin1'), /^risk\/rules\.json is not UTF-8$/],
    ['is not JSON', '{ "highRiskFrom": 3', /^risk\/rules\.json is not JSON$/],
    ['lacks a member', '{}', /^risk\/rules\.json highRiskFrom: ./],
  ])('that %s is refused under that name', async (_what, content, problem) => {
    await expect(from(content)).rejects.toMatchObject({ problems: [expect.stringMatching(problem)] });
  });

  it('that is not there is named as missing', async () => {
    await expect(readRules(folder, 'other.json', schema)).rejects.toMatchObject({ problems: ['risk/other.json is missing'] });
  });
});

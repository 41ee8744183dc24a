import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataKeys } from '../../../src/destruction/data-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haven-keys-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const end = { agreementId: 'a', destructionId: 'd', reason: 'agreement', on: '2026-11-21' };
const wanted = [
  { flowId: 'one', period: '2026-10' },
  { flowId: 'one', period: '2026-11' },
  { flowId: 'two', period: '2026-11' },
];

describe('the data keys', () => {
  it('are made once for each data set and month, and are the same when opened again', async () => {
    const keys = await DataKeys.load(folder);
    const made = await keys.ensure(wanted);
    const again = await DataKeys.load(folder);
    expect(await again.ensure(wanted)).toEqual(made);
    for (const { keyId } of made.values()) expect(again.secret(keyId)).toEqual(keys.secret(keyId));
    expect(new Set([...made.values()].map(({ keyId }) => keys.secret(keyId)?.toString('hex'))).size).toBe(3);
  });

  it('rest wrapped, in files that only their owner reads', async () => {
    const keys = await DataKeys.load(folder);
    const made = await keys.ensure(wanted);
    for (const name of await readdir(join(folder, 'datasets'))) {
      const path = join(folder, 'datasets', name);
      expect((await stat(path)).mode & 0o077).toBe(0);
      const text = await readFile(path, 'utf8');
      for (const { keyId } of made.values()) expect(text).not.toContain(keys.secret(keyId)?.toString('base64').slice(0, 40));
    }
  });

  it('are gone once destroyed, and the others stay', async () => {
    const keys = await DataKeys.load(folder);
    const made = await keys.ensure(wanted);
    const gone = made.get('one 2026-10');
    if (!gone) throw new Error('not made');
    await keys.destroy([{ ...gone, ...end }]);
    await keys.destroy([{ ...gone, ...end }]);
    const again = await DataKeys.load(folder);
    expect(again.secret(gone.keyId)).toBeUndefined();
    expect(again.list()).toHaveLength(2);
    expect(await again.tombstones()).toMatchObject([{ keyId: gone.keyId, agreementId: 'a' }]);
    expect((await again.ensure(wanted)).get('one 2026-10')?.keyId).not.toBe(gone.keyId);
  });

  it('do not open when a file was given to another data set', async () => {
    const keys = await DataKeys.load(folder);
    await keys.ensure(wanted);
    const path = join(folder, 'datasets', 'two.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"two"', '"one"'), { mode: 0o600 });
    await expect(DataKeys.load(folder)).rejects.toMatchObject({ code: 'DATA_KEY_UNREADABLE' });
  });
});

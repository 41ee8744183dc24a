import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSigningKey } from '../../../src/http/tokens/signing-key.ts';

let keys: string;
const file = () => join(keys, 'token-signing.key');
beforeEach(() => {
  keys = mkdtempSync(join(tmpdir(), 'haven-keys-'));
});
afterEach(() => rmSync(keys, { recursive: true, force: true }));

describe('the signing key of access tokens', () => {
  it('is made on first use for its owner alone, and is the same ever after', async () => {
    const first = await openSigningKey(keys);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect((await openSigningKey(keys)).kid).toBe(first.kid);
    expect(readdirSync(keys)).toEqual(['token-signing.key']);
  });

  it('is one key when several gateways start at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => openSigningKey(keys)));
    expect(new Set(all.map(({ kid }) => kid)).size).toBe(1);
    expect(readdirSync(keys)).toEqual(['token-signing.key']);
  });

  it('is refused when others can read it', async () => {
    await openSigningKey(keys);
    chmodSync(file(), 0o640);
    await expect(openSigningKey(keys)).rejects.toThrow('make its mode 0600');
  });

  it('is refused when it is another kind of file, and its content is not shown', async () => {
    writeFileSync(file(), 'NEEDLE', { mode: 0o600 });
    const failure = await openSigningKey(keys).catch((error: Error) => error);
    expect(String(failure)).toContain('not an ES384');
    expect(String(failure)).not.toContain('NEEDLE');
  });

  it('is not followed through a symbolic link', async () => {
    symlinkSync('/etc/hostname', file());
    await expect(openSigningKey(keys)).rejects.toThrow('cannot be read');
  });
});

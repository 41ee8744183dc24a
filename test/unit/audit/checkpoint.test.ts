import { generateKeyPairSync } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { root } from '../../../src/audit/merkle.ts';
import { readVerifierKey, verifierKey } from '../../../src/audit/signed-note.ts';
import { openAuditKey } from '../../../src/audit/signing-key.ts';
import { folderOfTest } from '../../support/folder.ts';

const key = generateKeyPairSync('ed25519').privateKey;
const checkpoint = { origin: 'haven-gateway.audit/0', size: 12, root: root([]) };
const note = signCheckpoint(checkpoint, key);

describe('a checkpoint', () => {
  it('is a signed note: origin, size, root, empty line, signature', () => {
    expect(note).toMatch(
      /^haven-gateway\.audit\/0\n12\n47DEQpj8HBSa\+\/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— haven-gateway\.audit\/0 [A-Za-z0-9+/=]{92}\n$/,
    );
  });

  it('opens with its own key, or with the public half as it is printed', () => {
    expect(openCheckpoint(note, key)).toEqual(checkpoint);
    const published = readVerifierKey(verifierKey(checkpoint.origin, key));
    expect(published && openCheckpoint(note, published.key)).toEqual(checkpoint);
  });

  it('does not open when a byte of it, or the key, is another', () => {
    expect(openCheckpoint(note.replace('12', '13'), key)).toBeUndefined();
    expect(openCheckpoint(note.replace('audit/0\n12', 'audit/1\n12'), key)).toBeUndefined();
    expect(openCheckpoint(note.slice(0, note.indexOf('\n\n') + 2), key)).toBeUndefined();
    expect(openCheckpoint(note, generateKeyPairSync('ed25519').privateKey)).toBeUndefined();
    for (const text of ['', 'a\n\nb', note.replace('12', '012'), note.replace('12', '-1')])
      expect(openCheckpoint(text, key)).toBeUndefined();
  });

  it('has a public key whose id belongs to it', () => {
    expect(readVerifierKey(verifierKey('a', key).replace('a+', 'b+'))).toBeUndefined();
    expect(readVerifierKey('nothing')).toBeUndefined();
  });
});

describe('the key of the log', () => {
  it('is made once, for the owner alone, also when two processes come first', async () => {
    const path = join(await folderOfTest('audit-key'), 'keys', 'audit.key');
    const [a, b] = await Promise.all([openAuditKey(path), openAuditKey(path)]);
    expect(a.equals(b)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await expect(openAuditKey(path)).rejects.toThrow('can be read by others');
  });
});

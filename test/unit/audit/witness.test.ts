import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { cosign, openCosignature } from '../../../src/audit/cosignature.ts';
import { consistencyProof, leafHash } from '../../../src/audit/merkle.ts';
import { algorithms, readNote, readVerifierKey, verifierKey, writeNote } from '../../../src/audit/signed-note.ts';
import { addCheckpoint, readWitnessRequest, type Witness, type WitnessRequest, writeWitnessRequest } from '../../../src/audit/witness.ts';
import { checkpointOf, type Leaves, leafAt, logKey, origin, runningFor, signed } from '../../support/audit-log.ts';
import { folderOfTest } from '../../support/folder.ts';

const log = runningFor(3);
const proofOf = (leaves: Leaves, older: number): readonly Buffer[] => consistencyProof(leaves.map(leafHash), older);
const requestOf = (leaves: Leaves, older: number): WitnessRequest => ({ older, proof: proofOf(leaves, older), checkpoint: signed(leaves) });
const key = generateKeyPairSync('ed25519').privateKey;
const at = new Date('2026-11-22T10:03:00.700Z');

let witness: Witness;
beforeEach(async () => {
  const folder = join(await folderOfTest('witness'), 'state');
  witness = { name: 'example.org/witness', key, folder, clock: { now: () => at }, logs: new Map([[origin, logKey]]) };
});
const refusal = (request: WitnessRequest, of = witness) => expect(addCheckpoint(of, request)).rejects;

describe('a cosignature', () => {
  it('holds the time of the witness to the second, and its key in the notation others read', () => {
    const text = cosign(signed(log), witness, at);
    expect(openCosignature(text, witness)).toEqual(new Date('2026-11-22T10:03:00Z'));
    const published = readVerifierKey(verifierKey(witness.name, key, algorithms.cosignature));
    expect(published).toMatchObject({ name: witness.name, algorithm: 4 });
    expect(published && openCosignature(text, published)).toEqual(new Date('2026-11-22T10:03:00Z'));
    // Key id, time and signature: 4 + 8 + 64 bytes.
    expect(readNote(text)?.signatures.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      [origin, 68],
      [witness.name, 76],
    ]);
  });

  it('replaces the earlier one of the same key, and no other', () => {
    const other = { name: 'other.org/w', key: generateKeyPairSync('ed25519').privateKey };
    const namesake = { name: witness.name, key: generateKeyPairSync('ed25519').privateKey };
    const once = [witness, other, namesake].reduce((text, by) => cosign(text, by, at), signed(log));
    const later = cosign(once, witness, new Date('2026-11-22T11:00:00Z'));
    expect(readNote(later)?.signatures).toHaveLength(4);
    expect(openCosignature(later, witness)).toEqual(new Date('2026-11-22T11:00:00Z'));
    expect([openCosignature(later, other), openCosignature(later, namesake)]).toEqual(Array(2).fill(new Date('2026-11-22T10:03:00Z')));
  });

  it('is of this note, this time and this key, or does not open', () => {
    const text = cosign(signed(log), witness, at);
    expect(openCosignature(text.replace('\n13\n', '\n12\n'), witness)).toBeUndefined();
    expect(openCosignature(text, { ...witness, name: 'another' })).toBeUndefined();
    expect(openCosignature(text, { ...witness, key: generateKeyPairSync('ed25519').privateKey })).toBeUndefined();
    expect(openCosignature(signed(log), witness)).toBeUndefined();
    expect(openCosignature('nothing', witness)).toBeUndefined();
    const note = readNote(text);
    const bytes = Buffer.from(note?.signatures[1]?.bytes ?? []);
    bytes[11] = (bytes[11] ?? 0) + 1;
    const tampered = { body: note?.body ?? '', signatures: [{ name: witness.name, bytes }] };
    expect(openCosignature(writeNote(tampered), witness)).toBeUndefined();
    const short = { ...tampered, signatures: [{ name: witness.name, bytes: bytes.subarray(0, 70) }, ...(note?.signatures ?? [])] };
    expect(openCosignature(writeNote(short), witness)).toBeDefined();
    for (const length of [4, 8, 12]) {
      const cut = { ...tampered, signatures: [{ name: witness.name, bytes: bytes.subarray(0, length) }] };
      expect(openCosignature(writeNote(cut), witness)).toBeUndefined();
    }
    expect(() => cosign('nothing', witness, at)).toThrow('only a signed note');
  });
});

describe('a witness', () => {
  it('cosigns what goes on from what it cosigned last, from the empty log on, and keeps the newest only', async () => {
    for (const [older, newer] of [
      [0, 1],
      [1, 5],
      [5, 5],
      [5, 13],
    ] as const) {
      const text = await addCheckpoint(witness, requestOf(log.slice(0, newer), older));
      expect(openCosignature(text, witness)).toEqual(new Date('2026-11-22T10:03:00Z'));
      const [file = '', ...others] = await readdir(witness.folder);
      expect(others).toEqual([]);
      expect(file).toMatch(/^[0-9a-f]{64}\.checkpoint$/);
      expect((await stat(join(witness.folder, file))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(witness.folder, file), 'utf8')).toBe(text);
    }
  });

  it('refuses history that was rewritten, whatever the proof, and says which size it has', async () => {
    await addCheckpoint(witness, requestOf(log.slice(0, 5), 0));
    const forged = log.with(2, leafAt(1, 'forged'));
    await refusal(requestOf(forged, 5)).toMatchObject({
      ...{ code: 'WITNESS_INCONSISTENT', status: 422, exit: 1 },
      message:
        'The checkpoint does not go on from the one this witness cosigned: history was rewritten, or removed. Keep both as evidence.',
    });
    await refusal({ ...requestOf(log, 5), proof: [] }).toMatchObject({ code: 'WITNESS_INCONSISTENT' });
    await refusal(requestOf(forged.slice(0, 5), 5)).toMatchObject({ code: 'WITNESS_INCONSISTENT' });
    await refusal(requestOf(log.slice(0, 3), 3)).toMatchObject({
      code: 'WITNESS_SIZE_DIFFERS',
      message: expect.stringContaining('size 5'),
    });
    await refusal(requestOf(log, 0)).toMatchObject({ code: 'WITNESS_SIZE_DIFFERS' });
    await addCheckpoint(witness, requestOf(log, 5));
  });

  it('refuses a smaller log than it has seen', async () => {
    await addCheckpoint(witness, requestOf(log, 0));
    await refusal({ older: 13, proof: [], checkpoint: signed(log.slice(0, 5)) }).toMatchObject({ code: 'WITNESS_INCONSISTENT' });
  });

  it('looks at no log it was not told of, and at no note the log did not sign', async () => {
    await refusal(requestOf(log, 0), { ...witness, logs: new Map() }).toMatchObject({
      code: 'WITNESS_LOG_UNKNOWN',
      message: 'The checkpoint is not signed by a log this witness knows; give its key with --log-key.',
    });
    await refusal({ older: 0, proof: [], checkpoint: 'nothing' }).toMatchObject({ code: 'WITNESS_LOG_UNKNOWN' });
    const other = new Map([[origin, generateKeyPairSync('ed25519').publicKey]]);
    await refusal(requestOf(log, 0), { ...witness, logs: other }).toMatchObject({ code: 'WITNESS_LOG_UNKNOWN' });
    await refusal({ ...requestOf(log, 0), checkpoint: signed(log).replace('\n13\n', '\n12\n') }).toMatchObject({
      code: 'WITNESS_LOG_UNKNOWN',
    });
  });

  it('does not begin anew when what it kept was changed', async () => {
    await addCheckpoint(witness, requestOf(log.slice(0, 5), 0));
    const [file = ''] = await readdir(witness.folder);
    const ofAnother = signCheckpoint(checkpointOf(log.slice(0, 5)), generateKeyPairSync('ed25519').privateKey);
    for (const text of ['', signed(log.slice(0, 5)), cosign(ofAnother, witness, at)]) {
      await writeFile(join(witness.folder, file), text);
      await refusal(requestOf(log, 0)).toMatchObject({
        code: 'WITNESS_STATE_BROKEN',
        message: 'What this witness kept was changed. Restore its folder; do not begin anew.',
      });
    }
    await rm(join(witness.folder, file));
    await symlink(file, join(witness.folder, file));
    await refusal(requestOf(log, 0)).toMatchObject({ code: 'ELOOP' });
  });

  it('measures one request after the other: of two at once one is refused, and an interrupted one is said', async () => {
    const both = await Promise.allSettled([
      addCheckpoint(witness, requestOf(log, 0)),
      addCheckpoint(witness, requestOf(log.slice(0, 5), 0)),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await writeFile(join(witness.folder, 'lock'), '');
    await refusal(requestOf(log, 13)).toMatchObject({
      code: 'WITNESS_BUSY',
      message: 'Another request is at work. If none is, one was interrupted: remove the file "lock".',
    });
  });
});

describe('a request to a witness', () => {
  it('is read as it was written', () => {
    for (const older of [0, 1, 5, 13]) {
      const request = requestOf(log, older);
      expect(readWitnessRequest(writeWitnessRequest(request))).toEqual(request);
    }
    expect(writeWitnessRequest(requestOf(log, 8))).toMatch(/^old 8\n([A-Za-z0-9+/]{43}=\n)+\nhaven-gateway\.audit\/test\n13\n/);
  });

  it.each([
    ['nothing', ''],
    ['no size', 'old\n\nx'],
    ['a size with a leading zero', 'old 01\n\nx'],
    ['a negative size', 'old -1\n\nx'],
    ['a size with more behind it', 'old 1 2\n\nx'],
    ['a size with something before it', ' old 1\n\nx'],
    ['a size that is no safe number', 'old 9999999999999999\n\nx'],
    ['a hash of another length', 'old 1\nAAAA\n\nx'],
    ['a hash that is not canonical base64', `old 1\n${'A'.repeat(42)}B=\n\nx`],
    ['more hashes than a proof can have', `old 1\n${`${'A'.repeat(43)}=\n`.repeat(64)}\nx`],
    ['no checkpoint', 'old 1\nx'],
  ])('with %s is refused', (_, text) => {
    expect(() => readWitnessRequest(text)).toThrow(
      expect.objectContaining({
        code: 'WITNESS_REQUEST_UNREADABLE',
        message: 'This is not what `haven audit prove --from N` prints: old size, proof, empty line, checkpoint.',
      }),
    );
  });

  it('may have as many hashes as the largest proof', () => {
    expect(readWitnessRequest(`old 1\n${`${'A'.repeat(43)}=\n`.repeat(63)}\nx`).proof).toHaveLength(63);
  });
});

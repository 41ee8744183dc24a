import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { originOf, readCheckpointBody, splitNotes } from '../../../src/audit/checkpoint.ts';
import type { LogReader, OutsideTheTree } from '../../../src/audit/log-reader.ts';
import { compactRange, leafHash } from '../../../src/audit/merkle.ts';
import { keyId, readNote, readVerifierKey, signaturesOf, verifierKey } from '../../../src/audit/signed-note.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import { checkpointOf, type Leaves, leafAt, logKey, logVerifier, origin, readerOf, signed } from '../../support/audit-log.ts';

const log: Leaves = Array.from({ length: 5 }, (_, n) => leafAt(n, 'test.happened'));
const headOf = (leaves: Leaves) => checkpointOf(leaves);
const nothingOutside: OutsideTheTree = { waiting: 0, overdue: 0, lost: 0, ghosts: 0, payloads: 0 };

/** A database as its reader shows it: a sound one, but for what is given. */
const database = (over: Partial<LogReader> = {}): LogReader => {
  const nodes = new Map<string, Buffer>();
  const range = compactRange();
  for (const leaf of log) for (const { level, index, hash } of range.add(leafHash(leaf))) nodes.set(`${level} ${index}`, hash);
  return {
    ...readerOf(log),
    head: async () => headOf(log),
    nodes: async (wanted) => wanted.map(({ level, index }) => nodes.get(`${level} ${index}`)),
    ...over,
  };
};
const findingsOf = async (over: Partial<LogReader>, ...given: Parameters<typeof verifyLog>[1]) =>
  (await verifyLog(database(over), given)).findings;

describe('verifying a database', () => {
  it('says of a sound one how large it is, what its root is, what waits and what it was held to', async () => {
    const outside = { ...nothingOutside, waiting: 3 };
    expect(await verifyLog(database({ outside: async () => outside }), [headOf(log.slice(0, 2)), headOf(log)])).toEqual({
      size: 5,
      root: headOf(log).root.toString('hex'),
      waiting: 3,
      checkpoints: 2,
      findings: [],
      notices: [],
    });
  });

  it('holds the stored subtrees to the entries, and says which leaves a wrong one covers', async () => {
    expect(
      await findingsOf({
        nodes: async (wanted) =>
          wanted.map(({ level, hash = undefined, ...rest }: { level: number; index: number; hash?: Buffer }) =>
            level === 1 && rest.index === 1 ? undefined : hash,
          ),
      }),
    ).toEqual([{ rule: 'NODE_MISSING', message: 'The root of the 2 leaves from here on is gone.', index: 2 }]);
    expect(
      await findingsOf({
        nodes: async (wanted) => wanted.map(({ level, hash }: { level: number; hash?: Buffer }) => (level === 2 ? Buffer.alloc(32) : hash)),
      }),
    ).toEqual([{ rule: 'NODE_ALTERED', message: 'The 4 leaves from here on do not give their stored root.', index: 0 }]);
  });

  it('holds the head to the entries', async () => {
    expect(await findingsOf({ head: async () => ({ ...headOf(log), size: 6 }) })).toStrictEqual([
      { rule: 'SIZE_DIFFERS', message: 'The head of the tree names another number of leaves than there are.' },
    ]);
    expect(await findingsOf({ head: async () => ({ ...headOf(log), root: Buffer.alloc(32) }) })).toEqual([
      { rule: 'ROOT_DIFFERS', message: 'The entries do not give the root that the head of the tree names.' },
    ]);
  });

  it('says what is outside the tree and should not be', async () => {
    expect(await findingsOf({ outside: async () => ({ waiting: 9, overdue: 1, lost: 2, ghosts: 3, payloads: 4 }) })).toEqual([
      { rule: 'ENTRY_UNSEQUENCED', message: '2 entries are neither in the tree nor waiting for it.' },
      { rule: 'ENTRY_OVERDUE', message: '1 entries have waited for more than a minute; is the sequencer running?' },
      { rule: 'ENTRY_MISSING', message: '3 waiting entries are gone.' },
      { rule: 'PAYLOAD_ALTERED', message: '4 sealed payloads are gone or are not what their leaves commit to.' },
    ]);
  });

  it('says which leaf is altered, gone or out of its place', async () => {
    const hashes = log.map(leafHash);
    expect(await findingsOf(readerOf(log.with(1, leafAt(9, 'forged')), hashes))).toEqual([
      { rule: 'LEAF_ALTERED', message: 'The entry does not give the hash of its leaf.', index: 1 },
    ]);
    expect(
      await findingsOf({ ...readerOf([...log.slice(0, 3), undefined, ...log.slice(4)], hashes), head: async () => headOf(log) }),
    ).toEqual([{ rule: 'ENTRY_MISSING', message: 'The entry of this leaf is gone.', index: 3 }]);
    const gap = readerOf(log);
    const entries: LogReader['entries'] = async function* () {
      for await (const batch of gap.entries()) yield batch.toSpliced(1, 1);
    };
    expect(await findingsOf({ entries, head: async () => undefined, nodes: async () => undefined })).toEqual([
      { rule: 'SEQUENCE_GAP', message: 'Leaves are missing from the sequence, or one is there twice.', index: 1 },
    ]);
  });

  it('holds it to checkpoints: of this log, of no more leaves than there are, and of their root, from the empty log on', async () => {
    const empty = checkpointOf([]);
    expect(await findingsOf({}, empty)).toEqual([]);
    expect(await findingsOf({}, { ...empty, root: Buffer.alloc(32) })).toEqual([
      { rule: 'HISTORY_REWRITTEN', message: 'The first 0 leaves do not give the root of the checkpoint: they were changed since.' },
    ]);
    expect(await findingsOf({}, { ...headOf(log), origin: 'another' })).toEqual([
      {
        rule: 'CHECKPOINT_OF_ANOTHER_LOG',
        message: 'A checkpoint names another log; was this database made anew, or another one restored?',
      },
    ]);
    expect(await findingsOf({}, { ...headOf(log), size: 6 })).toEqual([
      { rule: 'TAIL_TRUNCATED', message: 'A checkpoint has 6 leaves and the log has 5: its end was removed, or an old backup restored.' },
    ]);
  });

  it('says a hundred findings and no more, and notices beside them', async () => {
    const many = Array.from({ length: 120 }, (_, n) => leafAt(n, 'test.happened'));
    const { findings } = await verifyLog(
      readerOf(
        many,
        many.map(() => Buffer.alloc(32)),
      ),
      [],
    );
    expect(findings).toHaveLength(100);
  });

  it('knows the time of a log that is read live, and of witnesses by the leaves they saw', async () => {
    const beating = [leafAt(0, 'gateway.started', 'gateway', { instance: 'i' })];
    const later = new Date('2026-11-22T10:10:00Z');
    const rules = async (outside: Parameters<typeof verifyLog>[2]) =>
      (await verifyLog(readerOf(beating), [], outside)).findings.map(({ rule }) => rule);
    expect(await rules({})).toEqual([]);
    expect(await rules({ now: later })).toEqual(['HEARTBEAT_MISSING']);
    expect(await rules({ sightings: [{ checkpoint: checkpointOf(beating), at: later }] })).toEqual(['HEARTBEAT_MISSING']);
    expect(await rules({ sightings: [{ checkpoint: checkpointOf(beating), at: later }], witnessDelay: 600 })).toEqual([]);
    expect(await rules({ sightings: [{ checkpoint: checkpointOf([]), at: later }] })).toEqual([]);
  });
});

describe('a file of checkpoints', () => {
  it('is split into its notes, with however many empty lines at its end', () => {
    const notes = [signed(log.slice(0, 1)), signed(log)];
    expect(splitNotes(notes.map((note) => `${note}\n`).join(''))).toEqual(notes);
    expect(splitNotes(notes.join('\n'))).toEqual(notes);
    expect(splitNotes(`${notes[0]}\n\n\n`)).toEqual([notes[0]]);
    expect(splitNotes('')).toEqual([]);
    expect(splitNotes(`${notes[0]}\n \n\n${notes[1]}`)).toEqual(notes);
    expect(splitNotes('half a note')).toEqual(['half a note\n\n\n']);
  });
});

describe('a signed note', () => {
  const text = signed(log);

  it('is read with its signatures, or not at all', () => {
    expect(readNote(text)?.signatures).toHaveLength(1);
    for (const wrong of [
      '',
      '\n\n',
      text.trimEnd(),
      `${text}x\n`,
      `${text}\n`,
      text.replace('\u2014 ', '- '),
      text.replace('\u2014', ' \u2014'),
      '\n\n\u2014 a AAAA\n',
      `${text.trimEnd()} x\n`,
    ]) {
      expect(readNote(wrong)).toBeUndefined();
    }
    expect(readNote('a\n\n\u2014 n AAAA\n')?.body).toBe('a\n');
    expect(readNote('a\n\n\u2014 b+c AAAA\n')).toBeUndefined();
    expect(readNote('a\nb\n\nc\n\n\u2014 n AAAA\n')?.body).toBe('a\nb\n\nc\n');
  });

  it('gives a key only what was signed under its name and its id', () => {
    const note = readNote(text);
    const key = readVerifierKey(logVerifier);
    expect(note && key && signaturesOf(note, key)).toHaveLength(1);
    expect(note && key && signaturesOf(note, { ...key, name: 'another' })).toEqual([]);
    expect(
      note &&
        key &&
        signaturesOf({ ...note, signatures: note.signatures.map((one) => ({ ...one, name: 'another' })) }, { ...key, name: origin }),
    ).toEqual([]);
    expect(note && key && signaturesOf(note, { ...key, key: generateKeyPairSync('ed25519').publicKey })).toEqual([]);
  });

  it('has a body of origin, size and root in their only form', () => {
    const body = readNote(text)?.body ?? '';
    expect(originOf('test')).toBe(origin);
    expect(readCheckpointBody(body)).toEqual(headOf(log));
    expect(readCheckpointBody(`${body}an extension\n`)).toEqual(headOf(log));
    for (const wrong of [
      body.slice(origin.length),
      body.replace('\n5\n', '\n05\n'),
      body.replace('\n5\n', '\n5 \n'),
      body.replace('\n5\n', '\n9999999999999999\n'),
      body.replace('=\n', '\n'),
      `${origin}\n5\n`,
      `${origin}\n5\nAAAA\n`,
      '',
    ]) {
      expect(readCheckpointBody(wrong)).toBeUndefined();
    }
  });

  it('is verified with keys in their only notation', () => {
    const [name, id, base64 = ''] = logVerifier.split('+', 2).concat(logVerifier.split('+').slice(2).join('+'));
    expect(readVerifierKey(` ${logVerifier}\n`)).toMatchObject({ name: origin, algorithm: 1 });
    const raw = Buffer.from(base64, 'base64');
    const otherAlgorithm = Buffer.concat([Buffer.from([2]), raw.subarray(1)]).toString('base64');
    for (const wrong of [
      `${name}+${id}`,
      `x ${logVerifier}`,
      `${logVerifier} x`,
      `${name}+${id}+${raw.subarray(0, 32).toString('base64')}`,
      `${name}+${id}+${otherAlgorithm}`,
      `+${id}+${base64}`,
    ]) {
      expect(readVerifierKey(wrong)).toBeUndefined();
    }
    expect(verifierKey(origin, logKey)).toBe(logVerifier);
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(readVerifierKey(verifierKey('a', publicKey))?.key.equals(publicKey)).toBe(true);
  });

  it('is verified with the published key of the notation, and with none whose id fits what is no key', () => {
    // The example of golang.org/x/mod/sumdb/note, which the notation comes from (C2SP signed-note).
    const published = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const key = readVerifierKey(published);
    expect(key).toMatchObject({ name: 'PeterNeumann', algorithm: 1 });
    expect(key && verifierKey(key.name, key.key)).toBe(published);
    expect(key && keyId(key).toString('hex')).toBe('c74f20a3');
    const withAlgorithm = (algorithm: number) => Buffer.concat([Buffer.from([algorithm]), Buffer.alloc(32, 1)]);
    for (const bytes of [Buffer.alloc(32, 1), Buffer.alloc(34, 1), withAlgorithm(0), withAlgorithm(2)]) {
      const fitting = createHash('sha256').update('a\n').update(bytes).digest('hex').slice(0, 8);
      expect(readVerifierKey(`a+${fitting}+${bytes.toString('base64')}`)).toBeUndefined();
    }
  });
});

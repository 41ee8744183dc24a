import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cosign } from '../../../src/audit/cosignature.ts';
import { algorithms, verifierKey } from '../../../src/audit/signed-note.ts';
import { type Evidence, verifyExport } from '../../../src/audit/verify-files.ts';
import { exitCode } from '../../../src/shared/errors.ts';
import { exportOf, fileOf, type Leaves, leafAt, logVerifier, pulseAt, runningFor, signed, sizeAtMinute } from '../../support/audit-log.ts';

/**
 * Whoever owns the database and the key of the log attacks it in its fifth minute, makes everything fit again, lets the
 * gateway go on, and hands out an export. The auditor has that export and checkpoints that were kept elsewhere, minute by minute.
 */
const minutes = 8;
const attacked = 5;
const clean = runningFor(minutes);
const witness = { name: 'example.org/witness', key: generateKeyPairSync('ed25519').privateKey };
const witnessKey = verifierKey(witness.name, witness.key, algorithms.cosignature);
const at = (minute: number, seconds = 1): Date => new Date(Date.parse('2026-11-22T10:00:00Z') + (60 * minute + seconds) * 1_000);

/** What was kept elsewhere of an honest log up to the minute of the attack. */
const keptUntil = async (minute: number): Promise<Evidence> => ({
  publicKey: logVerifier,
  checkpoints: [await fileOf(...Array.from({ length: minute + 1 }, (_, m) => signed(clean, sizeAtMinute(m))))],
});
const rulesOf = async (leaves: Leaves, evidence: Evidence): Promise<readonly string[]> =>
  (await verifyExport(await exportOf(leaves), evidence)).findings.map(({ rule }) => rule);

const seven = 7;
/** Attack → the leaves after it (of a log that went on to its last minute) and the finding it cannot avoid. */
const attacks: Readonly<Record<string, { readonly forge: (leaves: Leaves) => Leaves; readonly found: string }>> = {
  'one leaf deleted': { forge: (l) => l.toSpliced(seven, 1), found: 'HISTORY_REWRITTEN' },
  'one leaf altered': { forge: (l) => l.with(seven, leafAt(0, 'forged')), found: 'HISTORY_REWRITTEN' },
  'one leaf duplicated': { forge: (l) => l.toSpliced(seven, 0, l[seven] as Buffer), found: 'HISTORY_REWRITTEN' },
  'one leaf moved to the end': { forge: (l) => [...l.toSpliced(seven, 1), l[seven] as Buffer], found: 'HISTORY_REWRITTEN' },
  'two leaves swapped': { forge: (l) => l.toSpliced(seven, 2, l[seven + 1] as Buffer, l[seven] as Buffer), found: 'HISTORY_REWRITTEN' },
  'the very first leaf altered': { forge: (l) => l.with(0, leafAt(0, 'forged')), found: 'HISTORY_REWRITTEN' },
  'a leaf slipped in': { forge: (l) => l.toSpliced(seven, 0, leafAt(90, 'forged')), found: 'HISTORY_REWRITTEN' },
  'the tail truncated': { forge: (l) => l.slice(0, sizeAtMinute(attacked) - 1), found: 'TAIL_TRUNCATED' },
  'everything removed': { forge: () => [], found: 'TAIL_TRUNCATED' },
  'a whole consistent tree built over other leaves': { forge: (l) => l.map((_, i) => leafAt(i, 'forged')), found: 'HISTORY_REWRITTEN' },
  'an old backup restored, and work gone on from it': {
    forge: (l) => [...l.slice(0, sizeAtMinute(2)), ...Array.from({ length: 20 }, (_, i) => leafAt(60 * attacked + i, 'delivery.landed'))],
    found: 'HISTORY_REWRITTEN',
  },
  'an old backup restored, and nothing else': { forge: (l) => l.slice(0, sizeAtMinute(2)), found: 'TAIL_TRUNCATED' },
  'the clock rolled back by an hour': {
    forge: (l) => [...l.slice(0, sizeAtMinute(attacked)), pulseAt(60 * attacked + 60 - 3_600, 'heartbeat')],
    found: 'CLOCK_WENT_BACK',
  },
  'the clock rolled back by a minute, over a restart': {
    forge: (l) => [
      ...l.slice(0, sizeAtMinute(attacked)),
      pulseAt(60 * attacked + 1, 'stopped'),
      pulseAt(60 * attacked - 60, 'started', 'i2'),
    ],
    found: 'CLOCK_WENT_BACK',
  },
  'the heartbeat disabled while work goes on': {
    forge: (l) => [...l.slice(0, sizeAtMinute(attacked)), ...[60, 120, 131].map((s) => leafAt(60 * attacked + s, 'delivery.landed'))],
    found: 'HEARTBEAT_MISSING',
  },
  'the heartbeat disabled and resumed': {
    forge: (l) => [...l.slice(0, sizeAtMinute(attacked)), pulseAt(60 * attacked + 131, 'heartbeat')],
    found: 'HEARTBEAT_MISSING',
  },
  'the heartbeat disabled until a clean stop': {
    forge: (l) => [...l.slice(0, sizeAtMinute(attacked)), pulseAt(60 * attacked + 131, 'stopped')],
    found: 'HEARTBEAT_MISSING',
  },
};

describe('an auditor with an export and the checkpoints kept elsewhere', () => {
  it.each(Object.entries(attacks))('finds %s, however well everything was made to fit', async (_, { forge, found }) => {
    expect(await rulesOf(forge(clean), await keptUntil(attacked))).toContain(found);
  });

  it('finds nothing wrong in a sound log, at any minute of it, alone or against every earlier checkpoint', async () => {
    for (let minute = 0; minute <= minutes; minute += 1) {
      const leaves = clean.slice(0, sizeAtMinute(minute));
      expect(await verifyExport(await exportOf(leaves), await keptUntil(minute))).toMatchObject({
        size: leaves.length,
        checkpoints: minute + 2,
        findings: [],
        notices: [],
      });
    }
    expect(await rulesOf(clean, {})).toEqual([]);
  });

  it('accepts no checkpoint of another key, and none that was changed by a byte', async () => {
    const folder = await exportOf(clean);
    const other = verifierKey('haven-gateway.audit/test', generateKeyPairSync('ed25519').publicKey);
    await expect(verifyExport(folder, { ...(await keptUntil(2)), publicKey: other })).rejects.toMatchObject({
      code: 'CHECKPOINT_UNREADABLE',
    });
    const changed = await fileOf(signed(clean).replace('\n33\n', '\n32\n'));
    await expect(verifyExport(folder, { checkpoints: [changed] })).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    await expect(verifyExport(folder, { checkpoints: [join(folder, 'nowhere')] })).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    await expect(verifyExport(folder, { publicKey: 'nonsense' })).rejects.toMatchObject({ code: 'PUBLIC_KEY_UNREADABLE' });
    await expect(verifyExport(folder, { publicKey: witnessKey })).rejects.toMatchObject({
      code: 'PUBLIC_KEY_UNREADABLE',
      message:
        'The public key is not one that `haven audit checkpoint --key` prints (of a log) or `haven audit witness --key` prints (of a witness).',
    });
  });

  it('finds an export whose own lines were changed without a checkpoint from elsewhere', async () => {
    const changes: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
      LEAF_ALTERED: (l) => l.with(3, (l[3] as string).replace('delivery.landed', 'delivery.lanDed')),
      SEQUENCE_GAP: (l) => l.toSpliced(3, 1),
      TAIL_TRUNCATED: (l) => l.slice(0, -1),
      ENTRY_MISSING: (l) => l.with(3, (l[3] as string).replace(/"entry":.*/, '"entry":null}')),
    };
    for (const [rule, change] of Object.entries(changes)) {
      const folder = await exportOf(clean);
      const file = join(folder, 'leaves.ndjson');
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      await writeFile(file, `${change(lines).join('\n')}\n`);
      expect((await verifyExport(folder, {})).findings.map((finding) => finding.rule)).toContain(rule);
    }
  });

  it('needs a key for checkpoints when it has the lines alone', async () => {
    const file = join(await exportOf(clean), 'leaves.ndjson');
    expect(await verifyExport(file, {})).toMatchObject({ size: clean.length, findings: [] });
    expect(await verifyExport(file, await keptUntil(3))).toMatchObject({ checkpoints: 4, findings: [] });
    const { checkpoints = [] } = await keptUntil(3);
    const cosigned = await fileOf(cosign(signed(clean), witness, at(minutes)));
    for (const evidence of [
      { checkpoints },
      { witnesses: [cosigned], witnessKeys: [witnessKey] },
      { checkpoints, witnesses: [cosigned] },
    ]) {
      await expect(verifyExport(file, evidence)).rejects.toMatchObject({
        code: 'PUBLIC_KEY_ABSENT',
        exit: exitCode.usage,
        message: 'Give the public key of the log with --public-key.',
      });
    }
  });
});

describe('an auditor with the cosignatures of a witness', () => {
  const seen = async (leaves: Leaves, size: number, when: Date): Promise<Evidence> => ({
    witnesses: [await fileOf(cosign(signed(leaves, size), witness, when))],
    witnessKeys: [witnessKey],
  });

  it('knows when the log had its leaves: a heart that stopped with everything else is found', async () => {
    const stopped = clean.slice(0, sizeAtMinute(attacked));
    expect(await rulesOf(stopped, await seen(clean, stopped.length, at(attacked + 2)))).toEqual([]);
    expect(await rulesOf(stopped, await seen(clean, stopped.length, at(attacked + 2, 11)))).toEqual(['HEARTBEAT_MISSING']);
    expect(await rulesOf(stopped, { ...(await seen(clean, stopped.length, at(attacked + 2, 11))), witnessDelay: 3_600 })).toEqual([]);
  });

  it('owes no heartbeat once the gateway has said that it stops', async () => {
    const stopped = [...clean, pulseAt(60 * minutes + 1, 'stopped')];
    expect(await rulesOf(stopped, await seen(stopped, stopped.length, at(600)))).toEqual([]);
  });

  it('finds a clock that was ahead, and history that is not what the witness saw', async () => {
    expect(await rulesOf(clean, await seen(clean, clean.length, at(minutes - 1)))).toEqual(['CLOCK_AHEAD']);
    expect(await rulesOf(clean.with(3, leafAt(1, 'forged')), await seen(clean, 9, at(2)))).toContain('HISTORY_REWRITTEN');
  });

  it('holds each checkpoint to the time at which it was seen, by whichever witness did', async () => {
    const early = await seen(clean, sizeAtMinute(2), at(2));
    const late = await seen(clean, clean.length, at(minutes));
    const both = { witnesses: [...(early.witnesses ?? []), ...(late.witnesses ?? [])] };
    expect(await rulesOf(clean, { ...both, witnessKeys: [witnessKey] })).toEqual([]);
    const other = verifierKey('example.org/other', generateKeyPairSync('ed25519').publicKey, algorithms.cosignature);
    expect(await rulesOf(clean, { ...both, witnessKeys: [other, witnessKey] })).toEqual([]);
  });

  it('does not take a checkpoint for witnessed that is not', async () => {
    const folder = await exportOf(clean);
    const other = verifierKey(witness.name, generateKeyPairSync('ed25519').publicKey, algorithms.cosignature);
    await expect(verifyExport(folder, { ...(await seen(clean, 9, at(2))), witnessKeys: [other] })).rejects.toMatchObject({
      code: 'COSIGNATURE_ABSENT',
    });
    await expect(verifyExport(folder, { witnesses: [await fileOf(signed(clean))], witnessKeys: [witnessKey] })).rejects.toMatchObject({
      code: 'COSIGNATURE_ABSENT',
      message: 'A checkpoint is not cosigned by a witness whose key was given with --witness-key.',
    });
  });
});

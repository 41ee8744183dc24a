import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Candidate, Tally } from '../../../src/blackbox/candidate.ts';
import { createCoder } from '../../../src/blackbox/coding.ts';
import { compileCsvPlan } from '../../../src/blackbox/csv-plan.ts';
import { GpObjections } from '../../../src/blackbox/gp-objections.ts';
import { Introduced } from '../../../src/blackbox/introduced.ts';
import type { LandingPseudonym } from '../../../src/blackbox/pseudonymise.ts';
import { feedSpecificationSchema } from '../../../src/feeds/specification.ts';
import { findObjectionCodes } from '../../../src/objections/gp-codes.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const pieces = 200;
const pieceBytes = 262_144;
const mebibyte = 1024 ** 2;

/** Memory kept for a file of 50 MiB of which one cell of each piece is remembered, in MiB. */
function keptFor(cell: (at: number) => string, remember: (cut: string) => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < pieces; at++) {
    const piece = Buffer.from(`${cell(at)},${'x'.repeat(pieceBytes)}`).toString('latin1');
    remember(piece.slice(0, piece.indexOf(',')));
  }
  collect();
  return (process.memoryUsage().heapUsed - before) / mebibyte;
}

const guid = (at: number): string => `3f2504e0-4f89-11d3-9a0c-${String(at).padStart(12, '0')}`;
const number = '9990000018';

describe('what is remembered of a file does not keep the file:', () => {
  it('the ids of its patients', () => {
    const introduced = new Introduced();
    const person = { personId: 1, withheld: '', knownBirth: '', sighted: 0, unspoken: false };
    expect(keptFor(guid, (id) => introduced.remember([id], { person, verified: true }))).toBeLessThan(5);
    expect(introduced.find(guid(pieces - 1))?.person).toBe(person);
  });

  it('the patients of a practice, and whom an objection refers to', async () => {
    const heard = new GpObjections({
      find: findObjectionCodes([{ code: '827241000000103', objection: 'type-1', action: 'set' }]),
      pseudonymise: () => 'P' as LandingPseudonym,
      numbers: 'test',
      today: '2026-11-22',
      report: () => {},
    });
    const row = { aliases: [], deleted: false, start: '', row: 1 } as unknown as Candidate;
    const tell = (localPatientId: string): void => {
      heard.hear({ ...row, introducesPatient: true, nhsNumber: number, localPatientId, codes: '' });
      heard.hear({ ...row, introducesPatient: false, nhsNumber: '', localPatientId, codes: '{snomed:827241000000103}' });
    };
    expect(keptFor(guid, tell)).toBeLessThan(5);
    let said = 0;
    for await (const { landingPseudonym } of heard.take()) said += landingPseudonym === 'P' ? 1 : 0;
    expect(said).toBe(pieces);
  });

  it('the numbers of its patients, when written with spaces', () => {
    const heard = new GpObjections({
      find: findObjectionCodes([]),
      pseudonymise: () => 'P' as LandingPseudonym,
      numbers: 'test',
      today: '2026-11-22',
      report: () => {},
    });
    let at = 0;
    const row = { aliases: [], deleted: false, start: '', row: 1, introducesPatient: true, codes: '' } as unknown as Candidate;
    expect(
      keptFor(
        () => '999  000  0018',
        (nhsNumber) => heard.hear({ ...row, nhsNumber, localPatientId: `P${at++}` }),
      ),
    ).toBeLessThan(5);
  });

  it('its codes', () => {
    const code = createCoder('snomed', { isSensitive: () => false });
    const concept = (at: number): string => `${999_000_000_000_000 + at}`;
    expect(keptFor(concept, (raw) => void code(raw))).toBeLessThan(5);
    expect(code(concept(7))?.code).toBe(`snomed:${concept(7)}`);
  });

  it('what its columns say again and again', () => {
    const specification = feedSpecificationSchema.parse({
      id: 'example',
      version: '1',
      title: 'Example',
      setting: 'hospital',
      format: 'csv',
      source: 'Example',
      columns: [
        { name: 'NHSNumber', type: 'nhs-number', role: 'nhs-number' },
        { name: 'Record', type: 'text', role: 'source-id' },
        { name: 'Start', type: 'date' },
        { name: 'Ward', type: 'code' },
      ],
      naturalKey: ['Record'],
      event: { kind: 'contact', start: ['Start'], attributes: ['Ward'] },
    });
    const read = compileCsvPlan({
      specification,
      header: ['NHSNumber', 'Record', 'Start', 'Ward'],
      allowedFields: new Set(['NHSNumber', 'Record', 'Start', 'Ward']),
      codeLists: new Map(),
      sensitiveCodes: { isSensitive: () => false },
      numbers: 'test',
      dropped: new Tally(),
      warn: () => {},
    });
    expect(keptFor(guid, (ward) => void read([number, 'r', '2026-10-01', ward], 1))).toBeLessThan(5);
  });
});

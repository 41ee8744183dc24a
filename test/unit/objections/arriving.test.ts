import { describe, expect, it } from 'vitest';
import { type ArrivingObjection, checkObjection } from '../../../src/objections/arriving.ts';

const row: ArrivingObjection = { landingPseudonym: 'A'.repeat(32), kind: 'ndop', setOn: '2026-01-02', withdrawnOn: '', source: 'spine' };

describe('an objection that arrives', () => {
  it('is kept with its dates', () => {
    expect(checkObjection(row)).toMatchObject({ kind: 'ndop', setOn: '2026-01-02', withdrawnOn: null, about: null });
  });

  it('needs no date: it is in force now', () => {
    expect(checkObjection({ ...row, setOn: '' })).toMatchObject({ setOn: null, withdrawnOn: null });
  });

  it('may be a withdrawal whose beginning nobody recorded', () => {
    expect(checkObjection({ ...row, setOn: '', withdrawnOn: '2026-03-01' })).toMatchObject({
      setOn: '2026-03-01',
      withdrawnOn: '2026-03-01',
    });
  });

  it.each([
    [{ kind: 'type-2' }, 'TYPE2_NOT_PROCESSED'],
    [{ kind: 'Type 2' }, 'TYPE2_NOT_PROCESSED'],
    [{ kind: 'something' }, 'OBJECTION_KIND_UNKNOWN'],
    [{ landingPseudonym: '' }, 'NHS_NUMBER_ABSENT'],
    [{ setOn: '2026-02-30' }, 'DATE_INVALID'],
    [{ withdrawnOn: 'yesterday' }, 'DATE_INVALID'],
    [{ withdrawnOn: '2025-01-01' }, 'WITHDRAWN_BEFORE_SET'],
    [{ source: 'A letter of Mrs X' }, 'SOURCE_INVALID'],
    [{ about: 'dentist' }, 'SETTING_UNKNOWN'],
    [{ kind: 'lack-of-capacity' }, 'DECIDED_BY_ABSENT'],
    [{ kind: 'lack-of-capacity', decidedBy: 'his son' }, 'DECIDED_BY_UNKNOWN'],
    [{ evidence: 'letter about 999 000 0018' }, 'EVIDENCE_NOT_ALLOWED'],
  ] as const)('is quarantined by its rule: %j', (change, quarantine) => {
    expect(checkObjection({ ...row, ...change })).toEqual({ quarantine });
  });
});

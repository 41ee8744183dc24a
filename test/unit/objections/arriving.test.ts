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
      endsOnly: true,
    });
    expect(checkObjection({ ...row, withdrawnOn: '2026-03-01' })).toMatchObject({ endsOnly: false });
    expect(checkObjection(row)).toMatchObject({ endsOnly: false });
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
    [{ purpose: 'commissioning' }, 'PURPOSE_NOT_ALLOWED'],
    [{ kind: 'right-to-object', purpose: 'curiosity' }, 'PURPOSE_UNKNOWN'],
    [{ recordedIn: 'dentist' }, 'SETTING_UNKNOWN'],
    [{ evidence: 'letter about 999 000 0018' }, 'EVIDENCE_NOT_ALLOWED'],
  ] as const)('is quarantined by its rule: %j', (change, quarantine) => {
    expect(checkObjection({ ...row, ...change })).toEqual({ quarantine });
  });

  it.each([
    [{ kind: 'type-1' }, 'gp'],
    [{ kind: 'social-care-consent-withheld' }, 'social-care'],
    [{ kind: 'social-care-consent-withdrawn' }, 'social-care'],
    [{ kind: 'local-sharing', about: 'hospital' }, 'hospital'],
    [{ kind: 'programme' }, null],
    [{ kind: 'programme', recordedIn: 'gp' }, 'gp'],
  ] as const)('was recorded where its kind is, unless somebody says: %j', (change, recordedIn) => {
    expect(checkObjection({ ...row, ...change })).toMatchObject({ recordedIn });
  });
});

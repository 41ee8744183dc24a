import { describe, expect, it } from 'vitest';
import { noticesNeeded } from '../../../src/register/changes/notices.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const step = (state: string, on: string) => ({ state, on, by: 'Board', evidence: 'Minutes' });
const setAside = {
  document: 'ndop-set-aside',
  reference: 'Minutes, item 3',
  seenOn: '2026-01-01',
  seenBy: 'Head of information governance',
};
const conditioned = () => {
  const place: Breakable = examplePlace();
  place.agreements[0].conditions.push({ number: 9, text: 'Notice of changes', source: 'CAG 1-01/2025', task: 'change-notice' });
  place.agreements[0].dataOut = [{ form: 'aggregate', to: 'Anyone', condition: 'Suppressed' }];
  return place;
};

type Row = readonly [what: string, change: (place: Breakable, agreement: Breakable) => unknown, topics: string | undefined];
const rows: readonly Row[] = [
  ['nothing changes', () => undefined, undefined],
  ['a purpose is added', (_p, a) => a.purposes.push('commissioning'), 'purpose'],
  ['a purpose is given up for another', (_p, a) => Object.assign(a, { purposes: ['payment'] }), 'purpose'],
  ['the kind of basis changes', (_p, a) => Object.assign(a.legalBasis, { kind: 'statutory' }), 'purpose'],
  ['the form in which data leave changes', (_p, a) => Object.assign(a, { form: 'anonymised' }), 'purpose'],
  ['a flow is added', (p) => p.flows.push({ ...p.flows[0], id: 'another' }), 'data flows'],
  ['a flow takes another way', (p) => Object.assign(p.flows[0], { through: [] }), 'data flows'],
  ['a flow leaves', (p) => p.flows.pop(), undefined],
  ['a flow is suspended', (p) => p.flows[0].history.push(step('suspended', '2026-11-21')), undefined],
  ['a field is added', (_p, a) => a.dataIn[0].items[0].fields.push('DIAG_02'), 'data items'],
  ['a field is taken away', (_p, a) => a.dataIn[0].items[0].fields.pop(), undefined],
  ['a data set is added', (_p, a) => a.dataIn.push({ feed: 'ecds', items: [{ fields: ['X'], justification: 'Y' }] }), 'data items'],
  ['local ids are linked by', (_p, a) => Object.assign(a.dataIn[0], { linkByLocalId: true }), 'data items'],
  ['less certain NHS numbers are taken', (_p, a) => Object.assign(a.dataIn[0], { acceptedNumberStatus: ['01', '02'] }), 'data items'],
  ['sensitive codes are let in', (_p, a) => Object.assign(a, { sensitiveCodes: { exclude: false, approval: 'Letter' } }), 'data items'],
  ['an objection is set aside', (_p, a) => Object.assign(a, { objectionsSetAside: [setAside] }), 'data items'],
  ['holders may also see a source system', (_p, a) => Object.assign(a, { sourceSystemAccess: 'Clause 9' }), 'security'],
  ['older people only', (_p, a) => Object.assign(a, { minimumAge: 18 }), undefined],
  ['a processor is added', (_p, a) => a.processors.push({ organisation: 'ZTRU', contract: 'C9', from: '2026-01-01' }), 'security'],
  ['a contract is changed', (_p, a) => Object.assign(a.processors[0], { auditRights: 'None' }), 'security'],
  ['a processor leaves', (_p, a) => a.processors.pop(), undefined],
  ['somebody else gets data', (_p, a) => a.dataOut.push({ form: 'aggregate', to: 'Ministry', condition: 'None' }), 'security'],
  ['data are kept longer', (_p, a) => Object.assign(a.retention, { months: 61 }), 'security'],
  ['data are kept shorter', (_p, a) => Object.assign(a.retention, { months: 59 }), undefined],
  ['data are destroyed otherwise', (_p, a) => Object.assign(a.retention, { destruction: 'Somehow' }), 'security'],
  ['nothing says any more how long data are kept', (_p, a) => delete a.retention, 'security'],
  ['stale assurance only warns', (p) => Object.assign(p.place, { assurance: 'warn' }), 'security'],
  ['the condition itself is dropped', (_p, a) => a.conditions.pop(), 'the condition itself'],
  ['the term is renewed', (_p, a) => Object.assign(a, { validTo: '2029-03-31' }), undefined],
  ['a practice withdraws', (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-21' }), undefined],
  ['the agreement leaves', (p) => Object.assign(p, { agreements: [], flows: [] }), undefined],
  [
    'two things at once',
    (_p, a) => {
      a.purposes.push('commissioning');
      a.dataIn[0].items[0].fields.push('DIAG_02');
    },
    'purpose, data items',
  ],
];

describe('a condition that wants notice before a change (CAG standard condition 9)', () => {
  const changed = (change: Row[1]) => {
    const after = conditioned();
    change(after, after.agreements[0]);
    return parsePlace(after);
  };

  it.each(rows)('when %s', (_what, change, topics) => {
    const expected =
      topics === undefined ? [] : [`CAG 1-01/2025 condition 9: notice before a change of ${topics} (example-place-agreement)`];
    expect(noticesNeeded(parsePlace(conditioned()), changed(change))).toEqual(expected);
  });

  it('wants it when a flow that was stopped is taken up again, and when an age limit falls', () => {
    const before = conditioned();
    before.agreements[0].minimumAge = 18;
    before.flows[0].history.push(step('suspended', '2026-01-01'));
    const after = structuredClone(before);
    after.flows[0].history.push(step('live', '2026-11-21'));
    expect(noticesNeeded(parsePlace(before), parsePlace(after))).toEqual([expect.stringContaining('of data flows (')]);
    after.agreements[0].minimumAge = 17;
    expect(noticesNeeded(parsePlace(before), parsePlace(after))).toEqual([expect.stringContaining('of data flows, data items (')]);
  });

  it('wants none when an objection is honoured again, or holders may see a source system no more', () => {
    const before = conditioned();
    Object.assign(before.agreements[0], { objectionsSetAside: [setAside], sourceSystemAccess: 'Clause 9' });
    expect(noticesNeeded(parsePlace(before), parsePlace(before))).toEqual([]);
    expect(noticesNeeded(parsePlace(before), parsePlace(conditioned()))).toEqual([]);
    const other = structuredClone(before);
    other.agreements[0].objectionsSetAside = [{ ...setAside, document: 'type-1-set-aside' }];
    expect(noticesNeeded(parsePlace(before), parsePlace(other))).toEqual([expect.stringContaining('of data items (')]);
  });

  const step251 = (state: string) => ({ state, on: '2025-04-01', by: 'Confidentiality Advice Team', evidence: 'Letter' });
  it.each([
    ['in force', [step251('applied'), step251('in-force')], true],
    ['approved with conditions still to be met', [step251('applied'), step251('approved-with-conditions')], true],
    ['suspended', [step251('applied'), step251('in-force'), step251('suspended')], true],
    ['only applied for', [step251('applied')], false],
    ['deferred', [step251('applied'), step251('deferred')], false],
    ['expired', [step251('applied'), step251('in-force'), step251('expired')], true],
    ['withdrawn', [step251('applied'), step251('in-force'), step251('withdrawn')], true],
    ['not recorded', [], false],
  ])('is a condition of section 251 support that is %s, whether or not it is typed: %j', (_state, history, held) => {
    const before = examplePlace() as Breakable;
    before.agreements[0].legalBasis.history = history;
    const after = structuredClone(before);
    after.agreements[0].purposes.push('commissioning');
    const expected = held ? ['CAG 1-01/2025 condition 9: notice before a change of purpose (example-place-agreement)'] : [];
    expect(noticesNeeded(parsePlace(before), parsePlace(after))).toEqual(expected);
  });

  it('holds nothing of an agreement that rests on something else and has no such condition', () => {
    const before = examplePlace() as Breakable;
    Object.assign(before.agreements[0].legalBasis, { kind: 'statutory' });
    const after = structuredClone(before);
    after.agreements[0].purposes.push('commissioning');
    expect(noticesNeeded(parsePlace(before), parsePlace(after))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/register/admit.ts';
import type { FlowTerms } from '../../../src/register/terms.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';
import { apc, gp, today } from './admission-rows.ts';

const plain: FlowTerms = {
  flowId: apc,
  flowNo: 11,
  feedId: 'sus-apc',
  setting: 'hospital',
  placeId: 'example-place',
  sender: 'ZTRU',
  agreementId: 'example-place-agreement',
  basis: 'section-251',
  form: 'identifiable',
  purposes: ['risk-stratification-commissioning'],
  allowedFields: ['NHSNumber', 'DIAG_01'],
  linkByLocalId: false,
  acceptedNumberStatus: ['01'],
  sensitiveCodes: { exclude: true },
  minimumAge: 0,
  acceptTestNumbers: true,
};
const seen = { reference: 'Letter', seenOn: '2026-01-01', seenBy: 'IG lead' };

/** What the register says → what the flow may do otherwise than the plain one. */
const rows: readonly (readonly [what: string, change: (place: Breakable, agreement: Breakable) => unknown, terms: Partial<FlowTerms>])[] = [
  ['nothing out of the ordinary', () => undefined, {}],
  ['a form of the flow itself', (p) => Object.assign(p.flows[0], { form: 'anonymised' }), { form: 'anonymised' }],
  ['another form of the agreement', (_p, a) => Object.assign(a, { form: 'aggregate' }), { form: 'aggregate' }],
  [
    'a field in two items',
    (_p, a) => a.dataIn[0].items.push({ fields: ['DIAG_01', 'DIAG_02'], justification: 'Conditions' }),
    { allowedFields: ['NHSNumber', 'DIAG_01', 'DIAG_02'] },
  ],
  ['linking by the id of the sender', (_p, a) => Object.assign(a.dataIn[0], { linkByLocalId: true }), { linkByLocalId: true }],
  [
    'other statuses of the NHS number',
    (_p, a) => Object.assign(a.dataIn[0], { acceptedNumberStatus: ['01', '02'] }),
    { acceptedNumberStatus: ['01', '02'] },
  ],
  [
    'sensitive codes that are approved',
    (_p, a) => Object.assign(a, { sensitiveCodes: { exclude: false, approval: 'Minutes' } }),
    { sensitiveCodes: { exclude: false, approval: 'Minutes' } },
  ],
  ['a youngest age', (_p, a) => Object.assign(a, { minimumAge: 18 }), { minimumAge: 18 }],
  ['a place for real numbers', (p) => Object.assign(p.place, { acceptTestNumbers: false }), { acceptTestNumbers: false }],
  [
    'documents that set objections aside',
    (_p, a) => Object.assign(a, { objectionsSetAside: [{ document: 'ndop-set-aside', ...seen }] }),
    { evidence: ['ndop-set-aside'] },
  ],
];

describe('the terms of an admitted flow', () => {
  it.each(rows)('say what the register says, and no more: %s', (_what, change, terms) => {
    expect(admit(registerWith(change), apc, today)).toEqual({
      admitted: true,
      at: today,
      registerVersion: 7,
      terms: { ...plain, ...terms },
    });
  });

  it('are those of its own data set', () => {
    expect(admit(registerWith(), gp, today)).toMatchObject({
      terms: {
        feedId: 'gp-patients',
        flowNo: 0,
        setting: 'gp',
        sender: 'F81001',
        allowedFields: ['NhsNumber'],
        acceptedNumberStatus: [''],
      },
    });
  });

  it('allow no field, no status and no linking where the agreement does not list the data set', () => {
    const register = registerWith((_p, a) => a.dataIn.shift());
    expect(register.flows.get(apc)?.terms).toMatchObject({ allowedFields: [], acceptedNumberStatus: [], linkByLocalId: false });
  });

  it('are none for what the linked data set would send', () => {
    expect(registerWith((p) => Object.assign(p.services[0], { setting: 'linked-data-set' })).flows.get(apc)?.terms).toBeUndefined();
  });
});

describe('an answer of the gate', () => {
  it('names the day it is for and the version of the register it was given by', () => {
    const proposed = registerWith((p) => Object.assign(p.flows[0], { history: [] }));
    expect(admit(proposed, apc, today)).toMatchObject({ admitted: false, at: today, registerVersion: 7 });
    expect(admit(proposed, 'nobody-knows', today)).toEqual({
      ...{ admitted: false, at: today, registerVersion: 7 },
      refusals: [
        {
          code: 'FLOW_UNKNOWN',
          clause: 'UK GDPR art. 30; CAG standard condition 9 (no flow before notice of it)',
          message: 'No such flow is registered. Propose it in the register, with its agreement, before sending.',
        },
      ],
    });
  });
});

describe('a refusal cites the law and then the clause of the agreement', () => {
  const social = (p: Breakable) => Object.assign(p.services[2], { setting: 'social-care' });
  it.each<[what: string, flow: string, change: (place: Breakable, agreement: Breakable) => unknown, code: string, clause: string]>([
    ['the clause alone', apc, (p) => Object.assign(p.flows[0], { history: [] }), 'FLOW_NOT_LIVE', 'Example agreement, schedule of flows'],
    [
      'under the number the agreement gives it',
      apc,
      (_p, a) => Object.assign(a, { validTo: '2026-11-20' }),
      'AGREEMENT_EXPIRED',
      'Example agreement, clause 3',
    ],
    [
      'the law alone',
      gp,
      social,
      'GP_DATA_TO_SOCIAL_CARE',
      'CAG 5-05(a)/2014, description of the application: access of GPs and of social care workers',
    ],
    [
      'both',
      apc,
      (_p, a) => Object.assign(a, { fairProcessing: [] }),
      'FAIR_PROCESSING_MISSING',
      'UK GDPR art. 13 and 14; Caldicott principle 8; Example agreement, fair processing',
    ],
    [
      'the provision relied on, by its reference',
      apc,
      (_p, a) => Object.assign(a.legalBasis, { history: [] }),
      'LEGAL_BASIS_MISSING',
      'CAG 1-01/2025, COPI Regulations 2002, reg. 5',
    ],
    [
      'the provision alone where it has no reference',
      apc,
      (_p, a) => delete a.legalBasis.reference,
      'LEGAL_BASIS_NOT_EVIDENCED',
      'COPI Regulations 2002, reg. 5',
    ],
  ])('%s', (_what, flow, change, code, clause) => {
    expect(admit(registerWith(change), flow, today)).toMatchObject({ admitted: false, refusals: [{ code, clause }] });
  });
});

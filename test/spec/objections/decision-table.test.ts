import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, firstReason, type UseRequest, withheldReasons, withheldUnderSomeTerms } from '../../../src/objections/decide.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { objectionKinds } from '../../../src/objections/kinds.ts';
import { dataForms, legalBases, purposes } from '../../../src/register/terms.ts';
import { settings } from '../../../src/shared/settings.ts';

const table = await loadDecisionTable(fileURLToPath(new URL('../../../config/objections', import.meta.url)));

/** One line of the rule book: purpose, basis, form, origin, objections → 'use' or the reason, by which row. */
type Line = readonly [
  UseRequest['purposes'],
  UseRequest['basis'],
  UseRequest['form'],
  UseRequest['origin'],
  UseRequest['objections'],
  string,
  string?,
];
const S = 'section-251';
const I = 'identifiable';
const P = 'pseudonymised-limited-access';

const book: Readonly<Record<string, readonly Line[]>> = {
  'without an objection': [[['commissioning'], S, I, 'gp', [], 'use']],
  'type 1': [
    [['commissioning'], S, I, 'hospital', ['type-1'], 'use'],
    [['direct-care'], 'direct-care', I, 'gp', ['type-1'], 'use'],
    [['commissioning'], 'consent', I, 'gp', ['type-1'], 'use'],
    [['public-health'], 'statutory', I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-required-by-law'],
    [['public-health'], 'public-interest', I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-public-interest'],
    [['payment'], 'contract', I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-payment'],
    [['commissioning'], S, I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-section-251'],
    [['risk-stratification-case-finding'], S, I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-section-251'],
    [['service-evaluation'], 'anonymised', 'anonymised', 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-made-from-identifiable'],
    [['direct-care', 'commissioning'], S, I, 'gp', ['type-1'], 'OBJECTION_TYPE1', 'type-1-section-251'],
    [['commissioning'], 'contract', I, 'gp', ['type-1'], 'OBJECTION_UNDECIDED', 'none'],
  ],
  'national data opt-out': [
    [['commissioning'], S, I, 'hospital', ['ndop'], 'OBJECTION_NDOP', 'ndop-section-251'],
    [['commissioning'], S, I, 'social-care', ['ndop'], 'OBJECTION_NDOP', 'ndop-section-251'],
    [['risk-stratification-commissioning'], S, I, 'gp', ['ndop'], 'OBJECTION_NDOP', 'ndop-section-251'],
    [['commissioning'], S, P, 'hospital', ['ndop'], 'use'],
    [['commissioning'], 'anonymised', 'aggregate', 'hospital', ['ndop'], 'use'],
    [['commissioning'], 'anonymised', 'anonymised', 'hospital', ['ndop'], 'use'],
    [['direct-care'], 'direct-care', I, 'gp', ['ndop'], 'use'],
    [['service-evaluation'], 'consent', I, 'hospital', ['ndop'], 'use'],
    [['returns'], 'statutory', I, 'social-care', ['ndop'], 'use'],
    [['emergency-planning'], 'public-interest', I, 'hospital', ['ndop'], 'use'],
    [['payment'], S, I, 'hospital', ['ndop'], 'use'],
    [['commissioning'], 'direct-care', I, 'hospital', ['ndop'], 'OBJECTION_UNDECIDED', 'none'],
    [['commissioning'], 'anonymised', I, 'hospital', ['ndop'], 'OBJECTION_UNDECIDED', 'none'],
  ],
  'programme objection': [
    [['direct-care'], 'direct-care', I, 'gp', ['programme'], 'OBJECTION_PROGRAMME', 'programme-any'],
    [['commissioning'], S, I, 'social-care', ['programme'], 'OBJECTION_PROGRAMME', 'programme-any'],
    [['returns'], 'statutory', I, 'hospital', ['programme'], 'use'],
    [['public-health'], 'public-interest', I, 'hospital', ['programme'], 'use'],
  ],
  'social care consent': [
    [
      ['commissioning'],
      'consent',
      I,
      'social-care',
      ['social-care-consent-withheld'],
      'OBJECTION_SOCIAL_CARE_CONSENT',
      'social-care-consent-withheld-any',
    ],
    [
      ['direct-care'],
      'direct-care',
      I,
      'social-care',
      ['social-care-consent-withdrawn'],
      'OBJECTION_SOCIAL_CARE_CONSENT',
      'social-care-consent-withdrawn-any',
    ],
    [['commissioning'], S, I, 'hospital', ['social-care-consent-withheld'], 'use'],
    [['commissioning'], S, I, 'gp', ['social-care-consent-withdrawn'], 'use'],
    [['returns'], 'statutory', I, 'social-care', ['social-care-consent-withheld'], 'use'],
    [['returns'], 'statutory', I, 'social-care', ['social-care-consent-withdrawn'], 'use'],
  ],
  'local sharing': [
    [['direct-care'], 'direct-care', I, 'gp', ['local-sharing'], 'OBJECTION_LOCAL_SHARING', 'local-sharing-direct-care'],
    [['direct-care'], 'consent', I, 'gp', ['local-sharing'], 'OBJECTION_LOCAL_SHARING', 'local-sharing-direct-care'],
    [['commissioning'], 'consent', I, 'gp', ['local-sharing'], 'use'],
    [['commissioning'], S, I, 'hospital', ['local-sharing'], 'OBJECTION_LOCAL_SHARING', 'local-sharing-section-251'],
    [['commissioning'], 'anonymised', P, 'hospital', ['local-sharing'], 'OBJECTION_LOCAL_SHARING', 'local-sharing-not-identifiable'],
    [['returns'], 'statutory', I, 'hospital', ['local-sharing'], 'use'],
    [['payment'], 'contract', I, 'hospital', ['local-sharing'], 'use'],
    [['commissioning'], 'contract', I, 'hospital', ['local-sharing'], 'OBJECTION_UNDECIDED', 'none'],
  ],
  'right to object': [
    [['direct-care'], 'direct-care', I, 'hospital', ['right-to-object'], 'OBJECTION_RIGHT_TO_OBJECT', 'right-to-object-direct-care'],
    [['commissioning'], 'consent', I, 'hospital', ['right-to-object'], 'OBJECTION_RIGHT_TO_OBJECT', 'right-to-object-consent'],
    [['commissioning'], S, I, 'hospital', ['right-to-object'], 'OBJECTION_RIGHT_TO_OBJECT', 'right-to-object-section-251'],
    [
      ['commissioning'],
      'anonymised',
      'anonymised',
      'gp',
      ['right-to-object'],
      'OBJECTION_RIGHT_TO_OBJECT',
      'right-to-object-not-identifiable',
    ],
    [['returns'], 'statutory', I, 'hospital', ['right-to-object'], 'use'],
  ],
  'risk stratification objection': [
    [
      ['risk-stratification-case-finding'],
      S,
      I,
      'gp',
      ['risk-stratification'],
      'OBJECTION_RISK_STRATIFICATION',
      'risk-stratification-only',
    ],
    [
      ['risk-stratification-commissioning', 'risk-stratification-case-finding'],
      S,
      I,
      'hospital',
      ['risk-stratification'],
      'OBJECTION_RISK_STRATIFICATION',
      'risk-stratification-only',
    ],
    [['commissioning'], S, I, 'gp', ['risk-stratification'], 'use'],
    [['risk-stratification-commissioning', 'commissioning'], S, I, 'gp', ['risk-stratification'], 'use'],
  ],
  'lack of capacity, decided by another': [
    [['direct-care'], 'direct-care', I, 'social-care', ['lack-of-capacity'], 'use'],
    [['commissioning'], S, I, 'social-care', ['lack-of-capacity'], 'OBJECTION_PROGRAMME', 'lack-of-capacity-any'],
    [['commissioning'], 'consent', I, 'hospital', ['lack-of-capacity'], 'OBJECTION_PROGRAMME', 'lack-of-capacity-any'],
    [['returns'], 'statutory', I, 'social-care', ['lack-of-capacity'], 'use'],
  ],
  'several at once': [
    [['commissioning'], S, I, 'hospital', ['type-1', 'ndop'], 'OBJECTION_NDOP', 'ndop-section-251'],
    [['commissioning'], S, I, 'gp', ['type-1', 'ndop'], 'OBJECTION_TYPE1', 'type-1-section-251'],
    [['commissioning'], S, P, 'hospital', ['ndop', 'type-1'], 'use'],
    [['direct-care', 'commissioning'], 'direct-care', I, 'gp', ['ndop'], 'OBJECTION_UNDECIDED', 'none'],
    [['payment', 'commissioning'], S, I, 'hospital', ['ndop'], 'OBJECTION_NDOP', 'ndop-section-251'],
    [[], S, I, 'hospital', ['ndop'], 'OBJECTION_UNDECIDED', 'none'],
  ],
};

for (const [title, lines] of Object.entries(book)) {
  describe(title, () => {
    // One object a row: a tuple whose last place is optional loses its types on the way through each().
    const rows = lines.map((line) => ({ line, title: line.slice(0, 6).map(String).join(' | ') }));
    it.each(rows)('$title', ({ line: [purposes, basis, form, origin, objections, outcome, row] }) => {
      const decision = decide(table, { purposes, basis, form, origin, objections, nationalCheck: 'fresh' });
      expect(decision).toEqual(outcome === 'use' ? { use: true } : { use: false, reason: outcome, row });
    });
  });
}

describe('the table', () => {
  const request = fc.record({
    purposes: fc.uniqueArray(fc.constantFrom(...purposes), { minLength: 1 }),
    basis: fc.constantFrom(...legalBases),
    form: fc.constantFrom(...dataForms),
    origin: fc.constantFrom(...settings),
    objections: fc.uniqueArray(fc.constantFrom(...objectionKinds)),
    nationalCheck: fc.constant('fresh' as const),
  });

  it('is spoken by the rule book above, row by row', () => {
    const spoken = new Set(Object.values(book).flatMap((lines) => lines.map((line) => line[6])));
    const withholding = table.rows.filter(({ outcome }) => outcome === 'withhold').map(({ id }) => id);
    expect(withholding.filter((id) => !spoken.has(id))).toEqual([]);
  });

  it('never turns a withheld use into an allowed one by adding an objection or a purpose', () => {
    fc.assert(
      fc.property(request, fc.constantFrom(...objectionKinds), fc.constantFrom(...purposes), (asked, kind, purpose) => {
        if (decide(table, asked).use) return;
        expect(decide(table, { ...asked, objections: [...asked.objections, kind] }).use).toBe(false);
        // Risk stratification alone is refused; beside another purpose the rows land and the risk run asks again.
        if (asked.objections.includes('risk-stratification')) return;
        expect(decide(table, { ...asked, purposes: [...asked.purposes, purpose] }).use).toBe(false);
      }),
    );
  });

  it('gives landing the same answer through the reasons computed once per flow', () => {
    fc.assert(
      fc.property(request, ({ objections, origin, nationalCheck, ...terms }) => {
        const reasons = withheldReasons(table, { ...terms, setting: origin });
        expect(firstReason(reasons, objections) === undefined).toBe(decide(table, { ...terms, origin, objections, nationalCheck }).use);
      }),
    );
  });

  it('keeps every service but the GP when only a type 1 objection is in force', () => {
    expect(withheldUnderSomeTerms(table, 'hospital')).not.toContain('type-1');
    expect(withheldUnderSomeTerms(table, 'gp')).toContain('type-1');
    expect(withheldUnderSomeTerms(table, 'hospital')).toContain('ndop');
  });

  it('withholds for a kind of objection it has never heard of', () => {
    const reasons = withheldReasons(table, { purposes: ['commissioning'], basis: S, form: I, setting: 'gp' });
    expect(firstReason(reasons, ['something-new'])).toBe('OBJECTION_UNDECIDED');
    expect(firstReason(reasons, [])).toBeUndefined();
  });

  it('is asked for every objection the database may name, in the order in which receipts report them', () => {
    const reasons = withheldReasons(table, { purposes: ['commissioning'], basis: S, form: I, setting: 'gp' });
    const right = objectionKinds.indexOf('right-to-object') + 1;
    const named = [
      ...objectionKinds.slice(0, right),
      ...purposes.map((purpose) => `right-to-object/${purpose}`),
      ...objectionKinds.slice(right),
    ];
    expect([...reasons.keys()]).toEqual(named);
  });

  it('does not know type 2, which is never acted on', () => {
    expect(objectionKinds).not.toContain('type-2');
    expect(table.rows.map(({ objection }) => objection as string)).not.toContain('type-2');
  });
});

describe('evidence the discloser has seen (RULE-OPT-2 c, d, e, g)', () => {
  const ask = (
    basis: UseRequest['basis'],
    purpose: UseRequest['purposes'][number],
    objection: 'type-1' | 'ndop',
    evidence?: UseRequest['evidence'],
  ) =>
    decide(table, {
      ...{ purposes: [purpose], basis, form: I, origin: 'gp', objections: [objection], nationalCheck: 'fresh' },
      ...(evidence === undefined ? {} : { evidence }),
    } as const);

  it.each([
    ['statutory', 'public-health', 'type-1', 'type-1-set-aside', 'ndop-set-aside'],
    ['public-interest', 'public-health', 'type-1', 'type-1-set-aside', 'ndop-set-aside'],
    ['contract', 'payment', 'type-1', 'type-1-set-aside', 'ndop-set-aside'],
    [S, 'commissioning', 'ndop', 'ndop-set-aside', 'type-1-set-aside'],
  ] as const)('%s, %s: %s gives way to %s and to nothing else', (basis, purpose, objection, evidence, other) => {
    expect(ask(basis, purpose, objection).use).toBe(false);
    expect(ask(basis, purpose, objection, [other]).use).toBe(false);
    expect(ask(basis, purpose, objection, [evidence])).toEqual({ use: true });
  });

  it('never lets an opt-out give way under section 251 to what was written about type 1', () => {
    expect(ask(S, 'commissioning', 'type-1', ['type-1-set-aside', 'ndop-set-aside']).use).toBe(false);
  });
});

describe('the national list as an input (RULE-OPT-4, RULE-NDOP-4)', () => {
  const ask = (nationalCheck: UseRequest['nationalCheck'], change: Partial<UseRequest> = {}) =>
    decide(table, { purposes: ['commissioning'], basis: S, form: I, origin: 'hospital', objections: [], nationalCheck, ...change });

  it.each([
    ['fresh', { use: true }],
    ['stale', { use: false, reason: 'NATIONAL_CHECK_STALE', row: 'ndop-section-251' }],
    ['missing', { use: false, reason: 'NATIONAL_CHECK_MISSING', row: 'ndop-section-251' }],
    ['not-covered', { use: false, reason: 'NATIONAL_CHECK_NOT_COVERED', row: 'ndop-section-251' }],
  ] as const)('%s, where an opt-out would withhold', (state, decision) => {
    expect(ask(state)).toEqual(decision);
  });

  it('is not needed where an opt-out would not withhold, nor where the approval sets it aside', () => {
    expect(ask('missing', { purposes: ['direct-care'], basis: 'direct-care' })).toEqual({ use: true });
    expect(ask('stale', { form: P })).toEqual({ use: true });
    expect(ask('missing', { evidence: ['ndop-set-aside'] })).toEqual({ use: true });
  });

  it('gives way to the reason of an objection, which is known', () => {
    expect(ask('missing', { objections: ['programme'] })).toMatchObject({ reason: 'OBJECTION_PROGRAMME' });
  });
});

describe('a right to object to one purpose (UK GDPR art. 21)', () => {
  const ask = (purposes: UseRequest['purposes'], objection: UseRequest['objections'][number]) =>
    decide(table, { purposes, basis: S, form: I, origin: 'gp', objections: [objection], nationalCheck: 'fresh' });

  it('stops that purpose, and what serves nothing else', () => {
    expect(ask(['commissioning'], 'right-to-object/commissioning')).toEqual({
      use: false,
      reason: 'OBJECTION_RIGHT_TO_OBJECT',
      row: 'right-to-object-section-251',
    });
    expect(ask(['service-evaluation'], 'right-to-object/commissioning')).toEqual({ use: true });
    expect(ask(['commissioning', 'service-evaluation'], 'right-to-object/commissioning')).toEqual({ use: true });
    expect(ask(['commissioning', 'service-evaluation'], 'right-to-object').use).toBe(false);
  });

  it('is asked of a flow like any other objection', () => {
    const reasons = withheldReasons(table, { purposes: ['commissioning'], basis: S, form: I, setting: 'gp' });
    expect(firstReason(reasons, ['right-to-object/commissioning'])).toBe('OBJECTION_RIGHT_TO_OBJECT');
    expect(firstReason(reasons, ['right-to-object/service-evaluation'])).toBeUndefined();
  });
});

describe('payment (RULE-OPT-2 g)', () => {
  it.each(['ndop', 'programme', 'local-sharing', 'right-to-object', 'lack-of-capacity'] as const)('goes on in spite of %s', (objection) => {
    const request = { purposes: ['payment'], basis: 'contract', form: I, origin: 'hospital', nationalCheck: 'fresh' } as const;
    expect(decide(table, { ...request, objections: [objection] })).toEqual({ use: true });
  });
});

it('is withheld without a purpose, even where nobody objects', () => {
  const request = { purposes: [], basis: S, form: I, origin: 'gp', objections: [], nationalCheck: 'fresh' } as const;
  expect(decide(table, request)).toEqual({ use: false, reason: 'OBJECTION_UNDECIDED', row: 'none' });
  const reasons = withheldReasons(table, { purposes: [], basis: S, form: I, setting: 'gp' });
  expect([...reasons.values()].every((reason) => reason === 'OBJECTION_UNDECIDED')).toBe(true);
});

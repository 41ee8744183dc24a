import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionTable, type RuleText } from '../../../src/register/admission-table.ts';
import { admit } from '../../../src/register/admit.ts';
import { nextChange } from '../../../src/register/next-change.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';
import { boundaryRows } from './admission-boundaries.ts';
import { factRows } from './admission-facts.ts';
import { apc, basis, flowHistory, rows, step, today } from './admission-rows.ts';

/** What the table says to do about a refusal; one code has one remedy, whichever rule gives it. */
const remedyOf = (code = ''): string =>
  Object.values<RuleText>(admissionTable).flatMap(({ refusals }) => refusals[code]?.remedy ?? [])[0] ?? '';

describe('the gate', () => {
  it.each([...rows, ...boundaryRows, ...factRows])(
    'when $when: $refusals',
    ({ change, flow = apc, at = today, refusals, clause, says }) => {
      const admission = admit(registerWith(change), flow, at as LocalDate);
      expect(admission.admitted ? [] : admission.refusals.map((refusal) => refusal.code)).toEqual(refusals);
      expect(admission.admitted).toBe(refusals.length === 0);
      if (says !== undefined) expect(admission.admitted ? '' : admission.refusals[0]?.message).toBe(`${says} ${remedyOf(refusals[0])}`);
      if (clause !== undefined) expect(admission.admitted ? '' : admission.refusals[0]?.clause).toContain(clause);
    },
  );

  it('gives every reason at once, each with a clause and a message', () => {
    const admission = admit(
      registerWith((place, agreement) => {
        flowHistory(step('live', '2025-04-14'), step('suspended', '2026-01-01'))(place);
        basis(step('applied', '2014-06-30'), step('deferred', '2014-08-05'))(place, agreement);
        Object.assign(agreement, {
          validTo: '2026-03-31',
          controllers: [],
          processors: [],
          signatories: [],
          dataIn: [],
          fairProcessing: [],
        });
        delete agreement.dpia;
        delete agreement.retention;
      }),
      apc,
      today,
    );
    const refusals = admission.admitted ? [] : admission.refusals;
    expect(refusals.map((refusal) => refusal.code)).toEqual([
      'FLOW_SUSPENDED',
      'AGREEMENT_EXPIRED',
      'LEGAL_BASIS_DEFERRED',
      'SENDER_NOT_SIGNED',
      'CONTROLLER_MISSING',
      'PROCESSOR_CONTRACT_MISSING',
      'PROCESSOR_CONTRACT_MISSING',
      'DPIA_MISSING',
      'FAIR_PROCESSING_MISSING',
      'FIELDS_NOT_LISTED',
      'RETENTION_MISSING',
    ]);
    expect(refusals.every((refusal) => refusal.clause !== '' && refusal.message !== '')).toBe(true);
  });

  it('tells a supplier neither who decided nor what was written as evidence of it', () => {
    const told = [...rows, ...boundaryRows, ...factRows].flatMap(({ change, flow = apc, at = today }) => {
      const named = registerWith((place, agreement) => {
        change?.(place, agreement);
        for (const { history } of [place.flows[0], agreement, agreement.legalBasis])
          for (const one of history) Object.assign(one, { by: 'Mrs Jones', evidence: 'Complaint of 9990000018' });
      });
      const admission = admit(named, flow, at as LocalDate);
      return admission.admitted ? [] : admission.refusals;
    });
    expect(told.length).toBeGreaterThan(50);
    expect(JSON.stringify(told)).not.toMatch(/Mrs Jones|Complaint|9990000018/);
  });

  it('never repeats the flow id it was asked about', () => {
    const admission = admit(registerWith(), '9990000018', today);
    expect(JSON.stringify(admission)).not.toContain('9990000018');
  });

  it('gives the terms of an admitted flow from its agreement alone', () => {
    const admission = admit(registerWith(), apc, today);
    expect(admission).toMatchObject({
      admitted: true,
      registerVersion: 7,
      terms: {
        flowId: apc,
        flowNo: 11,
        feedId: 'sus-apc',
        setting: 'hospital',
        sender: 'ZTRU',
        basis: 'section-251',
        form: 'identifiable',
        allowedFields: ['NHSNumber', 'DIAG_01'],
        acceptedNumberStatus: ['01'],
        sensitiveCodes: { exclude: true },
        minimumAge: 0,
        acceptTestNumbers: true,
        linkByLocalId: false,
      },
    });
  });

  it('admits nothing after any end date has passed', () => {
    const ends: readonly ((place: Breakable, agreement: Breakable, on: string) => void)[] = [
      (_p, a, on) => {
        a.validTo = on;
      },
      (_p, a, on) => {
        a.legalBasis.validTo = on;
      },
      (_p, a, on) => {
        a.controllers[0].to = on;
      },
      (_p, a, on) => {
        a.processors[0].to = on;
      },
      (_p, a, on) => {
        a.processors[1].to = on;
      },
      (_p, a, on) => {
        a.signatories[0].withdrawnOn = on;
      },
      (_p, a, on) => {
        a.dpia.reviewBy = on;
      },
      (_p, a, on) => {
        a.conditions[0].dueOn = on;
      },
      (p, _a, on) => {
        p.frameworks[0].validTo = on;
      },
      (p, _a, on) => {
        p.organisations[0].closedOn = on;
      },
      (p, _a, on) => {
        p.organisations[3].assurance[0].validTo = on;
      },
      (p, _a, on) => {
        p.organisations[4].assurance[0].validTo = on;
      },
      (p, _a, on) => {
        p.organisations[0].icoRegistration.validTo = on;
      },
      (p, _a, on) => {
        p.systems[0].endpoints[0].liveTo = on;
      },
      (p, _a, on) => {
        p.flows[0].history.push(step('stopped', on));
      },
    ];
    const day = fc.date({ min: new Date('2025-05-01T00:00:00Z'), max: new Date('2029-01-01T00:00:00Z'), noInvalidDate: true });
    const iso = (at: Date) => at.toISOString().slice(0, 10) as LocalDate;
    fc.assert(
      fc.property(fc.constantFrom(...ends), day, fc.integer({ min: 1, max: 800 }), (end, on, later) => {
        const register = registerWith((place, agreement) => end(place, agreement, iso(on)));
        expect(admit(register, apc, iso(new Date(on.getTime() + later * 86_400_000))).admitted).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('knows the first day on which its answer changes', () => {
    expect(nextChange(registerWith(), apc, today)?.on).toBe('2027-01-01');
    expect(nextChange(registerWith(flowHistory(step('live', '2025-04-14'), step('stopped', '2026-12-05'))), apc, today)?.on).toBe(
      '2026-12-05',
    );
    expect(nextChange(registerWith(flowHistory(step('live', '2026-12-01'))), apc, today)).toMatchObject({
      on: '2026-12-01',
      admission: { admitted: true },
    });
    expect(nextChange(registerWith(flowHistory(step('proposed', '2026-01-01'))), apc, today)).toBeUndefined();
    expect(nextChange(registerWith(), 'nobody-knows', today)).toBeUndefined();
  });

  it('answers in well under a millisecond', () => {
    const register = registerWith();
    admit(register, apc, today);
    const begun = performance.now();
    for (let i = 0; i < 1000; i++) admit(register, apc, today);
    expect((performance.now() - begun) / 1000).toBeLessThan(1);
  });
});

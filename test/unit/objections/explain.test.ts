import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/objections/decide.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { type ExplainedFlow, explain, type HeldObjection } from '../../../src/objections/explain.ts';
import { explanationLetter } from '../../../src/objections/explain-letter.ts';
import { objectionKinds, type StandingObjection } from '../../../src/objections/kinds.ts';
import { dataForms, legalBases, purposes } from '../../../src/register/terms.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { settings } from '../../../src/shared/settings.ts';

const table = await loadDecisionTable(join(packageRoot(), 'config', 'objections'));
const held = (kind: StandingObjection, more: Partial<HeldObjection> = {}): HeldObjection => ({
  kind,
  about: null,
  setOn: '2026-10-01',
  withdrawnOn: null,
  source: 'letter',
  recordedIn: null,
  decidedBy: null,
  evidence: null,
  inForce: true,
  ...more,
});
const flow = (more: Partial<ExplainedFlow> = {}): ExplainedFlow => ({
  flowId: 'gp-patients-f81001',
  title: 'Practice 1, registered patients',
  running: true,
  purposes: ['commissioning'],
  basis: 'section-251',
  form: 'identifiable',
  setting: 'gp',
  ...more,
});
const fresh = () => 'fresh' as const;

describe('an explanation', () => {
  it('says the same as the rules decide, for every purpose, basis, form, setting and objection', () => {
    const wrong: string[] = [];
    for (const purpose of purposes)
      for (const basis of legalBases)
        for (const form of dataForms)
          for (const setting of settings)
            for (const kind of objectionKinds) {
              const [one] = explain(table, [flow({ purposes: [purpose], basis, form, setting })], [held(kind)], fresh);
              const asked = { purposes: [purpose], basis, form, origin: setting, objections: [kind], nationalCheck: 'fresh' } as const;
              const decision = decide(table, asked);
              const rule = decision.use ? undefined : decision.row;
              if (one?.used !== decision.use || one.rule !== rule || !/^[A-Z].{20,}\.$/.test(one.why))
                wrong.push([purpose, basis, form, setting, kind].join(' '));
            }
    expect(wrong).toEqual([]);
  });

  it('never takes silence for consent', () => {
    const [one] = explain(table, [flow()], [], fresh);
    expect(one).toMatchObject({ used: true, why: expect.stringContaining('That is not consent') });
  });

  it('leaves out what is withdrawn, and what is about another record', () => {
    expect(explain(table, [flow()], [held('ndop', { inForce: false, withdrawnOn: '2026-11-01' })], fresh)[0]?.used).toBe(true);
    expect(explain(table, [flow()], [held('local-sharing', { about: 'hospital' })], fresh)[0]?.used).toBe(true);
    expect(explain(table, [flow()], [held('local-sharing', { about: 'gp' })], fresh)[0]?.used).toBe(false);
  });

  it('says that a national list that cannot speak withholds too', () => {
    for (const state of ['stale', 'missing', 'not-covered'] as const) {
      const [one] = explain(table, [flow()], [], () => state);
      expect(one).toMatchObject({ used: false, rule: 'ndop-section-251', why: expect.stringContaining('nothing is released') });
    }
  });

  it('keeps an objection to one purpose to that purpose', () => {
    const serving = flow({ purposes: ['commissioning', 'service-evaluation'] });
    const [first, second] = explain(table, [serving], [held('right-to-object/commissioning')], fresh);
    expect(first).toMatchObject({ purpose: 'commissioning', used: false, rule: 'right-to-object-section-251' });
    expect(second).toMatchObject({ used: true, why: 'The objection is to another purpose: planning and paying for services.' });
  });

  it('says that records which do not land serve no purpose at all', () => {
    const [, payment] = explain(table, [flow({ purposes: ['commissioning', 'payment'] })], [held('ndop')], fresh);
    expect(payment).toMatchObject({
      purpose: 'payment',
      used: false,
      rule: 'ndop-section-251',
      why: expect.stringContaining('none of them is kept'),
    });
  });

  it('names the document that sets an opt-out aside, where the register holds it', () => {
    const [one] = explain(table, [flow({ evidence: ['ndop-set-aside'] })], [held('ndop')], fresh);
    expect(one).toMatchObject({ used: true, why: expect.stringContaining('whoever discloses has seen them') });
  });
});

describe('the letter', () => {
  const letter = (objections: readonly HeldObjection[], flows: readonly ExplainedFlow[]) =>
    explanationLetter({
      place: 'southend-on-sea',
      placeName: 'Southend-on-Sea',
      on: '2026-11-21' as LocalDate,
      objections,
      uses: explain(table, flows, objections, fresh),
    });

  it('says once what is true of several purposes', () => {
    const text = letter([], [flow({ purposes: ['commissioning', 'returns', 'service-evaluation'] })]);
    expect(text).toContain(
      '- Used for planning and paying for services; national reports made of counts; finding out how well services work (1 flow,',
    );
    expect(text.match(/That is not consent/g)).toHaveLength(1);
  });

  it('can be sent out: whole sentences, no ids, codes or names of fields, one line for practices that are treated alike', () => {
    const flows = [flow(), flow({ flowId: 'gp-patients-f81002' }), flow({ flowId: 'old', running: false, setting: 'ambulance' })];
    const objections = [
      held('ndop', { setOn: '2026-03-01' }),
      held('right-to-object/service-evaluation'),
      held('lack-of-capacity', { decidedBy: 'court-of-protection', inForce: false, withdrawnOn: '2026-11-01' }),
    ];
    const text = letter(objections, flows);
    expect(text).toContain('Southend-on-Sea, 21 November 2026');
    expect(text).toMatch(/National data opt-out: .*, since 1 March 2026\. It is in force\./);
    expect(text).toContain('for finding out how well services work');
    expect(text).toContain('decided by court of protection, withdrawn on 1 November 2026. It is not in force today.');
    expect(text).toContain('NOT used for planning and paying for services (2 flows, on the basis of support under section 251');
    expect(text).toContain('). Under section 251 support the opt-out applies');
    expect(text).not.toContain('ambulance');
    expect(text).not.toMatch(/[a-z]+-[a-z]+-\d|OBJECTION_|undefined|null|f8100/);
  });

  it('has words for every kind of objection', () => {
    for (const kind of objectionKinds)
      expect(letter([held(kind)], [flow()])).toMatch(/- [A-Z][^\n]{15,}, since 1 October 2026\. It is in force\./);
  });

  it('says so where there is none', () => {
    expect(letter([], [flow()])).toContain('No objection of this person is on record here.');
  });
});

import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeTerms } from '../../../src/objections/coverage.ts';
import { firstReason, withheldReasons } from '../../../src/objections/decide.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { objectionKinds } from '../../../src/objections/kinds.ts';
import { dataForms, evidenceKinds, legalBases, purposes } from '../../../src/register/terms.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { settings } from '../../../src/shared/settings.ts';

const table = await loadDecisionTable(join(packageRoot(), 'config', 'objections'));

const terms = fc.record(
  {
    purposes: fc.uniqueArray(fc.constantFrom(...purposes), { minLength: 1, maxLength: 3 }),
    basis: fc.constantFrom(...legalBases),
    form: fc.constantFrom(...dataForms),
    setting: fc.constantFrom(...settings),
    evidence: fc.uniqueArray(fc.constantFrom(...evidenceKinds), { maxLength: 2 }),
  },
  { requiredKeys: ['purposes', 'basis', 'form', 'setting'] },
);

it('judges a flow by its own terms, whatever other flows were judged before', () => {
  fc.assert(
    fc.property(fc.array(terms, { minLength: 1, maxLength: 40 }), (flows) => {
      const judge = judgeTerms(table);
      const kinds = [...objectionKinds, 'a kind of tomorrow'];
      for (const flow of [...flows, ...flows]) {
        const alone = withheldReasons(table, flow);
        expect(kinds.filter(judge(flow))).toEqual(kinds.filter((kind) => firstReason(alone, [kind]) !== undefined));
      }
    }),
  );
});

it('tells like terms apart that differ in one thing only', () => {
  fc.assert(
    fc.property(terms, terms, fc.constantFrom('purposes', 'basis', 'form', 'setting', 'evidence'), (flow, other, changed) => {
      const judge = judgeTerms(table);
      judge(flow);
      const changedFlow = { ...flow, [changed]: other[changed] };
      const alone = withheldReasons(table, changedFlow);
      expect(objectionKinds.filter(judge(changedFlow))).toEqual(objectionKinds.filter((kind) => firstReason(alone, [kind]) !== undefined));
    }),
    { numRuns: 2_000 },
  );
});

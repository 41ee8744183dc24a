import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTemplates, loadDeclared, loadTemplate, loadThresholds } from '../../../src/returns/load.ts';
import { renderReturnRules } from '../../../src/returns/rule-book.ts';
import { returnTemplateJsonSchemaText } from '../../../src/returns/schema.ts';
import { calculationsOf, questionsOf } from '../../../src/returns/template.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { matrixSettings } from '../../../src/shared/settings.ts';

const config = join(packageRoot(), 'config');
const quarters = ['bcf-2016-17-q1', 'bcf-2016-17-q2', 'bcf-2016-17-q3', 'bcf-2016-17-q4'];

/** The 67 questions of the sheet, whose ids are published. */
const measures = [
  ...['correspondence', 'retrieve'].flatMap((line) => matrixSettings.map((setting) => `am.nhs-number.${line}.${setting}`)),
  ...matrixSettings.flatMap((from) => matrixSettings.map((to) => `am.sharing.${from}.${to}`)),
  ...['status', 'go-live'].flatMap((line) => matrixSettings.map((setting) => `am.open-api.${line}.${setting}`)),
  'am.dicr.pilot',
  ...['in-place', 'new', 'stopped', 'percent-chc'].map((cell) => `am.phb.${cell}`),
  'am.teams.non-acute',
  'am.teams.acute',
];

describe('return templates', () => {
  it('are the four quarters of 2016-17', async () => {
    expect(await listTemplates(config)).toEqual(quarters);
  });

  it.each(quarters)('%s asks the 67 questions of Additional Measures in printed order', async (id) => {
    const asked = questionsOf(await loadTemplate(config, id)).filter(({ sheet }) => sheet === 'Additional Measures');
    expect(asked.map((question) => question.id)).toEqual(measures);
    expect(asked).toHaveLength(67);
  });

  // Questions by sheet, as the cover of each printed return counts them; headings and population as printed.
  it.each([
    ['bcf-2016-17-q1', 36, '1. Proposed Measure: Use of NHS number as primary identifier across care settings', 180_589, 0],
    ['bcf-2016-17-q2', 36, '1. Proposed Measure: Use of NHS number as primary identifier across care settings', 180_589, 1],
    ['bcf-2016-17-q3', 36, '1. Proposed Measure: Use of NHS number as primary identifier across care settings', 180_589, 1],
    ['bcf-2016-17-q4', 24, '1. Proposed Metric: Use of NHS number as primary identifier across care settings', 182_046, 0],
  ])(
    '%s counts %i conditions and prints its own headings, population and decimals',
    async (id, conditions, heading, population, decimals) => {
      const template = await loadTemplate(config, id);
      const questions = questionsOf(template);
      expect(questions.filter(({ sheet }) => sheet === 'National Conditions')).toHaveLength(conditions);
      expect(questions.filter(({ sheet }) => sheet === 'Cover')).toHaveLength(5);
      expect(template.places['southend-on-sea']?.population.value).toBe(population);
      expect(calculationsOf(template).find(({ id: cell }) => cell === 'am.phb.rate')?.decimals).toBe(decimals);
      expect(JSON.stringify(template.sheets)).toContain(heading);
    },
  );

  it('have the JSON Schema that is published', async () => {
    const committed = await readFile(join(config, '../docs/generated/return-template.schema.json'), 'utf8');
    expect(committed).toBe(returnTemplateJsonSchemaText());
  });

  it('have their rule book published', async () => {
    const committed = await readFile(join(config, '../docs/rules/returns.md'), 'utf8');
    expect(committed).toBe(renderReturnRules(await loadThresholds(config)));
  });

  it('come with thresholds that give their reasons, and declared answers that the template asks', async () => {
    const thresholds = await loadThresholds(config);
    expect(thresholds.nhsNumberOnCorrespondence).toMatchObject({ completeness: 0.95, verified: 0.95 });
    const declared = await loadDeclared(config, 'southend-on-sea', await loadTemplate(config, 'bcf-2016-17-q2'));
    expect(declared?.answers['am.phb.in-place']?.answer).toBe(24);
  });

  it('refuses a template it does not have, and names those it has', async () => {
    await expect(loadTemplate(config, '../../package')).rejects.toMatchObject({ code: 'RETURN_TEMPLATE_UNKNOWN', exit: 2 });
    await expect(loadTemplate(config, 'thresholds')).rejects.toMatchObject({ code: 'RETURN_TEMPLATE_UNKNOWN' });
  });
});

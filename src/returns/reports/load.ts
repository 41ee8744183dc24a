import { join } from 'node:path';
import { ConfigurationError, exitCode, GatewayError } from '../../shared/errors.ts';
import { listJson, parseFile, readIfThere } from '../configuration-file.ts';
import { type Declared, declaredSchema } from '../declared.ts';
import { catalogue } from './catalogue.ts';
import { type ReportTemplate, reportTemplateSchema } from './template.ts';

const name = /^[a-z0-9][a-z0-9-]{0,79}$/;
const folder = join('returns', 'reports');

/** Ids of the reports in a configuration, in order. */
export async function listReports(config: string): Promise<string[]> {
  return (await listJson(join(config, folder))).map((file) => file.slice(0, -'.json'.length));
}

/** What a schema cannot say of a report: columns the source has, and ids used twice. */
export function reportProblems(template: ReportTemplate): string[] {
  const file = `${folder}/${template.id}.json`;
  const tables = template.sections.flatMap(({ tables: some }) => some);
  const columns = tables.flatMap(({ source, columns: wanted = [] }) =>
    wanted
      .filter(({ column }) => !Object.hasOwn(catalogue[source].columns, column))
      .map(({ column }) => `${file}: ${source} has no column ${column}; it has ${Object.keys(catalogue[source].columns).join(', ')}`),
  );
  const asked = template.sections.flatMap(({ questions }) => questions.map(({ id }) => id));
  const twice = asked.filter((id, index) => asked.indexOf(id) !== index).map((id) => `${file}: asks ${id} twice`);
  return [...columns, ...twice];
}

/**
 * Reads one report of `config/returns/reports`.
 * @throws GatewayError REPORT_UNKNOWN; ConfigurationError with every problem
 */
export async function loadReport(config: string, id: string): Promise<ReportTemplate> {
  const text = name.test(id) ? await readIfThere(join(config, folder, `${id}.json`)) : undefined;
  if (text === undefined) {
    const known = await listReports(config);
    throw new GatewayError('REPORT_UNKNOWN', `There is no such report. Choose one of: ${known.join(', ')}.`, {
      exit: exitCode.usage,
      status: 404,
    });
  }
  const template = parseFile(reportTemplateSchema, text, `${folder}/${id}.json`);
  const problems = reportProblems(template);
  if (template.id !== id) problems.push(`${folder}/${id}.json: has another id than its name`);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return template;
}

/** What people of a place declared for a report in its file; undefined when nobody has. @throws ConfigurationError */
export async function loadReportAnswers(config: string, place: string, report: string): Promise<Declared | undefined> {
  if (!name.test(place) || !name.test(report)) return undefined;
  const file = join('returns', 'declared', place, `${report}.json`);
  const text = await readIfThere(join(config, file));
  if (text === undefined) return undefined;
  const declared = parseFile(declaredSchema, text, file);
  if (declared.template === report && declared.place === place) return declared;
  throw new ConfigurationError([`${file}: is for another report or place`]);
}

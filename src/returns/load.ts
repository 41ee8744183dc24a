import { join } from 'node:path';
import { ConfigurationError, exitCode, GatewayError } from '../shared/errors.ts';
import { listJson, parseFile, readIfThere } from './configuration-file.ts';
import { type Declared, declaredSchema } from './declared.ts';
import { calculationsOf, questionsOf, type ReturnTemplate, returnTemplateSchema } from './template.ts';
import { templateProblems } from './template-problems.ts';
import { type Thresholds, thresholdsSchema } from './thresholds.ts';

const name = /^[a-z0-9][a-z0-9-]*$/;

/** Ids of the templates in a configuration, in order. */
export async function listTemplates(config: string): Promise<string[]> {
  const files = await listJson(join(config, 'returns'));
  return files.filter((file) => file !== 'thresholds.json').map((file) => file.slice(0, -'.json'.length));
}

/**
 * Reads one template of `config/returns` and checks what its schema cannot say.
 * @throws GatewayError RETURN_TEMPLATE_UNKNOWN; ConfigurationError with every problem
 */
export async function loadTemplate(config: string, id: string): Promise<ReturnTemplate> {
  const text = name.test(id) && id !== 'thresholds' ? await readIfThere(join(config, 'returns', `${id}.json`)) : undefined;
  if (text === undefined) {
    const known = await listTemplates(config);
    throw new GatewayError('RETURN_TEMPLATE_UNKNOWN', `There is no such return template. Choose one of: ${known.join(', ')}.`, {
      exit: exitCode.usage,
    });
  }
  const template = parseFile(returnTemplateSchema, text, `returns/${id}.json`);
  const problems = templateProblems(template);
  if (template.id !== id) problems.push(`returns/${id}.json: its id is not the name of the file`);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return template;
}

/** @throws ConfigurationError */
export async function loadThresholds(config: string): Promise<Thresholds> {
  const text = await readIfThere(join(config, 'returns', 'thresholds.json'));
  if (text === undefined) throw new ConfigurationError(['returns/thresholds.json: is missing']);
  return parseFile(thresholdsSchema, text, 'returns/thresholds.json');
}

const declaredFile = (place: string, template: string): string => join('returns', 'declared', place, `${template}.json`);

/** The population an earlier template gave the place, so that rates of two quarters are compared only over the same one. */
function populationIn(template: ReturnTemplate, place: string): Readonly<Record<string, number>> {
  const population = template.places[place]?.population.value;
  const cells = calculationsOf(template).filter(({ formula }) => formula === 'population');
  return population === undefined ? {} : Object.fromEntries(cells.map(({ id }) => [id, population]));
}

/** Answers of the templates before, newest first, as far as they were declared. A template names the one before it. */
export async function earlierAnswers(config: string, place: string, template: ReturnTemplate): Promise<Declared['previous']> {
  const found: Declared['previous'] = {};
  for (let earlier = template.previous; earlier !== undefined && found[earlier] === undefined; ) {
    const text = await readIfThere(join(config, declaredFile(place, earlier)));
    const declared = text === undefined ? undefined : parseFile(declaredSchema, text, declaredFile(place, earlier));
    const before = await readIfThere(join(config, 'returns', `${earlier}.json`));
    const asked = before === undefined ? undefined : parseFile(returnTemplateSchema, before, `returns/${earlier}.json`);
    found[earlier] = {
      ...Object.fromEntries(Object.entries(declared?.answers ?? {}).map(([id, { answer }]) => [id, answer])),
      ...(declared && asked && populationIn(asked, place)),
    };
    earlier = asked?.previous;
  }
  return found;
}

/**
 * What humans of a place answered for a template, with what they answered in the templates before; undefined when nobody
 * has answered this one, which leaves those questions unanswered. Earlier answers the file itself states come first.
 * @throws ConfigurationError with every problem
 */
export async function loadDeclared(config: string, place: string, template: ReturnTemplate): Promise<Declared | undefined> {
  if (!name.test(place)) return undefined;
  const file = declaredFile(place, template.id);
  const text = await readIfThere(join(config, file));
  if (text === undefined) return undefined;
  const declared = parseFile(declaredSchema, text, file);
  const known = new Set(questionsOf(template).map(({ id }) => id));
  const problems = Object.keys(declared.answers)
    .filter((id) => !known.has(id))
    .map((id) => `${file}: answers ${id}, which the template does not ask`);
  problems.push(
    ...(declared.elsewhere ?? [])
      .filter(({ question }) => !known.has(question))
      .map(({ question }) => `${file}: holds a statement about ${question}, which the template does not ask`),
  );
  if (declared.template !== template.id || declared.place !== place) problems.push(`${file}: is for another template or place`);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...declared, previous: { ...(await earlierAnswers(config, place, template)), ...declared.previous } };
}

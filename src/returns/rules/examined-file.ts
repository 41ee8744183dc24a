import { readFile, stat } from 'node:fs/promises';
import type { LocalDate } from '../../shared/clock.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { faultOfFile, type JsonFault, parseJson } from '../../shared/json-text.ts';
import { assembleReturn } from '../build.ts';
import { type Declared, declaredSchema } from '../declared.ts';
import { earlierAnswers, loadTemplate } from '../load.ts';
import { type Period, type Return, returnSchema } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';
import { readWorkbook } from '../workbook/read.ts';

/** Largest file accepted: a complete return with its evidence is under one megabyte. */
const largest = 16 * 1024 * 1024;

/** A return that somebody handed over, ready to be checked. */
export interface GivenReturn {
  readonly document: Return;
  readonly template: ReturnTemplate;
  /** The day it is judged unless another is asked for: when it was built, or when it was due. */
  readonly at: LocalDate;
}

const unreadable = (where: readonly string[], fault?: JsonFault): GatewayError =>
  new GatewayError(
    'RETURN_UNREADABLE',
    where.length === 0
      ? `The file ${fault === undefined ? 'is not a return' : faultOfFile[fault]}. Give a return.json, a file of declared answers, or a filled-in workbook.`
      : `The file is not a return. Correct: ${where.join('; ')}.`,
  );

/**
 * Declared answers as a return in which nothing was observed: what the people who filled it in say, and no more.
 * @param over the period of a rehearsal; default the template's own
 */
export async function declaredReturn(config: string, declared: Declared, over?: Period): Promise<GivenReturn> {
  const template = await loadTemplate(config, declared.template);
  const { place, answers, elsewhere = [] } = declared;
  const asked = new Set(questionsOf(template).map(({ id }) => id));
  const unasked = [...Object.keys(answers), ...elsewhere.map(({ question }) => question)].filter((id) => !asked.has(id)).length;
  if (unasked > 0) throw unreadable([`answers to questions that the template does not ask (${unasked})`]);
  const at = (template.due ?? template.period.to) as LocalDate;
  const previous = { ...(await earlierAnswers(config, place, template)), ...declared.previous };
  const document = assembleReturn(template, new Map(), {
    declared: { ...declared, previous },
    period: over ?? template.period,
    place,
    placeName: template.places[place]?.name ?? place,
    at,
    registerVersion: null,
    audit: null,
  });
  return { document, template, at };
}

/** A return.json, or a file of declared answers, which are told apart by what they hold. */
async function readJson(config: string, bytes: Buffer): Promise<GivenReturn> {
  const read = parseJson(bytes);
  if ('fault' in read) throw unreadable([], read.fault);
  const { value } = read;
  const isDeclared = typeof value === 'object' && value !== null && 'answers' in value;
  const result = isDeclared ? declaredSchema.safeParse(value) : returnSchema.safeParse(value);
  if (!result.success) throw unreadable(result.error.issues.slice(0, 5).map(({ path }) => path.join('.') || 'the file'));
  if ('answers' in result.data) return declaredReturn(config, result.data);
  const document = result.data;
  return { document, template: await loadTemplate(config, document.template), at: document.builtOn as LocalDate };
}

/** A filled-in workbook, whose answers are all declared: who reads a file cannot tell which of them the gateway saw. */
async function readFilledIn(config: string, bytes: Buffer, place: string | undefined): Promise<GivenReturn> {
  if (place === undefined)
    throw new GatewayError('PLACE_REQUIRED', 'Say with --place whose return the workbook must be.', { exit: exitCode.usage });
  const reading = await readWorkbook(bytes, { place, load: (id) => loadTemplate(config, id) });
  if (!('answers' in reading)) {
    const cells = reading.problems.slice(0, 10).map(({ sheet, cell, code }) => `${sheet}!${cell} (${code})`);
    throw new GatewayError(
      'WORKBOOK_CELLS_WRONG',
      `Cells of the workbook need correcting, so nothing was checked: ${cells.join(', ')}. \`haven return read\` names them all.`,
    );
  }
  const answers = [...reading.answers].map(([id, answer]) => [id, { answer }] as const);
  const { identity } = reading;
  const declared: Declared = {
    template: identity.template,
    place,
    source: 'Filled-in workbook',
    filledBy: 'Author of the workbook',
    answers: Object.fromEntries(answers),
    previous: {},
  };
  return declaredReturn(config, declared, { from: identity.periodFrom, to: identity.periodTo });
}

/** Every .xlsx is a ZIP archive, and no JSON begins like one. */
const isArchive = (bytes: Buffer): boolean => bytes.subarray(0, 2).toString('latin1') === 'PK';

/**
 * Reads what `haven return check` is given: a return.json, a file of declared answers, or a workbook. Needs no database,
 * so whoever receives a return can check it.
 * @param config directory of the configuration, for the template and for the answers of earlier quarters
 * @param place whose return a workbook must be; the other files say it themselves
 * @throws GatewayError RETURN_NOT_FOUND, RETURN_UNREADABLE, WORKBOOK_*, which say where, never what; RETURN_TEMPLATE_UNKNOWN
 */
export async function readGivenReturn(config: string, path: string, place?: string): Promise<GivenReturn> {
  const size = await stat(path).catch((error: unknown) => {
    throw new GatewayError('RETURN_NOT_FOUND', 'The file cannot be read. Check its path.', { cause: error });
  });
  if (size.size > largest) throw unreadable([]);
  const bytes = await readFile(path);
  return isArchive(bytes) ? readFilledIn(config, bytes, place) : readJson(config, bytes);
}

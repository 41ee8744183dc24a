import { fieldsEveryAgreementNeeds } from '../feeds/load.ts';
import type { Issue } from '../feeds/record.ts';
import type { ColumnRole, FeedColumn, FeedSpecification } from '../feeds/specification.ts';
import { GatewayError } from '../shared/errors.ts';
import { ownText } from '../shared/own-text.ts';
import type { Candidate, Tally } from './candidate.ts';
import { createCoder, type SensitiveCodes } from './coding.ts';
import { holdsNhsNumber, mayBeNewCode } from './misplaced.ts';
import type { NumberEnvironment } from './nhs-number.ts';
import { canonicaliser, cellGuidance, entryOf, toPence } from './values.ts';

export interface CsvPlanOptions {
  readonly specification: FeedSpecification;
  readonly header: readonly string[];
  /** Field names the agreement allows to land. */
  readonly allowedFields: ReadonlySet<string>;
  readonly codeLists: ReadonlyMap<string, { find(value: string): string | undefined }>;
  readonly sensitiveCodes: SensitiveCodes;
  readonly numbers: NumberEnvironment;
  readonly dropped: Tally;
  readonly warn: (issue: Issue) => void;
}

export type RowReader = (cells: readonly string[], row: number) => Candidate;

/** Columns whose values repeat: their answers are remembered, so that a million rows cost a few thousand checks. */
const repeating = new Set<FeedColumn['type']>(['code', 'date', 'time', 'boolean', 'integer', 'organisation']);
const rememberedValues = 20_000;
/** Longer values are not remembered: a cell may be a megabyte long, and twenty thousand of them would be all the memory there is. */
const rememberedLength = 40;

/** Roles that are read although they never land as sent; the agreement must list their columns all the same. */
const neverKept: readonly ColumnRole[] = ['free-text', 'identifier'];

interface Cell {
  readonly at: number;
  readonly column: FeedColumn;
  read(raw: string): string;
}

/** Marks a canonical value that is really a rule the cell broke: no canonical text begins with this character. */
const broken = '\u0001';

/**
 * Compiles a data set specification, a header and an allow-list into one function from cells to candidate, so that all
 * questions that do not depend on the row are asked once a file. Columns the agreement does not list are never read,
 * only counted.
 *
 * @throws GatewayError HEADER_COLUMN_MISSING, HEADER_NOT_THIS_DATA_SET, FIELDS_NOT_LISTED
 */
export function compileCsvPlan(options: CsvPlanOptions): RowReader {
  const { specification, header, allowedFields, dropped, warn } = options;
  const located = locateColumns(specification, header);
  const kept: Cell[] = [];
  const counted: { at: number; reason: string }[] = [];
  for (const [at, column] of located.entries()) {
    if (!column) counted.push({ at, reason: 'COLUMN_NOT_IN_DATA_SET' });
    else if (column.role && neverKept.includes(column.role))
      counted.push({ at, reason: column.role === 'free-text' ? 'FREE_TEXT' : 'IDENTIFIER_NOT_NEEDED' });
    else if (!allowedFields.has(column.name)) counted.push({ at, reason: 'FIELD_NOT_IN_AGREEMENT' });
    else kept.push(compileCell(at, column, specification, options));
  }
  const values: string[] = new Array<string>(kept.length).fill('');
  const slotOf = new Map(kept.map((cell, slot) => [cell.column.name, slot]));
  const slot = (name: string | undefined): number => (name === undefined ? -1 : (slotOf.get(name) ?? -1));
  const roleSlot = (role: ColumnRole): number => kept.findIndex((cell) => cell.column.role === role);
  const valueAt = (index: number): string => (index < 0 ? '' : (values[index] ?? ''));

  const nhsNumber = roleSlot('nhs-number');
  const localPatientId = roleSlot('local-patient-id');
  if (nhsNumber < 0 && localPatientId < 0) {
    throw new GatewayError(
      'FIELDS_NOT_LISTED',
      'The agreement does not list the field that carries the NHS number, so no record of this flow can be linked.',
      { status: 403 },
    );
  }
  refuseUndecidable(specification, allowedFields, nhsNumber >= 0);
  const slots = {
    status: roleSlot('nhs-number-status'),
    superseded: roleSlot('superseded-by-nhs-number'),
    birth: roleSlot('birth-date'),
    death: roleSlot('death-date'),
    sex: roleSlot('sex'),
    ethnic: roleSlot('ethnic-category'),
    postcode: roleSlot('postcode'),
    practice: roleSlot('practice'),
    registered: roleSlot('registered-from'),
    sourceAt: roleSlot('source-timestamp'),
  };
  const event = specification.event;
  if (!event)
    throw new GatewayError('FEED_WITHOUT_EVENT', 'The data set specification does not say how a row becomes an event.', { status: 500 });
  const keyFields = [...specification.naturalKey, ...specification.naturalKeyWhereGiven];
  const key = keyFields.map(slot);
  const alwaysGiven = specification.naturalKey.length;
  const absentKey = (row: number, sourceId: readonly string[]): Issue | undefined => {
    const absent = specification.naturalKey.find((_, part) => sourceId[part] === '');
    return absent === undefined ? undefined : issue(row, absent, 'SOURCE_ID_ABSENT');
  };
  const start = event.start.map(slot);
  const end = event.end.map(slot);
  const ready = slot(event.ready);
  const provider = slot(event.provider);
  const cost = event.cost ? { at: slot(event.cost.column), unit: event.cost.unit } : undefined;
  const kindAt = slot(event.kindFrom?.column);
  const deletion = specification.deletion;
  const tombstone =
    deletion.rule === 'tombstone'
      ? { at: slot(deletion.column), values: new Set(deletion.values.map((value) => value.toLowerCase())) }
      : undefined;
  const period = deletion.rule === 'latest-submission' ? slot(deletion.period) : -1;
  const withhold = specification.withhold.map(({ reason, when, whenEmpty }) => ({
    reason,
    at: slot(when.column),
    emptyToo: whenEmpty === 'withhold',
    test: compileCondition(when, slot(when.column)),
  }));
  const checks = specification.checks.map((check) => ({
    ...check,
    at: slot(check.column),
    test: check.check === 'required-when' ? compileCondition(check.when, slot(check.when.column)) : undefined,
    earlierAt: check.check === 'not-before' ? slot(check.earlier) : -1,
  }));
  const codes = event.codes
    .map((mapping) => ({
      at: slot(mapping.column),
      separator: mapping.separator,
      code: createCoder(mapping.system, options.sensitiveCodes),
      column: mapping.column,
    }))
    .filter(({ at }) => at >= 0);
  const attributes = event.attributes
    .map((name) => ({ at: slot(name), prefix: `${JSON.stringify(name)}:`, bare: isBare(kept[slot(name)]?.column) }))
    .filter(({ at }) => at >= 0);

  const moment = (parts: readonly number[]): string => {
    const date = valueAt(parts[0] ?? -1);
    const time = parts.length > 1 ? valueAt(parts[1] ?? -1) : '';
    return date !== '' && time !== '' ? `${date} ${time}` : date;
  };

  return (cells, row) => {
    for (const { at, reason } of counted) if (cells[at] !== '') dropped.add(reason);
    let error: Issue | undefined;
    let unread: number[] | undefined;
    for (let index = 0; index < kept.length; index++) {
      const cell = kept[index] as Cell;
      const value = cell.read(cells[cell.at] as string);
      values[index] = value;
      if (value === '') {
        if (cell.column.required && !error) error = issue(row, cell.column.name, 'REQUIRED_FIELD_EMPTY');
      } else if (value.charCodeAt(0) === 1) {
        const colon = value.indexOf(':');
        values[index] = colon < 0 ? '' : value.slice(colon + 1);
        const found = issue(row, cell.column.name, value.slice(1, colon < 0 ? undefined : colon));
        if (colon < 0) {
          error ??= found;
          unread = unread === undefined ? [index] : [...unread, index];
        } else warn({ ...found, severity: 'warning' });
      }
    }
    const sourceId: string[] = new Array<string>(key.length);
    for (let part = 0; part < key.length; part++) {
      const value = valueAt(key[part] as number);
      if (value === '' && part < alwaysGiven && !error) error = issue(row, specification.naturalKey[part] as string, 'SOURCE_ID_ABSENT');
      sourceId[part] = value;
    }
    const deleted = tombstone ? tombstone.values.has(valueAt(tombstone.at).toLowerCase()) : false;
    // Who deletes a record often sends its key and no more; a required field of a record that is gone is nobody's loss.
    if (deleted && error && !keyFields.includes(error.field)) error = absentKey(row, sourceId);
    const startedAt = moment(start);
    if (!error && !deleted) {
      if (startedAt === '' && event.kind !== 'demographics') error = issue(row, event.start[0] ?? event.kind, 'EVENT_START_ABSENT');
      for (const check of checks) {
        const value = valueAt(check.at);
        const wrong = check.test ? value === '' && check.test(values) : isBefore(value, valueAt(check.earlierAt));
        if (!wrong) continue;
        const found: Issue = { row, field: check.column, rule: check.rule, severity: check.severity, guidance: check.guidance };
        if (check.severity === 'warning') warn(found);
        else error ??= found;
      }
    }
    let codeText = '';
    let sensitive = false;
    for (const mapping of codes) {
      const raw = valueAt(mapping.at);
      if (raw === '') continue;
      for (const part of mapping.separator ? raw.split(mapping.separator) : [raw]) {
        const coded = mapping.code(part);
        if (!coded) {
          if (part.trim() !== '') warn({ ...issue(row, mapping.column, 'CODE_INVALID'), severity: 'warning' });
          continue;
        }
        if (coded.sensitive) sensitive = true;
        codeText += codeText === '' ? coded.code : `,${coded.code}`;
      }
    }
    let attributeText = '';
    for (const attribute of attributes) {
      const value = valueAt(attribute.at);
      if (value === '') continue;
      attributeText += `${attributeText === '' ? '{' : ','}${attribute.prefix}${attribute.bare ? value : quote(value)}`;
    }
    let withheld = '';
    for (const rule of withhold) {
      if (withheld !== '') break;
      // Not known is withheld. A tombstone often has no more than its key, and takes its record away whatever that was.
      const unknown = !deleted && rule.at >= 0 && ((rule.emptyToo && values[rule.at] === '') || unread?.includes(rule.at) === true);
      if (unknown || rule.test(values)) withheld = rule.reason;
    }
    const local = valueAt(localPatientId);
    const number = valueAt(nhsNumber);
    return {
      row,
      nhsNumber: number,
      nhsNumberStatus: valueAt(slots.status),
      supersededBy: valueAt(slots.superseded),
      localPatientId: local,
      aliases: [],
      refersToPatient: number === '' && local !== '',
      introducesPatient: number !== '' && local !== '',
      birthDate: valueAt(slots.birth),
      deathDate: valueAt(slots.death),
      sex: valueAt(slots.sex),
      ethnicCategory: valueAt(slots.ethnic),
      postcode: valueAt(slots.postcode),
      practice: valueAt(slots.practice),
      registeredFrom: valueAt(slots.registered),
      sourceId,
      sourceAt: valueAt(slots.sourceAt),
      deleted,
      kind: entryOf(event.kindFrom?.values, valueAt(kindAt)) ?? event.kind,
      start: startedAt,
      end: moment(end),
      ready: valueAt(ready).slice(0, 10),
      provider: valueAt(provider),
      codes: codeText === '' ? '' : `{${codeText}}`,
      sensitive,
      costPence: cost ? toPence(valueAt(cost.at), cost.unit) : '',
      attributes: attributeText === '' ? '' : `${attributeText}}`,
      period: valueAt(period),
      withhold: withheld,
      error,
    };
  };
}

const issue = (row: number, field: string, rule: string): Issue => ({
  row,
  field,
  rule,
  severity: 'error',
  guidance: cellGuidance[rule] ?? 'Correct the value at its source.',
});

const isBare = (column: FeedColumn | undefined): boolean => column?.type === 'integer' || column?.type === 'boolean';

const needsEscape = /["\\\p{Cc}\p{Cs}\u2028\u2029]/u;
const quote = (value: string): string => (needsEscape.test(value) ? JSON.stringify(value) : `"${value}"`);

/** Compares ISO moments at the precision both have: a discharge date is not before an admission time of the same day. */
function isBefore(later: string, earlier: string): boolean {
  if (later === '' || earlier === '') return false;
  const precision = Math.min(later.length, earlier.length);
  return later.slice(0, precision) < earlier.slice(0, precision);
}

function compileCondition(when: { is: 'not-empty' | string[] }, at: number): (values: readonly string[]) => boolean {
  if (at < 0) return () => false;
  if (when.is === 'not-empty') return (values) => values[at] !== '';
  const wanted = new Set(when.is.map((value) => value.toLowerCase()));
  return (values) => wanted.has((values[at] ?? '').toLowerCase());
}

/** Roles whose values are only ever hashed. */
const hashedRoles: readonly (ColumnRole | undefined)[] = ['nhs-number', 'superseded-by-nhs-number', 'local-patient-id'];
const calendarTypes: readonly FeedColumn['type'][] = ['date', 'date-time', 'time', 'boolean'];

/** Whether a value of this column can reach the environment as it was sent. */
function canLand({ name, role, type }: FeedColumn, specification: FeedSpecification): boolean {
  if (hashedRoles.includes(role) || calendarTypes.includes(type)) return false;
  const { event, deletion, naturalKey, naturalKeyWhereGiven } = specification;
  if (!naturalKey.includes(name) && !naturalKeyWhereGiven.includes(name)) return true;
  const period = deletion.rule === 'latest-submission' ? deletion.period : undefined;
  const coded = event?.codes.map(({ column }) => column) ?? [];
  return [event?.provider, period, ...(event?.attributes ?? []), ...coded].includes(name);
}

function compileCell(at: number, column: FeedColumn, specification: FeedSpecification, options: CsvPlanOptions): Cell {
  const nothing = new Set(column.nullValues ? [...specification.nullValues, ...column.nullValues] : specification.nullValues);
  const list = column.codeList === undefined ? undefined : options.codeLists.get(column.codeList);
  const canonical = canonicaliser(column);
  const guarded = canLand(column, specification);
  const pattern = column.pattern === undefined ? undefined : new RegExp(column.pattern, 'u');
  const compute = (raw: string): string => {
    const trimmed = raw.trim();
    if (trimmed === '' || nothing.has(trimmed)) return '';
    const mapped = entryOf(column.map, trimmed) ?? trimmed;
    const { value, rule } = canonical(mapped);
    if (value === undefined) return broken + rule;
    if (guarded && holdsNhsNumber(value, options.numbers)) return `${broken}NHS_NUMBER_IN_OTHER_FIELD`;
    // What does not look like a code of its column may be a name or a date of birth: the row lands without it.
    if (pattern && !pattern.test(value)) return `${broken}CODE_SHAPE:`;
    if (column.codeList === undefined) return value;
    const listed = list?.find(value);
    if (listed !== undefined) return listed;
    if (column.onUnknownCode !== 'warn') return `${broken}CODE_UNKNOWN`;
    // Where the specification asks for a warning only, the row lands, and with it a code that may be newer than our list.
    return `${broken}CODE_UNKNOWN:${mayBeNewCode(value) ? value : ''}`;
  };
  if (!repeating.has(column.type)) return { at, column, read: (raw) => (raw === '' ? '' : compute(raw)) };
  const remembered = new Map<string, string>();
  // Many columns say the same row after row: to compare two short texts costs less than to look one up.
  let last = '';
  let lastValue = '';
  const read = (raw: string): string => {
    if (raw === last) return lastValue;
    if (raw.length > rememberedLength) return compute(raw);
    let value = raw === '' ? '' : remembered.get(raw);
    if (value === undefined) {
      const own = ownText(raw);
      value = compute(own);
      if (remembered.size >= rememberedValues) remembered.clear();
      remembered.set(own, value);
    }
    last = raw;
    lastValue = value;
    return value;
  };
  return { at, column, read };
}

/** Which column of the data set each header cell is; headers are matched exactly first, then without case and punctuation. */
function locateColumns(specification: FeedSpecification, header: readonly string[]): readonly (FeedColumn | undefined)[] {
  const exact = new Map<string, FeedColumn>();
  const loose = new Map<string, FeedColumn>();
  for (const column of specification.columns) {
    for (const name of [column.name, ...column.aliases]) {
      exact.set(name, column);
      loose.set(loosen(name), column);
    }
  }
  const taken = new Set<FeedColumn>();
  const take = (column: FeedColumn | undefined): FeedColumn | undefined => {
    if (!column || taken.has(column)) return undefined;
    taken.add(column);
    return column;
  };
  refuseTwoNumbers(header, exact);
  const byName = header.map((name) => take(exact.get(name)));
  const located = header.map((name, at) => byName[at] ?? take(loose.get(loosen(name))));
  if (taken.size === 0) {
    throw new GatewayError(
      'HEADER_NOT_THIS_DATA_SET',
      `No column of the header belongs to ${specification.title}. Check that the file was sent to the right flow, begins with a header line, and has ${separators(specification)} between its values.`,
    );
  }
  const missing = specification.columns.filter((column) => column.mustBePresent && !taken.has(column)).map(({ name }) => name);
  if (missing.length > 0)
    throw new GatewayError('HEADER_COLUMN_MISSING', `The header lacks ${missing.join(', ')}. Send the file again with these columns.`);
  return located;
}

/** Other columns may come under several names, as HES sends its provider; which of two says who the patient is may not be guessed. */
function refuseTwoNumbers(header: readonly string[], exact: ReadonlyMap<string, FeedColumn>): void {
  const numbers = header.flatMap((name) => exact.get(name) ?? []).filter(({ role }) => role === 'nhs-number');
  if (numbers.length < 2) return;
  throw new GatewayError('CSV_HEADER_DUPLICATE', `Two columns of the header both mean ${numbers[0]?.name}. Send only one of them.`);
}

const separators = ({ delimiters }: FeedSpecification): string =>
  delimiters.map((delimiter) => (delimiter === '\t' ? 'a tab' : `"${delimiter}"`)).join(' or ');

const loosen = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * A column that decides what may land and is not listed would be dropped unread, and its rule with it: a record marked
 * confidential would land like any other. So nothing of such a flow lands. (The number may be absent where the sender's own
 * id says who it is.)
 */
function refuseUndecidable(specification: FeedSpecification, allowedFields: ReadonlySet<string>, readsNumber: boolean): void {
  const about: readonly (ColumnRole | undefined)[] = readsNumber ? [] : ['nhs-number', 'nhs-number-status'];
  const roles = new Map(specification.columns.map(({ name, role }) => [name, role]));
  const absent = fieldsEveryAgreementNeeds(specification).filter(
    (name) => !allowedFields.has(name) && !(roles.get(name) !== undefined && about.includes(roles.get(name))),
  );
  if (absent.length === 0) return;
  throw new GatewayError(
    'FIELDS_NOT_LISTED',
    `The agreement does not list fields that decide what may land: ${absent.join(', ')}. Have it list them, or nothing of this flow can land.`,
    { status: 403 },
  );
}

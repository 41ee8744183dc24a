import type { CodeList } from './code-lists.ts';
import type { ColumnRole, FeedColumn, FeedSpecification } from './specification.ts';

/** Roles that many columns may have; every other role belongs to one column, or nobody knows which one is meant. */
const repeatable: readonly ColumnRole[] = ['source-id', 'free-text', 'identifier'];
/** Roles whose values identify a person or a record: as an attribute they would rest in the clear. */
const identifying: readonly ColumnRole[] = [
  'nhs-number',
  'superseded-by-nhs-number',
  'local-patient-id',
  'birth-date',
  'death-date',
  'postcode',
  'source-id',
  'free-text',
  'identifier',
];
const neverRead: readonly ColumnRole[] = ['free-text', 'identifier'];
const dateTypes: readonly FeedColumn['type'][] = ['date', 'date-time', 'time'];
const typeOfRole: Partial<Record<ColumnRole, readonly FeedColumn['type'][]>> = {
  'nhs-number': ['nhs-number'],
  'superseded-by-nhs-number': ['nhs-number'],
  postcode: ['postcode'],
  practice: ['organisation'],
  'birth-date': ['date'],
  'death-date': ['date'],
  'registered-from': ['date'],
  'source-timestamp': ['date', 'date-time'],
};

const loosen = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** What a JSON Schema cannot say about a specification: that its parts fit each other. Empty when they do. */
export function crossCheck(feed: FeedSpecification, lists: ReadonlyMap<string, CodeList>): readonly string[] {
  if (feed.format === 'fhir-r4') {
    return feed.columns.length > 0 || feed.event
      ? ['a FHIR specification has neither columns nor an event: the reader is the mapping']
      : [];
  }
  const columns = new Map(feed.columns.map((column) => [column.name, column]));
  return [
    ...checkNames(feed),
    ...feed.columns.flatMap((column) => checkColumn(column, lists)),
    ...checkRoles(feed),
    ...checkUses(feed, columns),
    ...checkEvent(feed, columns),
  ];
}

function checkNames(feed: FeedSpecification): string[] {
  const owner = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, aliases } of feed.columns) {
    for (const header of [name, ...aliases]) {
      // The reader also matches headers without case and punctuation, so they must differ in more than that.
      const other = owner.get(loosen(header));
      if (other !== undefined && other !== name) problems.push(`column ${name}: the header "${header}" could also mean ${other}`);
      owner.set(loosen(header), name);
    }
  }
  if (new Set(feed.columns.map(({ name }) => name)).size !== feed.columns.length) problems.push('two columns have the same name');
  return problems;
}

function checkColumn(column: FeedColumn, lists: ReadonlyMap<string, CodeList>): string[] {
  const problems: string[] = [];
  const list = column.codeList === undefined ? undefined : lists.get(column.codeList);
  if (column.codeList !== undefined && !list) problems.push(`column ${column.name}: there is no code list ${column.codeList}`);
  for (const target of Object.values(column.map ?? {})) {
    if (list && !list.has(target)) problems.push(`column ${column.name}: the map leads to ${target}, which is not in ${list.id}`);
  }
  if (column.formats && !dateTypes.includes(column.type)) problems.push(`column ${column.name}: only dates and times have formats`);
  if (column.pattern !== undefined && !isPattern(column)) {
    problems.push(`column ${column.name}: a pattern is a regular expression from ^ to $, of a code or text column without a code list`);
  }
  const expected = column.role && typeOfRole[column.role];
  if (expected && !expected.includes(column.type))
    problems.push(`column ${column.name}: the role ${column.role} needs the type ${expected.join(' or ')}`);
  return problems;
}

function isPattern({ pattern = '', type, codeList }: FeedColumn): boolean {
  if (!pattern.startsWith('^') || !pattern.endsWith('$') || codeList !== undefined || (type !== 'code' && type !== 'text')) return false;
  try {
    return !new RegExp(pattern, 'u').test('');
  } catch {
    return false;
  }
}

function checkRoles(feed: FeedSpecification): string[] {
  const problems: string[] = [];
  const seen = new Map<ColumnRole, string>();
  for (const { name, role } of feed.columns) {
    if (!role || repeatable.includes(role)) continue;
    const other = seen.get(role);
    if (other) problems.push(`column ${name}: ${other} already has the role ${role}`);
    seen.set(role, name);
  }
  if (!seen.has('nhs-number') && !seen.has('local-patient-id')) problems.push('no column says who the record is about');
  return problems;
}

/** Every place that names a column, with what that column must be. */
function checkUses(feed: FeedSpecification, columns: ReadonlyMap<string, FeedColumn>): string[] {
  const problems: string[] = [];
  const use = (where: string, name: string | undefined, wanted: { types?: readonly FeedColumn['type'][]; always?: boolean } = {}): void => {
    if (name === undefined) return;
    const column = columns.get(name);
    if (!column) problems.push(`${where}: there is no column ${name}`);
    else if (column.role && neverRead.includes(column.role)) problems.push(`${where}: ${name} is ${column.role} and is never read`);
    else if (wanted.types && !wanted.types.includes(column.type)) problems.push(`${where}: ${name} must be ${wanted.types.join(' or ')}`);
    // A file without the column could not be judged, and would land what must not.
    else if (wanted.always && !column.mustBePresent) problems.push(`${where}: ${name} decides what may land, so it needs mustBePresent`);
  };
  if (feed.naturalKey.length === 0) problems.push('naturalKey: a record needs a key of its own, or sending it again would land it twice');
  for (const name of feed.naturalKey) use('naturalKey', name, { always: true });
  for (const name of feed.naturalKeyWhereGiven) use('naturalKeyWhereGiven', name);
  if (feed.deletion.rule === 'tombstone') use('deletion', feed.deletion.column, { always: true });
  if (feed.deletion.rule === 'latest-submission') use('deletion', feed.deletion.period, { always: true });
  for (const { reason, when } of feed.withhold) use(`withhold ${reason}`, when.column, { always: true });
  for (const check of feed.checks) {
    use(`check ${check.rule}`, check.column, check.check === 'not-before' ? { types: dateTypes } : {});
    if (check.check === 'not-before') use(`check ${check.rule}`, check.earlier, { types: dateTypes });
    else use(`check ${check.rule}`, check.when.column);
  }
  const event = feed.event;
  for (const name of [...(event?.start ?? []), ...(event?.end ?? [])]) use('event', name, { types: dateTypes });
  use('event.ready', event?.ready, { types: dateTypes });
  problems.push(...checkMoments(feed, columns));
  use('event.provider', event?.provider);
  use('event.kindFrom', event?.kindFrom?.column);
  use('event.cost', event?.cost?.column, { types: ['money', 'decimal', 'integer'] });
  for (const { column } of event?.codes ?? []) use('event.codes', column);
  for (const name of event?.attributes ?? []) use('event.attributes', name);
  return problems;
}

/** What becomes a moment begins with a whole day: a month, or a time without its day, is no place in a journey. */
function checkMoments({ event, columns: all }: FeedSpecification, columns: ReadonlyMap<string, FeedColumn>): string[] {
  const problems: string[] = [];
  const written = all.find(({ role }) => role === 'source-timestamp')?.name;
  for (const [first, second] of [event?.start ?? [], event?.end ?? [], [event?.ready], [written]]) {
    const [day, time] = [columns.get(first ?? ''), columns.get(second ?? '')];
    if (day && (day.type === 'time' || day.formats?.some((format) => !format.includes('DD'))))
      problems.push(`event: ${day.name} must be a day, or a day and its time`);
    if (day && time && (time.type !== 'time' || day.type !== 'date' || day.formats?.some((format) => format.includes('HH'))))
      problems.push(`event: ${day.name} and ${time.name} must be a day and a time`);
  }
  return problems;
}

function checkEvent(feed: FeedSpecification, columns: ReadonlyMap<string, FeedColumn>): string[] {
  const event = feed.event;
  if (!event) return ['event: the specification does not say how a row becomes an event'];
  const problems: string[] = [];
  if (event.start.length === 0 && event.kind !== 'demographics') problems.push('event.start: only demographics have no start');
  for (const name of event.attributes) {
    const role = columns.get(name)?.role;
    if (role && identifying.includes(role)) problems.push(`event.attributes: ${name} is ${role} and may not rest in the clear`);
  }
  return problems;
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Transaction } from '../database/query.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import { type ArrivingRow, type ArrivingRows, type CheckedObjection, checkObjection } from './arriving.ts';

/** What became of the rows of a list: `received = recorded + unchanged + quarantined`, to the row. */
export interface Recorded {
  readonly received: number;
  readonly recorded: number;
  /** Of those recorded, how many end an objection. */
  readonly withdrawn: number;
  readonly unchanged: number;
  readonly quarantined: Readonly<Record<string, number>>;
  /** Which rows of the list those were, the first of them: an objection that cannot be read is one that is not honoured. */
  readonly problems: readonly RowProblem[];
}

/** `row` counts the records below the header from 1, as the row report of a delivery does. */
export interface RowProblem {
  readonly row: number;
  readonly rule: string;
}

export interface RecordOptions {
  readonly clock: Clock;
  readonly place?: string | undefined;
}

const chunkLength = 65_536;
/** A list with more rows than this that cannot be used is a wrong list, and the counts say so. */
const mostProblems = 100;
/** SQLSTATE of PostgreSQL: somebody added the same row first. */
const uniqueViolation = '23505';
/** Rows after which the statistics of the register of objections are made again at once. */
const worthCounting = 500;

/**
 * Adds objections to the register of objections, all or none: streamed by COPY into a table of this transaction, then
 * merged by one statement. Sending a list again, or an older one, changes nothing.
 */
export async function recordObjections(tx: Transaction, rows: ArrivingRows, options: RecordOptions): Promise<Recorded> {
  // A list of 175,000 rows is sorted and joined in memory; with the usual 4 MB every step of it goes through files.
  await tx.query(`set local work_mem = '64MB'`);
  await tx.query(
    `create temporary table arrived (
       landing_pseudonym text collate "C", kind text, set_on date, withdrawn_on date, ends_only boolean, source text,
       about environment.setting, purpose text, recorded_in environment.setting, evidence text, decided_by text
     ) on commit drop`,
  );
  let received = 0;
  const quarantined: Record<string, number> = {};
  const problems: RowProblem[] = [];
  async function* lines(): AsyncGenerator<string> {
    let text = '';
    for await (const some of rows) {
      for (const row of Array.isArray(some) ? (some as readonly ArrivingRow[]) : [some as ArrivingRow]) {
        received += 1;
        const checked = 'quarantine' in row ? row : checkObjection(row);
        if (!('quarantine' in checked)) text += line(checked);
        else {
          quarantined[checked.quarantine] = (quarantined[checked.quarantine] ?? 0) + 1;
          if (problems.length < mostProblems) problems.push({ row: received, rule: checked.quarantine });
        }
      }
      if (text.length < chunkLength) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }
  await pipeline(Readable.from(lines()), tx.query(copyFrom('copy arrived from stdin')));
  await tx.query('set local default_statistics_target = 10');
  await tx.query('analyze arrived (landing_pseudonym, set_on, withdrawn_on)');
  const { recorded, withdrawn } = await merge(tx, options);
  // With the statistics of an empty table the planner would compare everybody with everybody.
  await tx.query('set local default_statistics_target to default');
  if (recorded > worthCounting) await tx.query('analyze objections.objection');
  await tx.query('drop table arrived');
  const unusable = Object.values(quarantined).reduce((sum, n) => sum + n, 0);
  return { received, recorded, withdrawn, unchanged: received - unusable - recorded, quarantined, problems };
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** COPY text format; of these values only the evidence is written by people. */
const orNull = (value: string | null): string => value?.replace(/[\\\t\n\r]/g, (character) => escapes[character] as string) ?? '\\N';

const line = (row: CheckedObjection): string =>
  `${row.landingPseudonym}\t${row.kind}\t${orNull(row.setOn)}\t${orNull(row.withdrawnOn)}\t${row.endsOnly ? 't' : 'f'}\t${row.source}\t${orNull(row.about)}\t${orNull(row.purpose)}\t${orNull(row.recordedIn)}\t${orNull(row.evidence)}\t${orNull(row.decidedBy)}\n`;

/** What makes two objections the same one: the constraint objection_said_once. $1 is the day of those that tell none. */
const saidOnce = (row: string): string =>
  ['landing_pseudonym', 'kind', 'set_on', 'source', 'about', 'purpose', 'ends_only']
    .map((column) => (column === 'set_on' ? `coalesce(${row}.set_on, $1::date)` : `${row}.${column}`))
    .join(', ');

/** Adds what is new and what changed; gives how many rows that was. */
async function merge(tx: Transaction, { clock, place }: RecordOptions): Promise<{ recorded: number; withdrawn: number }> {
  const at = localDate(clock.now());
  // A list without dates says "in force": news only where it is not in force already.
  await tx.query(
    `delete from arrived a using objections.objection o
     where a.set_on is null and o.landing_pseudonym = a.landing_pseudonym and o.kind = a.kind and o.source = a.source
       and o.about is not distinct from a.about and o.purpose is not distinct from a.purpose
       and exists (select from objections.standing($1::date) s where s.objection_no = o.objection_no)`,
    [at],
  );
  // Silence never takes a withdrawal back, and of two withdrawals the later holds: the order of lists does not matter. What
  // is new goes in first, withdrawals before the rest; what was said before is updated after it.
  const withdrawn = await addNew(tx, { at, place, recordedAt: clock.now(), withdrawn: true });
  const set = await addNew(tx, { at, place, recordedAt: clock.now(), withdrawn: false });
  const { rowCount: later } = await tx.query(
    `update objections.objection o set withdrawn_on = a.withdrawn_on
     from (select ${saidOnce('a')}, max(a.withdrawn_on) as withdrawn_on from arrived a where a.withdrawn_on is not null group by ${saidOnce('a')})
       as a (landing_pseudonym, kind, set_on, source, about, purpose, ends_only, withdrawn_on)
     where o.landing_pseudonym = a.landing_pseudonym and o.kind = a.kind and o.set_on = a.set_on and o.source = a.source
       and o.about is not distinct from a.about and o.purpose is not distinct from a.purpose and o.ends_only = a.ends_only
       and (o.withdrawn_on is null or o.withdrawn_on < a.withdrawn_on)`,
    [at],
  );
  return { recorded: withdrawn + set + (later ?? 0), withdrawn: withdrawn + (later ?? 0) };
}

interface Addition {
  /** The day of those that tell none. */
  readonly at: LocalDate;
  readonly place: string | undefined;
  readonly recordedAt: Date;
  /** Which rows of the list: those that are withdrawn, or the others. */
  readonly withdrawn: boolean;
}

/**
 * Adds what is not known yet; gives how many rows that was. Whoever says the same at this moment makes it start again with
 * "on conflict", which waits for them: for 175,000 rows that nobody else says it costs half as much again.
 */
async function addNew(tx: Transaction, { at, place, recordedAt, withdrawn }: Addition): Promise<number> {
  const add = async (onConflict: string): Promise<number> => {
    const { rowCount } = await tx.query(
      `insert into objections.objection
         (landing_pseudonym, kind, set_on, withdrawn_on, ends_only, source, about, purpose, recorded_in, evidence, decided_by, place, recorded_at)
       select distinct on (${saidOnce('a')})
         a.landing_pseudonym, a.kind, coalesce(a.set_on, $1::date), a.withdrawn_on, a.ends_only, a.source, a.about, a.purpose,
         a.recorded_in, a.evidence, a.decided_by, $2, $3
       from arrived a
       where (a.withdrawn_on is not null) = $4 and not exists (
         select from objections.objection o
         where o.landing_pseudonym = a.landing_pseudonym and o.kind = a.kind and o.set_on = coalesce(a.set_on, $1::date)
           and o.source = a.source and o.about is not distinct from a.about and o.purpose is not distinct from a.purpose
           and o.ends_only = a.ends_only)
       order by ${saidOnce('a')}, a.withdrawn_on desc
       ${onConflict}`,
      [at, place ?? null, recordedAt, withdrawn],
    );
    return rowCount ?? 0;
  };
  await tx.query('savepoint nobody_else');
  try {
    const added = await add('');
    await tx.query('release savepoint nobody_else');
    return added;
  } catch (error) {
    if ((error as { code?: unknown }).code !== uniqueViolation) throw error;
    await tx.query('rollback to savepoint nobody_else');
    return await add('on conflict on constraint objection_said_once do nothing');
  }
}

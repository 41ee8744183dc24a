import type { Pool } from 'pg';
import { type Queryable, type Transaction, transaction } from '../../database/query.ts';
import { addJob } from '../../jobs/add-job.ts';
import type { PlaceRegister, Register } from '../../register/register.ts';
import { type LocalDate, localDate } from '../../shared/clock.ts';
import { listTemplates, loadTemplate } from '../load.ts';
import type { Return } from '../return.ts';
import { saveBuild } from '../save.ts';
import type { ReturnTemplate } from '../template.ts';
import { digestOfNews, digestOfSight } from './digest.ts';
import type { ReturnKey } from './history.ts';
import { missingAnswers } from './missing.ts';
import { authorsOf, issueNotice } from './notices.ts';
import { carryForward, proposeAnswers } from './proposals.ts';
import { buildNow, countFirst, type RefreshParts } from './refresh.ts';
import { isFrozen } from './state.ts';
import { listVersions, readBuild, type Version } from './version.ts';
import { describeDifference } from './words.ts';

export interface PopulateParts extends RefreshParts {
  readonly gateway: Pool;
  register(): Promise<Register>;
}

export type Populated = 'nothing new' | 'populated' | 'late-data' | 'late-after-sign-off';

/** How long after its period a return without a due date is populated by itself, and late data are looked for. */
const populatedWithin = 92;
const lookedAfter = 366;

/** The gateway itself, as history and log name it. */
const haven = 'haven';

const addDays = (date: string, days: number): string => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** Is a return of this template made by itself on this day: after its period, until it is due? */
export const isMadeOn = ({ period, due }: Pick<ReturnTemplate, 'period' | 'due'>, at: LocalDate): boolean =>
  period.to < at && at <= (due ?? addDays(period.to, populatedWithin));

/**
 * Populates what is due to be populated, place by place and template by template, each in a transaction of its own, so that
 * a job that dies goes on where it stopped. A return that failed does not keep the others from being made.
 * @throws the first failure, at the end
 */
export async function populateReturns(parts: PopulateParts): Promise<Map<string, Populated>> {
  const register = await parts.register();
  const at = localDate(parts.clock.now());
  const done = new Map<string, Populated>();
  const failures: unknown[] = [];
  let counting: Promise<void> | undefined;
  const counted = (): Promise<void> => {
    counting ??= countFirst(parts);
    return counting;
  };
  for (const id of await listTemplates(parts.configDirectory)) {
    const template = await loadTemplate(parts.configDirectory, id);
    // Before its period ends nothing is told, and long after it nobody waits for it any more.
    if (at <= template.period.to || at > addDays(template.period.to, lookedAfter)) continue;
    await counted();
    for (const place of register.places.values()) {
      const key = { place: place.place.id, template: id };
      try {
        done.set(`${key.place}/${id}`, await transaction(parts.gateway, (tx) => populate(tx, parts, { key, place, template, at })));
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

interface Asked {
  readonly key: ReturnKey;
  readonly place: PlaceRegister;
  readonly template: ReturnTemplate;
  readonly at: LocalDate;
}

async function populate(tx: Transaction, parts: PopulateParts, asked: Asked): Promise<Populated> {
  const { key, template, at } = asked;
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const last = (await listVersions(tx, key)).at(-1);
  if (last === undefined && !(isMadeOn(template, at) && template.places[key.place] !== undefined)) return 'nothing new';
  const [seen, looked] = [await readSeen(tx, key.place), await lastSeen(tx, key)];
  if (last !== undefined && looked === seen) return 'nothing new';
  const { document, marks } = await buildNow(tx, parts, key);
  await tx.query(
    `insert into returns.looked as l (place, template, seen, looked_at) values ($1, $2, $3, $4)
     on conflict (place, template) do update set seen = excluded.seen, looked_at = excluded.looked_at`,
    [key.place, key.template, seen, parts.clock.now()],
  );
  if (last !== undefined && isFrozen(last.state)) return tellFrozen(tx, parts, asked, last, document);
  if (last === undefined) {
    const { version = 1 } = await saveBuild(tx, document, haven, parts.clock, marks);
    await proposeEarlier(tx, parts, asked, document);
    await addJob(tx, 'follow-returns', {}, { key: 'follow-returns' });
    return tell(tx, parts, asked, { kind: 'populated', version, news: digestOfNews(document), changed: [], document });
  }
  const held = await readBuild(tx, last.returnId);
  const news = digestOfNews(document);
  const changes = news !== digestOfNews(held);
  if (changes) await saveBuild(tx, document, haven, parts.clock, marks);
  // Somebody began it before its period had ended: now that it has, they are told what is missing, whatever changed.
  if (!changes && looked !== undefined) return 'nothing new';
  const kind = looked === undefined ? 'populated' : 'late-data';
  return tell(tx, parts, asked, { kind, version: last.version, news, changed: describeDifference(held, document), document });
}

interface Told {
  readonly kind: Exclude<Populated, 'nothing new'>;
  readonly version: number;
  readonly news: string;
  readonly changed: readonly string[];
  readonly document: Return;
}

async function tell(tx: Transaction, { clock }: PopulateParts, { key, place, template, at }: Asked, told: Told): Promise<Populated> {
  const missing = missingAnswers(told.document, template).map(({ sheet, text }) => `${sheet}, ${text}`);
  const issued = await issueNotice(tx, key, { ...told, told: authorsOf(place, at), missing }, clock);
  return issued ? told.kind : 'nothing new';
}

/** A signed return stays as it was signed; whoever wrote it is told what would be seen now, and may amend it. */
async function tellFrozen(tx: Transaction, parts: PopulateParts, asked: Asked, last: Version, document: Return): Promise<Populated> {
  const signed = await readBuild(tx, last.returnId);
  const news = digestOfSight(document);
  if (news === digestOfSight(signed)) return 'nothing new';
  // What the checks find a year later is about that day, and not about the data.
  const changed = describeDifference({ ...signed, findings: [] }, { ...document, findings: [] });
  return tell(tx, parts, asked, { kind: 'late-after-sign-off', version: last.version, news, changed, document });
}

async function proposeEarlier(tx: Transaction, { clock }: PopulateParts, { key, template }: Asked, document: Return): Promise<void> {
  if (template.previous === undefined) return;
  const answers = carryForward(document, template, new Set());
  await proposeAnswers(tx, key, { answers, from: template.previous, by: haven }, clock);
}

/** What had landed for a place and which register it was: while both are the same, nothing new can be observed. */
async function readSeen(db: Queryable, place: string): Promise<string> {
  const { rows } = await db.query<{ seen: string }>(
    `select format('%s deliveries, register %s',
       (select count(*) from landing.delivery d join register.flow f using (flow_id) where f.place_id = $1 and d.state = 'landed'),
       (select coalesce(max(version), 0) from register.version where place_id = $1)) as seen`,
    [place],
  );
  return rows[0]?.seen ?? '';
}

async function lastSeen(db: Queryable, { place, template }: ReturnKey): Promise<string | undefined> {
  const { rows } = await db.query<{ seen: string }>('select seen from returns.looked where place = $1 and template = $2', [
    place,
    template,
  ]);
  return rows[0]?.seen;
}

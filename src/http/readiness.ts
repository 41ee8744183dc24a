import { checkVersion } from '../database/migrate.ts';
import type { Queryable } from '../database/query.ts';
import type { Readiness, ReadinessCheck } from './services.ts';

/** Seconds an audit entry may wait for its place in the tree before the gateway says it is not ready. */
const longestWait = 30;
/** Milliseconds a check may take; a part that does not answer is not ready. */
const patience = 3_000;

export async function auditKeepsUp(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ behind: boolean }>(
    `select exists (
       select from audit.pending join audit.entry using (entry_id) where recorded_at < now() - make_interval(secs => $1)
     ) as behind`,
    [longestWait],
  );
  return rows[0]?.behind === false;
}

/** Asks every part a delivery needs. Answers with names and yes or no: why not is in the log of the part itself. */
export function createReadiness(parts: { readonly db: Queryable; readonly pingBlackBox: () => Promise<unknown> }): Readiness {
  const checks: readonly [ReadinessCheck['name'], () => Promise<boolean>][] = [
    ['database', async () => (await parts.db.query('select 1')).rowCount === 1],
    ['migrations', async () => checkVersion(parts.db, 'haven').then(() => true)],
    ['black-box', async () => parts.pingBlackBox().then(() => true)],
    ['audit-sequencer', async () => auditKeepsUp(parts.db)],
  ];
  const askAll = () => Promise.all(checks.map(async ([name, ask]) => ({ name, ready: await within(patience, ask) })));
  // Anybody may ask, so everybody who asks at once gets the same answer: many questions cost the database one.
  let asking: Promise<readonly ReadinessCheck[]> | undefined;
  return {
    check() {
      asking ??= askAll().finally(() => {
        asking = undefined;
      });
      return asking;
    },
  };
}

async function within(milliseconds: number, ask: () => Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const answer = ask().catch(() => false);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

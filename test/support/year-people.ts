import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { actAs } from '../../src/access/act-as.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import { exchangeOf } from '../../src/objections/doors-national.ts';
import { advanceExchange, alone } from '../../src/objections/national/advance.ts';
import { decideRequest } from '../../src/objections/national/decide-request.ts';
import { readOpeningKey } from '../../src/reidentification/opening-key.ts';
import { writeOptOutLists } from '../../src/reidentification/opt-out-list.ts';
import { releaseCount } from '../../src/returns/disclosure.ts';
import { nhsNumber, type Row } from './box.ts';
import { ids } from './place-of-the-year.ts';
import { careEvent, episode, observation } from './rows.ts';
import { writeBelow, type Year } from './year.ts';

/** A stay in hospital in the winter before the flows went live. */
export const stay = (person: number, spell: string, more: Row = {}): Row =>
  episode(person, spell, {
    StartDateHospitalProviderSpell: '2026-02-01',
    DischargeDateFromHospitalProviderSpell: '2026-02-05',
    LastUpdated: '2026-02-06T08:00:00',
    ...more,
  });
export const note = (person: number, guid: string, more: Row = {}): Row =>
  observation(person, guid, { EffectiveDate: '2026-02-10', ...more });
export const care = (person: number): Row =>
  careEvent(person, `E${person}`, {
    Reporting_Period_Start_Date: '2026-01-01',
    Reporting_Period_End_Date: '2026-03-31',
    Event_Start_Date: '2026-02-01',
  });
export const hospitalRows = [1, 2, 3, 4, 5, 7].flatMap((person) => [stay(person, `A${person}`), stay(person, `B${person}`)]);
export const twoNotes = (people: readonly number[]): Row[] =>
  people.flatMap((person) => [note(person, `N${person}`), note(person, `M${person}`)]);

/**
 * A request to the national check and its reply, as people carry them: everybody held is asked about, and person 3 is missing
 * from the answer. @returns the file of the reply
 */
export async function askTheNation(year: Year): Promise<{ readonly asked: number; readonly reply: string }> {
  const { app } = year;
  const { person: decidedBy } = await actAs(app.gateway, {
    person: ids.lead,
    roles: ['ig-lead'],
    action: 'ndop.request',
    clock: app.clock,
  });
  const exchange = await exchangeOf(app, decidedBy, false);
  try {
    const privateKey = await readOpeningKey(app.config.keys);
    const vault = year.databases.pool('haven_reidentifier');
    // The command starts a process for this, which would read the clock of the machine.
    const deps = {
      ...exchange,
      writeLists: (exchangeId: string) =>
        writeOptOutLists({ national: exchange.national, vault, privateKey, clock: app.clock, actor: decidedBy }, exchangeId),
    };
    const approval = { purpose: 'risk-stratification-commissioning', approval: 'CAG 1-02/2026', decidedBy } as const;
    return await alone(deps, async () => {
      const pathOf = (localId: string): string => join(year.root, `${localId}.dat`);
      const { exchangeId, files } = await decideRequest(deps.national, deps.settings, { ...approval, pathOf }, app.clock);
      await advanceExchange(deps, exchangeId);
      const [file] = files;
      const asked = await readFile(file?.path ?? '', 'utf8');
      const reply = await writeBelow(year.root, basename(file?.path ?? ''), asked.replace(`${nhsNumber(3)},\n`, ''));
      return { asked: asked.split('\n').filter(Boolean).length, reply };
    });
  } finally {
    await exchange.close();
  }
}

/** The line of the annual report that the receipts of a flow give. */
export function figuresOf(receipts: readonly Receipt[], flow: string) {
  const own = receipts.filter((receipt) => receipt.flow === flow);
  const landed = own.filter(({ state }) => state === 'landed');
  const sum = (of: (receipt: Receipt) => number) => releaseCount(landed.reduce((total, receipt) => total + of(receipt), 0));
  const byReason = (of: (receipt: Receipt) => Readonly<Record<string, number>>) => {
    const reasons = new Set(landed.flatMap((receipt) => Object.keys(of(receipt))));
    return Object.fromEntries([...reasons].map((reason) => [reason, sum((receipt) => of(receipt)[reason] ?? 0)]));
  };
  return {
    ...{ flow, deliveries: landed.length, refused: own.filter(({ state }) => state === 'refused').length },
    received: sum(({ received }) => received),
    landed: sum((receipt) => receipt.landed + receipt.updated),
    unchanged: sum(({ unchanged }) => unchanged),
    removed: sum(({ removed }) => removed),
    withheld: byReason(({ withheld }) => withheld),
    quarantined: byReason(({ quarantined }) => quarantined),
  };
}

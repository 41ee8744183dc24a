import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { deriveKey } from '../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../src/blackbox/nhs-number.ts';
import { applyOptOutAnswer, takeOptOutReply } from '../../src/blackbox/opt-out-reply.ts';
import { landingPseudonymiser } from '../../src/blackbox/pseudonymise.ts';
import { createSealer } from '../../src/blackbox/seal.ts';
import { decideRequest, type RequestDecision } from '../../src/objections/national/decide-request.ts';
import type { ExchangeDeps } from '../../src/objections/national/deps.ts';
import { requestFileName } from '../../src/objections/national/request-name.ts';
import { type NationalSettings, readNationalSettings } from '../../src/objections/national/settings.ts';
import { readOpeningKey } from '../../src/reidentification/opening-key.ts';
import { writeOptOutLists } from '../../src/reidentification/opt-out-list.ts';
import type { TestBox } from './box.ts';

export const workflow = 'CHECK_OPT_OUTS';
export const mailboxes = { OURS: 'our-password', SERVICE: 'their-password' } as const;

export const pseudonymOf = ({ box }: TestBox, number: string): string =>
  landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch))(number as NhsNumber);

/** Holds these people as a delivery would: a person, a pseudonym and a sealed identity, and no events. */
export async function hold(test: TestBox, numbers: readonly string[]): Promise<void> {
  const pseudonymise = landingPseudonymiser(deriveKey(test.box.rootKey, 'landing', 1));
  const { dataKey, seal } = createSealer(test.box.sealingKey);
  const pseudonyms = numbers.map((number) => pseudonymise(number as NhsNumber));
  const sealed = pseudonyms.map((pseudonym, index) => seal(JSON.stringify({ nhsNumber: numbers[index] }), pseudonym, 1));
  await test.vault.query('insert into vault.data_key (data_key_id, wrapped, recipient) values ($1, $2, $3)', [
    dataKey.dataKeyId,
    dataKey.wrapped,
    'test',
  ]);
  await test.vault.query(
    `insert into vault.identity (landing_pseudonym, epoch, data_key_id, sealed, first_delivery)
     select p, 1, $3, s, gen_random_uuid() from unnest($1::text[], $2::bytea[]) as t (p, s)`,
    [pseudonyms, sealed, dataKey.dataKeyId],
  );
  await test.admin.query(
    `with held as (select p, row_number() over () as n from unnest($1::text[]) as p),
     base as (select coalesce(max(person_id), 0) as last from linkage.person),
     made as (insert into linkage.person (person_id) overriding system value select last + n from held, base)
     insert into linkage.pseudonym select p, 1, last + n from held, base`,
    [pseudonyms],
  );
}

export interface NationalTest {
  readonly deps: ExchangeDeps;
  decide(change?: Partial<RequestDecision>): Promise<{ readonly exchangeId: string; readonly localIds: readonly string[] }>;
}

/** The exchange with its real parts in one process: black box, re-identifier and databases. */
export async function openNational(
  test: TestBox,
  change: Partial<NationalSettings> = {},
  more: Partial<ExchangeDeps> = {},
): Promise<NationalTest> {
  const spool = await mkdtemp(join(test.keys, 'spool-'));
  const { clock } = test.box;
  const settings = { ...readNationalSettings({ mailbox: 'OURS' }), ...change };
  const national: Pool = more.national ?? test.databases.pool('haven_ndop');
  const privateKey = await readOpeningKey(test.keys);
  const vault = test.databases.pool('haven_reidentifier');
  const actor = 'ig-lead';
  const box = { ...test.box, national, holdAboveShare: settings.holdAboveShare };
  const deps: ExchangeDeps = {
    national,
    clock,
    settings,
    actor,
    spool,
    writeLists: (exchangeId) => writeOptOutLists({ national, vault, privateKey, clock, actor }, exchangeId),
    takeReply: (reply) => takeOptOutReply(box, reply),
    applyAnswer: (localId) => applyOptOutAnswer(box, localId, actor),
    ...more,
  };
  return {
    deps,
    decide: async (decision = {}) => {
      const { exchangeId, files } = await decideRequest(
        national,
        settings,
        {
          purpose: 'risk-stratification-commissioning',
          approval: 'CAG 7-04(a)/2013',
          decidedBy: actor,
          pathOf: (localId) => join(spool, requestFileName(localId)),
          ...decision,
        },
        clock,
      );
      return { exchangeId, localIds: files.map(({ localId }) => localId) };
    },
  };
}

/** Forgets every exchange and what it said, and keeps the people held. Deleting is quicker than truncating so many tables. */
export const emptyNational = async (test: TestBox): Promise<void> => {
  for (const table of ['ndop.disclosure', 'ndop.message', 'ndop.mailbox', 'ndop.sequence', 'ndop.request', 'ndop.exchange'])
    await test.admin.query(`delete from ${table}`);
  await test.admin.query('delete from objections.waiting');
  await test.admin.query('delete from objections.objection');
};

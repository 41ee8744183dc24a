import { createHash, randomUUID } from 'node:crypto';
import type { Queryable } from '../../../src/database/query.ts';
import type { ReadScope, WithheldByObjection } from '../../../src/environment/scope.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import type { Setting } from '../../../src/shared/settings.ts';

export interface TestEvent {
  readonly setting: Setting;
  readonly kind: string;
  readonly at: string;
  readonly codes?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly provider?: string;
  readonly costPence?: number;
}

export interface TestPerson {
  /** First day of the birth month. */
  readonly birthMonth?: string;
  readonly deathMonth?: string;
  readonly events: readonly TestEvent[];
}

/** One flow for each setting, numbered in this order from 1. */
export const flowSettings: readonly Setting[] = ['gp', 'hospital', 'social-care', 'community', 'mental-health'];
export const flowOf = (setting: Setting): number => flowSettings.indexOf(setting) + 1;

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A pseudonym of the right form, the same for the same text. */
export function pseudonymFor(text: string): string {
  const hash = createHash('sha256').update(text).digest();
  return Array.from(hash, (byte) => alphabet[byte % 32]).join('');
}

/** Empties the environment and fills it; people are numbered from 1 in their order. */
export async function populate(admin: Queryable, people: readonly TestPerson[]): Promise<void> {
  await admin.query(
    `truncate linkage.person, linkage.pseudonym, linkage.sighting, environment.person, environment.event, environment.person_summary,
       risk.run, risk.score, objections.objection, environment.recipient_pseudonym restart identity cascade`,
  );
  const ids = people.map((_, index) => index + 1);
  await admin.query('insert into linkage.person (person_id) overriding system value select unnest($1::bigint[])', [ids]);
  await admin.query(
    'insert into linkage.pseudonym (landing_pseudonym, epoch, person_id) select l, 1, n from unnest($1::text[], $2::bigint[]) as p (l, n)',
    [ids.map((id) => pseudonymFor(`person ${id}`)), ids],
  );
  await admin.query(
    `insert into environment.person (person_id, sex, birth_month, death_month, postcode_sector, linkage_grade, updated_by)
     select n, '2', b, d, 'SS1 2', 'verified', 1 from unnest($1::bigint[], $2::date[], $3::date[]) as p (n, b, d)`,
    [ids, people.map((p) => p.birthMonth ?? null), people.map((p) => p.deathMonth ?? null)],
  );
  await admin.query(
    `insert into linkage.sighting (person_id, flow_no, setting, number_status, delivery_no)
     select n, ${flowOf('gp')}, 'gp', '01', 1 from unnest($1::bigint[]) as p (n)`,
    [ids],
  );
  const events = people.flatMap((person, index) => person.events.map((event) => ({ ...event, person: index + 1, key: randomUUID() })));
  // Each flow that sent rows said who they are about, too.
  await admin.query(
    `insert into linkage.sighting (person_id, flow_no, setting, number_status, birth_month, postcode_sector, delivery_no)
     select distinct (e ->> 'person')::bigint, (e ->> 'flow')::int, (e ->> 'setting')::environment.setting, '01', p.birth_month, p.postcode_sector, 1
     from jsonb_array_elements($1::jsonb) as e join environment.person p on p.person_id = (e ->> 'person')::bigint
     on conflict (person_id, flow_no) do update set birth_month = excluded.birth_month, postcode_sector = excluded.postcode_sector`,
    [JSON.stringify(events.map((event) => ({ ...event, flow: flowOf(event.setting) })))],
  );
  await admin.query(
    `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind, provider, codes, attributes, cost_pence)
     select (e ->> 'person')::bigint, (e ->> 'at')::timestamp, (e ->> 'key')::uuid, (e ->> 'flow')::int, 1, (e ->> 'setting')::environment.setting,
       e ->> 'kind', e ->> 'provider', (select array_agg(c) from jsonb_array_elements_text(e -> 'codes') as c), e -> 'attributes',
       (e ->> 'costPence')::bigint
     from jsonb_array_elements($1::jsonb) as e`,
    [JSON.stringify(events.map((event) => ({ codes: [], attributes: {}, ...event, flow: flowOf(event.setting) })))],
  );
}

/** Every flow admitted for commissioning risk stratification, less what is withheld. */
export const scopeOn = (at: string, withheld: readonly WithheldByObjection[] = []): ReadScope => ({
  purpose: 'risk-stratification-commissioning',
  at: at as LocalDate,
  flows: flowSettings.map((setting) => ({ flowNo: flowOf(setting), setting })),
  withheld,
  national: undefined,
});

/** An emergency admission with these ICD-10 codes as the black box stores them. */
export const admission = (at: string, codes: readonly string[], method = '21', kind = 'admission'): TestEvent => ({
  setting: 'hospital',
  kind,
  at,
  provider: 'RAJ',
  codes: codes.map((code) => `icd10:${code}`),
  attributes: { AdmissionMethodHospitalProviderSpell: method },
});

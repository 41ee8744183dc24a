import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import type { Setting } from '../shared/settings.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, type NhsNumberClass, type NumberEnvironment } from './nhs-number.ts';
import { PersonTable, tenDigits } from './person-table.ts';
import type { LandingPseudonym } from './pseudonymise.ts';
import { createSealer } from './seal.ts';

/**
 * What the black box remembers of one person while a delivery streams: no text of their own, because a large file is about
 * hundreds of thousands.
 */
export interface Person {
  /** Set by `resolve`; 0 while the person is withheld, because somebody who objected is not registered either. */
  personId: number;
  /** Reason all rows of this flow are withheld for, or ''. */
  withheld: string;
  /** Birth month other flows gave, for the age policy; '' when not known. */
  knownBirth: string;
  /** Fingerprint of the demographics last staged, so that a person's rows stage them once; 0 when none were. */
  sighted: number;
  /** Registered by this delivery, which has not said anything about them yet: nobody else has either, in this flow. */
  unspoken: boolean;
}

/** Somebody met for the first time, who has no id yet. */
export interface Stranger {
  readonly person: Person;
  readonly number: NhsNumber;
  readonly pseudonym: LandingPseudonym;
}
export type Wanted = Stranger[];

/** A sender's word that one number replaced another. */
export interface Supersession {
  readonly newer: Person;
  readonly oldPseudonym: LandingPseudonym;
  readonly newPseudonym: LandingPseudonym;
}

export interface PersonsOptions {
  readonly lookups: Pool;
  readonly vault: Pool;
  readonly pseudonymise: (number: NhsNumber) => LandingPseudonym;
  readonly epoch: number;
  readonly sealingKey: KeyObject;
  readonly numbers: NumberEnvironment;
  readonly deliveryId: string;
  readonly today: string;
  /** The setting the records come from: a local-sharing objection may be about one only. */
  readonly origin: Setting;
  /** First reason to withhold for the objections in force, or undefined. */
  readonly reasonFor: (objections: readonly string[]) => string | undefined;
  readonly needsBirth: boolean;
}

/** An array literal of pseudonyms or hexadecimal: the driver would look at every character for what they cannot have. */
const arrayOf = (values: readonly string[]): string => `{${values.join(',')}}`;

const uniqueViolation = '23505';

/**
 * Inserts people nobody has registered yet, as almost all of those are who nobody was a moment ago: to ask each time whether
 * somebody has done so meanwhile costs a fifth more, and is done when the plain insert was refused.
 */
async function insertNew<T>(insert: (otherwise: string) => Promise<T>): Promise<T> {
  try {
    return await insert('');
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    return insert('on conflict (landing_pseudonym) do nothing');
  }
}

/** Whose number it is, or why it is nobody's. */
export type Known = Person | Exclude<NhsNumberClass, 'usable'>;

/**
 * From NHS number to person, once a person and not once a row. Registering an identity is its own short transaction
 * before the delivery's: two deliveries that meet the same new person then wait for each other for milliseconds, not for
 * a whole file, and cannot deadlock. An identity without rows says nothing about anybody; a failed delivery sweeps its own.
 */
export class Persons {
  readonly #options: PersonsOptions;
  readonly #met = new PersonTable();

  constructor(options: PersonsOptions) {
    this.#options = options;
  }

  /** The person of a number as sent. A new one is added to `wanted` and has no id until `resolve` has answered. */
  find(sent: string, wanted: Wanted): Known {
    let canonical = sent;
    let number = tenDigits(sent);
    if (Number.isNaN(number)) {
      canonical = canonicalNhsNumber(sent);
      number = tenDigits(canonical);
    }
    return this.#met.get(number) ?? this.#meet(canonical, number, wanted);
  }

  /** Who has the newer of two numbers; undefined unless both are numbers of people. */
  supersede(old: string, newer: string, wanted: Wanted): Supersession | undefined {
    if (this.judge(old) !== 'usable') return undefined;
    const person = this.find(newer, wanted);
    if (typeof person === 'string') return undefined;
    const pseudonymOf = (sent: string): LandingPseudonym => this.#options.pseudonymise(canonicalNhsNumber(sent) as NhsNumber);
    return { newer: person, oldPseudonym: pseudonymOf(old), newPseudonym: pseudonymOf(newer) };
  }

  /** What a number is, without anybody being registered for it: for a row that will not land whatever it is. */
  judge(sent: string): NhsNumberClass {
    return classifyNhsNumber(canonicalNhsNumber(sent), this.#options.numbers);
  }

  #meet(canonical: string, number: number, wanted: Wanted): Known {
    const found = classifyNhsNumber(canonical, this.#options.numbers);
    if (found !== 'usable') return found;
    const person: Person = { personId: 0, withheld: '', knownBirth: '', sighted: 0, unspoken: false };
    wanted.push({ person, number: canonical as NhsNumber, pseudonym: this.#options.pseudonymise(canonical as NhsNumber) });
    this.#met.set(number, person);
    return person;
  }

  /** Gives every wanted person an id, or the reason they are withheld: objections first, vault second, linkage last. */
  async resolve(wanted: Wanted): Promise<void> {
    if (wanted.length === 0) return;
    const { lookups, today, origin, reasonFor, needsBirth } = this.#options;
    const pseudonyms = wanted.map(({ pseudonym }) => pseudonym);
    const [objections, ids] = await Promise.all([
      lookups.query<{ landing_pseudonym: string; kinds: string[] }>(
        'select landing_pseudonym, kinds from objections.in_force($1::text[], $2::date, $3::environment.setting)',
        [arrayOf(pseudonyms), today, origin],
      ),
      this.#registered(pseudonyms),
    ]);
    const objecting = new Map(objections.rows.map((row) => [row.landing_pseudonym, row.kinds]));
    const usable = wanted.filter(({ person, pseudonym }) => {
      const kinds = objecting.get(pseudonym);
      person.withheld = (kinds && reasonFor(kinds)) ?? '';
      return person.withheld === '';
    });
    const fresh = usable.filter(({ pseudonym }) => !ids.has(pseudonym));
    if (fresh.length > 0) {
      await this.#seal(fresh);
      await this.#register(fresh, ids);
    }
    for (const { person, pseudonym } of usable) person.personId = ids.get(pseudonym) as number;
    if (needsBirth) await this.#readBirths(usable.map(({ person }) => person));
  }

  async #registered(pseudonyms: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await this.#options.lookups.query<{ landing_pseudonym: string; person_id: number }>(
      `select wanted.pseudonym as landing_pseudonym, p.person_id
         from unnest($1::text[]) as wanted (pseudonym)
        cross join lateral (
          select l.person_id from linkage.pseudonym l where l.landing_pseudonym = wanted.pseudonym offset 0
        ) p`,
      [arrayOf(pseudonyms)],
    );
    return new Map(rows.map((row) => [row.landing_pseudonym, row.person_id]));
  }

  /** Seals before it registers: an identity without a person is swept, a person without an identity could never be helped. */
  async #seal(fresh: Wanted): Promise<void> {
    const { vault, sealingKey, epoch, deliveryId } = this.#options;
    const sealer = createSealer(sealingKey);
    const sealed = fresh.map(({ number, pseudonym }) =>
      sealer.seal(JSON.stringify({ nhsNumber: number }), pseudonym, epoch).toString('hex'),
    );
    await insertNew((otherwise) =>
      vault.query(
        `with data_key as (
           insert into vault.data_key (data_key_id, wrapped, recipient) values ($1, $2, 'reidentifier') returning data_key_id
         )
         insert into vault.identity (landing_pseudonym, epoch, data_key_id, sealed, first_delivery)
         select pseudonym, $5, data_key.data_key_id, decode(sealed, 'hex'), $6
           from unnest($3::text[], $4::text[]) as t (pseudonym, sealed), data_key
          order by pseudonym ${otherwise}`,
        [
          sealer.dataKey.dataKeyId,
          sealer.dataKey.wrapped,
          arrayOf(fresh.map(({ pseudonym }) => pseudonym)),
          arrayOf(sealed),
          epoch,
          deliveryId,
        ],
      ),
    );
  }

  async #register(fresh: Wanted, ids: Map<string, number>): Promise<void> {
    // Sorted, so that two deliveries registering the same people lock them in the same order.
    const { lookups, epoch } = this.#options;
    const { rows } = await insertNew((otherwise) =>
      lookups.query<{ landing_pseudonym: string; person_id: number }>(
        `with fresh as materialized (
         select pseudonym, nextval('linkage.person_person_id_seq') as person_id
           from unnest($1::text[]) as t (pseudonym) order by pseudonym
       ), person as (
         insert into linkage.person (person_id) overriding system value select person_id from fresh
       )
       insert into linkage.pseudonym (landing_pseudonym, epoch, person_id)
       select pseudonym, $2, person_id from fresh order by pseudonym ${otherwise}
       returning landing_pseudonym, person_id`,
        [arrayOf(fresh.map(({ pseudonym }) => pseudonym)), epoch],
      ),
    );
    const made = new Map(rows.map((row) => [row.landing_pseudonym, row.person_id]));
    const raced: LandingPseudonym[] = [];
    for (const { person, pseudonym } of fresh) {
      const id = made.get(pseudonym);
      person.unspoken = id !== undefined;
      if (id === undefined) raced.push(pseudonym);
      else ids.set(pseudonym, id);
    }
    if (raced.length > 0) for (const [pseudonym, id] of await this.#registered(raced)) ids.set(pseudonym, id);
  }

  async #readBirths(people: readonly Person[]): Promise<void> {
    const { rows } = await this.#options.lookups.query<{ person_id: number; birth_month: string }>(
      'select person_id, birth_month::text from environment.person where person_id = any($1::bigint[]) and birth_month is not null',
      [people.map((person) => person.personId)],
    );
    const births = new Map(rows.map((row) => [row.person_id, row.birth_month.slice(0, 7)]));
    for (const person of people) person.knownBirth = births.get(person.personId) ?? '';
  }
}

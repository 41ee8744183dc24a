import type { PoolClient } from 'pg';
import { type MergeScope, mergeStage } from '../landing/merge.ts';
import { foldSightingRows, foldSightings } from '../linkage/sightings.ts';
import { copyHeader, copyTrailer } from './copy-bytes.ts';
import type { Place, RowBuffer } from './row-buffer.ts';
import { patientReference, type Screen } from './screen.ts';
import type { ScreenedBatch } from './screened-batch.ts';
import { copyBinary, copyId, copyText } from './stage.ts';
import type { DeliveryTallies } from './tallies.ts';

/** Staged rows before a merge: enough for set-based work, few enough for its sort to stay in memory. */
const mergeRows = 200_000;

const uniqueViolation = '23505';

interface Separated {
  readonly fresh: readonly Place[];
  readonly staged: readonly Place[];
}

/** What a batch says about its people now that they are known, as COPY text for the tables of these names. */
interface Identified {
  readonly sight: string;
  /** `linkage.sighting` of people this delivery registered, and their ids. */
  readonly introduced: string;
  readonly people: string;
  readonly superseded: string;
  readonly references: string;
}

/**
 * Puts judged rows where they belong, on the one connection of the delivery. A row whose record is not there yet goes
 * straight into the environment, at the price of a COPY; only rows of known records, repeats and tombstones take the way
 * through the stage, where they are compared. The unique index tells the two apart.
 */
export class Lander {
  readonly #client: PoolClient;
  readonly #scope: MergeScope;
  readonly #tallies: DeliveryTallies;
  readonly #remember: boolean;
  /** What every introduction begins with. */
  readonly #introduction: string;
  /** Keys in the stage: a later row of the same record must not overtake the one that waits. */
  #waiting = new Set<string>();
  #repeats = false;
  #tombstones = false;
  #sightings = 0;
  #folded = 0;
  #allNew = true;
  #allKnown = false;

  constructor(client: PoolClient, scope: MergeScope, tallies: DeliveryTallies, remember: boolean) {
    this.#client = client;
    this.#scope = scope;
    this.#tallies = tallies;
    this.#remember = remember;
    this.#introduction = `${scope.flowNo}\t${scope.setting}\t${scope.deliveryNo}\t`;
  }

  /** @param batch its people resolved */
  async land(batch: ScreenedBatch, screen: Screen): Promise<void> {
    const { sight, introduced, people, superseded, references } = this.#identify(batch, screen);
    const { rows } = batch;
    const { fresh, staged } = await this.#place(rows);
    this.#tallies.landed += fresh.length;
    for (const place of staged) {
      const key = rows.key(place);
      if (this.#waiting.has(key)) this.#repeats = true;
      if (rows.deleted(place)) this.#tombstones = true;
      this.#waiting.add(key);
    }
    if (staged.length > 0) await copyBinary(this.#client, 'stage', rows.asStaged(staged));
    await this.#introduce(introduced, people);
    await this.#stageSightings(sight);
    await copyText(this.#client, 'superseded', superseded);
    await copyText(this.#client, 'patient_ref', batch.patientRefs + references);
    if (batch.deferred.used > 0) await copyBinary(this.#client, 'deferred', [copyHeader, batch.deferred.subarray(), copyTrailer]);
    await copyText(this.#client, 'problem', batch.problems);
    if (this.#remember) await copyText(this.#client, 'seen', batch.seen + fresh.map((place) => `${rows.key(place)}\t\\N\n`).join(''));
    screen.recycle(batch);
    if (this.#waiting.size >= mergeRows) await this.merge();
  }

  /**
   * What a flow says first about people this very delivery registered has nothing to be compared with: it is copied straight
   * to where it belongs. Only somebody who was merged into one of them meanwhile may have brought a word of this flow along.
   */
  async #introduce(introduced: string, people: string): Promise<void> {
    if (introduced === '') return;
    await this.#client.query('savepoint introduced');
    try {
      await copyText(this.#client, 'sighting', introduced);
      await copyText(this.#client, 'introduced', people);
      await this.#client.query('release savepoint introduced');
    } catch (error) {
      if ((error as { code?: string }).code !== uniqueViolation) throw error;
      await this.#client.query('rollback to savepoint introduced');
      // Before whatever else this delivery says of them.
      await this.#stageSightings(introduced.replaceAll(this.#introduction, '0\t'));
    }
  }

  async #stageSightings(sight: string): Promise<void> {
    await copyText(this.#client, 'sight', sight);
    if (this.#sightings - this.#folded < foldSightingRows) return;
    this.#folded = this.#sightings;
    await foldSightings(this.#client, this.#scope);
  }

  /**
   * Copies the rows of new records, and returns those that must be compared. While everything is new nobody is asked: the
   * unique index would say so. The first time it does, that copy is undone, and from then on the index is asked before.
   */
  async #place(rows: RowBuffer): Promise<Separated> {
    if (this.#allNew) {
      const separated = this.#separate(rows, new Set());
      await this.#client.query('savepoint all_new');
      try {
        await this.#store(rows, separated.fresh);
        await this.#client.query('release savepoint all_new');
        return separated;
      } catch (error) {
        if ((error as { code?: string }).code !== uniqueViolation) throw error;
        await this.#client.query('rollback to savepoint all_new');
      }
    }
    // While everything is known nobody is asked either: the merge, which compares, will also find what is new.
    if (this.#allKnown) return { fresh: [], staged: [...rows.places()] };
    const known = await this.#findKnown(rows);
    this.#allNew = known.size === 0;
    this.#allKnown = known.size === rows.length;
    const separated = this.#separate(rows, known);
    await this.#store(rows, separated.fresh);
    return separated;
  }

  async #store(rows: RowBuffer, fresh: readonly Place[]): Promise<void> {
    if (fresh.length > 0) await copyBinary(this.#client, { eventsOf: this.#scope.setting }, rows.asEvents(fresh));
  }

  /** A row goes straight in unless its record is known, is waiting in the stage, or stands in this batch already. */
  #separate(rows: RowBuffer, known: Set<string>): Separated {
    const fresh: Place[] = [];
    const staged: Place[] = [];
    for (const place of rows.places()) {
      const key = rows.key(place);
      if (rows.deleted(place) || this.#waiting.has(key) || known.has(key)) staged.push(place);
      else fresh.push(place);
      known.add(key);
    }
    return { fresh, staged };
  }

  /** Rows of references that have been filed lie in the stage, and anything may be among them. */
  expectAnything(): void {
    this.#repeats = true;
    this.#tombstones = true;
  }

  async merge(): Promise<void> {
    const hints = {
      repeats: this.#repeats,
      tombstones: this.#tombstones,
      remember: this.#remember,
      reportable: this.#tallies.reportable.warning,
    };
    const counts = await mergeStage(this.#client, this.#scope, hints);
    this.#waiting = new Set();
    this.#repeats = false;
    this.#tombstones = false;
    if (counts.landed > 0) this.#allKnown = false;
    this.#tallies.landed += counts.landed;
    this.#tallies.updated += counts.updated;
    this.#tallies.unchanged += counts.unchanged;
    this.#tallies.removed += counts.withdrawn;
    this.#tallies.warnings.add('REPEATED_IDENTICAL', counts.repeatedIdentical);
    this.#tallies.warnings.add('REPEATED_REPLACED', counts.repeatedReplaced);
    this.#tallies.report('warning', counts.repeatedIdentical + counts.repeatedReplaced);
    if (counts.stale > 0) this.#tallies.warnings.add('OLDER_THAN_STORED', counts.stale);
  }

  async mergeWaiting(): Promise<void> {
    if (this.#waiting.size > 0) await this.merge();
  }

  #identify({ rows, asides }: ScreenedBatch, screen: Screen): Identified {
    let sight = '';
    let introduced = '';
    let people = '';
    let superseded = '';
    let references = '';
    for (const place of rows.places()) {
      if (rows.withheld(place)) continue;
      const person = rows.person(place);
      const aside = asides.get(place);
      // Filed under the old number's person, who then becomes the new one (linkage/merge-persons.ts): also where the row itself
      // is withheld, because an objection made under one number is an objection of the person who has the other.
      if (aside?.superseded) {
        const { oldPseudonym, newPseudonym, newer } = aside.superseded;
        superseded += `${oldPseudonym}\t${newPseudonym}\t${copyId(newer.personId)}\t${rows.number(place)}\n`;
      }
      const withheld = screen.withheldReason(person, aside?.ageAt ?? '');
      for (const key of aside?.introduces ?? []) {
        references += patientReference(key, person.personId, withheld === '' ? '' : `W:${withheld}`, aside?.verified === true);
      }
      if (withheld !== '') {
        this.#tallies.withheld.add(withheld);
        rows.withhold(place);
        continue;
      }
      rows.identify(place);
      if (aside === undefined || aside.sight === '') continue;
      if (person.unspoken) {
        person.unspoken = false;
        introduced += `${this.#introduction}${person.personId}\t${aside.sight}`;
        people += `${person.personId}\n`;
      } else {
        this.#sightings += 1;
        sight += `${this.#sightings}\t${person.personId}\t${aside.sight}`;
      }
    }
    return { sight, introduced, people, superseded, references };
  }

  /** Which of these records the environment has: an index probe a key, whatever the size of the table. */
  async #findKnown(rows: RowBuffer): Promise<Set<string>> {
    if (rows.length === 0) return new Set();
    const { rows: found } = await this.#client.query<{ key: string }>(
      `select replace(k.key::text, '-', '') as key
         from unnest($1::uuid[]) as k (key)
        cross join lateral (
          select from environment.event e where e.setting = $2::environment.setting and e.source_key = k.key offset 0
        ) as there`,
      // An array literal: the driver would look at every element for characters that hexadecimal cannot have.
      [`{${Array.from(rows.places(), (place) => rows.key(place)).join(',')}}`, this.#scope.setting],
    );
    return new Set(found.map(({ key }) => key));
  }
}

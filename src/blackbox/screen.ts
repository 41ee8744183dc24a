import type { Issue } from '../feeds/record.ts';
import type { FlowTerms } from '../register/terms.ts';
import type { Candidate } from './candidate.ts';
import { ageInYears, generalisePostcode, type PostcodeLookup, toMonth, toSex } from './generalise.ts';
import { nhsNumberRule } from './nhs-number.ts';
import type { Person, Persons, Wanted } from './persons.ts';
import type { SourceKey } from './pseudonymise.ts';
import { copyValue } from './stage.ts';
import type { DeliveryTallies } from './tallies.ts';
import { cellGuidance } from './values.ts';

export interface ScreenOptions {
  readonly terms: FlowTerms;
  readonly persons: Persons;
  readonly tallies: DeliveryTallies;
  readonly postcodes: PostcodeLookup;
  readonly today: string;
  readonly sourceKey: (parts: readonly string[]) => SourceKey | undefined;
  readonly localKey: (parts: readonly string[]) => SourceKey | undefined;
  /** True when records may name a person by the sender's own id: FHIR references, or an agreement that links by local id. */
  readonly resolveReferences: boolean;
  /** True when rows not in this delivery will be removed, so that quarantined rows must still count as seen. */
  readonly remember: boolean;
  readonly report: (issue: Issue) => void;
}

/** A candidate that passed everything that can be judged without the database. */
interface Accepted {
  readonly candidate: Candidate;
  readonly person: Person | undefined;
  /** Who the sender says replaced this person's number. */
  readonly newer: Person | undefined;
  readonly key: SourceKey;
}

export interface ScreenedBatch {
  readonly accepted: readonly Accepted[];
  readonly wanted: Wanted;
  /** Source keys of quarantined rows, as copy text for `seen`. */
  readonly seen: string;
  /** Patients that were introduced but cannot be used: reference key, and why. */
  readonly unusablePatients: readonly { readonly candidate: Candidate; readonly outcome: string }[];
}

/** Stands for whoever a tombstone was about; no row of theirs is ever written. */
const nobody: Person = { pseudonym: '' as Person['pseudonym'], personId: '0', withheld: '', knownBirth: '', sighted: '' };

/** Copy text for each temporary table, and what the merge must expect. */
export interface StagedText {
  stage: string;
  deferred: string;
  patientRefs: string;
  sight: string;
  superseded: string;
  rows: number;
  deferredRows: number;
  repeats: boolean;
  tombstones: boolean;
}

/** Judges candidates one by one, in two passes around the database's answer about who they are. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #acceptedStatus: ReadonlySet<string>;
  #keysOfStage = new Set<string>();
  #sightings = 0;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#acceptedStatus = new Set(options.terms.acceptedNumberStatus);
  }

  /** The merge emptied the stage: repeats are looked for from here on. */
  stageMerged(): void {
    this.#keysOfStage = new Set();
  }

  /** First pass: policy, NHS number, source id. */
  judge(candidates: readonly Candidate[]): ScreenedBatch {
    const { persons, tallies, sourceKey, resolveReferences, remember } = this.#options;
    const accepted: Accepted[] = [];
    const wanted: Wanted = [];
    const unusablePatients: { candidate: Candidate; outcome: string }[] = [];
    let seen = '';
    const stop = (candidate: Candidate, outcome: string): void => {
      if (resolveReferences && candidate.introducesPatient) unusablePatients.push({ candidate, outcome });
      if (!remember || outcome.startsWith('W:')) return;
      const key = sourceKey(candidate.sourceId);
      if (key) seen += `${key}\n`;
    };
    for (const candidate of candidates) {
      tallies.received += 1;
      const withheld = this.#policy(candidate);
      if (withheld !== '') {
        tallies.withheld.add(withheld);
        stop(candidate, `W:${withheld}`);
        continue;
      }
      if (candidate.error) {
        this.#quarantine(candidate.error);
        stop(candidate, `Q:${candidate.error.rule}`);
        continue;
      }
      if (candidate.deleted) {
        // A tombstone takes a record away by its source key alone; senders often no longer say whose it was.
        const gone = sourceKey(candidate.sourceId);
        if (gone) {
          accepted.push({ candidate, person: nobody, newer: undefined, key: gone });
          continue;
        }
      }
      tallies.numberExpected += 1;
      let person: Person | undefined;
      if (!(candidate.refersToPatient && resolveReferences)) {
        const known = persons.find(candidate.nhsNumber, wanted);
        if ('unusable' in known) {
          const { rule, guidance } = nhsNumberRule[known.unusable];
          this.#quarantine({ row: candidate.row, field: 'NHS number', rule, severity: 'error', guidance });
          stop(candidate, `Q:${rule}`);
          continue;
        }
        tallies.numberUsable += 1;
        if (candidate.nhsNumberStatus === '01') tallies.numberVerified += 1;
        if (!this.#acceptedStatus.has(candidate.nhsNumberStatus)) {
          this.#quarantine({
            row: candidate.row,
            field: 'NHS number status',
            rule: 'NHS_NUMBER_NOT_VERIFIED',
            severity: 'error',
            guidance: 'The agreement links verified numbers only. Trace the number on PDS and send the record again.',
          });
          stop(candidate, 'Q:NHS_NUMBER_NOT_VERIFIED');
          continue;
        }
        person = known.person;
      }
      const key = sourceKey(candidate.sourceId);
      if (!key) {
        this.#quarantine({
          row: candidate.row,
          field: '',
          rule: 'SOURCE_ID_ABSENT',
          severity: 'error',
          guidance: cellGuidance.SOURCE_ID_ABSENT as string,
        });
        stop(candidate, 'Q:SOURCE_ID_ABSENT');
        continue;
      }
      const newer = candidate.supersededBy === '' ? undefined : persons.find(candidate.supersededBy, wanted);
      accepted.push({ candidate, person, newer: newer && 'person' in newer ? newer.person : undefined, key });
    }
    return { accepted, wanted, seen, unusablePatients };
  }

  /** Second pass, once people are resolved: objections, age, and the text that goes to the database. */
  stage({ accepted, unusablePatients }: ScreenedBatch): StagedText {
    const { tallies, resolveReferences } = this.#options;
    const text: StagedText = {
      stage: '',
      deferred: '',
      patientRefs: '',
      sight: '',
      superseded: '',
      rows: 0,
      deferredRows: 0,
      repeats: false,
      tombstones: false,
    };
    for (const { candidate, outcome } of unusablePatients) text.patientRefs += this.#references(candidate, '', outcome);
    for (const { candidate, person, newer, key } of accepted) {
      if (!person) {
        text.deferred += this.#deferredRow(candidate, key);
        text.deferredRows += 1;
        continue;
      }
      const withheld = person.withheld !== '' || person === nobody ? person.withheld : this.#tooYoung(candidate, person);
      if (resolveReferences && candidate.introducesPatient && person !== nobody) {
        text.patientRefs += this.#references(candidate, person.personId, withheld === '' ? '' : `W:${withheld}`);
      }
      if (withheld !== '') {
        tallies.withheld.add(withheld);
        continue;
      }
      if (this.#keysOfStage.has(key)) text.repeats = true;
      else this.#keysOfStage.add(key);
      if (candidate.deleted) text.tombstones = true;
      text.stage += `${candidate.row}\t${person.personId}\t${stageValues(candidate, key)}`;
      text.rows += 1;
      text.sight += this.#sighting(candidate, person);
      // Filed under the old number's person, who then becomes the new one (linkage/merge-persons.ts).
      if (newer && newer.personId !== '') text.superseded += `${person.pseudonym}\t${newer.personId}\n`;
    }
    return text;
  }

  #quarantine(issue: Issue): void {
    this.#options.tallies.quarantined.add(issue.rule);
    this.#options.report(issue);
  }

  #policy(candidate: Candidate): string {
    if (candidate.withhold !== '') return candidate.withhold;
    return candidate.sensitive && this.#options.terms.sensitiveCodes.exclude ? 'SENSITIVE_CODE' : '';
  }

  /** Age at the event, or today where it has no date; a birth nobody knows is no proof of being grown up. */
  #tooYoung(candidate: Candidate, person: Person): string {
    const { terms, today } = this.#options;
    if (terms.minimumAge === 0) return '';
    const age = ageInYears(
      candidate.birthDate !== '' ? candidate.birthDate : person.knownBirth,
      candidate.start !== '' ? candidate.start : today,
    );
    if (age === undefined) return 'AGE_UNKNOWN';
    return age < terms.minimumAge ? 'UNDER_AGE' : '';
  }

  #references(candidate: Candidate, personId: string, outcome: string): string {
    let lines = '';
    for (const id of [candidate.localPatientId, ...candidate.aliases]) {
      const key = id === '' ? undefined : this.#options.localKey([id]);
      if (key) lines += `${key}\t${copyValue(personId)}\t${copyValue(outcome)}\t${candidate.nhsNumberStatus === '01' ? 't' : 'f'}\n`;
    }
    return lines;
  }

  #deferredRow(candidate: Candidate, key: SourceKey): string {
    const reference = this.#options.localKey([candidate.localPatientId]) ?? key;
    return `${candidate.row}\t${reference}\t${stageValues(candidate, key)}`;
  }

  #sighting(candidate: Candidate, person: Person): string {
    const said = `${candidate.nhsNumberStatus}|${candidate.sex}|${candidate.birthDate}|${candidate.ethnicCategory}|${candidate.postcode}|${candidate.practice}|${candidate.registeredFrom}|${candidate.deathDate}`;
    if (person.sighted === said || candidate.deleted) return '';
    person.sighted = said;
    const place = generalisePostcode(candidate.postcode, this.#options.postcodes);
    const values = [
      candidate.nhsNumberStatus === '' ? '' : candidate.nhsNumberStatus,
      toSex(candidate.sex),
      toMonth(candidate.birthDate),
      candidate.ethnicCategory,
      place.lsoa,
      place.ward,
      place.sector,
      candidate.practice,
      candidate.registeredFrom.slice(0, 10),
      toMonth(candidate.deathDate),
      candidate.sourceAt,
    ].map(copyValue);
    // The status column is never null: a data set without one says so with an empty text.
    values[0] = candidate.nhsNumberStatus;
    this.#sightings += 1;
    return `${this.#sightings}\t${person.personId}\t${values.join('\t')}\n`;
  }
}

function stageValues(candidate: Candidate, key: SourceKey): string {
  return `${key}\t${candidate.deleted ? 't' : 'f'}\t${copyValue(candidate.start)}\t${copyValue(candidate.end)}\t${copyValue(candidate.sourceAt)}\t${copyValue(candidate.ready)}\t${copyValue(candidate.costPence)}\t${candidate.kind}\t${copyValue(candidate.provider)}\t${copyValue(candidate.period)}\t${copyValue(candidate.codes)}\t${copyValue(candidate.attributes)}\n`;
}

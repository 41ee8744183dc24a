import type { Issue } from '../feeds/record.ts';
import type { FlowTerms } from '../register/terms.ts';
import type { Candidate } from './candidate.ts';
import { type EventWriter, eventWriter, notAfter } from './event-writer.ts';
import { fingerprint } from './fingerprint.ts';
import { ageInYears, generalisePostcode, type PostcodeLookup, toMonth, toSex } from './generalise.ts';
import type { GpObjections } from './gp-objections.ts';
import { Introduced } from './introduced.ts';
import { nhsNumberRule } from './nhs-number.ts';
import type { Person, Persons } from './persons.ts';
import type { SourceKey } from './pseudonymise.ts';
import type { CandidateVisitor } from './read-candidates.ts';
import { RowBuffer } from './row-buffer.ts';
import { ScreenedBatch } from './screened-batch.ts';
import { copyId, copyValue } from './stage.ts';
import type { DeliveryTallies } from './tallies.ts';
import { cellGuidance } from './values.ts';

export interface ScreenOptions {
  readonly terms: FlowTerms;
  readonly deliveryNo: number;
  readonly persons: Persons;
  readonly tallies: DeliveryTallies;
  readonly postcodes: PostcodeLookup;
  readonly today: string;
  readonly sourceKey: (parts: readonly string[]) => SourceKey | undefined;
  readonly localKey: (parts: readonly string[]) => SourceKey | undefined;
  /** True when records may name a person by the sender's own id: FHIR references, or an agreement that links by local id. */
  readonly resolveReferences: boolean;
  /** Patients of this delivery so far; absent where a reference is only certain at the end (local ids, an age to be checked). */
  readonly introduced: Introduced | undefined;
  /** True when rows not in this delivery will be removed, so that quarantined rows must still count as seen. */
  readonly remember: boolean;
  /** Hears what the codes of a GP record say about objections; absent for every other setting. */
  readonly objections?: GpObjections | undefined;
  readonly report: (issue: Issue) => void;
}

/** Stands for whoever a tombstone was about; no row of theirs is ever written. */
const nobody: Person = {
  personId: 0,
  withheld: '',
  knownBirth: '',
  sighted: 0,
  unspoken: false,
};

/** Judges records one by one as they are read: policy, NHS number, source id. What remains is already text for the database. */
export class Screen implements CandidateVisitor {
  readonly #options: ScreenOptions;
  readonly #acceptedStatus: ReadonlySet<string>;
  readonly #write: EventWriter;
  #batch = new ScreenedBatch(new RowBuffer());
  readonly #spare: RowBuffer[] = [];
  readonly #said = new Introduced();

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#acceptedStatus = new Set(options.terms.acceptedNumberStatus);
    const { terms, deliveryNo, today } = options;
    this.#write = eventWriter({ flowNo: terms.flowNo, deliveryNo, setting: terms.setting, today });
  }

  get judged(): number {
    return this.#batch.judged;
  }

  /** Hands over what was judged since the last call. */
  take(): ScreenedBatch {
    const batch = this.#batch;
    this.#batch = new ScreenedBatch(this.#spare.pop() ?? new RowBuffer());
    return batch;
  }

  /** Takes the memory of a batch back once all of it is stored. */
  recycle({ rows }: ScreenedBatch): void {
    rows.clear();
    this.#spare.push(rows);
  }

  unreadable(issue: Issue): void {
    this.#options.tallies.received += 1;
    this.#batch.judged += 1;
    this.#quarantine(issue);
  }

  outOfScope(type: string): void {
    const { tallies } = this.#options;
    tallies.received += 1;
    this.#batch.judged += 1;
    tallies.outOfScope.add(type);
    tallies.withheld.add('OUT_OF_SCOPE');
  }

  candidate(candidate: Candidate): void {
    const { tallies, sourceKey, resolveReferences } = this.#options;
    tallies.received += 1;
    this.#batch.judged += 1;
    if (candidate.sourceAt === '') tallies.untimed += 1;
    this.#options.objections?.hear(candidate);
    const withheld = this.#policy(candidate);
    if (withheld !== '') {
      tallies.withheld.add(withheld);
      this.#stop(candidate, `W:${withheld}`);
      this.#withdraw(candidate);
      return;
    }
    const key = candidate.error ? undefined : sourceKey(candidate.sourceId);
    if (!key) {
      this.#hold(candidate, candidate.error ?? issueOf(candidate, '', 'SOURCE_ID_ABSENT', cellGuidance.SOURCE_ID_ABSENT as string));
    } else if (candidate.deleted) {
      // A tombstone takes a record away by its source key alone; senders often no longer say whose it was.
      this.#accept(candidate, key, nobody);
    } else {
      tallies.numberExpected += 1;
      if (candidate.refersToPatient && resolveReferences) this.#refer(candidate, key);
      else this.#link(candidate, key);
    }
  }

  /** A patient introduced before is at hand; who comes later, or long ago, the database finds at the end. */
  #refer(candidate: Candidate, key: SourceKey): void {
    const known = this.#options.introduced?.find(candidate.localPatientId);
    if (!known) {
      this.#defer(candidate, key);
      return;
    }
    this.#options.tallies.numberUsable += 1;
    if (known.verified) this.#options.tallies.numberVerified += 1;
    this.#accept(candidate, key, known.person);
  }

  #link(candidate: Candidate, key: SourceKey): void {
    const { persons, tallies } = this.#options;
    const verified = this.#acceptedStatus.has(candidate.nhsNumberStatus);
    const found = verified ? persons.find(candidate.nhsNumber, this.#batch.wanted) : persons.judge(candidate.nhsNumber);
    if (typeof found === 'string' && found !== 'usable') {
      const { rule, guidance } = nhsNumberRule[found];
      this.#hold(candidate, issueOf(candidate, 'NHS number', rule, guidance));
      return;
    }
    tallies.numberUsable += 1;
    if (candidate.nhsNumberStatus === '01') tallies.numberVerified += 1;
    if (typeof found !== 'string') {
      this.#accept(candidate, key, found);
      return;
    }
    const guidance = 'The agreement links verified numbers only. Trace the number on PDS and send the record again.';
    this.#hold(candidate, issueOf(candidate, 'NHS number status', 'NHS_NUMBER_NOT_VERIFIED', guidance));
  }

  /** Why a row is withheld now that its person is known: an objection, or an age nobody can vouch for. */
  withheldReason(person: Person, ageAt: string): string {
    if (person.withheld !== '' || ageAt === '') return person.withheld;
    return this.#tooYoung(person.knownBirth, ageAt);
  }

  #policy(candidate: Candidate): string {
    if (candidate.withhold !== '') return candidate.withhold;
    if (candidate.sensitive && this.#options.terms.sensitiveCodes.exclude) return 'SENSITIVE_CODE';
    // An age that the record itself gives is judged here; where it gives none, once the person is known.
    return candidate.birthDate === '' || candidate.deleted ? '' : this.#tooYoung(candidate.birthDate, this.#ageAt(candidate));
  }

  #ageAt(candidate: Candidate): string {
    return candidate.start === '' ? this.#options.today : candidate.start;
  }

  /** Age at the event, or today where it has no date; a birth nobody knows is no proof of being grown up. */
  #tooYoung(birth: string, at: string): string {
    const { minimumAge } = this.#options.terms;
    if (minimumAge === 0) return '';
    const age = ageInYears(birth, at);
    if (age === undefined) return 'AGE_UNKNOWN';
    return age < minimumAge ? 'UNDER_AGE' : '';
  }

  #quarantine(issue: Issue): void {
    this.#options.tallies.quarantined.add(issue.rule);
    this.#options.report(issue);
  }

  #hold(candidate: Candidate, issue: Issue): void {
    this.#quarantine(issue);
    this.#stop(candidate, `Q:${issue.rule}`);
  }

  /**
   * What stops a patient stops the records that refer to them; what stops one event of theirs (its code, its dates) does
   * not. What is quarantined was still sent.
   */
  #stop(candidate: Candidate, outcome: string): void {
    const { resolveReferences, remember, sourceKey } = this.#options;
    if (resolveReferences && candidate.introducesPatient && (candidate.kind === 'demographics' || aboutThePerson.test(outcome))) {
      for (const key of this.#localKeys(candidate)) this.#batch.patientRefs += patientReference(key, 0, outcome, false);
    }
    if (!remember || outcome.startsWith('W:')) return;
    const key = sourceKey(candidate.sourceId);
    if (key) this.#batch.seen += `${key}\t${copyValue(candidate.period)}\n`;
  }

  /** What may not land now may not stay in the form it had before: nothing but the key is kept, to take that away. */
  #withdraw(candidate: Candidate): void {
    const key = candidate.error?.rule === 'SOURCE_ID_ABSENT' ? undefined : this.#options.sourceKey(candidate.sourceId);
    if (!key) return;
    const bare = { ...candidate, start: '', end: '', ready: '', costPence: '', provider: '', codes: '', attributes: '' };
    const { rows } = this.#batch;
    this.#write(rows.add(candidate.row, nobody, true), key, bare);
    rows.withhold(rows.last);
  }

  #accept(candidate: Candidate, key: SourceKey, person: Person): void {
    const { rows, asides, wanted } = this.#batch;
    this.#write(rows.add(candidate.row, person, candidate.deleted), key, candidate);
    if (person === nobody) return;
    const { persons, resolveReferences, introduced, terms } = this.#options;
    const ageAt = candidate.birthDate === '' && terms.minimumAge > 0 ? this.#ageAt(candidate) : '';
    const { supersededBy } = candidate;
    const superseded = supersededBy === '' ? undefined : persons.supersede(candidate.nhsNumber, supersededBy, wanted);
    const verified = candidate.nhsNumberStatus === '01';
    if (candidate.introducesPatient) introduced?.remember([candidate.localPatientId, ...candidate.aliases], { person, verified });
    const introduces = resolveReferences && candidate.introducesPatient ? this.#introductions(candidate, person, verified, ageAt) : none;
    // Whoever only refers to a patient says nothing about them.
    const sight = candidate.refersToPatient ? '' : this.#sighting(candidate, person, ageAt === '');
    if (sight === '' && superseded === undefined && introduces.length === 0 && ageAt === '') return;
    asides.set(rows.last, { sight, superseded, introduces, verified, ageAt });
  }

  #defer(candidate: Candidate, key: SourceKey): void {
    // Without a usable id of its own the reference is the record's own key, which no patient answers to.
    const reference = this.#options.localKey([candidate.localPatientId]) ?? key;
    const { deferred } = this.#batch;
    deferred.columns(deferredColumns);
    deferred.bigint(candidate.row);
    deferred.boolean(candidate.deleted);
    deferred.boolean(candidate.birthDate !== '');
    deferred.uuid(reference);
    this.#write(deferred, key, candidate);
  }

  /** Every row of a practice names its patient by number and by id: once is enough, unless the row itself decides what becomes of them. */
  #introductions(candidate: Candidate, person: Person, verified: boolean, ageAt: string): readonly string[] {
    const { localPatientId, aliases } = candidate;
    if (ageAt !== '' || aliases.length > 0) return this.#localKeys(candidate);
    const said = this.#said.find(localPatientId);
    if (said?.person === person && (said.verified || !verified)) return none;
    this.#said.remember([localPatientId], { person, verified });
    return this.#localKeys(candidate);
  }

  #localKeys(candidate: Candidate): readonly string[] {
    return [candidate.localPatientId, ...candidate.aliases].flatMap((id) => (id === '' ? [] : (this.#options.localKey([id]) ?? [])));
  }

  /** @param once false while the row may still be withheld: the next row of the person must then say it again */
  #sighting(candidate: Candidate, person: Person, once: boolean): string {
    const { nhsNumberStatus, sex, birthDate, ethnicCategory, postcode, practice, registeredFrom, deathDate, sourceAt } = candidate;
    const said = fingerprint(candidate);
    if (said === person.sighted) return '';
    if (once) person.sighted = said;
    const place = generalisePostcode(postcode, this.#options.postcodes);
    const values = [
      toSex(sex),
      toMonth(birthDate),
      ethnicCategory,
      place.lsoa,
      place.ward,
      place.sector,
      practice,
      registeredFrom.slice(0, 10),
      toMonth(deathDate),
      notAfter(this.#options.today, sourceAt),
    ];
    // The status is never null: a data set without one says so with an empty text.
    return `${nhsNumberStatus}\t${values.map(copyValue).join('\t')}\n`;
  }
}

/** Columns of `deferred`: row number, deleted, grown, reference, and the event without its person. */
const deferredColumns = 4 + 14;

const none: readonly string[] = [];

/** Outcomes that would be the same for every record of the person, whatever record they were found on. */
const aboutThePerson = /^(Q:NHS_NUMBER_|W:(DUMMY_PATIENT|SENSITIVE_PERSON)$)/;

/** @param personId 0 where the patient is nobody, for the reason that `outcome` names */
export const patientReference = (key: string, personId: number, outcome: string, verified: boolean): string =>
  `${key}\t${copyId(personId)}\t${copyValue(outcome)}\t${verified ? 't' : 'f'}\n`;

const issueOf = ({ row }: Candidate, field: string, rule: string, guidance: string): Issue => ({
  row,
  field,
  rule,
  severity: 'error',
  guidance,
});

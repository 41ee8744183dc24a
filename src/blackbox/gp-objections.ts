import type { Issue } from '../feeds/record.ts';
import type { ArrivingObjection } from '../objections/arriving.ts';
import type { FindObjectionCodes } from '../objections/gp-codes.ts';
import { ownText } from '../shared/own-text.ts';
import type { Candidate } from './candidate.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, type NumberEnvironment } from './nhs-number.ts';
import type { LandingPseudonym } from './pseudonymise.ts';

export interface GpObjectionOptions {
  readonly find: FindObjectionCodes;
  readonly pseudonymise: (number: NhsNumber) => LandingPseudonym;
  readonly numbers: NumberEnvironment;
  readonly today: string;
  readonly report: (issue: Issue) => void;
}

interface Patient {
  readonly sent: string;
  readonly pseudonym: LandingPseudonym;
}

/** Patients of one delivery remembered by the sender's id, for records that name them by it. */
const mostPatients = 200_000;

/**
 * Hears the objections in the records of a GP delivery, whatever becomes of the records themselves: also a row that is
 * withheld or held back says what the person wants. Kept in memory as pseudonyms until the delivery records them.
 */
export class GpObjections {
  readonly #options: GpObjectionOptions;
  readonly #patients = new Map<string, Patient>();
  readonly #heard: ArrivingObjection[] = [];
  readonly #byReference: { readonly reference: string; readonly row: number; said: Omit<ArrivingObjection, 'landingPseudonym'> }[] = [];

  constructor(options: GpObjectionOptions) {
    this.#options = options;
  }

  hear(candidate: Candidate): void {
    const { find, report } = this.#options;
    if (candidate.introducesPatient && this.#patients.size < mostPatients) this.#meet(candidate);
    // A deleted entry withdraws nothing: only a withdrawal does (fail closed).
    if (candidate.codes === '' || candidate.deleted) return;
    for (const { objection, action } of find(candidate.codes)) {
      if (objection === 'type-2') {
        report(
          warning(candidate.row, 'TYPE2_NOT_PROCESSED', 'Type 2 ended on 11 October 2018. The code is not acted on; it can be removed.'),
        );
        continue;
      }
      const day = candidate.start.slice(0, 10);
      // Without a day an objection is in force from today; a withdrawal without a day ends nothing.
      if (action === 'withdrawn' && day === '') {
        report(warning(candidate.row, 'WITHDRAWAL_WITHOUT_DATE', 'A withdrawal needs its date; the objection stands until it has one.'));
        continue;
      }
      // An objection dated ahead was said by today; a withdrawal dated ahead waits for its day.
      const on = action === 'set' && day > this.#options.today ? this.#options.today : day;
      const said = {
        kind: objection,
        ...(action === 'set' ? { setOn: on, withdrawnOn: '' } : { setOn: '', withdrawnOn: on }),
        source: 'gp-record',
        recordedIn: 'gp',
        ...(objection === 'local-sharing' ? { about: 'gp' } : {}),
      };
      const pseudonym = this.#pseudonym(candidate.nhsNumber);
      if (pseudonym) this.#heard.push({ landingPseudonym: pseudonym, ...said });
      else this.#byReference.push({ reference: ownText(candidate.localPatientId), row: candidate.row, said });
    }
  }

  /** What was heard, once the delivery is read to its end and every patient of it is known. */
  async *take(): AsyncGenerator<ArrivingObjection> {
    yield* this.#heard;
    for (const { reference, row, said } of this.#byReference) {
      const patient = this.#patients.get(reference);
      if (patient) yield { landingPseudonym: patient.pseudonym, ...said };
      else
        this.#options.report(
          warning(row, 'OBJECTION_OF_NOBODY', 'This record objects for a patient it does not identify. Send it with the NHS number.'),
        );
    }
  }

  get heardAny(): boolean {
    return this.#heard.length + this.#byReference.length > 0;
  }

  #meet({ nhsNumber, localPatientId, aliases }: Candidate): void {
    // Every row of a practice names its patient: the same words are not worked out again.
    if (aliases.length === 0 && this.#patients.get(localPatientId)?.sent === nhsNumber) return;
    const pseudonym = this.#pseudonym(nhsNumber);
    if (pseudonym === undefined) return;
    const patient = { sent: ownText(nhsNumber), pseudonym };
    for (const id of [localPatientId, ...aliases]) this.#patients.set(ownText(id), patient);
  }

  #pseudonym(sent: string): LandingPseudonym | undefined {
    const canonical = canonicalNhsNumber(sent);
    return classifyNhsNumber(canonical, this.#options.numbers) === 'usable'
      ? this.#options.pseudonymise(canonical as NhsNumber)
      : undefined;
  }
}

const warning = (row: number, rule: string, guidance: string): Issue => ({ row, field: 'codes', rule, severity: 'warning', guidance });

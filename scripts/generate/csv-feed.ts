import { add, type DeliveryFile } from './delivery-file.ts';
import { withWrongCheckDigit } from './nhs-numbers.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';

/** Where a feed can be made dirty. Every name must be one of its columns. */
export interface Weaknesses {
  readonly number: string;
  readonly status?: string;
  /** The sender's own patient id, where it is not part of the record's key. */
  readonly localId?: string;
  /** Set when the record's key names the patient, so that a row without number is still about somebody. */
  readonly keyedByPatient?: boolean;
  /** A date whose impossible value quarantines the row. */
  readonly date?: string;
  readonly birth?: string;
  /** A code column whose unknown value quarantines the row, or only warns. */
  readonly code?: string;
  readonly warns?: string;
  /** Rule and columns of a check on two dates: the later column is set before the earlier one. */
  readonly order?: { readonly rule: string; readonly later: string; readonly earlier: string };
}

/** One row of every hundred, give or take, has something wrong with it. */
const rates = {
  absent: 0.003,
  malformed: 0.001,
  checkDigit: 0.002,
  placeholder: 0.0007,
  status: 0.003,
  date: 0.0015,
  birth: 0.0008,
  code: 0.0012,
  warning: 0.002,
  order: 0.002,
  shape: 0.0003,
  duplicate: 0.002,
} as const;
const total = Object.values(rates).reduce((sum, rate) => sum + rate, 0);

/** A file with a header, and the one place where rows are spoilt on purpose: each in one way only, so that it breaks one rule. */
export class CsvFeed {
  readonly file: DeliveryFile;
  readonly #columns: readonly string[];
  readonly #at = new Map<string, number>();
  readonly #weaknesses: Weaknesses;

  constructor(file: DeliveryFile, columns: readonly string[], weaknesses: Weaknesses) {
    this.file = file;
    this.#columns = columns;
    for (const [index, name] of columns.entries()) this.#at.set(name, index);
    this.#weaknesses = weaknesses;
    file.header(columns);
  }

  /** Writes one record; values of columns the file does not have are an error of the generator. */
  send(
    person: Person,
    values: Readonly<Record<string, string>>,
    random: Random,
    clean = person.clean,
    more?: Readonly<Record<string, string>>,
  ): void {
    const cells = this.#columns.map(() => '');
    this.#fill(cells, values);
    if (more) this.#fill(cells, more);
    if (clean) {
      const draw = random.next();
      if (draw < total) {
        this.#spoil(cells, person, draw, random);
        return;
      }
    }
    this.file.row(cells, person.index);
  }

  #fill(cells: string[], values: Readonly<Record<string, string>>): void {
    for (const name in values) {
      const at = this.#at.get(name);
      if (at === undefined) throw new Error(`${this.file.flow} has no column ${name}`);
      cells[at] = values[name] as string;
    }
  }

  #spoil(cells: string[], person: Person, draw: number, random: Random): void {
    const { number, status, localId, keyedByPatient, date, birth, code, warns, order } = this.#weaknesses;
    const { truth } = this.file;
    const set = (name: string | undefined, value: string): boolean => {
      const at = name === undefined ? undefined : this.#at.get(name);
      if (at === undefined) return false;
      cells[at] = value;
      return true;
    };
    const value = (name: string): string => cells[this.#at.get(name) as number] as string;
    let left = draw;
    const falls = (rate: number): boolean => {
      const here = left >= 0 && left < rate;
      left -= rate;
      return here;
    };
    const broken = (rule: string): void => add(truth.quarantined, rule);
    if (falls(rates.absent)) {
      set(number, '');
      set(localId, '');
      if (keyedByPatient) truth.referred += 1;
      else broken('NHS_NUMBER_ABSENT');
    } else if (falls(rates.malformed)) {
      set(number, random.pick([`${person.nhsNumber.slice(0, 9)}O`, person.nhsNumber.slice(0, 9), `NHS${person.nhsNumber}`]));
      broken('NHS_NUMBER_MALFORMED');
    } else if (falls(rates.checkDigit)) {
      set(number, withWrongCheckDigit(person.nhsNumber));
      broken('NHS_NUMBER_CHECK_DIGIT');
    } else if (falls(rates.placeholder)) {
      set(number, random.pick(['0000000000', '1111111111', '9999999999']));
      broken('NHS_NUMBER_PLACEHOLDER');
    } else if (falls(rates.status)) {
      if (set(status, random.pick(['02', '03', '04']))) broken('NHS_NUMBER_NOT_VERIFIED');
    } else if (falls(rates.date)) {
      if (set(date, this.file.dialect.dates === 'iso' ? '2026-02-30' : this.file.dialect.dates === 'compact' ? '20260230' : '30/02/2026'))
        broken('DATE_INVALID');
    } else if (falls(rates.birth)) {
      if (set(birth, this.file.dialect.dates === 'iso' ? '1950-13-07' : this.file.dialect.dates === 'compact' ? '19501307' : '07/13/1950'))
        broken('BIRTH_DATE_INVALID');
    } else if (falls(rates.code)) {
      if (set(code, 'ZZ')) broken('CODE_UNKNOWN');
    } else if (falls(rates.warning)) {
      if (set(warns, 'QQ')) add(truth.warnings, 'CODE_UNKNOWN');
    } else if (falls(rates.order)) {
      if (order && value(order.later) !== '' && value(order.earlier) !== '') {
        const layout = this.file.dialect.dates;
        set(
          order.later,
          value(order.earlier).includes(':')
            ? '1890-01-02 09:00:00'
            : layout === 'iso'
              ? '1890-01-02'
              : layout === 'compact'
                ? '18900102'
                : '02/01/1890',
        );
        broken(order.rule);
      }
    } else if (falls(rates.shape)) {
      this.file.row([...cells, 'one value too many'], person.index);
      broken('ROW_SHAPE');
      return;
    } else {
      this.file.row(cells, person.index);
      truth.duplicates += 1;
    }
    this.file.row(cells, person.index);
  }
}

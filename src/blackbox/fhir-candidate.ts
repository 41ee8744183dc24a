import { readDateTime } from '../feeds/fhir/date.ts';
import type { Issue, SourceRecord } from '../feeds/record.ts';
import type { Candidate, Tally } from './candidate.ts';
import type { SensitiveCodes } from './coding.ts';
import { holdsNhsNumber } from './misplaced.ts';
import type { NumberEnvironment } from './nhs-number.ts';
import { cellGuidance } from './values.ts';

export interface FhirPlanOptions {
  readonly allowedFields: ReadonlySet<string>;
  readonly sensitiveCodes: SensitiveCodes;
  readonly numbers: NumberEnvironment;
  readonly dropped: Tally;
}

const plainCode = /^[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9._+/-]{0,39}$/;

/** Turns what the FHIR reader found into a candidate: the same minimisation as for CSV, by element path instead of column. */
export function createFhirPlan({ allowedFields, sensitiveCodes, numbers, dropped }: FhirPlanOptions): (record: SourceRecord) => Candidate {
  // What describes the person is named by its element, as the agreement lists it; without Patient.link nobody is merged.
  const listed = (element: string, value: string): string => {
    if (value === '' || allowedFields.has(element)) return value;
    dropped.add('FIELD_NOT_IN_AGREEMENT');
    return '';
  };
  // A kind of record of which the agreement lists nothing may not land at all, not even as a date and a code.
  const listedTypes = new Set([...allowedFields].map((field) => field.split('.')[0]));
  return (record) => {
    for (const reason in record.dropped) dropped.add(reason, record.dropped[reason]);
    let codes = '';
    let sensitive = false;
    let misplaced = holdsNhsNumber(record.provider, numbers);
    for (const code of record.codes) {
      if (!plainCode.test(code)) {
        dropped.add('CODE_INVALID');
        continue;
      }
      const colon = code.indexOf(':');
      misplaced ||= holdsNhsNumber(code.slice(colon + 1), numbers);
      if (sensitiveCodes.isSensitive(code.slice(0, colon), code.slice(colon + 1))) sensitive = true;
      codes += codes === '' ? code : `,${code}`;
    }
    let attributes: Record<string, string | number | boolean> | undefined;
    for (const name of Object.keys(record.attributes)) {
      if (!allowedFields.has(name)) {
        dropped.add('FIELD_NOT_IN_AGREEMENT');
        continue;
      }
      const value = record.attributes[name] as string | number | boolean;
      misplaced ||= holdsNhsNumber(String(value), numbers);
      // Not every coded element is among the codes of its event, and a sensitive one is no less so as an attribute.
      if (typeof value === 'string' && plainCode.test(value)) {
        const colon = value.indexOf(':');
        if (sensitiveCodes.isSensitive(value.slice(0, colon), value.slice(colon + 1))) sensitive = true;
      }
      attributes ??= {};
      attributes[name] = value;
    }
    return {
      row: record.row,
      nhsNumber: record.nhsNumber,
      nhsNumberStatus: record.nhsNumberStatus,
      supersededBy: listed('Patient.link', record.supersededBy),
      localPatientId: record.localPatientId,
      aliases: record.aliases ?? [],
      refersToPatient: record.refersToPatient,
      introducesPatient: record.introducesPatient,
      birthDate: listed('Patient.birthDate', record.birthDate),
      deathDate: listed('Patient.deceased', record.deathDate),
      sex: listed('Patient.gender', record.sex),
      ethnicCategory: listed('Patient.extension.ethnicCategory', record.ethnicCategory),
      postcode: listed('Patient.address.postalCode', record.postcode),
      practice: listed('Patient.generalPractitioner', record.practice),
      registeredFrom: listed('Patient.generalPractitioner', record.registeredFrom),
      sourceId: record.sourceId,
      sourceAt: record.sourceAt,
      deleted: record.deleted,
      kind: record.kind,
      start: record.start,
      end: record.end,
      ready: record.ready.slice(0, 10),
      provider: record.provider,
      codes: codes === '' ? '' : `{${codes}}`,
      sensitive,
      costPence: record.costPence === undefined ? '' : String(record.costPence),
      attributes: attributes ? JSON.stringify(attributes) : '',
      period: record.period,
      withhold: record.withhold === '' && !listedTypes.has(record.sourceId[0] ?? '') ? 'RESOURCE_NOT_IN_AGREEMENT' : record.withhold,
      error: record.error ?? birthProblem(record) ?? (misplaced ? misplacedNumber(record) : undefined),
    };
  };
}

function misplacedNumber({ row, kind }: SourceRecord): Issue {
  const rule = 'NHS_NUMBER_IN_OTHER_FIELD';
  return { row, field: kind, rule, severity: 'error', guidance: cellGuidance[rule] as string };
}

/** The reader passes a date of birth on as sent; one that does not exist would only fail in the database, and the delivery with it. */
function birthProblem({ birthDate, row }: SourceRecord): Issue | undefined {
  if (birthDate === '' || (birthDate.length <= 10 && readDateTime(birthDate) !== '')) return undefined;
  const rule = 'BIRTH_DATE_INVALID';
  return { row, field: 'Patient.birthDate', rule, severity: 'error', guidance: cellGuidance[rule] as string };
}

import type { LocalDate } from '../../shared/clock.ts';
import type { LegalBasisKind } from '../terms.ts';
import type { Sheet } from './csv.ts';
import type { PlaceFacts } from './facts.ts';
import { type Block, gap, list, type Page, facts as pairs, type Section, table, text } from './page.ts';
import { flowTables, formName, madeOf, orNone, purposeNames } from './page-parts.ts';
import type { Ropa, RopaAgreement } from './ropa.ts';
import { securityMeasures } from './safeguards.ts';
import { basisWords, inWords, longDate, plural, sentence } from './words.ts';

/** The record of processing activities as a page, in the order of UK GDPR art. 30(1). */
export function ropaPage(facts: PlaceFacts, ropa: Ropa): Page {
  const [current, past] = [ropa.agreements.filter(({ inForce }) => inForce), ropa.agreements.filter(({ inForce }) => !inForce)];
  return {
    title: `Record of processing activities: ${facts.place.place.name}`,
    intro: [
      madeOf(facts),
      'UK GDPR art. 30(1) wants this record of every controller, and art. 30(2) of every processor. There is one entry for each agreement.',
    ],
    sections: [
      {
        heading: 'Who is responsible',
        blocks: [
          gap('each controller', 'contact details of the organisation and of its data protection officer; the register holds no contacts.'),
          gap('each controller', 'transfers outside the United Kingdom and their safeguards. The register records no recipient abroad.'),
        ],
      },
      { heading: 'Agreements in force', blocks: current.length === 0 ? [text('None.')] : [], sections: current.map(agreementSection) },
      {
        heading: 'Agreements not in force',
        blocks: [
          text(past.length === 0 ? 'None.' : 'No data flow under these. They stay on record because of what came under them before.'),
        ],
        sections: past.map(agreementSection),
      },
      {
        heading: 'Security measures',
        blocks: [
          list(securityMeasures),
          table(
            'Security assessments of everybody who handles the data',
            ['Organisation', 'ODS code', 'Newest assessment'],
            ropa.assurance.map(({ name, ods, assessment }) => [name, ods, assessment]),
            'Nobody handles data.',
          ),
        ],
      },
      { heading: 'Record of each processor', blocks: [processorTable(ropa)] },
      {
        heading: 'Every flow by its id',
        blocks: [
          table(
            'Flows of the register',
            ['Flow', 'What it is', 'Sender', 'Recipient', 'On this day'],
            ropa.flows.map(({ flow, title, sender, recipient, running }) => [
              flow,
              title,
              sender,
              recipient,
              running ? 'Running' : 'Not running',
            ]),
            'No flow is registered.',
          ),
        ],
      },
    ],
  };
}

/** A basis by name, and what it is where its name does not say that. */
const basisName = (kind: LegalBasisKind): string =>
  inWords(kind) === basisWords[kind] ? sentence(inWords(kind)) : `${sentence(inWords(kind))}: ${basisWords[kind]}`;

const until = ({ from, to }: { readonly from: LocalDate; readonly to: LocalDate | null }): string =>
  `from ${longDate(from)}${to === null ? '' : ` to ${longDate(to)}`}`;

function agreementSection(one: RopaAgreement): Section {
  const { legalBasis, retention, sensitiveCodes, dpia, subjects } = one;
  return {
    heading: one.title,
    blocks: [
      pairs(
        ['State of the agreement', one.standing],
        [
          'Controllers',
          orNone(
            one.controllers.map(
              (who) =>
                `${who.name} (${who.ods}), ${inWords(who.capacity)}, ${until(who)}${who.icoRegistration === null ? '' : `, ICO registration ${who.icoRegistration}`}`,
            ),
          ),
        ],
        ['Purposes', purposeNames(one.purposes)],
        [
          'Legal basis',
          [
            basisName(legalBasis.kind),
            legalBasis.clause,
            ...(legalBasis.reference === null ? [] : [`Reference ${legalBasis.reference}`]),
            `UK GDPR ${[legalBasis.article6, legalBasis.article9].filter((article) => article !== null).join(' and ') || 'article not recorded'}`,
            `State: ${legalBasis.standing}`,
          ],
        ],
        [
          'Categories of people',
          `${subjects.minimumAge === 0 ? 'People of any age' : `People aged ${subjects.minimumAge} and over`} with records in: ${subjects.settings.map(inWords).join(', ') || 'no setting'}`,
        ],
        ['Form in which data leave the sender', formName(one.form)],
        ['Sensitive codes', sensitiveCodes.excluded ? 'Withheld before landing' : `May come in: ${sensitiveCodes.approval ?? ''}`],
        ['How long they are kept', retention === null ? 'Not recorded' : `${plural(retention.months, 'month')}. ${retention.destruction}`],
        [
          'Impact assessment',
          dpia === null
            ? 'None recorded'
            : `${dpia.reference}, ${longDate(dpia.on)}${dpia.reviewBy === null ? '' : `, review by ${longDate(dpia.reviewBy)}`}`,
        ],
        ['How people are told', orNone(one.told)],
        ['Signatures', `${plural(one.signatures.signed, 'organisation')} signed, ${one.signatures.withdrawn} withdrew`],
      ),
      categoryTable(one),
      table(
        `Categories of recipients: ${one.title}`,
        ['Who', 'Form of the data', 'On condition of'],
        one.recipients.map(({ who, form, condition }) => [who, formName(form), condition]),
        'No recipient is recorded.',
      ),
      ...flowTables(`Flows: ${one.title}`, one.flows),
    ],
  };
}

const categoryTable = (one: RopaAgreement): Block =>
  table(
    `Categories of data: ${one.title}`,
    ['Data set', 'What for', 'Identifies people', 'Items'],
    one.categories.map(({ title, why, identifying, fields }) => [title, why, identifying ? 'Yes' : 'No', String(fields.length)]),
    'The agreement lists no identifiers and fields, so nothing may come in under it.',
  );

const processorTable = ({ agreements }: Ropa): Block =>
  table(
    'Processing on behalf of controllers (UK GDPR art. 30(2))',
    ['Processor', 'Agreement', 'On behalf of', 'Contract', 'What a breach costs', 'Audit'],
    agreements.flatMap((one) =>
      one.processors.map((who) => [
        `${who.name} (${who.ods}), ${until(who)}`,
        one.title,
        orNone(one.controllers.map(({ name }) => name)),
        who.contract,
        who.liabilities ?? 'Not recorded',
        who.auditRights ?? 'Not recorded',
      ]),
    ),
    'No processor is recorded.',
  );

/** One row for each flow, with what its agreement says: to sort and filter. */
export function ropaSheet(ropa: Ropa): Sheet {
  const byId = new Map(ropa.agreements.map((one) => [one.id, one]));
  return {
    head: [
      'flow',
      'title',
      'sender',
      'recipient',
      'data set',
      'agreement',
      'controllers',
      'purposes',
      'legal basis',
      'basis state',
      'months kept',
      'running',
      'reasons',
    ],
    rows: ropa.flows.map((flow) => {
      const one = byId.get(flow.agreement);
      return [
        ...[flow.flow, flow.title, flow.sender, flow.recipient, flow.dataSet, flow.agreement],
        ...[(one?.controllers ?? []).map(({ name }) => name).join('; '), (one?.purposes ?? []).join('; ')],
        ...[one?.legalBasis.kind ?? '', one?.legalBasis.standing ?? '', one?.retention?.months ?? ''],
        ...[flow.running ? 'yes' : 'no', flow.reasons.join(' ')],
      ];
    }),
  };
}

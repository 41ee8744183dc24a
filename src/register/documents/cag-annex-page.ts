import type { AnnexAgreement, AnnexDataSet, CagAnnex } from './cag-annex.ts';
import type { Sheet } from './csv.ts';
import type { PlaceFacts } from './facts.ts';
import { type Block, gap, list, type Page, facts as pairs, type Section, table, text } from './page.ts';
import { flowTables, formName, madeOf, orNone, purposeNames } from './page-parts.ts';
import { securityMeasures } from './safeguards.ts';
import { inWords, longDate, plural, sentence, setAsideWords } from './words.ts';

/** The annex in the order in which the Confidentiality Advisory Group asked in 2014. */
export function cagAnnexPage(facts: PlaceFacts, annex: CagAnnex): Page {
  const sector = (wanted: AnnexDataSet['sector']): AnnexDataSet[] => annex.dataSets.filter((one) => one.sector === wanted);
  return {
    title: `Annex to an application for section 251 support: ${facts.place.place.name}`,
    intro: [
      madeOf(facts),
      'For the Confidentiality Advisory Group. It lists the flows, the data sets of health and of social care apart, whether each is national or local, and why each item is needed. Support under regulation 5 lifts only the common-law duty of confidentiality; all other law stays.',
    ],
    sections: [
      {
        heading: 'The application',
        blocks: [
          gap('the applicant', 'application number, applicant, Caldicott guardian and contacts; the register holds no contacts.'),
          gap('the applicant', 'why neither consent nor data that identify nobody would do (NHS Act 2006, s. 251(4)).'),
          gap('the applicant', 'how patients, service users and the public were involved, and the benefit as they see it.'),
          gap('the applicant', 'which of the purposes are research and which improve services; research needs its own approval.'),
        ],
      },
      {
        heading: 'Agreements',
        blocks: annex.agreements.length === 0 ? [text('No agreement feeds the linked data set on this day.')] : [],
        sections: annex.agreements.map(agreementSection),
      },
      { heading: 'Data flows', blocks: [...flowTables('Who sends what to whom', annex.flows)] },
      {
        heading: 'Health data sets',
        blocks: [dataSetTable('Health data sets', sector('health'))],
        sections: sector('health').map(itemSection),
      },
      {
        heading: 'Social care data sets',
        blocks: [dataSetTable('Social care data sets', sector('social-care'))],
        sections: sector('social-care').map(itemSection),
      },
      {
        heading: 'Objections',
        blocks: [
          text(
            'Type 1 opt-outs, the national data opt-out, objections to the programme, and consent withheld or withdrawn are asked about when a record arrives and at every read. An objection made at the GP carries to social care; one made later removes what landed before. No objection is not consent.',
          ),
        ],
      },
      {
        heading: 'Security',
        blocks: [
          list(securityMeasures),
          table(
            'Security assessments of everybody who handles the data',
            ['Organisation', 'ODS code', 'Newest assessment'],
            annex.assurance.map(({ name, ods, assessment }) => [name, ods, assessment]),
            'Nobody handles data.',
          ),
        ],
      },
    ],
  };
}

function agreementSection(one: AnnexAgreement): Section {
  return {
    heading: one.title,
    blocks: [
      pairs(
        ['State', one.standing],
        [
          'Rests on section 251',
          one.section251 ? `Yes${one.reference === null ? ', no reference yet' : `: ${one.reference}`}` : `No: ${one.clause}`,
        ],
        ['State of its basis', one.basisStanding],
        [
          one.section251 ? 'Support asked for or given until' : 'Basis until',
          one.supportUntil === null ? 'Not recorded' : longDate(one.supportUntil),
        ],
        ['Purposes', purposeNames(one.purposes)],
        ['Controllers', orNone(one.controllers.map(({ name, capacity }) => `${name} (${inWords(capacity)})`))],
        [
          'Processors',
          orNone(
            one.processors.map(
              ({ name, contract, liabilities, auditRights }) =>
                `${name}: ${contract}. Liabilities: ${liabilities ?? 'not recorded'}. Audit: ${auditRights ?? 'not recorded'}`,
            ),
          ),
        ],
        [
          'Left out',
          [
            one.sensitiveCodes === null ? 'Sensitive and legally restricted codes' : `Nothing by code: ${one.sensitiveCodes}`,
            'Free text',
            ...(one.minimumAge === 0 ? [] : [`People under ${one.minimumAge}`]),
          ],
        ],
        [
          'Objections set aside',
          orNone(
            one.objectionsSetAside.map(
              ({ document, reference, seenOn, seenBy }) =>
                `${sentence(setAsideWords[document])}: ${reference}, seen on ${longDate(seenOn)} by ${seenBy}`,
            ),
            'None: every objection is honoured as the rule book says',
          ),
        ],
        ['Holders who also see a source system', one.sourceSystemAccess ?? 'Are refused its rows'],
        ['Kept for', one.retention === null ? 'Not recorded' : `${plural(one.retention.months, 'month')}. ${one.retention.destruction}`],
        ['How people are told', orNone(one.told.map(({ channel, evidence, on }) => `${channel}, ${longDate(on)}: ${evidence}`))],
      ),
      table(
        `What comes out under ${one.title}`,
        ['To', 'Form', 'Identifiers', 'On condition of'],
        one.dataOut.map(({ to, form, identifiers, condition }) => [
          to,
          formName(form),
          orNone(identifiers.map(inWords), 'None'),
          condition,
        ]),
        'The agreement lists nothing that comes out.',
      ),
      table(
        `Conditions of ${one.title}`,
        ['Condition', 'Source', 'Due', 'Done'],
        one.conditions.map(({ number, text: words, source, within, dueOn, doneOn }) => [
          `${number}. ${words}`,
          source,
          dueOn === undefined ? (within ?? 'Always') : longDate(dueOn),
          doneOn === undefined ? 'Not recorded as done' : longDate(doneOn),
        ]),
        'No conditions are recorded.',
      ),
    ],
  };
}

const dataSetTable = (caption: string, sets: readonly AnnexDataSet[]): Block =>
  table(
    caption,
    ['Data set', 'National or local', 'Sent by', 'Items', 'Of them identify people', 'Agreement'],
    sets.map(({ title, origin, senders, items, agreement }) => [
      title,
      sentence(origin),
      senders.length <= 3 ? orNone(senders, 'No flow is registered') : plural(senders.length, 'organisation'),
      String(items.length),
      String(items.filter(({ identifying }) => identifying).length),
      agreement,
    ]),
    'None.',
  );

const itemSection = ({ title, agreement, items, linkByLocalId }: AnnexDataSet): Section => ({
  heading: `${title} (${agreement})`,
  blocks: [
    ...(linkByLocalId ? [text('Records are also linked by the number the sender gives to a person, kept only as a keyed hash.')] : []),
    ...(items.length === 0
      ? [gap('the applicant', 'the items of this data set and why each is needed. Nothing may come in until the agreement lists them.')]
      : []),
    table(
      `Every item of ${title}`,
      ['Item', 'Identifies people', 'National or local', 'Why it is needed (Caldicott principles 1 to 3)'],
      items.map(({ field, identifying, origin, justification }) => [field, identifying ? 'Yes' : 'No', sentence(origin), justification]),
      'No item is listed.',
    ),
  ],
});

export const cagAnnexSheet = ({ dataSets }: CagAnnex): Sheet => ({
  head: ['sector', 'data set', 'agreement', 'item', 'identifying', 'origin', 'justification'],
  rows: dataSets.flatMap(({ sector, title, agreement, items }) =>
    items.map(({ field, identifying, origin, justification }) => [
      sector,
      title,
      agreement,
      field,
      identifying ? 'yes' : 'no',
      origin,
      justification,
    ]),
  ),
});

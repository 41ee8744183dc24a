import type { Dpia } from './dpia.ts';
import type { PlaceFacts } from './facts.ts';
import { gap, list, type Page, facts as pairs, type Section, table, text } from './page.ts';
import { flowTables, formName, madeOf, orNone, purposeNames } from './page-parts.ts';
import type { RopaAgreement } from './ropa.ts';
import { securityMeasures } from './safeguards.ts';
import { inWords, longDate, plural } from './words.ts';

/** Under the headings of the template that the Information Commissioner publishes; what the register cannot know is left to a named hand. */
export function dpiaPage(facts: PlaceFacts, dpia: Dpia): Page {
  const { agreements } = dpia;
  return {
    title: `Data protection impact assessment (skeleton): ${facts.place.place.name}`,
    intro: [
      madeOf(facts),
      'UK GDPR art. 35 wants an assessment before data of this kind are linked at this scale. The headings are those of the template of the Information Commissioner. What the register knows is filled in; the rest says who completes it.',
    ],
    sections: [
      {
        heading: 'Submitting controller details',
        blocks: [
          pairs(['Controllers', orNone([...new Set(agreements.flatMap(({ controllers }) => controllers.map(({ name }) => name)))])]),
          gap('each controller', 'subject of the assessment, contact and data protection officer.'),
        ],
      },
      {
        heading: 'Step 1: Identify the need for an assessment',
        blocks: [
          text(
            'Records about health and social care of a whole population are linked across organisations, and used to find groups and people at risk: special category data on a large scale, matched from several sources (UK GDPR art. 35(3)(b)).',
          ),
          gap('the programme lead', 'what the project aims to achieve, in words of its own.'),
        ],
      },
      {
        heading: 'Step 2: Describe the processing',
        blocks: agreements.length === 0 ? [text('No agreement is in force on this day.')] : [],
        sections: agreements.map(processingSection),
      },
      {
        heading: 'Step 3: Consultation process',
        blocks: [
          gap(
            'the data protection officer',
            'who was asked, when and how: people whose data these are, local medical committee, Healthwatch, processors, security experts; or why not.',
          ),
        ],
      },
      {
        heading: 'Step 4: Assess necessity and proportionality',
        blocks: [
          table(
            'Lawful basis and limits of each agreement',
            ['Agreement', 'Basis', 'State of the basis', 'Kept for', 'Items that may come in'],
            agreements.map(({ title, legalBasis, retention, categories }) => [
              title,
              [
                inWords(legalBasis.kind),
                legalBasis.clause,
                `UK GDPR ${[legalBasis.article6, legalBasis.article9].filter((one) => one !== null).join(' and ') || 'article not recorded'}`,
              ],
              legalBasis.standing,
              retention === null ? 'Not recorded' : plural(retention.months, 'month'),
              String(new Set(categories.flatMap(({ fields }) => fields)).size),
            ]),
            'No agreement is in force on this day.',
          ),
          text(
            'Each item is justified in the agreement, and listed in the annex for the Confidentiality Advisory Group. What is not listed is dropped.',
          ),
          gap('the Caldicott guardian', 'whether the purposes could be achieved with less, and how function creep is prevented.'),
          gap('the data protection officer', 'how the rights of people are supported, and safeguards for any transfer abroad.'),
        ],
      },
      {
        heading: 'Step 5: Identify and assess risks',
        blocks: [
          table(
            'Risks that follow from the register',
            ['About', 'Source of risk and nature of the impact', 'Likelihood of harm', 'Severity of harm', 'Overall risk'],
            dpia.risks.map(({ about, risk }) => [about, risk, 'To be completed', 'To be completed', 'To be completed']),
            'The register shows none.',
          ),
          gap(
            'the data protection officer',
            'other risks, and likelihood (remote, possible, probable), severity (minimal, significant, severe) and overall risk (low, medium, high) of each.',
          ),
        ],
      },
      {
        heading: 'Step 6: Identify measures to reduce risk',
        blocks: [
          list(securityMeasures),
          table(
            'What is done about each risk',
            ['About', 'Risk', 'Measure', 'Effect on the risk', 'Residual risk', 'Measure approved'],
            dpia.risks.map(({ about, risk, measure }) => [about, risk, measure, 'To be completed', 'To be completed', 'To be completed']),
            'The register shows no risk.',
          ),
          gap(
            'the data protection officer',
            'effect on each risk (eliminated, reduced, accepted), what remains, and who approved the measure.',
          ),
        ],
      },
      {
        heading: 'Step 7: Sign off and record outcomes',
        blocks: [
          table(
            'Assessments recorded before',
            ['Agreement', 'Reference', 'Made on', 'Review by'],
            agreements.map(({ title, dpia: made }) => [
              title,
              made?.reference ?? 'None recorded',
              made === null ? '' : longDate(made.on),
              made?.reviewBy ? longDate(made.reviewBy) : 'Not recorded',
            ]),
            'None.',
          ),
          gap(
            'the senior information risk owner',
            'measures approved, residual risks approved, and, where a high risk remains, consultation of the Information Commissioner before going ahead.',
          ),
          gap(
            'the data protection officer',
            'advice given, and whether it was accepted or overruled, with reasons; who keeps this assessment under review.',
          ),
        ],
      },
    ],
  };
}

function processingSection(one: RopaAgreement): Section {
  return {
    heading: one.title,
    blocks: [],
    sections: [
      {
        heading: 'Nature',
        blocks: [
          ...flowTables(`Flows under ${one.title}`, one.flows),
          pairs(
            ['Form in which data leave the sender', formName(one.form)],
            ['Processors', orNone(one.processors.map(({ name, contract }) => `${name}: ${contract}`))],
            ['Recipients', orNone(one.recipients.map(({ who, condition }) => `${who}: ${condition}`))],
          ),
        ],
      },
      {
        heading: 'Scope',
        blocks: [
          table(
            `Data under ${one.title}`,
            ['Data set', 'What for', 'Identifies people', 'Items'],
            one.categories.map(({ title, why, identifying, fields }) => [title, why, identifying ? 'Yes' : 'No', String(fields.length)]),
            'The agreement lists no data.',
          ),
          pairs(
            ['People', one.subjects.minimumAge === 0 ? 'Of any age' : `Aged ${one.subjects.minimumAge} and over`],
            [
              'Kept for',
              one.retention === null ? 'Not recorded' : `${plural(one.retention.months, 'month')}. ${one.retention.destruction}`,
            ],
          ),
          gap('the programme lead', 'how many people are affected, and the area covered.'),
        ],
      },
      {
        heading: 'Context',
        blocks: [
          pairs(
            ['How people are told', orNone(one.told)],
            ['Who has signed', `${plural(one.signatures.signed, 'organisation')}; ${one.signatures.withdrawn} withdrew`],
          ),
          gap(
            'the programme lead',
            'what people would expect, whether children or other vulnerable groups are included, and public concern known so far.',
          ),
        ],
      },
      {
        heading: 'Purposes',
        blocks: [list(purposeNames(one.purposes)), gap('the programme lead', 'the benefit for people, and the intended effect on them.')],
      },
    ],
  };
}

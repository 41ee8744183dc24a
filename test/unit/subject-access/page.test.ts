import { describe, expect, it } from 'vitest';
import type { SubjectAccessAnswer } from '../../../src/subject-access/answer.ts';
import { answerPage } from '../../../src/subject-access/html.ts';
import { sayCode, sayDate, sayName, sayValue } from '../../../src/subject-access/say.ts';
import { parseMarkup, structureFaults } from '../../support/markup.ts';

const event = {
  kind: 'incident',
  to: null,
  provider: null,
  codes: ['icd10:I219', 'local:30D1'],
  costPence: null,
  attributes: { TimeAtScene: '2025-02-14 11:36:00' },
};
const answer = {
  ...{ request: 'r', place: 'a-place', placeName: 'A place', answeredOn: '2026-11-22', decidedBy: 'lead', decision: 'Seen.', identity: [] },
  person: { sex: '2', birth_month: '1945-11-01', death_month: null, ethnic_category: 'A', doubts: [] },
  flows: [
    {
      ...{
        flow: 'f',
        title: 'Ambulance incidents',
        setting: 'nhs-111',
        sender: 'A trust',
        agreement: undefined,
        sighting: { lsoa: null, sex: '1' },
      },
      events: [
        { ...event, from: '2025-02-14T10:41' },
        { ...event, from: null },
      ],
    },
  ],
  ...{
    objections: [],
    nationalChecks: [],
    linkage: { grade: 'verified', doubts: [], numbers: 1, merges: 0 },
    projectsBefore: [{ project: 'p', title: 'A project', organisation: null, purposes: ['returns'], licenceUntil: '2027-03-31' }],
  },
  summary: { as_of: '2026-11-22', gp_encounters_6m: 3, cost_12m_pence: 183220, settings_seen: ['gp', 'nhs-111'] },
  ...{
    scores: [],
    projects: [],
    looked: [{ at: '2026-11-22T10:17:23Z', what: 'journey.read', who: 'x', project: null, purpose: 'commissioning' }],
  },
  notes: ['A note.'],
} as SubjectAccessAnswer;

describe('the page for the person', () => {
  const page = answerPage(answer);

  it('can be read aloud and printed, and breaks no word', () => {
    expect(structureFaults(parseMarkup(page))).toEqual([]);
    expect(page).not.toContain('overflow-wrap: anywhere');
  });

  it('names the projects that knew the person once', () => {
    expect(page).toContain('No: taken out');
    expect(page).toContain('31 March 2027');
  });

  it('says codes and dates as people say them, and leaves out what nobody recorded', () => {
    for (const said of [
      'Female (2)',
      'November 1945',
      'White: British (A)',
      '14 February 2025, 10:41',
      'ICD-10 I219',
      'Time at scene',
      '£1832.20',
    ])
      expect(page).toContain(said);
    for (const unsaid of ['Month of death', 'Cost</th>', 'Provider</th>', 'commissioning</td>']) expect(page).not.toContain(unsaid);
    expect(page).toContain('planning and paying for services');
  });
});

it.each([
  [sayName('gp_encounters_6m'), 'GP encounters in the last 6 months'],
  [sayName('HospitalAttended'), 'Hospital attended'],
  [sayDate('2026-11-22T10:17:23Z'), '22 November 2026, 10:17 UTC'],
  [sayDate('2018-04-13T00:00'), '13 April 2018'],
  [sayDate('not a date'), 'not a date'],
  [sayCode('readv2:G58..'), 'Read v2 G58..'],
  [sayValue({ Abnormal: true }), 'Abnormal: yes'],
])('%s', (said, expected) => {
  expect(said).toBe(expected);
});

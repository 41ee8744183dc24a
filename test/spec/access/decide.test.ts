import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decideAccess, trainedTo } from '../../../src/access/decide.ts';
import { accessReasons } from '../../../src/access/reasons.ts';
import { renderAccessRuleBook } from '../../../src/access/rule-book.ts';
import type { PersonRole } from '../../../src/register/people.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';

const project = {
  id: 'example-project',
  title: 'Example project',
  organisation: 'ZICB',
  agreements: ['example-place-agreement'],
  licence: 'super-user',
  seats: 2,
  purposes: ['risk-stratification-commissioning'],
  recipientKeyId: 'example-project',
  validFrom: '2025-04-01',
  validTo: '2027-03-31',
  contract: 'Licence terms',
};

/** The example place with one person in one seat that nothing speaks against on 2026-11-21; each row breaks one thing. */
type Change = (person: Breakable, seat: Breakable, place: Breakable) => void;
const registered = (role: PersonRole, change: Change) =>
  registerWith((place) => {
    const licensed = role === 'ordinary' || role === 'super-user' ? { project: project.id, purposes: [...project.purposes] } : {};
    const person = {
      id: 'example-person',
      organisation: 'ZICB',
      post: 'Post',
      trainedOn: '2026-06-01',
      confidentialitySignedOn: '2025-04-01',
      sourceSystems: [],
      registration: { regulator: 'gmc', number: '0000001', validTo: '2027-03-31' },
    };
    const seat = { id: 'example-seat', person: person.id, role, validFrom: '2025-04-01', validTo: '2027-03-31', ...licensed };
    place.projects = [structuredClone(project)];
    place.people = [person];
    place.seats = [seat];
    change(person, seat, place);
  });

type Row = readonly [
  situation: string,
  role: PersonRole,
  change: Change,
  asked: { readonly roles?: readonly PersonRole[]; readonly purpose?: 'commissioning'; readonly place?: string; readonly project?: string },
  outcome: readonly string[],
];
const asIs = () => undefined;

const book: readonly Row[] = [
  ['nothing speaks against it', 'ig-lead', asIs, {}, []],
  ['one of several roles is held', 'ig-lead', asIs, { roles: ['auditor', 'ig-lead'] }, []],
  ['the last day of the seat', 'ig-lead', (_p, seat) => Object.assign(seat, { validTo: '2026-11-21' }), {}, []],
  ['the day after the last', 'ig-lead', (_p, seat) => Object.assign(seat, { validTo: '2026-11-20' }), {}, ['SEAT_EXPIRED']],
  ['the day before the first', 'ig-lead', (_p, seat) => Object.assign(seat, { validFrom: '2026-11-22' }), {}, ['SEAT_NOT_YET_VALID']],
  ['the person is not registered', 'ig-lead', (person) => Object.assign(person, { id: 'another' }), {}, ['PERSON_UNKNOWN']],
  ['the person has another role', 'auditor', asIs, { roles: ['ig-lead'] }, ['SEAT_ABSENT']],
  ['the person has no seat', 'ig-lead', (_p, _s, place) => Object.assign(place, { seats: [] }), {}, ['SEAT_ABSENT']],
  ['never trained', 'ig-lead', (person) => delete person.trainedOn, {}, ['TRAINING_ABSENT']],
  ['training still to come', 'ig-lead', (person) => Object.assign(person, { trainedOn: '2026-11-22' }), {}, ['TRAINING_ABSENT']],
  ['the last day of the training', 'ig-lead', (person) => Object.assign(person, { trainedOn: '2025-11-22' }), {}, []],
  ['training of a year ago', 'ig-lead', (person) => Object.assign(person, { trainedOn: '2025-11-21' }), {}, ['TRAINING_EXPIRED']],
  ['no confidentiality signed', 'ig-lead', (person) => delete person.confidentialitySignedOn, {}, ['CONFIDENTIALITY_NOT_SIGNED']],
  [
    'the organisation was closed',
    'ig-lead',
    (_p, _s, place) => Object.assign(place.organisations[2], { closedOn: '2026-11-21' }),
    {},
    ['ORGANISATION_CLOSED'],
  ],
  ['it is done in another place', 'ig-lead', asIs, { place: 'other-place' }, ['OTHER_PLACE']],
  ['another purpose', 'super-user', asIs, { purpose: 'commissioning' }, ['PURPOSE_NOT_HELD']],
  ['another project', 'super-user', asIs, { project: 'other-project' }, ['OTHER_PROJECT']],
  ['an office is no licence', 'ig-lead', asIs, { project: project.id }, ['OTHER_PROJECT']],
  [
    'the licence has run out',
    'super-user',
    (_p, _s, place) => Object.assign(place.projects[0], { validTo: '2026-11-20' }),
    {},
    ['LICENCE_NOT_IN_FORCE'],
  ],
  ['a professional', 'professional', asIs, {}, []],
  ['a professional without registration', 'professional', (person) => delete person.registration, {}, ['REGISTRATION_ABSENT']],
  [
    'a registration that has run out',
    'professional',
    (person) => Object.assign(person.registration, { validTo: '2026-11-20' }),
    {},
    ['REGISTRATION_EXPIRED'],
  ],
  [
    'everything at once',
    'super-user',
    (person, seat) => {
      delete person.trainedOn;
      seat.validTo = '2026-01-01';
    },
    { purpose: 'commissioning', place: 'other-place' },
    ['TRAINING_ABSENT', 'OTHER_PLACE', 'SEAT_EXPIRED', 'PURPOSE_NOT_HELD'],
  ],
];

describe('who may act', () => {
  it.each(book)('%s (%s)', (_situation, role, change, asked, outcome) => {
    const request = { person: 'example-person', roles: [role], ...asked };
    const decision = decideAccess(registered(role, change), request, '2026-11-21' as LocalDate);
    expect(decision.allowed ? [] : decision.reasons).toEqual(outcome);
    if (decision.allowed) {
      expect(decision.actor).toEqual({ person: 'example-person', role, organisation: 'ZICB', place: 'example-place' });
    }
  });

  it('has a row for every reason', () => {
    const shown = new Set(book.flatMap((row) => row[4]));
    expect(Object.keys(accessReasons).filter((reason) => !shown.has(reason))).toEqual([]);
  });

  it('names the seat that comes nearest when a person holds several', () => {
    const register = registered('auditor', (_p, seat, place) => {
      place.seats = [
        { ...seat, id: 'old', role: 'ig-lead', validTo: '2026-01-01' },
        { ...seat, id: 'new', role: 'ig-lead' },
      ];
    });
    const decision = decideAccess(register, { person: 'example-person', roles: ['ig-lead'] }, '2026-11-21' as LocalDate);
    expect(decision).toMatchObject({ allowed: true, seat: 'new' });
  });

  it.each([
    ['2025-03-01', '2026-02-28'],
    ['2024-02-29', '2025-02-28'],
    ['2023-03-01', '2024-02-29'],
  ])('counts training of %s until %s', (trained, until) => {
    expect(trainedTo(trained as LocalDate)).toBe(until);
  });
});

describe('the published rule book', () => {
  it('says what the rules say', async () => {
    const published = await readFile(fileURLToPath(new URL('../../../docs/rules/access.md', import.meta.url)), 'utf8');
    expect(published).toBe(renderAccessRuleBook());
  });
});

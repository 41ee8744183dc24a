import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/register/organisation.ts';
import { observeConditions } from '../../../src/returns/conditions.ts';
import { loadThresholds } from '../../../src/returns/load.ts';
import { observeCorrespondence, observeRetrieval } from '../../../src/returns/nhs-number-use.ts';
import { observeProgress } from '../../../src/returns/open-api-progress.ts';
import type { ProbeFact } from '../../../src/returns/probes/probe-fact.ts';
import { observeSharing } from '../../../src/returns/sharing.ts';
import type { Thresholds } from '../../../src/returns/thresholds.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { factsOf, flowBetween, landedOn, openEndpoint, quarter, smallPlace } from '../../fixtures/returns/register.ts';

let thresholds: Thresholds;
beforeAll(async () => {
  thresholds = await loadThresholds(join(packageRoot(), 'config'));
});

const day = (text: string) => text as LocalDate;
const open = 'Shared via Open API';
const interim = 'Shared via interim solution';
const none = 'Not currently shared digitally';

/** [the route from GP to hospital, endpoint, was a delivery seen, answer, standing, flags] */
type Row = readonly [
  string,
  Endpoint | ReturnType<typeof openEndpoint> | undefined,
  boolean,
  string,
  'seen' | 'register',
  readonly string[],
];
const routes: readonly Row[] = [
  ['every fact of RULE-API-1, and a delivery', openEndpoint('e'), true, open, 'seen', []],
  ['every fact, and no delivery in the period', openEndpoint('e'), false, open, 'register', ['NO_DATA_IN_PERIOD']],
  ['no published specification', openEndpoint('e', { publishedSpecification: undefined }), true, interim, 'seen', []],
  ['third parties need bespoke work', openEndpoint('e', { thirdPartyAccess: { withoutBespokeWork: false } }), true, interim, 'seen', []],
  ['a published file drop', openEndpoint('e', { standard: 'sftp', interaction: 'file' }), true, interim, 'seen', []],
  ['a portal', openEndpoint('e', { standard: 'portal', interaction: 'view' }), true, interim, 'seen', []],
  ['a message', openEndpoint('e', { standard: 'mesh', interaction: 'message' }), true, interim, 'seen', []],
  [
    'an endpoint that goes live after the period, nothing seen',
    openEndpoint('e', { liveFrom: day('2027-01-01') }),
    false,
    none,
    'seen',
    ['NO_FLOW_IN_REGISTER'],
  ],
  ['an endpoint that is not live, yet a delivery was seen', openEndpoint('e', { liveFrom: day('2027-01-01') }), true, interim, 'seen', []],
  [
    'plain e-mail, nothing seen',
    openEndpoint('e', { standard: 'email', interaction: 'message' }),
    false,
    none,
    'seen',
    ['NO_FLOW_IN_REGISTER'],
  ],
  ['a live flow whose endpoint nobody recorded', undefined, true, interim, 'seen', []],
];

describe('a cell of the matrix (RULE-API-1, RULE-BCF-3)', () => {
  it.each(routes)('%s', (_, endpoint, seen, answer, standing, flags) => {
    const place = smallPlace([flowBetween('f', 'gp', 'hospital', endpoint ? { route: 'open-api', endpoint: endpoint.id } : {})], {
      gp: endpoint ? [endpoint] : [],
    });
    const found = observeSharing(factsOf(place, seen ? [landedOn('f')] : [], thresholds), 'gp', 'hospital');
    expect({ answer: found.answer, standing: found.standing, flags: found.flags }).toEqual({ answer, standing, flags });
  });

  it('is directional: what goes to the hospital does not come back from it', () => {
    const facts = factsOf(smallPlace([flowBetween('f', 'gp', 'hospital')]), [landedOn('f')], thresholds);
    expect(observeSharing(facts, 'gp', 'hospital').answer).toBe(interim);
    expect(observeSharing(facts, 'hospital', 'gp').answer).toBe(none);
    expect(observeSharing(facts, 'gp', 'gp').answer).toBe(none);
  });

  it('counts a flow that stopped before the period as no flow, and one that stopped within it as live', () => {
    const stopped = (on: string) =>
      flowBetween('f', 'gp', 'hospital', {
        history: [
          { state: 'live', on: '2025-01-01', by: 'Board', evidence: 'Test' },
          { state: 'stopped', on, by: 'Board', evidence: 'Letter' },
        ],
      });
    expect(observeSharing(factsOf(smallPlace([stopped('2026-09-01')]), [], thresholds), 'gp', 'hospital').flags).toEqual([
      'NO_FLOW_IN_REGISTER',
    ]);
    expect(observeSharing(factsOf(smallPlace([stopped('2026-11-01')]), [landedOn('f')], thresholds), 'gp', 'hospital').answer).toBe(
      interim,
    );
  });

  it('sees nothing in a delivery of which nothing arrived, because it was withheld or put aside whole', () => {
    const facts = factsOf(smallPlace([flowBetween('f', 'gp', 'hospital')]), [landedOn('f', { arrived: 0 })], thresholds);
    expect(observeSharing(facts, 'gp', 'hospital')).toMatchObject({ standing: 'register', flags: ['NO_DATA_IN_PERIOD'] });
    // Its records still say how the sender uses the NHS number: they may have been put aside for lacking it.
    expect(observeCorrespondence(facts, 'gp').flags).not.toContain('NO_DATA_IN_PERIOD');
  });

  it('takes the most open way that was seen, not the most open that is promised', () => {
    const place = smallPlace(
      [flowBetween('api', 'gp', 'hospital', { route: 'open-api', endpoint: 'e' }), flowBetween('file', 'gp', 'hospital')],
      { gp: [openEndpoint('e')] },
    );
    expect(observeSharing(factsOf(place, [landedOn('file')], thresholds), 'gp', 'hospital').answer).toBe(interim);
    expect(observeSharing(factsOf(place, [landedOn('file'), landedOn('api')], thresholds), 'gp', 'hospital').answer).toBe(open);
  });

  it('cites the flow, its clause and what the route lacks', () => {
    const [flow] = observeSharing(
      factsOf(smallPlace([flowBetween('f', 'gp', 'hospital')]), [landedOn('f')], thresholds),
      'gp',
      'hospital',
    ).flows;
    expect(flow).toMatchObject({
      id: 'f',
      seen: true,
      liveInPeriod: true,
      clause: expect.stringContaining('2015, s. 3'),
      missingForOpenApi: ['endpoint'],
    });
  });
});

/** [usable and verified of 1,000 records, does the data set carry a status, answer to 1a, answer to 1b, flags] */
describe('use of the NHS number (RULE-BCF-1A, RULE-BCF-1B)', () => {
  it.each([
    ['all usable and verified', 1000, 1000, 'Yes', 'Yes', [], []],
    ['exactly at both thresholds', 950, 950, 'Yes', 'Yes', [], []],
    ['usable just below', 949, 949, 'No', 'No', [], []],
    ['usable, but not verified', 1000, 900, 'No', 'No', [], []],
  ])('%s', (_, usable, verified, correspondence, retrieval, flags1, flags2) => {
    const landed = landedOn('f', { numberExpected: 1000, numberUsable: usable, numberVerified: verified });
    const facts = factsOf(smallPlace([flowBetween('f', 'gp', 'linked-data-set')]), [landed], thresholds);
    expect(observeCorrespondence(facts, 'gp')).toMatchObject({ answer: correspondence, standing: 'seen', flags: flags1 });
    expect(observeRetrieval(facts, 'gp')).toMatchObject({
      answer: retrieval,
      flags: flags2,
      shares: { 'people found by their NHS number (%)': 90 },
    });
  });

  it('does not ask a data set for a status that it cannot carry', () => {
    const place = smallPlace([flowBetween('f', 'gp', 'linked-data-set')]);
    const silent = {
      ...place,
      agreements: place.agreements.map((a) => ({ ...a, dataIn: a.dataIn.map((d) => ({ ...d, acceptedNumberStatus: [''] })) })),
    };
    const facts = factsOf(silent, [landedOn('f', { numberVerified: 0 })], thresholds);
    expect(observeCorrespondence(facts, 'gp')).toMatchObject({
      answer: 'Yes',
      flags: ['NUMBER_STATUS_NOT_CARRIED'],
      shares: { 'verified NHS number (%)': null },
    });
  });

  it('leaves 1a unanswered without data, or with too little of it', () => {
    const place = smallPlace([flowBetween('f', 'gp', 'linked-data-set')]);
    expect(observeCorrespondence(factsOf(place, [], thresholds), 'gp')).toMatchObject({ answer: null, flags: ['NO_DATA_IN_PERIOD'] });
    const few = landedOn('f', { numberExpected: 7, numberUsable: 7, numberVerified: 7 });
    expect(observeCorrespondence(factsOf(place, [few], thresholds), 'gp')).toMatchObject({ answer: null, flags: ['TOO_FEW_RECORDS'] });
  });

  it('says No to 1b where the register says that a system cannot search by NHS number', () => {
    const place = smallPlace([flowBetween('f', 'specialised-palliative', 'linked-data-set')]);
    expect(observeRetrieval(factsOf(place, [landedOn('f')], thresholds), 'specialised-palliative')).toMatchObject({
      answer: 'No',
      standing: 'register',
    });
  });
});

const probe = (outcome: ProbeFact['outcome'], reason: string | null = null): ProbeFact => ({
  ...{ endpoint: 'e', on: day('2026-12-30'), outcome, reason },
});

/** [the endpoint, what became of asking it, status, go-live, standing] */
describe('an endpoint that the register calls live (RULE-BCF-2B)', () => {
  it.each([
    ['it answered', openEndpoint('e'), [probe('answered')], 'Live', 'Live', 'seen'],
    ['nobody asked in time', openEndpoint('e'), [], 'Installed (not live)', null, 'register'],
    ['it refused', openEndpoint('e'), [probe('refused', 'PROBE_STATUS')], 'Installed (not live)', null, 'register'],
    ['nobody reached it', openEndpoint('e'), [probe('unreachable', 'PROBE_TIMED_OUT')], 'Installed (not live)', null, 'register'],
    [
      'it answered something else',
      openEndpoint('e'),
      [probe('not-a-capability-statement', 'PROBE_NOT_JSON')],
      'Installed (not live)',
      null,
      'register',
    ],
    ['another endpoint answered', openEndpoint('e'), [{ ...probe('answered'), endpoint: 'f' }], 'Installed (not live)', null, 'register'],
    [
      'it answered, but third parties cannot use it',
      openEndpoint('e', { thirdPartyAccess: { withoutBespokeWork: false } }),
      [probe('answered')],
      'In development',
      null,
      'register',
    ],
    [
      'it answered, but goes live after the period',
      openEndpoint('e', { liveFrom: day('2027-03-31') }),
      [probe('answered')],
      'In development',
      '31/03/27',
      'register',
    ],
  ] as const)('%s', (_, endpoint, probes, status, goLive, standing) => {
    const found = observeProgress(factsOf(smallPlace([], { gp: [endpoint] }), [], thresholds, quarter, probes), 'gp');
    expect([found.status.answer, found.goLive.answer, found.status.standing]).toEqual([status, goLive, standing]);
  });
});

describe('progress towards Open APIs', () => {
  it.each([
    ['planned for after the period', [openEndpoint('e', { liveFrom: day('2027-03-31') })], 'In development', '31/03/27'],
    ['live, but closed to third parties', [openEndpoint('e', { thirdPartyAccess: { withoutBespokeWork: false } })], 'In development', null],
    [
      'published, with no live date',
      [openEndpoint('e', { liveFrom: undefined, capabilityStatement: 'https://open-api.example.org/metadata' })],
      'Installed (not live)',
      null,
    ],
    ['ended before the period ends', [openEndpoint('e', { liveTo: day('2026-11-30') })], 'Unavailable', null],
    ['only a file drop', [openEndpoint('e', { standard: 'sftp', interaction: 'file' })], 'Unavailable', null],
    ['nothing recorded', [], 'Unavailable', null],
  ])('%s', (_, endpoints, status, goLive) => {
    const found = observeProgress(factsOf(smallPlace([], { gp: endpoints }), [], thresholds), 'gp');
    expect([found.status.answer, found.goLive.answer]).toEqual([status, goLive]);
  });
});

describe('condition 4iii, information governance', () => {
  const without = (change: Partial<ReturnType<typeof flowBetween>>, to: string) => {
    const place = smallPlace([flowBetween('f', 'gp', to, change)]);
    const expired = { ...place, agreements: place.agreements.map((agreement) => ({ ...agreement, validTo: day('2026-11-30') })) };
    return observeConditions(factsOf(expired, [], thresholds), new Map()).get('nc.4iii.answer');
  };
  const stopped = [
    { state: 'live' as const, on: '2025-01-01', by: 'Board', evidence: 'Test' },
    { state: 'stopped' as const, on: '2026-11-30', by: 'Board', evidence: 'Letter' },
  ];

  it.each([
    ['sharing goes on after its agreement ended', {}, 'hospital', 'No - In Progress'],
    ['sharing stopped with its agreement', { history: stopped }, 'hospital', 'Yes'],
    ['the gate stops what comes in', {}, 'linked-data-set', 'Yes'],
  ])('%s', (_, change, to, answer) => {
    expect(without(change, to)).toMatchObject({ standing: 'register', answer });
  });

  it.each([
    ['met and up to date', {}, 'Yes'],
    ['run out', { validTo: '2026-12-30' }, 'No - In Progress'],
    ['not met', { status: 'standards-not-met' }, 'No - In Progress'],
  ] as const)('a toolkit assessment that is %s', (_, change, answer) => {
    const place = smallPlace([
      flowBetween('f', 'gp', 'hospital', { history: [{ state: 'live', on: '2025-01-01', by: 'Board', evidence: 'Test' }] }),
    ]);
    const assessed = {
      ...place,
      organisations: place.organisations.map((one) => ({ ...one, assurance: one.assurance.map((a) => ({ ...a, ...change }) as typeof a) })),
    };
    expect(observeConditions(factsOf(assessed, [], thresholds), new Map()).get('nc.4iii.answer')?.answer).toBe(answer);
  });
});

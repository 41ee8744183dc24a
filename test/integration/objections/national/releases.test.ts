import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPayloadSealer } from '../../../../src/audit/sealed.ts';
import { issueRecipientPseudonyms } from '../../../../src/blackbox/issue-recipients.ts';
import { transaction } from '../../../../src/database/query.ts';
import { loadSummaryRules } from '../../../../src/environment/activity.ts';
import { givenJourney, readJourney } from '../../../../src/environment/journey.ts';
import { licenseProject } from '../../../../src/environment/project.ts';
import { readScope } from '../../../../src/environment/scope.ts';
import { refreshSummaries } from '../../../../src/environment/summary.ts';
import { loadVisibility, type Visibility } from '../../../../src/environment/visibility.ts';
import { advanceExchange } from '../../../../src/objections/national/advance.ts';
import { projectCovers } from '../../../../src/objections/national/cover.ts';
import { pruneNationalChecks } from '../../../../src/objections/national/prune.ts';
import type { Purpose } from '../../../../src/register/terms.ts';
import { runRisk } from '../../../../src/risk/run.ts';
import { loadRiskTables } from '../../../../src/risk/tables.ts';
import { localDate } from '../../../../src/shared/clock.ts';
import { packageRoot } from '../../../../src/shared/package-root.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../../support/box.ts';
import { emptyNational, hold, type NationalTest, openNational, pseudonymOf } from '../../../support/national-exchange.ts';
import { episode } from '../../../support/rows.ts';

/** The approval as the register of the example place has it. */
const approval = 'CAG 7-04(a)/2013 (example extension)';
const start = '2026-11-21T12:00:00Z';
const finding = { purpose: 'risk-stratification-case-finding', project: 'practice-case-finding' } as const;
const commissioning = { purpose: 'risk-stratification-commissioning', project: 'icb-population-health' } as const;
const kept = [nhsNumber(0), nhsNumber(2)];
const optedOut = nhsNumber(1);

const config = join(packageRoot(), 'config');
const risk = await loadRiskTables(join(config, 'risk'));
const summaryRules = await loadSummaryRules(join(config, 'risk'));
let visibility: Visibility;
let test: TestBox;
let national: NationalTest;
let keys: string;
beforeAll(async () => {
  test = await openTestBox();
  keys = await mkdtemp(join(tmpdir(), 'haven-releases-'));
  visibility = await loadVisibility(join(config, 'risk'));
});
afterAll(async () => {
  await rm(keys, { recursive: true });
  await test.close();
});
/** Three people of the hospital; whatever the last test said is forgotten. */
beforeEach(async () => {
  await emptyBox(test);
  await emptyNational(test);
  await test.admin.query('truncate environment.recipient_pseudonym, environment.person_summary, risk.run, risk.score cascade');
  test.at(start);
  national = await openNational(test);
  await test.deliver('sus-apc-southend', csv([0, 1, 2].map((person) => episode(person, `S${person}`))));
});

const gateway = () => test.databases.pool('haven_gateway');
const today = () => localDate(test.box.clock.now());
const ask = async (more: { purpose?: Purpose; approval?: string } = {}) => {
  const { exchangeId, localIds } = await national.decide({ purpose: finding.purpose, approval, ...more });
  await advanceExchange(national.deps, exchangeId);
  return { exchangeId, localId: localIds[0] ?? '' };
};
const answer = async ({ exchangeId, localId }: { exchangeId: string; localId: string }, numbers: readonly string[] = kept) => {
  const bytes = Readable.from([Buffer.from(numbers.map((number) => `${number},\n`).join(''))]);
  await national.deps.takeReply({ localId, actor: 'ig-lead', bytes });
  await advanceExchange(national.deps, exchangeId);
};

const issue = async ({ project }: { readonly project: string }) =>
  (
    await issueRecipientPseudonyms(test.box, {
      ...{ project, epoch: 1, actor: 'test' },
      covers: projectCovers(await test.box.register(), test.box.decisionTable, project, today()),
    })
  ).issued;
/** How many people of the three a project can read, by whatever pseudonyms it was given. */
const journeys = async ({ purpose, project: projectId }: { readonly purpose: Purpose; readonly project: string }) => {
  await test.admin.query('delete from environment.recipient_pseudonym where project_id = $1', [projectId]);
  await test.admin.query(
    `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id)
     select $1, 1, landing_pseudonym, person_id from linkage.pseudonym`,
    [projectId],
  );
  const rules = { objections: test.box.decisionTable, visibility };
  const project = licenseProject(await test.box.register(), rules, { projectId, purpose, at: today() });
  let found = 0;
  for (const number of [0, 1, 2].map(nhsNumber)) {
    const request = { project, recipientPseudonym: pseudonymOf(test, number), actor: 'test' };
    const parts = { sealer: createPayloadSealer(keys), clock: test.box.clock };
    if (givenJourney(await transaction(gateway(), (tx) => readJourney(tx, request, parts))) !== undefined) found += 1;
  }
  return found;
};
const run = async ({ purpose }: { readonly purpose: Purpose }) => {
  const scope = readScope(await test.box.register(), test.box.decisionTable, { purpose, at: today(), placeId: 'southend-on-sea' });
  const model = { model: 'southend-criteria', indexDate: today(), scope, actor: 'test' };
  return (await transaction(gateway(), (tx) => runRisk(tx, model, risk, test.box.clock))).people;
};
const summaries = () => transaction(gateway(), (tx) => refreshSummaries(tx, { asOf: today(), personIds: 'all', rules: summaryRules }));
const paths = { issue, journeys, 'risk run': run } as const;
const evidence = async () =>
  (
    await gateway().query<{ release: string; in: number; out: number; optedOut: number; notCovered: number; approval: string }>(
      `select regexp_replace(release_id, ':?[0-9a-f-]{36}$', '') as release, people_in as in, people_out as out, opted_out as "optedOut",
         not_covered as "notCovered", approval from ndop.disclosure order by at, release_id`,
    )
  ).rows;
const leaves = async (type: string) =>
  (
    await test.admin.query<{ said: { type: string; detail: Record<string, unknown> } }>(
      `select convert_from(leaf, 'UTF8')::json as said from audit.entry order by entry_id`,
    )
  ).rows.flatMap(({ said }) => (said.type === type ? [said] : []));

type Path = keyof typeof paths;
const everyPath = Object.keys(paths) as Path[];

/** What stands before a release, and what the release then gives of three people, one of whom opted out. */
const states: readonly (readonly [state: string, prepare: () => Promise<unknown>, gives: number | string])[] = [
  ['no check', async () => undefined, 'NATIONAL_CHECK_MISSING'],
  ['a request without a reply', () => ask(), 'NATIONAL_CHECK_MISSING'],
  ['a check for another purpose', async () => answer(await ask({ purpose: 'commissioning' })), 'NATIONAL_CHECK_MISSING'],
  ['a check under another approval', async () => answer(await ask({ approval: 'CAG 1-01/2020' })), 'NDOP_OTHER_APPROVAL'],
  ['a fresh check', async () => answer(await ask()), 2],
  [
    'a fresh check that was not asked about one of them',
    async () => {
      await answer(await ask());
      await test.admin.query('delete from ndop.asked where landing_pseudonym = $1', [pseudonymOf(test, nhsNumber(2))]);
    },
    1,
  ],
  [
    'a fresh check, and an opt-out that came by another way since',
    async () => {
      await answer(await ask());
      await test.object('ndop', csv([{ nhs_number: nhsNumber(2), objection: 'ndop', set_on: '2026-11-21', source: 'letter' }]));
    },
    1,
  ],
  [
    'a check one second before its seven days are over',
    async () => {
      await answer(await ask());
      test.at('2026-11-28T11:59:59Z');
    },
    2,
  ],
  [
    'a check that is seven days old to the second',
    async () => {
      await answer(await ask());
      test.at('2026-11-28T12:00:00Z');
    },
    'NATIONAL_CHECK_STALE',
  ],
  [
    'an old check whose answers were pruned',
    async () => {
      await answer(await ask());
      test.at('2026-11-28T12:00:00Z');
      await pruneNationalChecks(national.deps.national, test.box.clock);
    },
    'NATIONAL_CHECK_STALE',
  ],
];

describe('where the national opt-out applies (identifiable data under section 251)', () => {
  it.each(states)('with %s every path answers alike', async (_state, prepare, gives) => {
    await prepare();
    for (const path of everyPath) {
      const given = paths[path](finding);
      if (typeof gives === 'number') await expect(given, path).resolves.toBe(gives);
      else await expect(given, path).rejects.toMatchObject({ code: gives, status: 409 });
    }
    const kept = await evidence();
    if (typeof gives === 'string') expect(kept).toEqual([]);
    else
      expect(kept.map(({ release }) => release)).toEqual(
        expect.arrayContaining(['', `recipients:${finding.project}`, `journey:${finding.project}`]),
      );
  });

  it('says how to make the check, with the approval as it must be given', async () => {
    await expect(run(finding)).rejects.toThrow(`haven ndop request --purpose ${finding.purpose} --approval '${approval}'`);
  });

  it('keeps the evidence of each release in its transaction, and names it in its leaf (RULE-OPT-6)', async () => {
    await answer(await ask());
    await hold(test, [nhsNumber(9)]);
    await test.admin.query(
      `insert into environment.person (person_id, sex, linkage_grade, updated_by)
       select person_id, '2', 'verified', 1 from linkage.pseudonym where landing_pseudonym = $1`,
      [pseudonymOf(test, nhsNumber(9))],
    );
    expect(await issue(finding)).toBe(2);
    const [of] = await evidence();
    expect(of).toMatchObject({ release: `recipients:${finding.project}`, out: 2, notCovered: 1, approval });
    const leaf = (await leaves('recipient.pseudonyms-issued')).at(-1);
    expect(leaf?.detail).toMatchObject({ issued: 2, disclosures: [expect.stringMatching(/^[0-9a-f-]{36}$/)] });
    await test.admin.query('revoke insert on ndop.disclosure from haven_gateway');
    try {
      await expect(run(finding)).rejects.toMatchObject({ code: '42501' });
      expect(await test.count('select count(*) from risk.run')).toBe(0);
    } finally {
      await test.admin.query('grant insert on ndop.disclosure to haven_gateway');
    }
  });

  it('has on record that a read was blocked, without the question', async () => {
    await expect(journeys(finding)).rejects.toMatchObject({ code: 'NATIONAL_CHECK_MISSING' });
    const leaf = (await leaves('journey.blocked')).at(-1);
    expect(leaf?.detail).toMatchObject({ project: finding.project, code: 'NATIONAL_CHECK_MISSING', rows: 0 });
    expect(JSON.stringify(leaf)).not.toContain(pseudonymOf(test, nhsNumber(0)));
  });
});

describe('where it does not apply (de-identified, limited access)', () => {
  it.each(everyPath)('%s goes on without a check and leaves no evidence of one', async (path) => {
    expect(await paths[path](commissioning)).toBe(3);
    expect(await evidence()).toEqual([]);
  });

  it('summaries are made without a check, of what the last answer left', async () => {
    expect(await summaries()).toBe(3);
    await answer(await ask());
    expect(await summaries()).toBe(2);
  });
});

describe('a reply that arrives during an issue', () => {
  it('does not change it, is applied right behind it, and takes the person out of the next read', async () => {
    await answer(await ask(), [nhsNumber(0), optedOut, nhsNumber(2)]);
    const second = await ask();
    const holding = await test.admin.connect();
    try {
      // The issue stands still before its first pseudonym: somebody holds the table.
      await holding.query('begin; lock table environment.recipient_pseudonym in exclusive mode');
      const issuing = issue(finding);
      await expect.poll(() => test.count(`select count(*) from pg_locks where not granted and relation is not null`)).toBeGreaterThan(0);
      const answering = answer(second);
      await expect
        .poll(() => test.count(`select count(*) from ndop.request where local_id = $1 and state = 'answered'`, [second.localId]))
        .toBe(1);
      await holding.query('commit');
      expect(await issuing).toBe(3);
      await answering;
    } finally {
      holding.release();
    }
    expect((await evidence())[0]).toMatchObject({ in: 3, out: 3, optedOut: 0 });
    expect(await test.count('select count(*) from environment.event')).toBe(2);
    expect(await test.count(`select count(*) from objections.notice where project_id = $1`, [finding.project])).toBe(1);
    expect(await test.count(`select count(*) from environment.recipient_pseudonym where project_id = $1`, [finding.project])).toBe(2);
    expect(await journeys(finding)).toBe(2);
  });
});

describe('the daily pruning', () => {
  const left = async () => [
    await test.count('select count(*) from ndop.asked'),
    await test.count('select count(*) from ndop.opted_out'),
    await test.count('select count(*) from ndop.request where pruned_at is not null'),
  ];
  const prune = () => pruneNationalChecks(national.deps.national, test.box.clock);

  it('forgets people once no release may use what was said, and keeps counts, ids and evidence', async () => {
    await answer(await ask());
    await run(finding);
    test.at('2026-11-28T11:59:59Z');
    expect(await prune()).toEqual({ requests: 0, people: 0 });
    expect(await left()).toEqual([3, 1, 0]);
    test.at('2026-11-28T12:00:00Z');
    expect(await prune()).toEqual({ requests: 1, people: 3 });
    expect(await left()).toEqual([0, 0, 1]);
    expect(await prune()).toEqual({ requests: 0, people: 0 });
    expect(
      (await gateway().query('select asked, returned, opted_out, response_sha256 is not null as said from ndop.request')).rows,
    ).toEqual([{ asked: 3, returned: 2, opted_out: 1, said: true }]);
    expect(await evidence()).toHaveLength(1);
    expect((await leaves('ndop.pruned')).at(-1)?.detail).toEqual({ requests: ['OURS-21112026-0001'], people: 3 });
  });

  it('keeps a later answer while an earlier request waits: of two words the later one must still win', async () => {
    const first = await ask();
    test.at('2026-11-21T13:00:00Z');
    await answer(await ask(), [nhsNumber(0), optedOut, nhsNumber(2)]);
    test.at('2026-12-05T12:00:00Z');
    expect(await prune()).toEqual({ requests: 0, people: 0 });
    await answer(first);
    expect(await test.count(`select count(*) from objections.standing('2026-12-05') where kind = 'ndop'`)).toBe(0);
    expect(await prune()).toEqual({ requests: 2, people: 6 });
  });
});

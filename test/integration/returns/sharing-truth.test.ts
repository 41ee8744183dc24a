import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateBorough } from '../../../scripts/generate/borough.ts';
import { type InventedFlow, inventSharing, type SharingTruth, sharingPeriod } from '../../../scripts/generate/sharing-quarter.ts';
import { transaction } from '../../../src/database/query.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { buildReturn } from '../../../src/returns/build.ts';
import { answersOf } from '../../../src/returns/return.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { matrixSettings } from '../../../src/shared/settings.ts';
import { flowBetween, openEndpoint, smallPlace } from '../../fixtures/returns/register.ts';
import { openTestBox, type TestBox } from '../../support/box.ts';

let test: TestBox;
let folder: string;
beforeAll(async () => {
  test = await openTestBox();
  folder = await mkdtemp(join(tmpdir(), 'haven-sharing-'));
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

/** The register of an invented quarter: one open and one file endpoint for each setting, and one that closes for each closing flow. */
function registerOf(place: string, flows: readonly InventedFlow[], later: boolean): PlaceDocument {
  const closing = flows.filter(({ openUntil }) => openUntil !== undefined);
  const endpoints = Object.fromEntries(
    matrixSettings.map((setting) => [
      setting,
      [
        openEndpoint(`${setting}-api`),
        openEndpoint(`${setting}-file`, { standard: 'sftp', interaction: 'file' }),
        ...closing
          .filter(({ from }) => from === setting)
          .map(({ id, openUntil }) => openEndpoint(`${id}-api`, { liveTo: openUntil as LocalDate })),
      ],
    ]),
  );
  const document = smallPlace(
    flows.map(({ id, from, to, way, laterWay, openUntil, steps }) => {
      const now = later ? (laterWay ?? way) : way;
      return flowBetween(id, from, to, {
        ...(now === 'paper'
          ? { route: 'none' }
          : {
              route: now === 'open' ? 'open-api' : 'interim',
              endpoint: openUntil !== undefined ? `${id}-api` : `${from}-${now === 'open' ? 'api' : 'file'}`,
            }),
        history: steps.map((step) => ({ ...step, by: 'Programme board', evidence: 'Minutes' })),
      });
    }),
    endpoints,
  );
  return {
    ...document,
    place: { ...document.place, id: place },
    agreements: document.agreements.map((one) => ({ ...one, id: `${place}-sharing` })),
    flows: document.flows.map((flow) => ({ ...flow, agreement: `${place}-sharing` })),
  };
}

const apply = (document: PlaceDocument, on: string) =>
  transaction(test.databases.pool('haven_gateway'), (tx) =>
    applyRegister(tx, [document], { actor: 'test', clock: { now: () => new Date(`${on}T06:00:00Z`) } }),
  );

/** A referral about a patient whom nobody has introduced: it is put aside. */
const ofNobody = (day: string) => ({
  ...{ resourceType: 'ServiceRequest', id: 'of-nobody', status: 'active', intent: 'order', authoredOn: day },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '306206005' }] },
  subject: { reference: 'Patient/nobody' },
});

/** Sends what the synthetic borough's settings send each other on that day, through the gate and the black box. */
async function send(seed: number, day: string, sending: readonly string[], blank: ReadonlySet<string>): Promise<void> {
  test.at(`${day}T10:00:00Z`);
  for (const flow of sending.filter((id) => blank.has(id))) {
    const receipt = await test.deliver(flow, JSON.stringify(ofNobody(day)));
    expect(receipt).toMatchObject({ landed: 0 });
  }
  const flows = sending.filter((id) => !blank.has(id));
  const out = join(folder, `${seed}-${day}`);
  const borough = await generateBorough({ people: 6, seed: seed * 100 + Number(day.slice(5, 7)), out, at: day, sharing: [...flows] });
  for (const file of borough.files) if (flows.includes(file.flow)) await test.deliver(file.flow, await readFile(file.path));
}

const printed: Readonly<Record<Exclude<SharingTruth, 'no data seen'>, string>> = {
  'open-api': 'Shared via Open API',
  interim: 'Shared via interim solution',
  none: 'Not currently shared digitally',
};

describe('the matrix and the truth of the borough that made it', () => {
  it.each([1])('are equal cell for cell, with suspended flows, routes that change and suppliers gone silent (seed %i)', async (seed) => {
    const place = `matrix-town-${seed}`;
    const { flows, waves, truth } = inventSharing(seed, matrixSettings);
    await apply(registerOf(place, flows, false), '2026-09-01');
    const blank = new Set(flows.flatMap((flow) => (flow.blank ? [flow.id] : [])));
    let changed = false;
    for (const { day, flows: sending } of waves) {
      if (!changed && day > sharingPeriod.change) {
        await apply(registerOf(place, flows, true), sharingPeriod.change);
        changed = true;
      }
      await send(seed, day, sending, blank);
    }
    const document = await buildReturn(test.databases.pool('haven_gateway'), {
      config: join(packageRoot(), 'config'),
      template: 'bcf-2016-17-q2',
      place,
      at: '2027-01-15' as LocalDate,
      period: sharingPeriod,
    });
    const cells = answersOf(document);
    const observed = new Map(
      matrixSettings.flatMap((from) =>
        matrixSettings.map((to) => {
          const cell = cells.get(`am.sharing.${from}.${to}`);
          return [`${from}.${to}`, cell?.evidence?.flags.includes('NO_DATA_IN_PERIOD') ? 'no data seen' : cell?.answer] as const;
        }),
      ),
    );
    const expected = new Map([...truth].map(([cell, seen]) => [cell, seen === 'no data seen' ? seen : printed[seen]]));
    expect(Object.fromEntries(observed)).toEqual(Object.fromEntries(expected));
    // What nobody saw is the register's word, and is not counted among what was observed.
    for (const [cell, seen] of truth) if (seen === 'no data seen') expect(cells.get(`am.sharing.${cell}`)?.provenance).toBe('declared');
  });
});

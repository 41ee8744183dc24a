import { join } from 'node:path';
import type { Pool } from 'pg';
import { transaction } from '../../src/database/query.ts';
import { applyRegister } from '../../src/register/apply.ts';
import { type PlaceDocument, placeDocumentSchema } from '../../src/register/model.ts';
import { createReturnsDesk, type ReturnsDesk } from '../../src/returns/lifecycle/desk.ts';
import type { ReturnKey } from '../../src/returns/lifecycle/history.ts';
import type { ReturnStatus } from '../../src/returns/lifecycle/status.ts';
import { loadTemplate } from '../../src/returns/load.ts';
import type { Answer } from '../../src/returns/return.ts';
import { type Question, questionsOf, type ReturnTemplate } from '../../src/returns/template.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { flowBetween, smallPlace } from '../fixtures/returns/register.ts';

export const config = join(packageRoot(), 'config');
export const key: ReturnKey = { place: 'southend-on-sea', template: 'bcf-2016-17-q2' };

/** One who answers, one who reviews and one who signs; the last is known in another place's register by a second id, too. */
export const people = { author: 'returns-author', reviewer: 'sheet-owner', chair: 'board-chair' } as const;
const term = { validFrom: '2016-04-01', validTo: '2018-03-31' };

const live = [{ state: 'live' as const, on: '2015-04-01', by: 'Programme board', evidence: 'Acceptance test' }];

/** Southend as a small place in 2016, with the people who make its return. */
export function placeOf2016(): PlaceDocument {
  const flows = [
    flowBetween('gp-hospital', 'gp', 'hospital', { history: live }),
    flowBetween('hospital-gp', 'hospital', 'gp', { history: live }),
  ];
  const staff = Object.values(people);
  return placeDocumentSchema.parse({
    ...smallPlace(flows),
    people: staff.map((id) => ({
      ...{ id, organisation: 'ZSOC1', post: 'Post', subject: `example|${id}`, sourceSystems: [] },
      ...{ trainedOn: '2016-06-01', confidentialitySignedOn: '2016-04-01' },
    })),
    seats: staff.map((person) => ({ id: `${person}-seat`, person, role: 'returns-author', ...term })),
  });
}

export async function openDesk(gateway: Pool, clock: Clock): Promise<ReturnsDesk> {
  await transaction(gateway, (tx) => applyRegister(tx, [placeOf2016()], { actor: 'test', clock }));
  return createReturnsDesk({ gateway, clock, configDirectory: config });
}

/** Any answer that fits the cell. */
export function anyAnswer(template: ReturnTemplate, { input }: Question): Answer {
  switch (input.kind) {
    case 'choice':
      return template.lists[input.list]?.options[0] ?? null;
    case 'date':
    case 'date-or-live':
      return '31/03/17';
    case 'text':
      return 'In words';
    default:
      return 1;
  }
}

/** Answers for everything that is missing or only copied. */
export async function answersFor(status: ReturnStatus): Promise<Record<string, Answer>> {
  const template = await loadTemplate(config, status.template);
  const wanted = new Set([...status.missing.map(({ question }) => question), ...status.proposed]);
  return Object.fromEntries(
    questionsOf(template)
      .filter(({ id }) => wanted.has(id))
      .map((question) => [question.id, anyAnswer(template, question)]),
  );
}

/** Everything up to sign-off: answered, owned, acknowledged and reviewed. */
export async function prepare(desk: ReturnsDesk, of: ReturnKey = key): Promise<ReturnStatus> {
  await desk.build(of, { by: people.author });
  // An answer can make another one due: a 'No' asks for its reason.
  for (let round = 0; round < 4; round += 1) {
    const answers = await answersFor(await desk.status(of));
    if (Object.keys(answers).length === 0) break;
    await desk.declare(of, { answers, by: people.author, source: 'Interface' });
  }
  const { sheets } = await desk.status(of);
  await desk.nameOwner(of, { sheets: sheets.map(({ name }) => name), owner: people.reviewer, by: people.author });
  return reviewAll(desk, of);
}

/** Lets every error stand and reviews every sheet that is open. */
export async function reviewAll(desk: ReturnsDesk, of: ReturnKey = key): Promise<ReturnStatus> {
  let status = await desk.status(of);
  const rules = status.findings.filter(({ severity, acknowledged }) => severity === 'error' && !acknowledged).map(({ rule }) => rule);
  for (const rule of new Set(rules)) await desk.acknowledge(of, { rule, reason: 'As the board was told', by: people.author });
  for (const { name } of status.sheets.filter(({ reviewed }) => !reviewed))
    status = await desk.review(of, { sheet: name, by: people.reviewer });
  return desk.status(of);
}

export const sign = async (desk: ReturnsDesk, of: ReturnKey = key): Promise<ReturnStatus> =>
  desk.signOff(of, { answers: (await desk.status(of)).answers, signedAs: 'Chair of the Health and Wellbeing Board', by: people.chair });

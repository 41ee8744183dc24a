import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licenseProject } from '../../../src/environment/project.ts';
import { readScope } from '../../../src/environment/scope.ts';
import { loadVisibility } from '../../../src/environment/visibility.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config');
const register = await loadRegisterFiles(join(config, 'register'));
const objections = await loadDecisionTable(join(config, 'objections'));
const visibility = await loadVisibility(join(config, 'risk'));
const today = '2026-11-21' as LocalDate;
const purpose = 'risk-stratification-commissioning';
const settingsOn = (at: LocalDate, placeId = 'southend-on-sea') =>
  new Set(readScope(register, objections, { purpose, at, placeId }).flows.map(({ setting }) => setting));

describe('what may be read for risk stratification in the example place', () => {
  it('is rows of flows admitted today, hospital among them', () => {
    expect(settingsOn(today)).toContain('hospital');
  });
  it('is nothing after every agreement has run out, and nothing of a place nobody knows', () => {
    expect(settingsOn('2099-01-01' as LocalDate).size).toBe(0);
    expect(settingsOn(today, 'nowhere').size).toBe(0);
  });
  it('leaves out people who object to risk stratification, whatever the setting', () => {
    const scope = readScope(register, objections, { purpose, at: today, placeId: 'southend-on-sea' });
    for (const { flowNo, setting } of scope.flows)
      expect(scope.withheld).toContainEqual({ flowNo, setting, objection: 'risk-stratification' });
  });
});

describe('a licence', () => {
  it.each([
    { what: 'an unknown project', request: { projectId: 'nobody', purpose, at: today } },
    ...[...register.projects.values()].flatMap(({ project }) => [
      {
        what: `${project.id} after its end`,
        request: { projectId: project.id, purpose: project.purposes[0] ?? purpose, at: '2099-01-01' },
      },
      {
        what: `${project.id} before it began`,
        request: { projectId: project.id, purpose: project.purposes[0] ?? purpose, at: '1999-01-01' },
      },
      { what: `${project.id} for payment`, request: { projectId: project.id, purpose: 'payment', at: today } },
    ]),
  ])('does not let $what read', ({ request }) => {
    const ask = () =>
      licenseProject(
        register,
        { objections, visibility },
        { ...request, purpose: request.purpose as typeof purpose, at: request.at as LocalDate },
      );
    expect(ask).toThrow(expect.objectContaining({ code: 'PROJECT_NOT_LICENSED', status: 403 }));
  });

  it.each([...register.projects.values()].map(({ project }) => project))('lets $id read only flows of its own agreements', (project) => {
    const scope = (agreements?: readonly string[]) =>
      readScope(register, objections, {
        purpose: project.purposes[0] ?? purpose,
        at: project.validFrom > today ? project.validFrom : today,
        ...(agreements === undefined ? {} : { agreements }),
      });
    expect(scope(project.agreements).flows.length).toBeLessThanOrEqual(scope().flows.length);
    expect(scope([]).flows).toEqual([]);
  });
});

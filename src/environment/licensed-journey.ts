import { join } from 'node:path';
import type { App } from '../app.ts';
import { transaction } from '../database/query.ts';
import { loadDecisionTable } from '../objections/decision-table.ts';
import { loadRegister } from '../register/load.ts';
import type { Purpose } from '../register/terms.ts';
import { localDate } from '../shared/clock.ts';
import { givenJourney, type Journey, readJourney } from './journey.ts';
import { licenseProject } from './project.ts';
import { loadVisibility } from './visibility.ts';

export interface LicensedJourneyRequest {
  readonly project: string;
  readonly purpose: Purpose;
  readonly recipientPseudonym: string;
  readonly actor: string;
}

/**
 * One journey for a licensed project, with register, objections and visibility as they are now. Given back only after
 * the transaction that holds its audit leaf has been committed.
 * @throws GatewayError PROJECT_NOT_LICENSED, JOURNEY_TOO_LONG.
 */
export async function readLicensedJourney(app: App, request: LicensedJourneyRequest): Promise<Journey | undefined> {
  const directory = app.config.configDirectory;
  const objections = await loadDecisionTable(join(directory, 'objections'));
  const visibility = await loadVisibility(join(directory, 'risk'));
  const read = await transaction(app.gateway, async (tx) => {
    const register = await loadRegister(tx);
    const at = localDate(app.clock.now());
    const project = licenseProject(register, { objections, visibility }, { projectId: request.project, purpose: request.purpose, at });
    return readJourney(tx, { project, recipientPseudonym: request.recipientPseudonym, actor: request.actor }, app.clock);
  });
  return givenJourney(read);
}

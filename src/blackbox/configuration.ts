import { join } from 'node:path';
import { loadCodeLists, loadFeeds, loadPostcodes, loadSensitiveCodes } from '../feeds/load.ts';
import { loadDecisionTable } from '../objections/decision-table.ts';
import { loadGpCodes } from '../objections/gp-codes.ts';
import { loadNationalSettings } from '../objections/national/settings.ts';
import type { BlackBox } from './box.ts';

/** The part of a black box that is files: what it judges by. */
export type BoxConfiguration = Pick<
  BlackBox,
  'feeds' | 'codeLists' | 'sensitiveCodes' | 'postcodes' | 'decisionTable' | 'objectionCodes' | 'holdAboveShare'
>;

/**
 * Reads a configuration folder (HAVEN_CONFIG) once, for as long as the process lives.
 *
 * @throws ConfigurationError with every problem of what is read first
 */
export async function loadBoxConfiguration(directory: string): Promise<BoxConfiguration> {
  const [feeds, codeLists, sensitiveCodes, postcodes, decisionTable, objectionCodes, { holdAboveShare }] = await Promise.all([
    loadFeeds(directory),
    loadCodeLists(directory),
    loadSensitiveCodes(directory),
    loadPostcodes(directory),
    loadDecisionTable(join(directory, 'objections')),
    loadGpCodes(join(directory, 'objections')),
    loadNationalSettings(join(directory, 'objections')),
  ]);
  return { feeds, codeLists, sensitiveCodes, postcodes, decisionTable, objectionCodes, holdAboveShare };
}

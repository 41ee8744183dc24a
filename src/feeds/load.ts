import { ConfigurationError } from '../shared/errors.ts';
import { readCodeLists } from './code-lists.ts';
import { crossCheck } from './cross-checks.ts';
import { readFolder } from './read-folder.ts';
import { type FeedSpecification, feedSpecificationSchema } from './specification.ts';

export { type CodeList, loadCodeLists } from './code-lists.ts';
export { loadPostcodes, type PostcodeArea } from './postcodes.ts';
export { loadSensitiveCodes, type SensitiveCodeLists } from './sensitive-codes.ts';

/**
 * Loads every data set specification of a configuration folder (HAVEN_CONFIG): `feeds/*.json`, checked against
 * `code-lists/*.json` and against themselves.
 *
 * @throws ConfigurationError with every problem of every file
 */
export async function loadFeeds(directory: string): Promise<ReadonlyMap<string, FeedSpecification>> {
  const problems: string[] = [];
  const lists = await readCodeLists(directory, problems);
  const feeds = new Map<string, FeedSpecification>();
  for (const { file, value } of await readFolder(directory, 'feeds', feedSpecificationSchema, problems)) {
    if (file !== `feeds/${value.id}.json`) problems.push(`${file}: the id differs from the file name`);
    problems.push(...crossCheck(value, lists).map((problem) => `${file}: ${problem}`));
    feeds.set(value.id, value);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return feeds;
}

/**
 * Columns that decide whether and as what a row lands. The reader sees only what an agreement lists, so an agreement that
 * leaves one of these out would let a dummy or confidential row pass, or could not tell two records apart.
 */
export function fieldsEveryAgreementNeeds(feed: FeedSpecification): readonly string[] {
  const names = new Set<string>([...feed.naturalKey, ...feed.naturalKeyWhereGiven, ...feed.withhold.map(({ when }) => when.column)]);
  if (feed.deletion.rule === 'tombstone') names.add(feed.deletion.column);
  if (feed.deletion.rule === 'latest-submission') names.add(feed.deletion.period);
  for (const { name, role } of feed.columns) if (role === 'nhs-number' || role === 'nhs-number-status') names.add(name);
  // The day; an agreement may leave the time of day out.
  const [day] = feed.event?.start ?? [];
  if (day !== undefined) names.add(day);
  return [...names];
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { OpenApp } from '../app.ts';
import { ConfigurationError, exitCode } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { packageRoot } from '../shared/package-root.ts';
import { type CodeList, loadCodeLists } from './code-lists.ts';
import { crossCheck } from './cross-checks.ts';
import { loadFeeds } from './load.ts';
import { parseFile } from './read-folder.ts';
import { type FeedSpecification, feedSpecificationSchema } from './specification.ts';

/** `haven feeds list | validate`: needs no database, so that a supplier can check a specification anywhere. */
export function addFeedsCommands(program: Command, _open: OpenApp, out: Output): void {
  const feeds = program.command('feeds').description('data set specifications: what each setting sends');
  const config = (): Option =>
    new Option('--config <folder>', 'configuration folder')
      .env('HAVEN_CONFIG')
      .default(join(packageRoot(), 'config'), 'that of this program');
  feeds
    .command('list')
    .description('every feed the gateway takes')
    .addOption(config())
    .action(async (options: { config: string }) => {
      out.print(
        out.json
          ? { feeds: [...(await loadFeeds(options.config)).values()].map(describeFeed) }
          : listText([...(await loadFeeds(options.config)).values()]),
      );
    });
  feeds
    .command('validate')
    .description('checks specifications and says everything that is wrong with each')
    .argument('[spec...]', 'specification files; every file of the configuration when none is named')
    .addOption(config())
    .action(async (files: string[], options: { config: string }) => {
      const findings =
        files.length > 0 ? await validateFiles(files, await loadCodeLists(options.config)) : await validateAll(options.config);
      const wrong = findings.filter(({ problems }) => problems.length > 0);
      if (out.json) out.print({ valid: wrong.length === 0, specifications: findings });
      else
        out.print(
          findings
            .map(({ file, problems }) =>
              problems.length === 0 ? `${file}: valid` : problems.map((problem) => `${file}: ${problem}`).join('\n'),
            )
            .join('\n'),
        );
      if (wrong.length > 0) process.exitCode = exitCode.findings;
    });
}

/** What is wrong with one specification file; nothing when it may be used. */
export interface SpecificationFinding {
  readonly file: string;
  readonly problems: readonly string[];
}

/** Checks files that need not be part of the configuration, against its code lists. */
export async function validateFiles(
  files: readonly string[],
  lists: ReadonlyMap<string, CodeList>,
): Promise<readonly SpecificationFinding[]> {
  const findings: SpecificationFinding[] = [];
  for (const file of files) {
    const raw: string[] = [];
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) raw.push(`${file}: cannot be read`);
    const specification = bytes === undefined ? undefined : parseFile(file, bytes, feedSpecificationSchema, raw);
    const problems = raw.map((problem) => problem.slice(file.length + 2));
    if (specification) problems.push(...crossCheck(specification, lists));
    findings.push({ file, problems });
  }
  return findings;
}

async function validateAll(config: string): Promise<readonly SpecificationFinding[]> {
  try {
    return [...(await loadFeeds(config)).keys()].map((id) => ({ file: `feeds/${id}.json`, problems: [] }));
  } catch (error) {
    if (error instanceof ConfigurationError) return [{ file: config, problems: error.problems }];
    throw error;
  }
}

const describeFeed = ({ id, version, title, setting, format, columns, naturalKey, source }: FeedSpecification) => ({
  id,
  version,
  title,
  setting,
  format,
  columns: columns.length,
  naturalKey,
  source,
});

function listText(feeds: readonly FeedSpecification[]): string {
  const width = Math.max(...feeds.map(({ id }) => id.length));
  return feeds.map(({ id, setting, title, version }) => `${id.padEnd(width)}  ${setting.padEnd(22)}  ${title} (${version})`).join('\n');
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BoxConfiguration, loadBoxConfiguration } from '../../../src/blackbox/configuration.ts';
import { judgedBy } from '../../../src/blackbox/judged-by.ts';
import { loadCodeLists, loadFeeds, loadPostcodes, loadSensitiveCodes } from '../../../src/feeds/load.ts';
import type { FeedSpecification } from '../../../src/feeds/specification.ts';
import { isJudgedAlike } from '../../../src/landing/land-again.ts';
import { againRules } from '../../../src/landing/rule-tables.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { loadGpCodes } from '../../../src/objections/gp-codes.ts';
import type { FlowTerms } from '../../../src/register/terms.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { changedConfiguration, inJson } from '../../support/configuration.ts';

interface Kind {
  /** The smallest change that means something. */
  readonly change: (text: string) => string;
  readonly load: (folder: string) => Promise<Partial<BoxConfiguration>>;
}
const kinds: Readonly<Record<string, Kind>> = {
  'code-lists': {
    change: inJson<{ values: object[] }>((list) => ({ ...list, values: [...list.values, { code: '~', meaning: 'Of tomorrow' }] })),
    load: async (folder) => ({ codeLists: await loadCodeLists(folder) }),
  },
  feeds: {
    change: inJson<object>((feed) => ({ ...feed, nullValues: ['', 'NULL'] })),
    load: async (folder) => ({ feeds: await loadFeeds(folder) }),
  },
  'sensitive-codes': {
    change: inJson<{ codes: object[] }>((list) => ({ ...list, codes: list.codes.slice(1) })),
    load: async (folder) => ({ sensitiveCodes: await loadSensitiveCodes(folder) }),
  },
  geography: {
    change: (text) => `${text.trimEnd()}\nSS9 9ZZ,E01015814,E05002212\n`,
    load: async (folder) => ({ postcodes: await loadPostcodes(folder) }),
  },
  'decision-table': {
    change: inJson<{ rows: object[] }>((table) => ({
      ...table,
      rows: table.rows.map((row, at) => (at === 0 ? { ...row, because: 'Because it was decided anew.' } : row)),
    })),
    load: async (folder) => ({ decisionTable: await loadDecisionTable(join(folder, 'objections')) }),
  },
  'gp-codes': {
    change: inJson<{ codes: object[] }>((file) => ({ ...file, codes: file.codes.slice(1) })),
    load: async (folder) => ({ objectionCodes: await loadGpCodes(join(folder, 'objections')) }),
  },
  national: { change: inJson<object>((file) => ({ ...file, holdAboveShare: 0.5 })), load: async () => ({}) },
};
const kindOf = (file: string): Kind => {
  const [folder = '', name = ''] = file.replace(/\.\w+$/, '').split('/');
  const kind = kinds[folder] ?? kinds[name];
  if (kind === undefined) throw new Error(`no change is written down for ${file}`);
  return kind;
};

const terms = (feed: FeedSpecification): FlowTerms =>
  ({
    ...{ flowId: 'flow', flowNo: 1, feedId: feed.id, setting: feed.setting, placeId: 'place', sender: 'RAJ', agreementId: 'a1' },
    ...{ basis: 'direct-care', form: 'identifiable', purposes: ['direct-care'], allowedFields: ['NHSNumber', 'DIAG_01'] },
    ...{ linkByLocalId: false, acceptedNumberStatus: ['01'], sensitiveCodes: { exclude: true }, minimumAge: 0, acceptTestNumbers: true },
  }) as FlowTerms;
const otherTerms = { allowedFields: ['NHSNumber'], minimumAge: 18, agreementId: 'a2' } as const;

describe('RULE-AGAIN-1', () => {
  let shipped: BoxConfiguration;
  beforeAll(async () => {
    shipped = await loadBoxConfiguration(join(packageRoot(), 'config'));
  });
  const digest = (
    configuration: BoxConfiguration,
    feedId: string,
    change: Partial<FlowTerms> = {},
    numbers: 'test' | 'production' = 'test',
  ) => {
    const feed = configuration.feeds.get(feedId) as FeedSpecification;
    return judgedBy({ ...configuration, numbers, landingEpoch: 1 }, feed, { ...terms(feed), ...change });
  };

  it.each(againRules)('after a change of $changed a delivery of $feed lands again: $again', async ({ file, term, feed, again }) => {
    const earlier = { judgedBy: digest(shipped, feed) };
    if (term !== undefined) {
      expect(isJudgedAlike(earlier, digest(shipped, feed, { [term]: otherTerms[term] }))).toBe(!again);
      return;
    }
    const { change, load } = kindOf(file as string);
    const folder = await changedConfiguration(file as string, change);
    const changed = { ...shipped, ...(await load(folder).finally(() => rm(folder, { recursive: true }))) };
    expect(isJudgedAlike(earlier, digest(changed, feed))).toBe(!again);
  });

  it('is told by the same digest from one start to the next, whatever the order the register lists things in', async () => {
    const folder = await changedConfiguration('feeds/sus-apc.json', (text) => JSON.stringify(JSON.parse(text)));
    const again = await loadFeeds(folder).finally(() => rm(folder, { recursive: true }));
    expect(digest({ ...shipped, feeds: again }, 'sus-apc', { allowedFields: ['DIAG_01', 'NHSNumber'] })).toEqual(
      digest(shipped, 'sus-apc'),
    );
    expect(digest(shipped, 'sus-apc')).toHaveLength(32);
  });

  it('counts whether numbers for tests may land', () => {
    expect(digest(shipped, 'sus-apc', {}, 'production')).not.toEqual(digest(shipped, 'sus-apc'));
  });

  it('takes what is not known for something else', () => {
    expect(isJudgedAlike({ judgedBy: undefined }, digest(shipped, 'sus-apc'))).toBe(false);
    expect(isJudgedAlike({ judgedBy: digest(shipped, 'sus-apc') }, undefined)).toBe(false);
    expect(isJudgedAlike({ judgedBy: undefined }, undefined)).toBe(false);
  });
});

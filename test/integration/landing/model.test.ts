import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveKey } from '../../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../../src/blackbox/nhs-number.ts';
import { landingPseudonymiser } from '../../../src/blackbox/pseudonymise.ts';
import type { Receipt } from '../../../src/landing/receipt.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { episode, observation } from '../../support/rows.ts';

let test: TestBox;
let pseudonym: (person: number) => string;
beforeAll(async () => {
  test = await openTestBox();
  const pseudonymise = landingPseudonymiser(deriveKey(test.box.rootKey, 'landing', 1));
  pseudonym = (person) => pseudonymise(nhsNumber(person) as NhsNumber);
});
afterAll(() => test.close());

/** One row of a file: what it does to the record of its key. */
interface Said {
  readonly key: number;
  readonly person: number;
  readonly code: number;
  readonly at: number;
  readonly what: 'says' | 'deletes' | 'withholds' | 'spoils';
}
type Feed = 'acute' | 'practice';
interface File {
  readonly feed: Feed;
  readonly said: readonly Said[];
  readonly delimiter: ',' | '|';
}
interface Stored {
  readonly person: number;
  readonly code: number;
  readonly at: number;
}
/** The environment as a plain table, and the files that landed. */
interface Model {
  readonly stored: Map<string, Stored>;
  /** When the source wrote what took a record away: nothing it wrote before brings that record back. */
  readonly gone: Map<string, number>;
  readonly sent: Map<string, Receipt>;
}

const flowOf: Readonly<Record<Feed, string>> = { acute: 'sus-apc-southend', practice: 'gp-coded-records-f81001' };
const acuteCodes = ['I21.9', 'J18.1', 'E11.9'];
const practiceCodes = ['84114007', '44054006', '13645005'];
const day = (at: number): string => `2026-10-${String(at + 10)}T00:00:00`;

function textOf({ feed, said, delimiter }: File): string {
  const rows = said.map(({ key, person, code, at, what }) =>
    feed === 'acute'
      ? episode(person, `S${key}`, {
          DIAG_01: acuteCodes[code] ?? '',
          DIAG_02: what === 'withholds' ? 'A50.9' : '',
          LastUpdated: day(at),
          DischargeDateFromHospitalProviderSpell: what === 'spoils' ? '2026-02-30' : '2026-10-05',
        })
      : observation(person, `o${key}`, {
          SnomedCTConceptId: practiceCodes[code] ?? '',
          Deleted: what === 'deletes' ? 'true' : 'false',
          IsConfidential: what === 'withholds' ? 'true' : 'false',
          EffectiveDate: what === 'spoils' ? '2026-02-30' : '2026-05-01',
        }),
  );
  return csv(rows, { delimiter });
}

/**
 * The rules in words: of the rows of a file about one record the last written counts, and it counts unless what is stored,
 * or what took the record away, was written later.
 */
function apply(model: Model, { feed, said }: File): void {
  const dated = feed === 'acute';
  const last = new Map<number, Said>();
  for (const row of said) {
    if (row.what === 'spoils') continue;
    const before = last.get(row.key);
    if (!before || !dated || row.at >= before.at) last.set(row.key, row);
  }
  for (const [key, row] of last) {
    const id = `${feed} ${key}`;
    const stored = model.stored.get(id);
    if (stored && dated && row.at < stored.at) continue;
    if (row.what === 'says' || (row.what === 'deletes' && dated)) {
      if (dated && row.at < (model.gone.get(id) ?? 0)) continue;
      model.stored.set(id, { person: row.person, code: row.code, at: row.at });
      model.gone.delete(id);
    } else if (model.stored.delete(id) && dated) model.gone.set(id, row.at);
  }
}

async function check(model: Model): Promise<void> {
  const expected = [...model.stored].map(([id, { person, code }]) => {
    const feed = id.startsWith('acute') ? 'acute' : 'practice';
    const stored = feed === 'acute' ? `icd10:${acuteCodes[code]?.replace('.', '')}` : `snomed:${practiceCodes[code]}`;
    return `${flowOf[feed]} ${pseudonym(person)} ${stored}`;
  });
  expect((await test.events()).map(({ flow, person, codes }) => `${flow} ${person} ${codes?.[0]}`).sort()).toEqual(expected.sort());
  const people = await test.admin.query<{ person: string }>(
    'select landing_pseudonym as person from environment.person join linkage.pseudonym using (person_id) order by 1',
  );
  expect(people.rows.map(({ person }) => person)).toEqual(
    [...new Set([...model.stored.values()].map(({ person }) => pseudonym(person)))].sort(),
  );
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, n) => total + n, 0);

class Send implements fc.AsyncCommand<Model, TestBox> {
  readonly file: File;
  constructor(file: File) {
    this.file = file;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, box: TestBox): Promise<void> {
    const text = textOf(this.file);
    const id = `${this.file.feed} ${text}`;
    const first = model.sent.get(id);
    const receipt = await box.deliver(flowOf[this.file.feed], text);
    expect(receipt.received).toBe(this.file.said.length);
    expect(receipt.landed + receipt.updated + receipt.unchanged + sum(receipt.withheld) + sum(receipt.quarantined)).toBe(receipt.received);
    if (first) expect(receipt).toMatchObject({ state: 'duplicate', duplicateOf: first.delivery });
    else {
      expect(receipt.state).toBe('landed');
      model.sent.set(id, receipt);
      const before = model.stored.size;
      apply(model, this.file);
      expect(await box.count('select count(*) from environment.event')).toBe(model.stored.size);
      expect(model.stored.size - before).toBeLessThanOrEqual(receipt.landed);
    }
    await check(model);
  }
  toString(): string {
    return JSON.stringify(this.file);
  }
}

/** The bytes of a file that landed before. */
class SendAgain implements fc.AsyncCommand<Model, TestBox> {
  readonly which: number;
  constructor(which: number) {
    this.which = which;
  }
  check({ sent }: Readonly<Model>): boolean {
    return sent.size > 0;
  }
  async run(model: Model, box: TestBox): Promise<void> {
    const [id, first] = [...model.sent][this.which % model.sent.size] ?? ['', undefined];
    const space = id.indexOf(' ');
    const receipt = await box.deliver(flowOf[id.slice(0, space) as Feed], id.slice(space + 1));
    expect(receipt).toMatchObject({ state: 'duplicate', duplicateOf: first?.delivery, received: first?.received });
    await check(model);
  }
  toString(): string {
    return `again ${this.which}`;
  }
}

const said: fc.Arbitrary<Said> = fc.record({
  key: fc.nat(4),
  person: fc.nat(3),
  code: fc.nat(2),
  at: fc.nat(3),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('says' as const) },
    { weight: 4, arbitrary: fc.constantFrom('deletes', 'withholds', 'spoils') },
  ),
});
const file: fc.Arbitrary<File> = fc.record({
  feed: fc.constantFrom('acute', 'practice'),
  said: fc.array(said, { minLength: 1, maxLength: 6 }),
  delimiter: fc.constantFrom(',', '|'),
});

describe('any sequence of deliveries', () => {
  it('leaves the environment a plain table would have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands([file.map((one) => new Send(one)), file.map((one) => new Send(one)), fc.nat(20).map((n) => new SendAgain(n))], {
          maxCommands: 7,
          size: 'max',
        }),
        async (commands) => {
          await emptyBox(test);
          await fc.asyncModelRun(() => ({ model: { stored: new Map(), gone: new Map(), sent: new Map() }, real: test }), commands);
        },
      ),
      { numRuns: 15, endOnFailure: true, interruptAfterTimeLimit: 40_000 },
    );
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CopyBytes, copyHeader, copyTrailer } from '../../../src/blackbox/copy-bytes.ts';
import { eventWriter } from '../../../src/blackbox/event-writer.ts';
import type { SourceKey } from '../../../src/blackbox/pseudonymise.ts';
import { copyBinary, stagingTables } from '../../../src/blackbox/stage.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await testDatabases();
});
afterAll(async () => databases.close());

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const day = fc
  .date({ min: new Date('1800-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const time = fc
  .tuple(
    fc.integer({ min: 0, max: 23 }),
    fc.integer({ min: 0, max: 59 }),
    fc.integer({ min: 0, max: 60 }),
    fc.option(fc.stringMatching(/^\d{1,9}$/)),
  )
  .map(
    ([hour, minute, second, fraction]) => `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction === null ? '' : `.${fraction}`}`,
  );
const moment = fc.oneof(
  day,
  fc.tuple(day, fc.constantFrom(' ', 'T'), time, fc.constantFrom('', 'Z')).map((parts) => parts.join('')),
  fc.tuple(day, fc.constantFrom(' 09:30', 'T23:59', 'T00:00Z')).map((parts) => parts.join('')),
);
const absent = fc.constant('');
/** Letters of one, two, three and four bytes, in short texts and long ones. */
const letter = fc.constantFrom('a', 'Z', "'", 'é', 'ÿ', '\u0080', '€', '漢', '😀');
const text = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: letter, maxLength: 60 }))
  .map((value) => value.replaceAll('\0', ''));
const record = fc.record({
  key: fc.stringMatching(/^[0-9a-f]{32}$/).map((key) => key as SourceKey),
  start: moment,
  end: fc.oneof(absent, moment),
  sourceAt: fc.oneof(absent, moment),
  ready: fc.oneof(absent, day),
  costPence: fc.oneof(absent, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.integer().map(String)),
  kind: fc.constantFrom('inpatient', 'demographics'),
  provider: fc.oneof(absent, text),
  period: fc.oneof(absent, text),
  codes: fc
    .array(fc.stringMatching(/^[a-z0-9-]{1,12}:[A-Za-z0-9][A-Za-z0-9._+/-]{0,39}$/), { maxLength: 6 })
    .map((codes) => (codes.length === 0 ? '' : `{${codes.join(',')}}`)),
  attributes: fc.oneof(
    absent,
    fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 5 }).map((value) => JSON.stringify(value)),
  ),
});

it('stores every value as PostgreSQL reads its text', async () => {
  const client = await databases.pool('haven_blackbox').connect();
  const write = eventWriter({ flowNo: 7, deliveryNo: 4_294_967_299, setting: 'hospital', today: '9999-12-31' });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 60 }), async (records) => {
      await client.query('begin');
      await client.query(stagingTables);
      const bytes = new CopyBytes();
      for (const [at, { key, ...said }] of records.entries()) {
        bytes.columns(18);
        bytes.bigint(at + 1);
        bytes.boolean(at % 2 === 0);
        bytes.boolean(false);
        bytes.bigint('9007199254740993');
        write(bytes, key, said);
      }
      await copyBinary(client, 'stage', [copyHeader, bytes.subarray(), copyTrailer]);
      const { rows } = await client.query<{ differing: number; stored: number }>(
        `select count(*)::int as stored, count(*) filter (where
                  row(s.deleted, s.person_id, s.source_key, s.started_at, s.ended_at, s.source_at, s.ready_on, s.cost_pence, s.kind, s.provider,
                      s.period, s.codes, s.attributes, s.flow_no, s.delivery_no, s.setting::text)
                  is distinct from
                  row(t.at % 2 = 1, 9007199254740993, t.key::uuid, nullif(t.start, '')::timestamp, nullif(t."end", '')::timestamp,
                      nullif(t."sourceAt", '')::timestamp, nullif(t.ready, '')::date, nullif(t."costPence", '')::bigint, t.kind,
                      nullif(t.provider, ''), nullif(t.period, ''), nullif(t.codes, '')::text[], nullif(t.attributes, '')::jsonb,
                      7, 4294967299, 'hospital'))::int as differing
           from rows from (jsonb_to_recordset($1::jsonb) as (key text, start text, "end" text, "sourceAt" text, ready text, "costPence" text,
                  kind text, provider text, period text, codes text, attributes text)) with ordinality
                  as t (key, start, "end", "sourceAt", ready, "costPence", kind, provider, period, codes, attributes, at)
           join stage s on s.row_no = t.at`,
        [JSON.stringify(records)],
      );
      await client.query('rollback');
      expect(rows[0]).toEqual({ stored: records.length, differing: 0 });
    }),
    { numRuns: 60 },
  );
  client.release();
});

it('refuses what no reader of ours produces, instead of storing something else', () => {
  const bytes = new CopyBytes();
  for (const wrong of ['2024', '2024-03', '01/03/2024', '2024-03-01 9:30', '2024-03-01 09:30+01:00', '2024-03-01X09', '2024-0a-01'])
    expect(() => bytes.timestamp(wrong), wrong).toThrow(RangeError);
  expect(() => bytes.date('2024-03-01T00:00:00')).toThrow(RangeError);
  expect(() => bytes.codes('{icd10:Ä}')).toThrow(RangeError);
});

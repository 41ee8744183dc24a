import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleOf, condition, ndjsonOf, outcomes, patient, readAll, recordsOf } from './reading.ts';

const resources = [patient('a'), condition('1', 'a'), { resourceType: 'Device', id: 'd' }, condition('2', 'a')];
const kinds = ['demographics', 'condition', 'Device', 'condition'];
const head = { resourceType: 'Bundle', type: 'collection' };

describe('every layout of the same resources gives the same records', () => {
  const layouts: [string, string][] = [
    ['NDJSON', ndjsonOf(resources)],
    ['NDJSON with CRLF, blank lines and no last line end', `\r\n${resources.map((r) => JSON.stringify(r)).join('\r\n\r\n')}`],
    ['NDJSON after a byte order mark', `\ufeff${ndjsonOf(resources)}`],
    ['a Bundle on one line', JSON.stringify(bundleOf(resources))],
    ['a pretty-printed Bundle', JSON.stringify(bundleOf(resources), undefined, 2)],
    ['a Bundle with its entries before its type', JSON.stringify({ entry: resources.map((resource) => ({ resource })), ...head })],
    ['an array', JSON.stringify(resources)],
    ['a pretty-printed array', JSON.stringify(resources, undefined, '\t')],
    ['an array with a resource per line', `[\n${resources.map((r) => JSON.stringify(r)).join(',\n')}\n]`],
    ['NDJSON of Bundles', ndjsonOf([bundleOf(resources.slice(0, 2)), bundleOf(resources.slice(2))])],
    ['an array of Bundles', JSON.stringify([bundleOf(resources.slice(0, 1)), bundleOf(resources.slice(1))])],
    ['a Bundle within a Bundle', JSON.stringify(bundleOf([bundleOf(resources)]))],
  ];

  it.each(layouts)('%s', async (_name, content) => {
    const items = await readAll(content);
    expect(outcomes(items)).toEqual(kinds);
    expect(items).toEqual(await readAll(ndjsonOf(resources)));
  });

  it.each(layouts)('%s, cut into chunks anywhere', async (_name, content) => {
    const whole = await readAll(content);
    for (const size of [1, 2, 3, 7, 64]) expect(await readAll(content, size)).toEqual(whole);
  });

  it('reads one pretty-printed resource as one record', async () => {
    expect(outcomes(await readAll(JSON.stringify(patient('a'), undefined, 2)))).toEqual(['demographics']);
  });

  it('reads the entries of a List as nothing but a List', async () => {
    expect(outcomes(await readAll(JSON.stringify({ resourceType: 'List', entry: [{ item: { reference: 'Condition/1' } }] })))).toEqual([
      'List',
    ]);
  });

  it('reads a Bundle without entries as nothing', async () => {
    expect(await readAll(JSON.stringify(head))).toEqual([]);
    expect(await readAll(JSON.stringify({ ...head, entry: [] }))).toEqual([]);
  });

  it('numbers the rows by resource, whatever became of each', async () => {
    const items = await readAll(`${JSON.stringify(patient('a'))}\n{broken\n${JSON.stringify({ resourceType: 'Device' })}\n`);
    expect(items.map((item) => ('record' in item ? item.record.row : 'issue' in item ? item.issue.row : item.row))).toEqual([1, 2, 3]);
  });
});

describe('properties', () => {
  const anyJson = fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as unknown);
  const anyResource = fc
    .record({
      id: fc.string({ minLength: 1 }),
      type: fc.constantFrom('Patient', 'Condition', 'Flag', 'Device', 'Encounter'),
      extra: anyJson,
      name: fc.string({ unit: 'grapheme' }),
    })
    .map(({ id, type, extra, name }) => ({
      resourceType: type,
      id,
      subject: { reference: 'Patient/a', display: name },
      period: { start: '2026-01-01' },
      recordedDate: '2026-01-01',
      code: extra,
      identifier: extra,
    }));

  it('gives the same items whatever the layout and wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyResource, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 200 }), async (list, size) => {
        const expected = await readAll(ndjsonOf(list));
        expect(expected.length).toBe(list.length);
        expect(await readAll(ndjsonOf(list), size)).toEqual(expected);
        expect(await readAll(JSON.stringify(bundleOf(list)), size)).toEqual(expected);
        expect(await readAll(JSON.stringify(bundleOf(list), undefined, 1), size)).toEqual(expected);
        expect(await readAll(JSON.stringify(list), size)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same answer for damaged bytes wherever they are cut, and never fails but by refusal', async () => {
    const good = Buffer.from(`${ndjsonOf(resources)}${JSON.stringify(bundleOf(resources))}\n`);
    const outcome = async (bytes: Buffer, size: number): Promise<unknown> => {
      try {
        return await readAll(bytes, size);
      } catch (error) {
        const { name, code } = error as { name: string; code: string };
        expect(name).toBe('GatewayError');
        return code;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 1, max: 99 }),
        fc.boolean(),
        async (at, byte, size, cut) => {
          const bytes = Buffer.from(cut ? good.subarray(0, at) : good);
          if (!cut) bytes[at] = byte;
          expect(await outcome(bytes, size)).toEqual(await outcome(bytes, 65_536));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never reads an id that looks like an NHS number as one', async () => {
    const [record] = recordsOf(await readAll(JSON.stringify(condition('1', '9990000018'))));
    expect(record).toMatchObject({ nhsNumber: '', refersToPatient: true, localPatientId: 'Patient/9990000018' });
  });
});

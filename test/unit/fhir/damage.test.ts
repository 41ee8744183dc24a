import { describe, expect, it } from 'vitest';
import { bundleOf, condition, ndjsonOf, outcomes, patient, readAll, recordsOf } from './reading.ts';

const line = (value: object): string => `${JSON.stringify(value)}\n`;
const good = line(patient('a'));
const bundle = JSON.stringify(bundleOf([patient('a'), condition('1', 'a')]));
const pretty = JSON.stringify(bundleOf([patient('a'), condition('1', 'a')]), undefined, 2);

describe('a delivery that is not FHIR JSON is refused whole', () => {
  const deep = 1_000_000;
  const cases: [string, string | Buffer, string][] = [
    ['empty', '', 'FHIR_EMPTY'],
    ['only white space', ' \r\n\t\n', 'FHIR_EMPTY'],
    ['only a byte order mark', '\ufeff', 'FHIR_EMPTY'],
    ['prose', 'Dear colleague', 'FHIR_UNREADABLE'],
    ['CSV', 'NHS_NUMBER,DOB\n1,2\n', 'FHIR_UNREADABLE'],
    ['XML', '<?xml version="1.0"?><Patient/>', 'FHIR_XML_NOT_SUPPORTED'],
    ['XML after a byte order mark', '\ufeff <Bundle/>', 'FHIR_XML_NOT_SUPPORTED'],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${good}`, 'utf16le'), 'FHIR_UNREADABLE'],
    ['UTF-16 without', Buffer.from(good, 'utf16le'), 'FHIR_UNREADABLE'],
    ['still zipped', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'FHIR_UNREADABLE'],
    ['one resource that breaks off', good.slice(0, -20), 'FHIR_TRUNCATED'],
    ['a Bundle that breaks off in an entry', bundle.slice(0, -60), 'FHIR_TRUNCATED'],
    ['a Bundle that breaks off after its entries', bundle.slice(0, -1), 'FHIR_TRUNCATED'],
    ['a pretty-printed Bundle that breaks off', pretty.slice(0, -4), 'FHIR_TRUNCATED'],
    ['an array that breaks off', `[${good}`, 'FHIR_TRUNCATED'],
    ['a million arrays', '['.repeat(deep), 'FHIR_TOO_DEEP'],
    ['a million objects', '{"a":'.repeat(deep), 'FHIR_TOO_DEEP'],
    ['a million objects, a line each', '{"a":\n'.repeat(deep), 'FHIR_TOO_DEEP'],
    ['a first line of a million objects, and resources behind it', `${'{"a":'.repeat(deep)}\n${good}`, 'FHIR_TOO_DEEP'],
    ['65 levels that break off', `{"a":${'['.repeat(64)}`, 'FHIR_TOO_DEEP'],
    ['64 levels that break off', `{"a":${'['.repeat(63)}`, 'FHIR_TRUNCATED'],
    ['a Bundle that breaks off in an entry that is too deep', `{"resourceType":"Bundle","entry":[${'['.repeat(65)}`, 'FHIR_TOO_DEEP'],
    ['a Bundle that breaks off behind one', `{"resourceType":"Bundle","entry":[${'['.repeat(65)}${']'.repeat(65)},`, 'FHIR_TRUNCATED'],
    [
      'a Bundle that breaks off in one behind it',
      `{"resourceType":"Bundle","entry":[${'['.repeat(65)}${']'.repeat(65)},{`,
      'FHIR_TRUNCATED',
    ],
    ['a Bundle with something else after it', `${pretty}\n{}`, 'FHIR_UNREADABLE'],
    ['a Bundle with a comma too many', '{"resourceType":"Bundle","entry":[{},]}', 'FHIR_UNREADABLE'],
    ['a Bundle with entries that are none', '{"resourceType":"Bundle","entry":[1,2]}', 'FHIR_UNREADABLE'],
    ['a Bundle whose own members are broken', '{"resourceType":"Bundle","entry":[],"total":}', 'FHIR_UNREADABLE'],
    ['a Bundle with its entries twice', '{"resourceType":"Bundle","entry":[],"entry":[{"resource":{}}]}', 'FHIR_DUPLICATE_KEY'],
    ['a lone line that is not JSON', '{"resourceType" "Patient"}\n', 'FHIR_UNREADABLE'],
    ['a pretty-printed resource that is not JSON', '{\n "resourceType" "Patient"\n}\n', 'FHIR_UNREADABLE'],
  ];

  it.each(cases)('%s', async (_name, content, code) => {
    await expect(readAll(content)).rejects.toMatchObject({ name: 'GatewayError', code });
    if (content.length < 10_000) await expect(readAll(content, 1)).rejects.toMatchObject({ code });
  });

  it('more resources than a delivery may hold', async () => {
    await expect(readAll(good.repeat(4), 64, { maxResources: 3 })).rejects.toMatchObject({ code: 'FHIR_TOO_MANY' });
  });

  it('says what to do and never what was sent', async () => {
    await expect(readAll('Secret Name')).rejects.toSatisfy((error) => !(error as Error).message.includes('Secret'));
  });
});

describe('one bad line is quarantined and the rest is read', () => {
  const big = JSON.stringify({ resourceType: 'Binary', data: 'A'.repeat(2_000_000) });
  const bad: [string, string | Buffer, string][] = [
    ['not JSON', '{"resourceType":"Patient",}', 'FHIR_JSON_INVALID'],
    ['broken off', '{"resourceType":"Patient","id":"a', 'FHIR_JSON_INVALID'],
    ['broken off after a back-slash', '{"resourceType":"Patient","id":"a\\', 'FHIR_JSON_INVALID'],
    ['prose', 'and another thing', 'FHIR_JSON_INVALID'],
    ['two resources on a line', `${good.trim()}${good.trim()}`, 'FHIR_JSON_INVALID'],
    ['XML', '<Patient/>', 'FHIR_JSON_INVALID'],
    ['a number', '42', 'FHIR_NOT_A_RESOURCE'],
    ['null', 'null', 'FHIR_NOT_A_RESOURCE'],
    ['an array', '[]', 'FHIR_NOT_A_RESOURCE'],
    ['no resourceType', '{"id":"a"}', 'FHIR_RESOURCE_TYPE_ABSENT'],
    ['a resourceType that is no text', '{"resourceType":{"a":1}}', 'FHIR_RESOURCE_TYPE_ABSENT'],
    ['a million levels', '{"a":'.repeat(1_000_000), 'FHIR_TOO_DEEP'],
    ['65 levels', `{"resourceType":"Patient","a":${'['.repeat(64)}${']'.repeat(64)}}`, 'FHIR_TOO_DEEP'],
    ['gigantic', big, 'FHIR_RESOURCE_TOO_LARGE'],
    ['two resourceTypes', '{"resourceType":"Device","resourceType":"Patient","id":"a"}', 'FHIR_DUPLICATE_KEY'],
    ['two subjects, one escaped', '{"resourceType":"Flag","id":"1","subject":{},"\\u0073ubject":{}}', 'FHIR_DUPLICATE_KEY'],
    [
      'two numbers in one identifier',
      '{"resourceType":"Patient","identifier":[{"value":"9990000018","value":"9990000026"}]}',
      'FHIR_DUPLICATE_KEY',
    ],
    ['Latin-1', Buffer.from('{"resourceType":"Patient","id":"caf\xe9"}', 'latin1'), 'FHIR_ENCODING_INVALID'],
    ['an over-long UTF-8 slash', Buffer.from('{"resourceType":"Patient","id":"\xc0\xaf"}', 'latin1'), 'FHIR_ENCODING_INVALID'],
  ];

  it.each(bad)('%s', async (_name, content, rule) => {
    const bytes = Buffer.concat([Buffer.from(good), Buffer.from(content), Buffer.from(`\n${good}`)]);
    expect(outcomes(await readAll(bytes))).toEqual(['demographics', rule, 'demographics']);
    expect(outcomes(await readAll(bytes, 4099))).toEqual(['demographics', rule, 'demographics']);
  });

  it.each(bad.filter(([, content]) => String(content).startsWith('{')))('as the first line: %s', async (name, content, rule) => {
    // A first line that is too deep and never closes cannot be told from a document that never ends.
    if (name === 'a million levels') return;
    // Two resources on the first line are still told apart.
    const first = name === 'two resources on a line' ? ['demographics', 'demographics'] : [rule];
    const bytes = Buffer.concat([Buffer.from(content), Buffer.from(`\n${good}`)]);
    expect(outcomes(await readAll(bytes))).toEqual([...first, 'demographics']);
  });

  it('counts a last line that breaks off as one bad row', async () => {
    expect(outcomes(await readAll(good + good.slice(0, -9)))).toEqual(['demographics', 'FHIR_JSON_INVALID']);
  });

  it('holds an entry of a Bundle to the same limits', async () => {
    const entries = [`{"resource":${big}}`, '{"resource":{"resourceType":"Device","resourceType":"Flag"}}', `{"resource":${good}}`];
    const content = `{"resourceType":"Bundle","entry":[${entries.join(',')}]}`;
    expect(outcomes(await readAll(content))).toEqual(['FHIR_RESOURCE_TOO_LARGE', 'FHIR_DUPLICATE_KEY', 'demographics']);
  });

  it('never chooses between two numbers of one identifier, whatever the layout', async () => {
    const twice = '{"resourceType":"Patient","identifier":[{"value":"9990000018",\n"value":"9990000026"}]}';
    const flat = twice.replace('\n', '');
    const bundled = `{"resourceType":"Bundle","meta":{"tag":[{"code":"a"}]},"entry":[{"resource":${twice}},{"resource":${good}}],"total":2}`;
    for (const content of [twice, flat, `[${twice}]`]) expect(outcomes(await readAll(content))).toEqual(['FHIR_DUPLICATE_KEY']);
    for (const content of [bundled, `${flat}\n${good}`])
      expect(outcomes(await readAll(content, 7))).toEqual(['FHIR_DUPLICATE_KEY', 'demographics']);
  });
});

describe('what an input may not do to the program', () => {
  it('ignores __proto__ and constructor', async () => {
    const content =
      '{"resourceType":"Flag","id":"1","__proto__":{"subject":{"reference":"Patient/x"},"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect(outcomes(await readAll(content))).toEqual(['REQUIRED_FIELD_EMPTY']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('never repeats a resourceType that FHIR does not have', async () => {
    const types = ['Mrs Jones', 'toString', '__proto__', 'A', `A${'a'.repeat(64)}`, 'Hemodialysis'];
    const items = await readAll(ndjsonOf(types.map((resourceType) => ({ resourceType }))));
    expect(outcomes(items)).toEqual(['Unknown', 'Unknown', 'Unknown', 'Unknown', 'Unknown', 'Unknown']);
  });

  it('needs no more memory than an entry for a Bundle of many', async () => {
    const entry = `${JSON.stringify({ resource: condition('1', 'a') })},`;
    async function* chunks(): AsyncIterable<Buffer> {
      yield Buffer.from('{"resourceType":"Bundle","entry":[');
      for (let i = 0; i < 2_000; i += 1) yield Buffer.from(entry.repeat(50));
      yield Buffer.from(`${JSON.stringify({ resource: patient('a') })}]}`);
    }
    const { readFhir } = await import('../../../src/feeds/fhir/read.ts');
    let rows = 0;
    let mostHeld = 0;
    for await (const items of readFhir(chunks())) {
      rows += items.length;
      mostHeld = Math.max(mostHeld, items.length);
    }
    expect(rows).toBe(100_001);
    expect(mostHeld).toBeLessThan(200);
  });

  it('survives elements of the wrong kind everywhere', async () => {
    const wrong = [null, 1, true, 'x', [], {}, [[]], [null], [{ coding: 'x' }], { coding: [null, 1, { code: {} }] }];
    const names = [
      'id',
      'meta',
      'identifier',
      'subject',
      'patient',
      'code',
      'class',
      'status',
      'period',
      'component',
      'contained',
      'extension',
      'link',
      'address',
      'generalPractitioner',
      'performer',
      'verificationStatus',
      'medicationReference',
      'onsetDateTime',
      'birthDate',
    ];
    const types = [
      'Patient',
      'Encounter',
      'Condition',
      'Observation',
      'MedicationRequest',
      'MedicationStatement',
      'AllergyIntolerance',
      'Procedure',
      'Immunization',
      'ServiceRequest',
      'EpisodeOfCare',
      'Flag',
      'CarePlan',
    ];
    const list = types.flatMap((resourceType) =>
      names.flatMap((name) =>
        wrong.map((value) => ({
          ...patient('a'),
          subject: { reference: 'Patient/a' },
          patient: { reference: 'Patient/a' },
          resourceType,
          [name]: value,
        })),
      ),
    );
    const items = await readAll(ndjsonOf(list));
    expect(items.length).toBe(list.length);
    for (const record of recordsOf(items)) {
      for (const value of Object.values(record.attributes)) expect(['string', 'number', 'boolean']).toContain(typeof value);
      for (const text of [record.nhsNumber, record.start, record.end, record.birthDate, record.provider])
        expect(typeof text).toBe('string');
    }
  });
});

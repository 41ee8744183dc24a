import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCoder } from '../../../src/blackbox/coding.ts';
import { ageInYears, generalisePostcode, toMonth, toSex } from '../../../src/blackbox/generalise.ts';
import { copyValue, TaskLine } from '../../../src/blackbox/stage.ts';
import { canonicalDate, toPence } from '../../../src/blackbox/values.ts';
import { toLondonTime } from '../../../src/feeds/london-time.ts';

describe('London time', () => {
  it('is what the tables of the platform say, for every year since they agree on the rule', () => {
    const tables = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short', timeStyle: 'medium' });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2037, 0) }), (moment) => {
        expect(toLondonTime(moment)).toBe(tables.format(moment));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a date', () => {
  it.each([
    ['2026-02-28', 'YYYY-MM-DD', '2026-02-28'],
    ['28/02/2026', 'DD/MM/YYYY', '2026-02-28'],
    ['20260228', 'YYYYMMDD', '2026-02-28'],
    ['022026', 'MMYYYY', '2026-02'],
    ['2026-02-28 13:45:06', 'YYYY-MM-DD HH:mm:ss', '2026-02-28 13:45:06'],
    ['2026-02-28 13:45:06.123', 'YYYY-MM-DD HH:mm:ss', '2026-02-28 13:45:06'],
    ['2026-02-28T13:45:06', 'YYYY-MM-DDTHH:mm:ss', '2026-02-28 13:45:06'],
    ['2026-02-28T13:45:06Z', 'YYYY-MM-DDTHH:mm:ss', '2026-02-28 13:45:06'],
    // A time with an offset is the time in London: summer, winter, both change-overs, and the day may be another.
    ['2026-07-01T23:30:00Z', 'YYYY-MM-DDTHH:mm:ss', '2026-07-02 00:30:00'],
    ['2026-07-01T23:30:00+01:00', 'YYYY-MM-DDTHH:mm:ss', '2026-07-01 23:30:00'],
    ['2026-01-01T00:30:00+01:00', 'YYYY-MM-DDTHH:mm:ss', '2025-12-31 23:30:00'],
    ['2026-07-01T20:00:00-05:30', 'YYYY-MM-DDTHH:mm:ss', '2026-07-02 02:30:00'],
    ['2026-03-29T00:59:59Z', 'YYYY-MM-DDTHH:mm:ss', '2026-03-29 00:59:59'],
    ['2026-03-29T01:00:00Z', 'YYYY-MM-DDTHH:mm:ss', '2026-03-29 02:00:00'],
    ['2026-10-25T00:59:59Z', 'YYYY-MM-DDTHH:mm:ss', '2026-10-25 01:59:59'],
    ['2026-10-25T01:00:00.5Z', 'YYYY-MM-DDTHH:mm:ss', '2026-10-25 01:00:00'],
    ['1970-01-01T00:00:00Z', 'YYYY-MM-DDTHH:mm:ss', '1970-01-01 01:00:00'],
    ['2026-07-01T10:00:00+14:30', 'YYYY-MM-DDTHH:mm:ss', undefined],
    ['2026-07-01T10:00:00+01:60', 'YYYY-MM-DDTHH:mm:ss', undefined],
    ['9999-12-31T23:30:00Z', 'YYYY-MM-DDTHH:mm:ss', '9999-12-31 23:30:00'],
    ['9999-12-31T23:30:00-01:00', 'YYYY-MM-DDTHH:mm:ss', undefined],
    ['2026-02-30T10:00:00Z', 'YYYY-MM-DDTHH:mm:ss', undefined],
    ['28/02/2026 13:45', 'DD/MM/YYYY HH:mm', '2026-02-28 13:45:00'],
    ['2026-02-28 13:45', 'YYYY-MM-DD HH:mm', '2026-02-28 13:45:00'],
    ['13:45', 'HH:mm', '13:45:00'],
    ['13:45:06', 'HH:mm:ss', '13:45:06'],
    ['2024-02-29', 'YYYY-MM-DD', '2024-02-29'],
    ['2000-02-29', 'YYYY-MM-DD', '2000-02-29'],
    ['1900-02-29', 'YYYY-MM-DD', undefined],
    ['2026-02-29', 'YYYY-MM-DD', undefined],
    ['30/02/2026', 'DD/MM/YYYY', undefined],
    ['20261131', 'YYYYMMDD', undefined],
    ['2026-11-31', 'YYYY-MM-DD', undefined],
    ['2026-00-10', 'YYYY-MM-DD', undefined],
    ['2026-13-10', 'YYYY-MM-DD', undefined],
    ['2026-10-00', 'YYYY-MM-DD', undefined],
    ['132026', 'MMYYYY', undefined],
    ['0001-01-01', 'YYYY-MM-DD', undefined],
    ['24:00', 'HH:mm', undefined],
    ['12:60', 'HH:mm', undefined],
    ['23:59:60', 'HH:mm:ss', undefined],
    ['2026-02-28 25:00', 'YYYY-MM-DD HH:mm', undefined],
    ['28/2/2026', 'DD/MM/YYYY', undefined],
    ['2026-02-28x', 'YYYY-MM-DD', undefined],
    ['2026-02-28\n', 'YYYY-MM-DD', undefined],
    ['٢٠٢٦-٠٢-٢٨', 'YYYY-MM-DD', undefined],
    ['46000', 'YYYY-MM-DD', undefined],
  ] as const)('%j as %s is %s', (text, format, expected) => {
    expect(canonicalDate(text, [format])).toBe(expected);
  });

  it('is read in any of its layouts as the calendar has it, and as nothing else', () => {
    const day = fc.record({
      y: fc.integer({ min: 1800, max: 2200 }),
      m: fc.integer({ min: 0, max: 14 }),
      d: fc.integer({ min: 0, max: 33 }),
    });
    fc.assert(
      fc.property(day, ({ y, m, d }) => {
        const [mm, dd] = [String(m).padStart(2, '0'), String(d).padStart(2, '0')];
        const at = new Date(Date.UTC(y, m - 1, d));
        const exists = at.getUTCMonth() === m - 1 && at.getUTCDate() === d;
        const expected = exists ? `${y}-${mm}-${dd}` : undefined;
        const layouts = ['YYYY-MM-DD', 'DD/MM/YYYY', 'YYYYMMDD'] as const;
        for (const text of [`${y}-${mm}-${dd}`, `${dd}/${mm}/${y}`, `${y}${mm}${dd}`]) expect(canonicalDate(text, layouts)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('money', () => {
  it.each([
    ['12', 'pounds', '1200'],
    ['12.5', 'pounds', '1250'],
    ['0.07', 'pounds', '7'],
    ['-12.34', 'pounds', '-1234'],
    ['-0.001', 'pounds', '0'],
    ['1.005', 'pounds', '101'],
    ['1.0049999', 'pounds', '100'],
    ['-1.005', 'pounds', '-101'],
    ['999999999999.99', 'pounds', '99999999999999'],
    ['12', 'pence', '12'],
    ['12.4', 'pence', '12'],
    ['12.5', 'pence', '13'],
    ['', 'pounds', ''],
  ] as const)('%s %s is %s pence', (text, unit, expected) => {
    expect(toPence(text, unit)).toBe(expected);
  });

  it('loses no penny, whatever the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -99_999_999_999_999n, max: 99_999_999_999_999n }), (pence) => {
        const whole = pence < 0n ? -pence : pence;
        const text = `${pence < 0n ? '-' : ''}${whole / 100n}.${String(whole % 100n).padStart(2, '0')}`;
        expect(toPence(text, 'pounds')).toBe(String(pence));
        expect(toPence(String(pence), 'pence')).toBe(String(pence));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is kept of a person', () => {
  const lookup = new Map([['SS09AC', { lsoa: 'E01015814', ward: 'E05002212' }]]);
  it.each([
    ['SS0 9AC', 'SS0 9', 'E01015814'],
    ['ss09ac', 'SS0 9', 'E01015814'],
    ['SS0  9AC', 'SS0 9', 'E01015814'],
    ['SW1A 1AA', 'SW1A 1', ''],
    ['ZZ99 3VZ', '', ''],
    ['zz993wz', '', ''],
    ['SS0', '', ''],
    ['SS0 9', '', ''],
    ['SS0 9A', '', ''],
    ['', '', ''],
    ['12 High Street', '', ''],
    ['SS0-9AC', '', ''],
  ])('of the postcode %j is the sector %j and the area %j, never the whole', (postcode, sector, lsoa) => {
    expect(generalisePostcode(postcode, lookup)).toMatchObject({ sector, lsoa });
  });

  it.each([
    ['1950-02-28', '1950-02-01'],
    ['1950-02', '1950-02-01'],
    ['1950', ''],
    ['', ''],
  ])('of the birth %j is the month %j', (birth, month) => {
    expect(toMonth(birth)).toBe(month);
  });

  it.each([
    ['M', '1'],
    ['female', '2'],
    ['2', '2'],
    ['I', '9'],
    ['0', 'X'],
    ['Not known', 'X'],
    ['', ''],
    ['7', ''],
    ['constructor', ''],
    ['__proto__', ''],
    ['toString', ''],
  ])('of the sex %j is %j', (sent, kept) => {
    expect(toSex(sent)).toBe(kept);
  });

  it.each([
    ['2008-11-21', '2026-11-20', 17],
    ['2008-11-21', '2026-11-21', 18],
    ['2008-11-21', '2026-11-21 09:00:00', 18],
    ['2008-02-29', '2026-02-28', 17],
    ['2008-02-29', '2026-03-01', 18],
    ['2008-11', '2026-11-29', 17],
    ['2008-11', '2026-11-30', 17],
    ['2008-11', '2026-12-01', 18],
    ['2008-12', '2026-12-30', 17],
    ['2008-12', '2026-12-31', 18],
    ['2027-01-01', '2026-11-21', -1],
    ['2008', '2026-11-21', undefined],
    ['', '2026-11-21', undefined],
    ['2008-11-21', '', undefined],
  ])('somebody born %j is on %j %s years old', (birth, at, age) => {
    expect(ageInYears(birth, at)).toBe(age);
  });

  it('is never an age above the true one', () => {
    const day = fc
      .date({ min: new Date('1930-01-01'), max: new Date('2026-11-21'), noInvalidDate: true })
      .map((at) => at.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, day, (birth, at) => {
        const exact = ageInYears(birth, at) as number;
        const byMonth = ageInYears(birth.slice(0, 7), at) as number;
        expect(exact - byMonth).toBeGreaterThanOrEqual(0);
        expect(exact - byMonth).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a code', () => {
  const sensitive = { isSensitive: (_: string, code: string) => code.startsWith('A50') };
  it.each([
    ['icd10', 'I21.9', 'icd10:I219'],
    ['icd10', 'i219', 'icd10:I219'],
    ['icd10', 'I10X', 'icd10:I10'],
    ['icd10', 'I10.X', 'icd10:I10'],
    ['icd10', 'I10-', 'icd10:I10'],
    ['icd10', 'A17.0†', 'icd10:A170'],
    ['icd10', 'G01*', 'icd10:G01'],
    ['icd10', 'A17.0D', 'icd10:A170'],
    ['icd10', 'R69X6', 'icd10:R69X6'],
    ['icd10', 'R69.X6', 'icd10:R69X6'],
    ['icd10', ' I21 .9 ', 'icd10:I219'],
    ['opcs4', 'w37.1', 'opcs4:W371'],
    ['snomed', ' 84114007 ', 'snomed:84114007'],
    ['readv2', 'C10..', 'readv2:C10..'],
    ['readv2', 'c10..', 'readv2:c10..'],
    ['icd10', '', undefined],
    ['icd10', '.', undefined],
    ['icd10', 'I21,I22', undefined],
    ['snomed', '84114007}', undefined],
    ['snomed', '84114007"', undefined],
    ['local', 'a\\b', undefined],
    ['local', 'x'.repeat(41), undefined],
  ])('of %s sent as %j is kept as %s', (system, raw, expected) => {
    const code = createCoder(system, sensitive);
    expect(code(raw)?.code).toBe(expected);
    expect(code(raw)?.code).toBe(expected);
  });

  it('is known as sensitive however it is written', () => {
    for (const raw of ['A50.9', 'a509', ' A50.9X']) expect(createCoder('icd10', sensitive)(raw)?.sensitive).toBe(true);
  });

  it('that is kept can stand in an array of the database as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 10 }), (raw) => {
        const coded = createCoder('local', sensitive)(raw);
        if (coded) expect(coded.code).toMatch(/^local:[A-Za-z0-9._+/-]+$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a value on its way to the database', () => {
  /** The text format of COPY as its documentation describes it, read back. */
  const decode = (text: string): string | null =>
    text === '\\N' ? null : text.replace(/\\(.)/gs, (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character);

  it('comes back as it was, and never breaks its row', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('\\', '\t', '\n', '\r', 'N', 't', '.') })),
        (value) => {
          const text = copyValue(value);
          expect(text).not.toMatch(/[\t\n\r]/);
          expect(decode(text)).toBe(value === '' ? null : value);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(copyValue('\\N')).toBe('\\\\N');
    expect(copyValue('\\.')).toBe('\\\\.');
  });
});

describe('the line of tasks', () => {
  const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('runs them in order, one at a time', async () => {
    const line = new TaskLine(3);
    const seen: string[] = [];
    for (const [n, ms] of [8, 1, 4, 0].entries()) {
      await line.push(async () => {
        seen.push(`begin ${n}`);
        await later(ms);
        seen.push(`end ${n}`);
      });
    }
    await line.drain();
    expect(seen).toEqual([0, 1, 2, 3].flatMap((n) => [`begin ${n}`, `end ${n}`]));
  });

  it('lets no more wait than its depth', async () => {
    const line = new TaskLine(2);
    let pushed = 0;
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const pushing = (async () => {
      await line.push(() => first);
      for (let n = 0; n < 5; n++) {
        pushed += 1;
        await line.push(async () => undefined);
      }
    })();
    await later(20);
    expect(pushed).toBe(2);
    finish();
    await pushing;
    await line.drain();
    expect(pushed).toBe(5);
  });

  it('stops behind the first failure, says which it was, and runs nothing more', async () => {
    const line = new TaskLine(5);
    const seen: number[] = [];
    await line.push(async () => {
      await later(5);
      throw new Error('first');
    });
    await line.push(async () => {
      seen.push(1);
      throw new Error('second');
    });
    await expect(line.drain()).rejects.toThrow('first');
    await expect(line.push(async () => void seen.push(2))).rejects.toThrow('first');
    await line.settle();
    expect(seen).toEqual([]);
  });

  it('settles only when what runs beside it has ended too, and never complains', async () => {
    const line = new TaskLine(1);
    let ended = 0;
    for (const ms of [30, 5]) {
      line.beside(
        later(ms).then(() => {
          ended += 1;
          throw new Error('beside');
        }),
      );
    }
    await line.settle();
    expect(ended).toBe(2);
  });
});

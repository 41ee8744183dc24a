import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/shared/json-text.ts';

const read = (text: string | Buffer) => parseJson(Buffer.from(text as string));

describe('a JSON text', () => {
  it.each(['{"a":1,"b":[{"c":":"},{"c":"\\":\\\\"}],"d":{}}', '[]', 'null', '"a:b"', '7', '{"":{"":":"}}', '{"__proto__":{"a":1}}'])(
    'is read as it stands: %s',
    (text) => {
      expect(read(text)).toEqual({ value: JSON.parse(text) });
    },
  );

  it.each([
    ['gives a member twice', '{"nhsNumber":"9990000018","nhsNumber":"9990000026"}', 'MEMBER_TWICE'],
    ['gives one twice, once escaped', '{"a":1,"\\u0061":2}', 'MEMBER_TWICE'],
    ['gives one twice, deep inside', '{"a":[[{"b":{"c":1,"c":1}}]]}', 'MEMBER_TWICE'],
    ['gives __proto__ twice', '{"__proto__":1,"__proto__":2}', 'MEMBER_TWICE'],
    ['is empty', '', 'NOT_JSON'],
    ['breaks off', '{"a":', 'NOT_JSON'],
    ['begins with a byte order mark', '\ufeff{}', 'NOT_JSON'],
    ['is UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'NOT_UTF8'],
    ['is Latin-1', Buffer.from('{"a":"caf\xe9"}', 'latin1'), 'NOT_UTF8'],
  ])('that %s is refused', (_, text, fault) => {
    expect(read(text)).toEqual({ fault });
  });

  it('may be a million levels deep without an end to the program', () => {
    expect(() => read(`${'[{"a":'.repeat(500_000)}1${'}]'.repeat(500_000)}`)).not.toThrow();
  });
});

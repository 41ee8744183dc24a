import { createDecipheriv, createHmac, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyedHash, writeLengthPrefixed } from '../../../src/blackbox/keyed-hash.ts';
import { deriveKey } from '../../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../../src/blackbox/nhs-number.ts';
import { landingPseudonymiser, recipientPseudonymiser, sourceKeyer } from '../../../src/blackbox/pseudonymise.ts';
import { createSealer } from '../../../src/blackbox/seal.ts';
import { additionalData, rawPublicKey, wrappingKey } from '../../../src/shared/sealed-identity.ts';

/** SubjectPublicKeyInfo of X25519 before its 32 bytes (RFC 8410). */
const x25519Prefix = Buffer.from('302a300506032b656e032100', 'hex');
const root = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
/** Published example number (docs/adr/0002-pseudonym-scheme.md), not a person's. */
const example = '9434765919' as NhsNumber;
const mac = (key: Uint8Array, message: Uint8Array): string => {
  const keyed = createKeyedHash(key);
  keyed.message.set(message);
  return keyed.digest(message.length);
};

describe('the scheme of pseudonyms', () => {
  it('derives the landing key of its vectors', () => {
    expect(deriveKey(root, 'landing', 1).toString('hex')).toBe('8caf4cb592c1bd1597b75628bcc96585bcfc38f11b8e2d9c7d7154816400b694');
  });

  it.each([
    [1, '0SGANX8FHJG5Q0BG24V4FEQGMGTJSXHZ'],
    [2, 'DXCB1Y8NXF7KKCRDJD8C6RE04RHJC640'],
  ])('gives the landing pseudonym of epoch %i', (epoch, expected) => {
    expect(landingPseudonymiser(deriveKey(root, 'landing', epoch))(example)).toBe(expected);
  });

  it.each([
    ['icb-frailty', 1, '8VX9PFX6SJT74EA6B6JK9ZZD6HRETNCT'],
    ['icb-frailty', 2, 'VC62QC6X57Z02SZM3BV8GJYB3GNN32YN'],
    ['acute-a', 1, '8P11FPQ1X3T81E8SDXKS63CFN51BK3A8'],
  ])('gives the pseudonym %s knows the person by in epoch %i', (recipient, epoch, expected) => {
    const landing = landingPseudonymiser(deriveKey(root, 'landing', 1))(example);
    expect(recipientPseudonymiser(deriveKey(root, `recipient:${recipient}`, epoch))(landing)).toBe(expected);
  });

  it('is HKDF as RFC 5869 test case 1 has it', () => {
    const okm = hkdfSync(
      'sha256',
      Buffer.alloc(22, 0x0b),
      Buffer.from('000102030405060708090a0b0c', 'hex'),
      Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'),
      42,
    );
    expect(Buffer.from(okm).toString('hex')).toBe('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  });
});

describe('the keyed hash', () => {
  it.each([
    ['1', Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      '2',
      Buffer.from('Jefe'),
      Buffer.from('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      '6',
      Buffer.alloc(131, 0xaa),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('passes RFC 4231 test case %s', (_, key, message, expected) => {
    expect(mac(key, message)).toBe(expected);
  });

  it('equals the HMAC of Node for any key and message, also when one key hashes many', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
        (key, messages) => {
          const keyed = createKeyedHash(key);
          for (const message of messages) {
            keyed.message.set(message);
            expect(keyed.digest(message.length)).toBe(createHmac('sha256', key).update(message).digest('hex'));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes the longest message and refuses a longer one', () => {
    const keyed = createKeyedHash(root);
    keyed.message.fill(7);
    expect(keyed.digest(4096)).toBe(createHmac('sha256', root).update(Buffer.alloc(4096, 7)).digest('hex'));
    expect(() => keyed.digest(4097)).toThrow(RangeError);
  });

  it('never takes two lists of fields for one message', () => {
    const laidOut = (fields: readonly string[]): string => {
      const target = Buffer.alloc(4096);
      const end = fields.reduce((offset, field) => writeLengthPrefixed(target, offset, field), 0);
      return target.subarray(0, end).toString('hex');
    };
    const fields = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', 'é', '😀'), maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        expect(laidOut(one) === laidOut(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 1_000 },
    );
    expect(laidOut(['ab', 'c'])).not.toBe(laidOut(['a', 'bc']));
    expect(laidOut(['a'])).not.toBe(laidOut(['a', '']));
  });

  it('gives a source record a key of its own in each flow, and none to what is too long to be an id', () => {
    const key = deriveKey(root, 'source-record', 1);
    const [one, other] = [sourceKeyer(key, ['flow-a']), sourceKeyer(key, ['flow-b'])];
    expect(one(['S1', '1'])).toMatch(/^[0-9a-f]{32}$/);
    expect(one(['S1', '1'])).toBe(one(['S1', '1']));
    expect(one(['S1', '1'])).not.toBe(other(['S1', '1']));
    expect(one(['S1', '1'])).not.toBe(one(['S11', '']));
    expect(one(['x'.repeat(5_000)])).toBeUndefined();
    expect(one(['x'.repeat(5_000)].concat('1'))).toBeUndefined();
    expect(one(['S1', '1'])).toBe(sourceKeyer(key, ['flow-a'])(['S1', '1']));
  });
});

describe('a sealed identity', () => {
  const pair = generateKeyPairSync('x25519');
  /** As the re-identifier does, written here once more from the description of the format. */
  function open(sealed: Buffer, wrapped: Buffer, privateKey: KeyObject, aad: Buffer): string {
    const ephemeral = wrapped.subarray(0, 32);
    const publicKey = createPublicKey({ key: Buffer.concat([x25519Prefix, ephemeral]), format: 'der', type: 'spki' });
    const shared = diffieHellman({ privateKey, publicKey });
    const unwrap = createDecipheriv(
      'aes-256-gcm',
      wrappingKey(shared, ephemeral, rawPublicKey(createPublicKey(privateKey))),
      wrapped.subarray(32, 44),
    );
    unwrap.setAuthTag(wrapped.subarray(-16));
    const dataKey = Buffer.concat([unwrap.update(wrapped.subarray(44, -16)), unwrap.final()]);
    const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(0, 12));
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8');
  }

  it('opens with the private key, for its own pseudonym and epoch', () => {
    const sealer = createSealer(pair.publicKey);
    const identity = JSON.stringify({ nhsNumber: '9990000018' });
    const sealed = sealer.seal(identity, 'L1', 1);
    expect(sealer.dataKey.wrapped).toHaveLength(92);
    expect(open(sealed, sealer.dataKey.wrapped, pair.privateKey, additionalData('L1', 1))).toBe(identity);
  });

  it('opens with no other key, for no other pseudonym, in no other epoch, and not when one bit has changed', () => {
    const sealer = createSealer(pair.publicKey);
    const sealed = sealer.seal('identity', 'L1', 1);
    const { wrapped } = sealer.dataKey;
    expect(() => open(sealed, wrapped, generateKeyPairSync('x25519').privateKey, additionalData('L1', 1))).toThrow();
    expect(() => open(sealed, wrapped, pair.privateKey, additionalData('L2', 1))).toThrow();
    expect(() => open(sealed, wrapped, pair.privateKey, additionalData('L1', 2))).toThrow();
    expect(() => open(sealed, wrapped, pair.privateKey, additionalData('L', 11))).toThrow();
    for (const [whole, at] of [
      [sealed, 0],
      [sealed, 13],
      [sealed, sealed.length - 1],
      [wrapped, 0],
      [wrapped, 50],
      [wrapped, 91],
    ] as const) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() =>
        open(whole === sealed ? changed : sealed, whole === wrapped ? changed : wrapped, pair.privateKey, additionalData('L1', 1)),
      ).toThrow();
    }
    expect(() => open(createSealer(pair.publicKey).seal('identity', 'L1', 1), wrapped, pair.privateKey, additionalData('L1', 1))).toThrow();
  });

  it('never looks the same twice, and never holds the number in the clear', () => {
    const sealer = createSealer(pair.publicKey);
    const sealed = Array.from({ length: 50 }, () => sealer.seal('{"nhsNumber":"9990000018"}', 'L1', 1));
    expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(50);
    for (const bytes of sealed) expect(bytes.includes('9990000018')).toBe(false);
    expect(rawPublicKey(pair.publicKey)).toHaveLength(32);
  });
});

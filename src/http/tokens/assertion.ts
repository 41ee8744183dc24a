import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import type { ClientRegistry, RegisteredClient } from '../services.ts';

/** Seconds an assertion may live (SMART Backend Services: "no more than five minutes in the future"). */
const longestLife = 300;
/** Seconds a client's clock may be ahead of ours. Never added to an expiry: what has run out has run out. */
const clockSkew = 10;
const longestAssertion = 8 * 1024;

export type AssertionFault =
  // Before the signature is verified: callers are told nothing, the log gets the reason.
  | 'ASSERTION_MALFORMED'
  | 'ASSERTION_HEADER'
  | 'CLIENT_UNKNOWN'
  | 'KEY_NOT_UNIQUE'
  | 'SIGNATURE_WRONG'
  // After it: the caller is the client, and may be told how to put it right.
  | 'AUDIENCE_WRONG'
  | 'EXPIRY_WRONG'
  | 'NOT_YET_VALID'
  | 'ISSUED_AT_WRONG'
  | 'JTI_ABSENT'
  | 'ASSERTION_REPLAYED';

export class AssertionError extends Error {
  readonly fault: AssertionFault;

  constructor(fault: AssertionFault) {
    super(fault);
    this.name = 'AssertionError';
    this.fault = fault;
  }
}

export interface VerifiedAssertion {
  readonly client: RegisteredClient;
  readonly jti: string;
  readonly expiresAt: Date;
}

/**
 * Strict: any other member makes the assertion unacceptable. That refuses `jwk`, `x5c`, `jku`, `x5u` (keys come from the
 * register and nowhere else; the register holds no key URLs, so no `jku` can equal a registered one), `crit`, `b64` and `zip`.
 */
const headerSchema = z.strictObject({ alg: z.enum(['RS384', 'ES384']), typ: z.literal('JWT'), kid: z.string().min(1).max(256) });
const identitySchema = z.object({ iss: z.string().min(1).max(256), sub: z.string().min(1).max(256) });
const instant = z.number().int().nonnegative().max(253_402_300_799);
const claimsSchema = z.object({
  aud: z.string(),
  exp: instant,
  nbf: instant.optional(),
  iat: instant.optional(),
  jti: z.string().min(1).max(256),
});

const keyTypeOf = { RS384: 'RSA', ES384: 'EC' } as const;

/**
 * Verifies a private key JWT (RFC 7523 §3; SMART Backend Services, "Asymmetric authentication"). Whether its jti was seen
 * before is the ledger's question, asked after this one, so that nobody but the client can use up a client's jti.
 * @param audience the exact token URL.
 * @throws AssertionError with the first fault found.
 */
export async function verifyAssertion(
  assertion: string,
  context: { clients: ClientRegistry; audience: string; clock: Clock },
): Promise<VerifiedAssertion> {
  // Compact serialisation with three parts that are all there; the JSON serialisations of RFC 7515 are not accepted.
  if (assertion.length > longestAssertion || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion)) throw new AssertionError('ASSERTION_MALFORMED');
  const header = headerSchema.safeParse(attempt(() => decodeProtectedHeader(assertion)));
  if (!header.success) throw new AssertionError('ASSERTION_HEADER');
  const identity = identitySchema.safeParse(attempt(() => decodeJwt(assertion)));
  if (!identity.success || identity.data.iss !== identity.data.sub) throw new AssertionError('ASSERTION_MALFORMED');

  const client = await context.clients.find(identity.data.iss);
  if (client === undefined || client.clientId !== identity.data.iss) throw new AssertionError('CLIENT_UNKNOWN');
  const key = onlyKey(client.keys, header.data);
  const payload = await verifySignature(assertion, key, header.data.alg);
  return { client, ...checkClaims(payload, context) };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** SMART: "exactly one key matching kid and kty, else fail"; a register with two keys of one name is not guessed at. */
function onlyKey(keys: readonly JWK[], header: z.infer<typeof headerSchema>): JWK {
  const named = keys.filter((key) => key.kid === header.kid && key.kty === keyTypeOf[header.alg]);
  const [key] = named;
  if (key === undefined || named.length !== 1) throw new AssertionError('KEY_NOT_UNIQUE');
  const fits =
    (key.alg === undefined || key.alg === header.alg) &&
    (key.use === undefined || key.use === 'sig') &&
    (key.key_ops === undefined || key.key_ops.includes('verify')) &&
    (key.kty !== 'EC' || key.crv === 'P-384');
  if (!fits) throw new AssertionError('KEY_NOT_UNIQUE');
  return key;
}

async function verifySignature(assertion: string, jwk: JWK, algorithm: 'RS384' | 'ES384'): Promise<unknown> {
  // Only the public members are imported, so that a private key registered by mistake is at least never used as one.
  const { kty, crv, x, y, n, e } = jwk;
  const members = kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
  try {
    const key = await importJWK(members as JWK, algorithm);
    // Claims are judged below, where the fault can be named; here only the signature is asked about.
    const { payload } = await compactVerify(assertion, key, { algorithms: [algorithm] });
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new AssertionError('SIGNATURE_WRONG');
  }
}

function checkClaims(payload: unknown, context: { audience: string; clock: Clock }): { jti: string; expiresAt: Date } {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) throw new AssertionError(faultOf(String(parsed.error.issues[0]?.path[0])));
  const { aud, exp, nbf, iat, jti } = parsed.data;
  const now = context.clock.now().getTime() / 1000;
  // A list of audiences would let one assertion be good at two servers, so only the exact text will do.
  if (aud !== context.audience) throw new AssertionError('AUDIENCE_WRONG');
  if (exp <= now || exp > now + longestLife + clockSkew) throw new AssertionError('EXPIRY_WRONG');
  if (nbf !== undefined && nbf > now + clockSkew) throw new AssertionError('NOT_YET_VALID');
  if (iat !== undefined && (iat > now + clockSkew || iat < now - longestLife - clockSkew)) throw new AssertionError('ISSUED_AT_WRONG');
  return { jti, expiresAt: new Date(exp * 1000) };
}

const faultOfClaim: Readonly<Record<string, AssertionFault>> = {
  aud: 'AUDIENCE_WRONG',
  exp: 'EXPIRY_WRONG',
  nbf: 'NOT_YET_VALID',
  iat: 'ISSUED_AT_WRONG',
  jti: 'JTI_ABSENT',
};
const faultOf = (claim: string): AssertionFault => faultOfClaim[claim] ?? 'ASSERTION_MALFORMED';

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';

/** Where people sign in: the OpenID Connect provider of the organisation, and the audience its tokens for this gateway name. */
export interface SignInSettings {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string;
  readonly audience: string;
}

/** Seconds from issue to expiry: a token that lives longer is refused, whatever its provider allows. */
export const personTokenLifetime = 3600;
const clockSkew = 10;
const longestToken = 16 * 1024;

/** Asymmetric only: with an HMAC algorithm the published key would be the secret. */
const algorithms = ['RS256', 'RS384', 'PS256', 'PS384', 'ES256', 'ES384', 'EdDSA'];
/** RFC 9068, and the providers that do not know it yet. An id token has another audience, and a logout token another type. */
const types = [undefined, 'at+jwt', 'application/at+jwt', 'JWT'];

const configurationSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });
const claimsSchema = z.object({
  sub: z.string().min(1).max(255),
  iat: z.number().int(),
  exp: z.number().int(),
  client_id: z.string().optional(),
});

const invalid = () =>
  new GatewayError('TOKEN_INVALID', 'The token is not valid here or has run out. Sign in again at your organisation.', { status: 401 });
const unavailable = (cause?: unknown) =>
  new GatewayError('SIGN_IN_UNAVAILABLE', "The organisation's sign-in service does not answer. Try again later.", { status: 503, cause });

export interface PersonVerifier {
  /** @returns the subject. @throws TOKEN_INVALID (401) for every fault alike; SIGN_IN_UNAVAILABLE (503). */
  verify(token: string): Promise<string>;
}

/**
 * Verifies bearer tokens of people. Issuer and audience are pinned; keys come from the issuer's own discovery document
 * (OpenID Connect Discovery 1.0 §4) and from nowhere a token says. Keys are kept ten minutes, answers never.
 */
export function createPersonVerifier({ issuer, audience }: SignInSettings, clock: Clock): PersonVerifier {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  const keysOfIssuer = () => {
    keys ??= discoverKeys(issuer);
    keys.catch(() => {
      keys = undefined;
    });
    return keys;
  };
  return {
    async verify(token) {
      if (token.length > longestToken) throw invalid();
      const resolveKey = await keysOfIssuer();
      const verified = await jwtVerify(token, resolveKey, {
        algorithms,
        issuer,
        audience,
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: personTokenLifetime,
        currentDate: clock.now(),
      }).catch((error: Error & { code?: string }) => {
        throw isOutage(error) ? unavailable(error) : invalid();
      });
      const claims = claimsSchema.safeParse(verified.payload);
      if (!claims.success || !types.includes(verified.protectedHeader.typ)) throw invalid();
      const { sub, iat, exp, client_id: clientId } = claims.data;
      const now = Math.floor(clock.now().getTime() / 1000);
      // RFC 9068 §2.2: a token whose subject is the client speaks for a machine, and machines have tokens of their own.
      if (exp - iat > personTokenLifetime || iat > now + clockSkew || clientId === sub) throw invalid();
      return sub;
    },
  };
}

/** What is not the token's fault: the provider is away, or what it serves is not a set of keys. */
const isOutage = (error: Error & { code?: string }): boolean =>
  error.message === 'fetch failed' || ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'].includes(error.code ?? '');

async function discoverKeys(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document: unknown = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(5_000) })
    .then((response) => (response.ok ? response.json() : undefined))
    .catch((error: unknown) => {
      throw unavailable(error);
    });
  const configuration = configurationSchema.safeParse(document);
  // A document that speaks for another issuer is an attack or a mistake; neither may choose our keys.
  if (!configuration.success || configuration.data.issuer !== issuer) throw unavailable();
  const keysAt = new URL(configuration.data.jwks_uri);
  if (keysAt.protocol !== 'https:' && keysAt.origin !== new URL(issuer).origin) throw unavailable();
  return createRemoteJWKSet(keysAt, { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });
}

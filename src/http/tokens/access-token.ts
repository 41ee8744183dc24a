import { randomUUID } from 'node:crypto';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { RegisteredClient } from '../services.ts';
import { accessTokenAlgorithm, type SigningKey } from './signing-key.ts';

/** Seconds. SMART Backend Services says tokens SHOULD live no longer than five minutes. */
export const accessTokenLifetime = 300;

const tokenType = 'at+jwt'; // RFC 9068 §2.1: so that no other JWT of ours can ever be taken for an access token.

export interface TokenIssuer {
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly baseUrl: string;
}

const claimsSchema = z.object({
  client_id: z.string().min(1),
  sub: z.string().min(1),
  scope: z.string(),
  flows: z.array(z.string()),
  projects: z.array(z.string()),
});
export type AccessClaims = Omit<z.infer<typeof claimsSchema>, 'scope'> & { readonly scopes: readonly string[] };

/** Signs what the client may do for the next five minutes; on use it is cut down again to what the register then says. */
export function issueAccessToken(issuer: TokenIssuer, client: RegisteredClient, granted: readonly string[]): Promise<string> {
  const issuedAt = Math.floor(issuer.clock.now().getTime() / 1000);
  const payload: JWTPayload = {
    iss: issuer.baseUrl,
    aud: issuer.baseUrl,
    sub: client.clientId,
    client_id: client.clientId,
    scope: granted.join(' '),
    flows: [...client.flows],
    projects: [...(client.projects ?? [])],
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + accessTokenLifetime,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: accessTokenAlgorithm, typ: tokenType, kid: issuer.key.kid })
    .sign(issuer.key.privateKey);
}

/** @throws GatewayError 401 TOKEN_INVALID, for every reason alike. */
export async function verifyAccessToken(issuer: TokenIssuer, token: string): Promise<AccessClaims> {
  try {
    const { payload } = await jwtVerify(token, issuer.key.publicKey, {
      algorithms: [accessTokenAlgorithm],
      typ: tokenType,
      issuer: issuer.baseUrl,
      audience: issuer.baseUrl,
      maxTokenAge: accessTokenLifetime,
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
      currentDate: issuer.clock.now(),
    });
    const { scope, ...claims } = claimsSchema.parse(payload);
    if (claims.sub !== claims.client_id) throw new TypeError('subject is not the client');
    return { ...claims, scopes: scope.split(' ').filter((name) => name !== '') };
  } catch {
    throw new GatewayError('TOKEN_INVALID', 'The access token is not valid or has run out. Ask for a new one at /oauth/token.', {
      status: 401,
    });
  }
}

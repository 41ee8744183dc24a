import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** A real issuer of tokens for people: discovery and keys over HTTP, as an organisation's OpenID Connect provider has them. */
export interface SignIn {
  readonly issuer: string;
  readonly audience: string;
  /** A token for this subject as the provider would sign it; claims and header can be bent. */
  token(subject: string, claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** Another key is published in place of the first. */
  rotate(): Promise<void>;
  /** What the provider serves instead of its own document: an attack, or an outage (undefined). */
  serve(document: object | 'gone' | undefined): void;
  /** Public key as the provider publishes it. */
  readonly publicKey: () => JWK;
  /** Requests for keys so far. */
  readonly fetched: () => number;
  close(): Promise<void>;
}

export async function startSignIn(now: Date, audience: string): Promise<SignIn> {
  let signing = await makeKey();
  let served: object | 'gone' | undefined;
  let fetched = 0;
  let issuer = '';
  const server: Server = createServer((request, response) => {
    const document =
      request.url === '/.well-known/openid-configuration'
        ? (served ?? { issuer, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'] })
        : request.url === '/jwks'
          ? { keys: [signing.jwk] }
          : 'gone';
    if (request.url === '/jwks') fetched += 1;
    response.writeHead(document === 'gone' ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    issuer,
    audience,
    token: (subject, claims = {}, header = {}) =>
      new SignJWT({
        iss: issuer,
        aud: audience,
        sub: subject,
        client_id: 'console',
        jti: randomUUID(),
        iat: seconds,
        exp: seconds + 600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signing.kid, ...header })
        .sign(signing.privateKey),
    rotate: async () => {
      signing = await makeKey();
    },
    serve: (document) => {
      served = document;
    },
    publicKey: () => signing.jwk,
    fetched: () => fetched,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function makeKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = randomUUID();
  return { privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } as JWK };
}

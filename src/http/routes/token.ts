import { text } from 'express';
import { z } from 'zod';
import { tokenIssuer } from '../authenticate.ts';
import { faultOf } from '../problem.ts';
import { recordOf } from '../request-record.ts';
import { type Call, defineRoute, type HttpContext, nothing, refuseWhenBusy } from '../route.ts';
import { holdsScope } from '../scope.ts';
import { tokenUrl } from '../settings.ts';
import { accessTokenLifetime, issueAccessToken } from '../tokens/access-token.ts';
import { AssertionError, type AssertionFault, verifyAssertion } from '../tokens/assertion.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const tokenRequest = z.strictObject({
  grant_type: z.literal('client_credentials'),
  client_assertion_type: z.literal(assertionType),
  client_assertion: z.string().min(1),
  scope: z.string().max(1024).optional(),
  client_id: z.string().max(256).optional(),
});

const tokenResponse = z
  .strictObject({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int(), scope: z.string() })
  .meta({ id: 'AccessToken' });

/** RFC 6749 §5.2. */
type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type' | 'temporarily_unavailable';
const oauthError = z.strictObject({ error: z.string(), error_description: z.string() }).meta({ id: 'OAuthError' });

class OAuthError extends Error {
  readonly error: OAuthErrorCode;
  readonly status: number;
  readonly fault: string;

  constructor(error: OAuthErrorCode, description: string, fault: string, status = error === 'invalid_client' ? 401 : 400) {
    super(description);
    this.error = error;
    this.fault = fault;
    this.status = status;
  }
}

/** What a client whose signature was good may be told. Everybody else hears one and the same sentence. */
const guidance: Partial<Record<AssertionFault, string>> = {
  AUDIENCE_WRONG: 'aud must be the exact address of this token endpoint, as one text.',
  EXPIRY_WRONG: 'exp must be in the future and at most five minutes ahead.',
  NOT_YET_VALID: 'nbf is in the future.',
  ISSUED_AT_WRONG: 'iat must be within the last five minutes.',
  JTI_ABSENT: 'jti must be a text of 1 to 256 characters.',
  ASSERTION_REPLAYED: 'This jti was used before; every assertion needs a new one.',
};

export const requestToken = defineRoute({
  method: 'post',
  path: '/oauth/token',
  summary: 'An access token for a registered machine (SMART Backend Services, private key JWT with RS384 or ES384)',
  query: nothing,
  params: nothing,
  body: { description: 'Client credentials', content: { 'application/x-www-form-urlencoded': tokenRequest } },
  responses: {
    200: { description: 'Token for five minutes', content: { 'application/json': tokenResponse } },
    400: { description: 'invalid_request, invalid_scope or unsupported_grant_type', content: { 'application/json': oauthError } },
    401: { description: 'invalid_client', content: { 'application/json': oauthError } },
    429: { description: 'Too many requests' },
  },
  async handle(call, context) {
    const { response } = call;
    response.setHeader('cache-control', 'no-store'); // RFC 6749 §5.1
    response.setHeader('pragma', 'no-cache');
    refuseWhenBusy(context.tokenLimiter, `address ${call.request.ip ?? 'unknown'}`);
    try {
      response.json(await grant(call, context));
    } catch (error) {
      const refusal = error instanceof OAuthError ? error : unavailable(error);
      if (refusal === undefined) throw error;
      recordOf(response).code = refusal.fault;
      response.status(refusal.status).json({ error: refusal.error, error_description: refusal.message });
    }
  },
});

async function grant(call: Call<unknown, unknown>, context: HttpContext): Promise<z.output<typeof tokenResponse>> {
  const form = await readForm(call);
  if (form.grant_type !== undefined && form.grant_type !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'Only client_credentials is supported.', 'GRANT_TYPE');
  }
  const parsed = tokenRequest.safeParse(form);
  if (!parsed.success) {
    throw new OAuthError('invalid_request', 'Send grant_type, client_assertion_type and client_assertion, each once.', 'FORM');
  }
  const { client_assertion: assertion, scope, client_id: clientId } = parsed.data;
  const verified = await verifyAssertion(assertion, {
    clients: context.clients,
    audience: tokenUrl(context.settings),
    clock: context.clock,
  }).catch(refuse);
  const { client, jti, expiresAt } = verified;
  recordOf(call.response).clientId = client.clientId;
  // By client only once it has shown its key: counting claimed names would let anybody lock a supplier out.
  refuseWhenBusy(context.tokenLimiter, `client ${client.clientId}`);
  if (clientId !== undefined && clientId !== client.clientId) refuse(new AssertionError('CLIENT_UNKNOWN'));
  const scopes = grantedScopes(scope, client.scopes);
  // Last, so that a request refused for another reason does not use up the assertion.
  if (!(await context.assertions.claim({ clientId: client.clientId, jti, expiresAt, scopes })))
    refuse(new AssertionError('ASSERTION_REPLAYED'));
  const token = await issueAccessToken(tokenIssuer(context), client, scopes);
  return { access_token: token, token_type: 'Bearer', expires_in: accessTokenLifetime, scope: scopes.join(' ') };
}

const readText = text({ type: 'application/x-www-form-urlencoded', limit: '16kb', inflate: false });

async function readForm({ request, response }: Call<unknown, unknown>): Promise<Record<string, string>> {
  if (!request.is('application/x-www-form-urlencoded')) {
    throw new OAuthError('invalid_request', 'Send the form as application/x-www-form-urlencoded.', 'CONTENT_TYPE');
  }
  const slow = setTimeout(() => request.destroy(), 10_000);
  await new Promise<void>((resolve, reject) => {
    readText(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  }).finally(() => clearTimeout(slow));
  const pairs = [...new URLSearchParams(typeof request.body === 'string' ? request.body : '')];
  const form = new Map(pairs);
  // RFC 6749 §3.2: parameters MUST NOT be included more than once.
  if (form.size !== pairs.length) throw new OAuthError('invalid_request', 'Send every parameter once.', 'FORM');
  return Object.fromEntries(form);
}

/** No scope asked for means all the client holds (RFC 6749 §3.3, pre-defined default); one it does not hold is an error. */
function grantedScopes(asked: string | undefined, held: readonly string[]): readonly string[] {
  const wanted = (asked ?? '').split(' ').filter((name) => name !== '');
  if (wanted.some((name) => !holdsScope(held, name))) {
    throw new OAuthError('invalid_scope', 'A scope asked for is not held by this client.', 'SCOPE');
  }
  return wanted.length === 0 ? held : [...new Set(wanted)];
}

function refuse(error: unknown): never {
  if (!(error instanceof AssertionError)) throw error;
  throw new OAuthError('invalid_client', guidance[error.fault] ?? 'The client assertion could not be verified.', error.fault);
}

/** A ledger or register that does not answer gives no token, and says so in the terms of this endpoint. */
function unavailable(error: unknown): OAuthError | undefined {
  const fault = faultOf(error);
  if (fault.status === 503) return new OAuthError('temporarily_unavailable', fault.message, fault.code, 503);
  return fault.status < 500 && fault.status !== 429
    ? new OAuthError('invalid_request', fault.message, fault.code, fault.status)
    : undefined;
}

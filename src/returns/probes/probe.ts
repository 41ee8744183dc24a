import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { z } from 'zod';
import type { Endpoint } from '../../register/organisation.ts';
import type { Thresholds } from '../thresholds.ts';
import type { ProbeOutcome } from './probe-fact.ts';
import { ProbeFailure, type Reached, reach } from './reach.ts';

/** What is kept of an answer: that it was one, and these facts. Nothing of its text. */
export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  readonly reason: string | null;
  readonly httpStatus: number | null;
  readonly fhirVersion: string | null;
  readonly statementStatus: string | null;
  readonly milliseconds: number;
}

export type ProbeLimits = Pick<Thresholds['endpointProbe'], 'timeoutSeconds' | 'maxBytes' | 'allowedNetworks'>;

/** FHIR R4 CapabilityStatement: the two elements every one has to have, and nothing else is looked at. */
const capabilityStatement = z.object({
  resourceType: z.literal('CapabilityStatement'),
  status: z.enum(['draft', 'active', 'retired', 'unknown']),
  fhirVersion: z.string().regex(/^\d{1,2}\.\d{1,2}(\.\d{1,3})?(-[a-z0-9.]{1,20})?$/),
});

/** First number of the FHIR version an interface of that standard speaks (ITK3 and GP Connect are STU3). */
const speaks: Readonly<Partial<Record<Endpoint['standard'], string>>> = { 'fhir-r4': '4', 'fhir-stu3': '3', 'gp-connect': '3', itk3: '3' };

/** Connects where the name led when it was judged, and to nothing else. */
const pinned =
  ({ address, family }: Reached): LookupFunction =>
  (_host, options, done) => {
    if (options.all) done(null, [{ address, family }]);
    else done(null, address, family);
  };

function ask(reached: Reached, signal: AbortSignal): Promise<IncomingMessage> {
  const { url } = reached;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'GET',
      // No connection is kept, no cookie, no token: the statement is for everybody.
      agent: false,
      lookup: pinned(reached),
      signal,
      headers: { accept: 'application/fhir+json, application/json;q=0.9', 'accept-encoding': 'identity', 'user-agent': 'haven-gateway' },
      maxHeaderSize: 16_384,
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}

async function readAtMost(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new ProbeFailure('not-a-capability-statement', 'PROBE_TOO_LARGE', response.statusCode);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function readStatement(body: Buffer, standard: Endpoint['standard'], status: number): z.infer<typeof capabilityStatement> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ProbeFailure('not-a-capability-statement', 'PROBE_NOT_JSON', status);
  }
  const parsed = capabilityStatement.safeParse(value);
  if (!parsed.success) throw new ProbeFailure('not-a-capability-statement', 'PROBE_NOT_A_CAPABILITY_STATEMENT', status);
  const version = speaks[standard];
  if (version !== undefined && parsed.data.fhirVersion.split('.')[0] !== version)
    throw new ProbeFailure('not-a-capability-statement', 'PROBE_OTHER_FHIR_VERSION', status);
  if (parsed.data.status === 'retired') throw new ProbeFailure('refused', 'PROBE_STATEMENT_RETIRED', status);
  return parsed.data;
}

/** What a failed connection says about the endpoint; a certificate nobody can check is no answer. */
function failureOf(error: unknown, timedOut: boolean): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  if (timedOut) return new ProbeFailure('unreachable', 'PROBE_TIMED_OUT');
  const code = String((error as { code?: unknown }).code ?? '');
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) return new ProbeFailure('unreachable', 'PROBE_TLS_FAILED');
  return new ProbeFailure('unreachable', 'PROBE_NO_CONNECTION');
}

/**
 * Asks an endpoint for its capability statement (FHIR R4 RESTful API: GET [base]/metadata). Follows no redirect, waits and
 * reads only so much, and connects only where the address may lead. Never throws for what the other side does.
 */
export async function probeEndpoint(address: string, standard: Endpoint['standard'], limits: ProbeLimits): Promise<ProbeResult> {
  const started = performance.now();
  // One limit for all of it: name, connection, headers and every piece of the body.
  const deadline = AbortSignal.timeout(limits.timeoutSeconds * 1_000);
  const done = (found: Omit<ProbeResult, 'milliseconds'>): ProbeResult => ({
    ...found,
    milliseconds: Math.round(performance.now() - started),
  });
  let response: IncomingMessage | undefined;
  try {
    const reached = await Promise.race([reach(address, limits.allowedNetworks), whenAborted(deadline)]);
    response = await ask(reached, deadline);
    const httpStatus = response.statusCode ?? 0;
    if (httpStatus >= 300 && httpStatus < 400) throw new ProbeFailure('refused', 'PROBE_REDIRECTED', httpStatus);
    if (httpStatus !== 200) throw new ProbeFailure('refused', 'PROBE_STATUS', httpStatus);
    const { fhirVersion, status } = readStatement(await readAtMost(response, limits.maxBytes), standard, httpStatus);
    return done({ outcome: 'answered', reason: null, httpStatus, fhirVersion, statementStatus: status });
  } catch (error) {
    const failure = failureOf(error, deadline.aborted);
    return done({
      outcome: failure.outcome,
      reason: failure.code,
      httpStatus: failure.httpStatus ?? null,
      fhirVersion: null,
      statementStatus: null,
    });
  } finally {
    response?.destroy();
  }
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new ProbeFailure('unreachable', 'PROBE_TIMED_OUT')), { once: true }),
  );

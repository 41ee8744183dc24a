import type { OperationOutcome } from 'fhir/r4.js';
import { GatewayError } from '../shared/errors.ts';

/** What a caller is told about a failure: RFC 9457 for /api, OperationOutcome for /fhir, made from the same four facts. */
export interface Fault {
  readonly status: number;
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  readonly message: string;
  /** Seconds, when trying again may help. */
  readonly retryAfter?: number;
}

/** RFC 9457 §3.1; `code` is ours and stable, `reference` is the id of the request in our log. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly reference: string;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not permitted',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported content',
  422: 'Cannot be processed',
  429: 'Too many requests',
  431: 'Headers too large',
  503: 'Unavailable',
};

/** Errors of Express and body-parser that are the caller's doing, by their `type` or `code`; anything else is ours. */
const callerFaults: Readonly<Record<string, Fault>> = {
  'entity.too.large': { status: 413, code: 'BODY_TOO_LARGE', message: 'The request body is larger than this address accepts.' },
  'entity.parse.failed': { status: 400, code: 'BODY_UNREADABLE', message: 'The request body cannot be read.' },
  'encoding.unsupported': { status: 415, code: 'ENCODING_UNSUPPORTED', message: 'Send the body without a content encoding.' },
  'charset.unsupported': { status: 415, code: 'CHARSET_UNSUPPORTED', message: 'Send the body as UTF-8.' },
  'request.aborted': {
    status: 400,
    code: 'UPLOAD_INCOMPLETE',
    message: 'The request ended before its body was complete. Nothing was kept.',
  },
  'request.size.invalid': { status: 400, code: 'UPLOAD_INCOMPLETE', message: 'The body is not as long as its Content-Length says.' },
};

/** The database is away or out of connections (node `code`s, and SQLSTATE classes 08, 53 and 57P). */
const isUnavailable = (code: string): boolean =>
  ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOENT', 'EPIPE'].includes(code) || /^(08|53|57P)/.test(code);

/** Turns anything thrown into what the caller may know. What is not recognised is ours: 500, and the log has the rest. */
export function faultOf(error: unknown): Fault {
  if (error instanceof GatewayError && error.status < 500) return { status: error.status, code: error.code, message: error.message };
  if (error instanceof GatewayError && error.status === 503)
    return { status: 503, code: error.code, message: error.message, retryAfter: 5 };
  const { type, code } = (typeof error === 'object' && error !== null ? error : {}) as { type?: unknown; code?: unknown };
  const known = typeof type === 'string' ? callerFaults[type] : undefined;
  if (known !== undefined) return known;
  if (error instanceof URIError) return { status: 400, code: 'ADDRESS_UNREADABLE', message: 'The address is not validly percent-encoded.' };
  if (typeof code === 'string' && isUnavailable(code)) {
    return { status: 503, code: 'UNAVAILABLE', message: 'A part the gateway needs does not answer. Try again shortly.', retryAfter: 5 };
  }
  return { status: 500, code: 'UNEXPECTED', message: 'Something went wrong on our side. Quote the reference when you ask about it.' };
}

export const toProblem = (fault: Fault, reference: string): Problem => ({
  type: 'about:blank',
  title: titles[fault.status] ?? 'Unexpected',
  status: fault.status,
  code: fault.code,
  detail: fault.message,
  reference,
});

type IssueType = OperationOutcome['issue'][number]['code'];

/** HL7 FHIR R4 IssueType for a status; anything of ours is `exception`. */
const issueTypes: Readonly<Record<number, IssueType>> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  408: 'timeout',
  409: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  422: 'processing',
  429: 'throttled',
  503: 'transient',
};

export function toOperationOutcome(fault: Fault, reference: string): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: issueTypes[fault.status] ?? 'exception',
        details: { coding: [{ code: fault.code }], text: fault.message },
        diagnostics: `reference ${reference}`,
      },
    ],
  };
}

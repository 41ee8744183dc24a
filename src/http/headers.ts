import { createHash } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { documentStyle } from '../register/documents/page-style.ts';
import { pageStyle } from '../shared/page-style.ts';

const nowhere = ["'none'"];
const common = {
  defaultSrc: nowhere,
  baseUri: nowhere,
  formAction: nowhere,
  frameAncestors: nowhere,
};

/** Headers of every answer: an API loads nothing, is framed by nobody and is kept by no cache. */
export const secureHeaders = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: common },
  strictTransportSecurity: { maxAge: 63_072_000, includeSubDomains: true },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  crossOriginEmbedderPolicy: true,
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
});

export function neverStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('cache-control', 'no-store');
  next();
}

const policyFor = (style: string): string =>
  `default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;
const pagePolicy = policyFor(pageStyle);
const documentPolicy = policyFor(documentStyle);

/** A page may use its own one style sheet, known by its hash, and nothing else: no scripts, no images, no forms. */
export function pageHeaders(response: Response): Response {
  response.setHeader('content-security-policy', pagePolicy);
  response.setHeader('cache-control', 'public, max-age=300');
  return response;
}

/** A document for people with a seat: the same, with its style sheet, and kept by no cache. */
export function documentHeaders(response: Response): Response {
  response.setHeader('content-security-policy', documentPolicy);
  return response;
}

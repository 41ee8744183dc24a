import { z } from 'zod';
import { pageHeaders } from '../headers.ts';
import { describeInterface } from '../openapi.ts';
import { dataUsePage } from '../pages/data-use.ts';
import { defineRoute, nothing, refuseWhenBusy } from '../route.ts';
import { openDocument } from '../schemas.ts';
import type { DataUseAgreement } from '../services.ts';

const openRoute = { method: 'get', query: nothing, params: nothing } as const;

export const readHealth = defineRoute({
  ...openRoute,
  path: '/healthz',
  summary: 'The process answers',
  responses: { 200: { description: 'Alive', content: { 'application/json': z.strictObject({ status: z.literal('alive') }) } } },
  async handle({ response }) {
    response.json({ status: 'alive' });
  },
});

const readinessSchema = z
  .strictObject({ status: z.enum(['ready', 'not-ready']), checks: z.array(z.strictObject({ name: z.string(), ready: z.boolean() })) })
  .meta({ id: 'Readiness' });

export const readReadiness = defineRoute({
  ...openRoute,
  path: '/readyz',
  summary: 'Deliveries can be taken: database, migrations, black box and audit sequencer',
  responses: {
    200: { description: 'Ready', content: { 'application/json': readinessSchema } },
    503: { description: 'Not ready', content: { 'application/json': readinessSchema } },
  },
  async handle({ response }, context) {
    // A check that throws is a check that failed; why it did is for the log of whoever owns it.
    const checks = await context.readiness.check().catch(() => []);
    const ready = checks.length > 0 && checks.every((check) => check.ready);
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not-ready', checks: checks.map(({ name, ready: passed }) => ({ name, ready: passed })) });
  },
});

export const readInterface = defineRoute({
  ...openRoute,
  path: '/openapi.json',
  summary: 'This document',
  responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': openDocument } } },
  async handle({ response }, context) {
    response.json(describeInterface(context.routes, context.settings.publicBaseUrl));
  },
});

/** The page of a list of agreements: the service gives the same list while nothing has changed. */
const pages = new WeakMap<readonly DataUseAgreement[], string>();

export const readDataUse = defineRoute({
  ...openRoute,
  path: '/data-use',
  summary: 'How data are used, who may see them, and how to say no: a page for the public',
  responses: { 200: { description: 'Page', content: { 'text/html': z.string() } }, 429: { description: 'Too many requests' } },
  async handle({ request, response }, context) {
    refuseWhenBusy(context.tokenLimiter, `page ${request.ip ?? 'unknown'}`);
    const agreements = await context.dataUse.agreements();
    const page = pages.get(agreements) ?? dataUsePage(agreements);
    pages.set(agreements, page);
    pageHeaders(response).type('html').send(page);
  },
});

export const leadToDataUse = defineRoute({
  ...openRoute,
  path: '/',
  summary: 'Whoever comes to the front door is led to the page for the public',
  responses: { 303: { description: 'See `/data-use`' } },
  async handle({ response }) {
    // Relative, so that it holds behind a proxy that adds a prefix.
    response.redirect(303, 'data-use');
  },
});

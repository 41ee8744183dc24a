import type { Response } from 'express';
import type { CapabilityStatement, OperationOutcome } from 'fhir/r4.js';
import type { Receipt } from '../../landing/receipt.ts';
import { scopes } from '../access-matrix.ts';
import { recordOf } from '../request-record.ts';
import { defineRoute, type HttpContext, nothing } from '../route.ts';
import { openDocument, outcomeResponse } from '../schemas.ts';
import { tokenUrl } from '../settings.ts';
import { type DeliveryCall, deliveryQuery, documentedContent, receiptAddress, receive, refusalOf } from './deliveries.ts';

const resourceKinds = ['application/fhir+json', 'application/json'] as const;
const ndjsonKinds = ['application/fhir+ndjson', 'application/x-ndjson', 'application/ndjson'] as const;

const landingResponses = {
  200: outcomeResponse('Duplicate: these bytes landed before, nothing changed'),
  201: outcomeResponse('Landed; Location is the receipt'),
  400: outcomeResponse('The delivery cannot be read, or ended early'),
  401: outcomeResponse('No valid token'),
  403: outcomeResponse('Refused by the gate, with every reason, or not permitted'),
  409: outcomeResponse('The same batch was delivered with other content'),
  413: outcomeResponse('Too large'),
  422: outcomeResponse('Cannot be taken as it is, with every reason'),
  415: outcomeResponse('Content type or encoding not supported'),
  429: outcomeResponse('Too many requests'),
  503: outcomeResponse('A part the gateway needs does not answer'),
};

export const deliverResource = defineRoute({
  method: 'post',
  path: '/fhir',
  summary: 'Deliver one FHIR R4 Bundle or resource for a flow',
  query: deliveryQuery,
  params: nothing,
  body: { description: 'A Bundle or a resource', content: documentedContent(resourceKinds) },
  responses: landingResponses,
  handle: (call, context) => landResources(call, resourceKinds, context),
});

export const importResources = defineRoute({
  method: 'post',
  path: '/fhir/$import',
  summary: 'Deliver FHIR R4 resources for a flow, one per line, streamed',
  query: deliveryQuery,
  params: nothing,
  body: { description: 'NDJSON', content: documentedContent(ndjsonKinds) },
  responses: landingResponses,
  handle: (call, context) => landResources(call, ndjsonKinds, context),
});

async function landResources(call: DeliveryCall, kinds: readonly string[], context: HttpContext): Promise<void> {
  const receipt = await receive(call, kinds, context);
  call.response.setHeader('location', receiptAddress(receipt.delivery, context));
  const refusal = receipt.state === 'refused' ? refusalOf(receipt) : undefined;
  recordOf(call.response).code = refusal?.code;
  const status = refusal?.status ?? (receipt.state === 'landed' ? 201 : 200);
  sendFhir(call.response.status(status), receiptOutcome(receipt, receiptAddress(receipt.delivery, context)));
}

const sendFhir = (response: Response, resource: OperationOutcome | CapabilityStatement): void => {
  response.type('application/fhir+json').send(JSON.stringify(resource));
};

type OutcomeIssue = OperationOutcome['issue'][number];

/** The receipt as an OperationOutcome: the counts as information, every refusal as an error, every reason as its own issue. */
export function receiptOutcome(receipt: Receipt, address: string): OperationOutcome {
  const { state, received, landed, updated, unchanged } = receipt;
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, count) => total + count, 0);
  const summary: OutcomeIssue = {
    severity: 'information',
    code: 'informational',
    details: {
      coding: [{ code: `DELIVERY_${state.toUpperCase()}` }],
      text:
        `${received} received = ${landed} landed + ${updated} updated + ${unchanged} unchanged + ` +
        `${sum(receipt.withheld)} withheld + ${sum(receipt.quarantined)} quarantined`,
    },
    diagnostics: `receipt ${address}`,
  };
  const reasons = (
    counts: Readonly<Record<string, number>>,
    severity: 'information' | 'warning',
    code: OutcomeIssue['code'],
    what: string,
  ) =>
    Object.entries(counts).map(([reason, count]): OutcomeIssue => {
      return { severity, code, details: { coding: [{ code: reason }], text: `${count} ${what}` } };
    });
  const refusals = receipt.refusals.map((refusal): OutcomeIssue => {
    return { severity: 'error', code: 'forbidden', details: { coding: [{ code: refusal.code }], text: refusal.message } };
  });
  return {
    resourceType: 'OperationOutcome',
    issue: [
      ...refusals,
      summary,
      ...reasons(receipt.withheld, 'information', 'suppressed', 'withheld'),
      ...reasons(receipt.quarantined, 'warning', 'invalid', 'quarantined'),
    ],
  };
}

export const readCapabilities = defineRoute({
  method: 'get',
  path: '/fhir/metadata',
  summary: 'FHIR R4 CapabilityStatement',
  query: nothing,
  params: nothing,
  responses: { 200: { description: 'CapabilityStatement', content: { 'application/fhir+json': openDocument } } },
  async handle({ response }, context) {
    sendFhir(response, capabilities(context));
  },
});

/** Only what is there: resources are taken in, none is read back out. */
function capabilities(context: HttpContext): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+ndjson'],
    software: { name: 'Haven Gateway' },
    implementation: { description: 'Takes deliveries of pseudonymised-on-landing feeds', url: `${context.settings.publicBaseUrl}/fhir` },
    rest: [
      {
        mode: 'server',
        security: {
          cors: false,
          service: [
            {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
              text: 'SMART Backend Services: private key JWT, RS384 or ES384',
            },
          ],
        },
        interaction: [{ code: 'transaction', documentation: 'POST /fhir?flow=: a Bundle or a resource; whole or not at all' }],
        operation: [
          {
            name: 'import',
            definition: `${context.settings.publicBaseUrl}/openapi.json`,
            documentation: 'POST /fhir/$import?flow=: NDJSON',
          },
        ],
      },
    ],
  };
}

/** SMART App Launch, "Conformance using .well-known": what a backend client needs to find the token endpoint. */
export const readSmartConfiguration = defineRoute({
  method: 'get',
  path: '/fhir/.well-known/smart-configuration',
  summary: 'SMART App Launch discovery',
  query: nothing,
  params: nothing,
  responses: { 200: { description: 'SMART configuration', content: { 'application/json': openDocument } } },
  async handle({ response }, context) {
    response.json({
      issuer: context.settings.publicBaseUrl,
      token_endpoint: tokenUrl(context.settings),
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      scopes_supported: scopes,
      capabilities: ['client-confidential-asymmetric'],
    });
  },
});

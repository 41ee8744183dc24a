import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { type Access, accessMatrix } from './access-matrix.ts';
import { type RouteDefinition, routeName } from './route.ts';

const security = 'backendServices';

const content = (types: Readonly<Record<string, z.ZodType>>) =>
  Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]));

const peopleSecurity = 'people';

function securityOf(access: Access | undefined): Record<string, string[]>[] {
  if (access === undefined || access.open === true) return [];
  const machines = access.subject === undefined ? [] : [{ [security]: [access.scope] }];
  return access.people === undefined ? machines : [...machines, { [peopleSecurity]: [] }];
}

function describeRoute(route: RouteDefinition, access: Access | undefined): RouteConfig {
  return {
    method: route.method,
    path: route.path.replaceAll(/:(\w+)/g, '{$1}'),
    summary: route.summary,
    request: {
      query: route.query as z.ZodObject,
      params: route.params as z.ZodObject,
      ...(route.body === undefined
        ? {}
        : { body: { description: route.body.description, required: true, content: content(route.body.content) } }),
    },
    responses: Object.fromEntries(
      Object.entries(route.responses).map(([status, response]) => [
        status,
        { description: response.description, ...(response.content === undefined ? {} : { content: content(response.content) }) },
      ]),
    ),
    security: securityOf(access),
  };
}

/** The OpenAPI 3.1 document of the routes that exist, with the rights each one asks for. */
export function describeInterface(routes: readonly RouteDefinition[], baseUrl: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', security, {
    type: 'oauth2',
    description: 'SMART Backend Services: client credentials with a private key JWT (RS384 or ES384)',
    flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: {} } },
  });
  registry.registerComponent('securitySchemes', peopleSecurity, {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A token of the organisation's OpenID Connect provider; what its subject may do is decided by the seats of the register",
  });
  for (const route of routes) registry.registerPath(describeRoute(route, accessMatrix[routeName(route)]));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Haven Gateway',
      version: '0.1.0',
      description:
        'Deliveries, receipts and pseudonymised journeys. Errors are application/problem+json with a stable code, or OperationOutcome.',
    },
    servers: [{ url: baseUrl }],
  });
}

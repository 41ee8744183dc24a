import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type Access, accessMatrix } from './access-matrix.ts';
import { answerErrors, refuseOtherMethods, refuseUnknown } from './errors.ts';
import { neverStore, secureHeaders } from './headers.ts';
import { createMetrics } from './metrics.ts';
import { createRateLimiter } from './rate-limit.ts';
import { recordRequests } from './request-record.ts';
import { type HttpContext, type RouteDefinition, route } from './route.ts';
import { allRoutes } from './routes/all.ts';
import type { HttpServices } from './services.ts';

export interface HttpApps {
  readonly app: Express;
  /** For a port of its own, which only the operator can reach. */
  readonly metricsApp: Express;
}

/** What a server is made of; tests pass fewer routes or another matrix. */
export interface ServerParts {
  readonly routes?: readonly RouteDefinition[];
  readonly matrix?: Readonly<Record<string, Access>>;
}

/** Builds both applications from what they are given; opens nothing and listens nowhere. */
export function createServer(services: HttpServices, parts: ServerParts = {}): HttpApps {
  const { routes = allRoutes, matrix = accessMatrix } = parts;
  const metrics = createMetrics(services.countJobs);
  const { settings, clock, log } = services;
  const context: HttpContext = {
    ...services,
    metrics,
    routes,
    clientLimiter: createRateLimiter(settings.clientRequestsPerMinute, clock),
    tokenLimiter: createRateLimiter(settings.tokenRequestsPerMinute, clock),
  };

  const app = bareApp();
  app.set('trust proxy', settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies]);
  app.use(recordRequests(log, metrics));
  app.use(secureHeaders);
  app.use(neverStore);
  app.use(refuseOtherMethods);
  for (const definition of routes) route(app, definition, matrix, context);
  app.use(refuseUnknown);
  app.use(answerErrors(log));
  return { app, metricsApp: createMetricsApp(metrics.registry) };
}

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  // A parameter sent twice becomes a list, which no schema accepts; nested parameters do not exist.
  app.set('query parser', 'simple');
  return app;
}

function createMetricsApp(registry: { readonly contentType: string; metrics(): Promise<string> }): Express {
  const app = bareApp();
  app.use(secureHeaders);
  app.get('/metrics', async (_request: Request, response: Response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use((_request: Request, response: Response) => {
    response.status(404).end();
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).end();
  });
  return app;
}

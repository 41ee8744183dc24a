import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import type { Actor } from '../access/decide.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Access, RouteName } from './access-matrix.ts';
import {
  authenticate,
  authorise,
  authorisePerson,
  bearerToken,
  type Caller,
  type ClosedAccess,
  isOfPerson,
  type Named,
} from './authenticate.ts';
import type { HttpMetrics } from './metrics.ts';
import type { RateLimiter } from './rate-limit.ts';
import { recordOf } from './request-record.ts';
import type { HttpServices } from './services.ts';

/** What a handler may use: the services, and the parts that belong to this server. */
export interface HttpContext extends HttpServices {
  readonly metrics: HttpMetrics;
  readonly clientLimiter: RateLimiter;
  readonly tokenLimiter: RateLimiter;
  /** Route definitions in the order they were registered; the OpenAPI document is made of them. */
  readonly routes: readonly RouteDefinition[];
}

export interface Call<Query, Params> {
  readonly request: Request;
  readonly response: Response;
  readonly reference: string;
  readonly query: Query;
  readonly params: Params;
  /** The machine that calls. @throws when the route is open, or a person calls. */
  caller(): Caller;
  /** The person who calls, by the seat that allows it. @throws when none does. */
  person(): Actor;
  /** Who calls, as the audit log names them: client id or staff id. */
  readonly callerId: string;
  /** The token's subject and its holder when a person calls, undefined for a machine. */
  readonly actor: Actor | undefined;
}

export interface DocumentedBody {
  readonly description: string;
  readonly content: Readonly<Record<string, z.ZodType>>;
}

/** One route: its address, what it takes, what it answers (for OpenAPI) and what it does. Its rights are in the access matrix. */
export interface RouteDefinition<Query extends z.ZodType = z.ZodType, Params extends z.ZodType = z.ZodType> {
  readonly method: 'get' | 'post';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly query: Query;
  readonly params: Params;
  readonly body?: DocumentedBody;
  readonly responses: Readonly<Record<number, { readonly description: string; readonly content?: Readonly<Record<string, z.ZodType>> }>>;
  handle(call: Call<z.output<Query>, z.output<Params>>, context: HttpContext): Promise<void>;
}

export const nothing = z.strictObject({});

export const defineRoute = <Query extends z.ZodType, Params extends z.ZodType>(
  definition: RouteDefinition<Query, Params>,
): RouteDefinition => definition;

export const routeName = (route: Pick<RouteDefinition, 'method' | 'path'>): RouteName =>
  `${route.method === 'get' ? 'GET' : 'POST'} ${route.path}`;

/**
 * The only way a route comes into being. Without a row in the matrix there is no route, and the row is enforced here, so a
 * handler cannot forget to.
 * @throws TypeError when the matrix has no row for it: a mistake of ours, found before the server listens.
 */
export function route(app: Express, definition: RouteDefinition, matrix: Readonly<Record<string, Access>>, context: HttpContext): void {
  const name = routeName(definition);
  const access = Object.hasOwn(matrix, name) ? matrix[name] : undefined;
  if (access === undefined) throw new TypeError(`${name} has no row in the access matrix`);
  app[definition.method](definition.path, async (request, response) => {
    const record = recordOf(response);
    record.route = definition.path;
    const who = access.open === true ? {} : await identify(request, access, context);
    const { caller, subject } = who;
    record.clientId = caller?.clientId;
    const params = read(definition.params, request.params, 'The address');
    const query = read(definition.query, request.query, 'The query');
    const named: Named = { ...(query as object), deliveryId: (params as { id?: unknown }).id };
    if (access.open !== true && caller !== undefined && access.subject !== undefined) await authorise(caller, access, named, context);
    const actor =
      access.open !== true && subject !== undefined && access.people !== undefined
        ? await authorisePerson(subject, access.people, { route: name, named }, context)
        : undefined;
    record.clientId ??= actor?.person;
    await definition.handle(
      {
        request,
        response,
        reference: record.reference,
        query,
        params,
        caller() {
          if (caller === undefined) throw new TypeError(`${name} has no machine for a caller`);
          return caller;
        },
        person() {
          if (actor === undefined) throw new TypeError(`${name} has no person for a caller`);
          return actor;
        },
        callerId: caller?.clientId ?? actor?.person ?? '',
        actor,
      },
      context,
    );
  });
}

/**
 * Who calls, if the row speaks of callers of that kind at all.
 * @throws GatewayError 401; 403 NOT_FOR_PEOPLE or NOT_FOR_CLIENTS; 429.
 */
async function identify(
  request: Request,
  access: ClosedAccess,
  context: HttpContext,
): Promise<{ readonly caller?: Caller; readonly subject?: string }> {
  const token = bearerToken(request);
  if (context.people !== undefined && isOfPerson(token, context)) {
    const subject = await context.people.verify(token);
    // The prefix keeps a person from using up the share of a machine that happens to have the same name.
    refuseWhenBusy(context.clientLimiter, `person ${subject}`);
    if (access.people === undefined)
      throw new GatewayError('NOT_FOR_PEOPLE', 'Only registered machines may use this address.', { status: 403 });
    return { subject };
  }
  const caller = await authenticate(token, context);
  refuseWhenBusy(context.clientLimiter, caller.clientId);
  if (access.subject === undefined)
    throw new GatewayError('NOT_FOR_CLIENTS', 'Only people may use this address, by their own sign-in.', { status: 403 });
  return { caller };
}

/** @throws GatewayError 429 when the caller has used up its share for now. */
export function refuseWhenBusy(limiter: RateLimiter, caller: string): void {
  const wait = limiter.take(caller);
  if (wait !== undefined) throw new TooManyRequests(wait);
}

export class TooManyRequests extends GatewayError {
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('TOO_MANY_REQUESTS', 'Too many requests. Wait as many seconds as Retry-After says.', { status: 429 });
    this.retryAfter = retryAfter;
  }
}

function read(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // The names are those of our own schema; what the caller sent, names included, is not repeated.
  const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? '')).filter((name) => name !== ''))];
  const which = names.length === 0 ? 'has a part that is not known here' : `is not right at: ${names.join(', ')}`;
  throw new GatewayError('REQUEST_INVALID', `${what} ${which}.`, { status: 400 });
}

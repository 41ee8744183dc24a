import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { databaseLost, isDatabaseLost } from '../database/lost.ts';
import { objectionKinds } from '../objections/kinds.ts';
import { projectCovers } from '../objections/national/cover.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { decideMerges } from './decide-merges.ts';
import { findSubject } from './find-subject.ts';
import { importObjectionFile } from './import-objections.ts';
import { ingest } from './ingest.ts';
import { issueRecipientPseudonyms } from './issue-recipients.ts';
import { findJudgedBy } from './judged-by.ts';
import { applyOptOutAnswer, takeOptOutReply } from './opt-out-reply.ts';
import type { BoxAnswer } from './protocol.ts';
import { recordOneObjection } from './record-objection.ts';

const actor = z.string().min(1).max(200);
const flow = z.string().min(1).max(200);
const place = z.string().min(1).max(80);
const requests = {
  '/deliveries': z.strictObject({
    deliveryId: z.uuid(),
    flowId: flow,
    batchId: z.string().min(1).max(200).optional(),
    actor,
  }),
  '/judged-by': z.strictObject({ flowId: flow }),
  '/objections': z.strictObject({ kind: z.enum(objectionKinds).optional(), place: place.optional(), actor }),
  '/objection': z.strictObject({ place, actor }),
  '/merges': z.strictObject({ held: z.array(z.int().positive()).min(1).max(1_000), decision: z.enum(['approve', 'refuse']), actor }),
  '/opt-out-replies': z.strictObject({
    localId: z.string().min(1).max(60),
    messageType: z.string().max(20).optional(),
    responseId: z.string().max(100).optional(),
    acceptedBy: z.string().min(1).max(200).optional(),
    actor,
  }),
  '/opt-out-answers': z.strictObject({ localId: z.string().min(1).max(60), actor }),
  '/recipients': z.strictObject({ project: z.string().min(1).max(200), epoch: z.int().positive(), actor }),
} as const;

/** Rows between two progress lines: often enough for a person, seldom enough for a pipe. */
const progressEvery = 50_000;

/**
 * The black box behind its one door: HTTP on a Unix socket, or on a private network between containers. Callers show a
 * token of the installation. A request's parameters are in one header, its body is the stream; answers are JSON lines,
 * progress first, result or error last. Nothing from the body is ever in an answer.
 */
export function serveBox(box: BlackBox, token: string): Server {
  const server = createServer((request, response) => {
    void answer(box, token, request, response).catch((error) => {
      box.log.error({ err: error }, 'the black box could not answer');
      response.destroy();
    });
  });
  // A file of many gigabytes takes as long as it takes; the connection itself is watched by keep-alive and by the gateway.
  server.requestTimeout = 0;
  server.timeout = 0;
  return server;
}

async function answer(box: BlackBox, token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (line: BoxAnswer): void => {
    response.write(`${JSON.stringify(line)}\n`);
  };
  if (request.method === 'GET' && request.url === '/health') {
    await box.lookups.query('select 1');
    response.writeHead(200).end('ok\n');
    return;
  }
  if (!isToken(request.headers.authorization, token)) {
    response.writeHead(401).end();
    request.resume();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  try {
    send({ result: await work(box, request, send) });
  } catch (error) {
    if (error instanceof GatewayError) send({ error: { code: error.code, message: error.message, status: error.status } });
    else if (hasLeft(request, error)) {
      box.log.info({ door: request.url }, 'the sender went away before the end; nothing of it was kept');
    } else if (isDatabaseLost(error)) {
      box.log.error({ err: error }, 'the database is gone');
      const { code, message, status } = databaseLost(error);
      send({ error: { code, message, status } });
    } else {
      box.log.error({ err: error }, 'the black box failed');
      send({
        error: {
          code: 'BLACK_BOX_FAILED',
          message: 'The delivery could not be processed and nothing of it was kept. Send it again; if it fails again, ask the operator.',
          status: 500,
        },
      });
    }
  }
  response.end();
  // What was not read is drained, so that the caller gets this answer instead of a broken pipe.
  request.resume();
}

/** Whoever sent closed its end, and nothing else went wrong: an upload broken off is no failure of the box. */
function hasLeft(request: IncomingMessage, error: unknown): boolean {
  if (request.complete || !request.destroyed) return false;
  // The second where the caller left while nobody was reading, in the line for its flow for example.
  return error === request.errored || (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function work(box: BlackBox, request: IncomingMessage, send: (line: BoxAnswer) => void): Promise<unknown> {
  const parameters: unknown = JSON.parse(
    Buffer.from(String(request.headers['haven-request'] ?? ''), 'base64url').toString('utf8') || 'null',
  );
  if (request.method !== 'POST') throw new GatewayError('NOT_FOUND', 'The black box has no such door.', { status: 404 });
  switch (request.url) {
    case '/deliveries': {
      const { deliveryId, flowId, batchId, actor: by } = requests['/deliveries'].parse(parameters);
      let reported = 0;
      return ingest(box, { deliveryId, flowId, batchId, actor: by }, request, (rows) => {
        if (rows - reported < progressEvery) return;
        reported = rows;
        send({ progress: rows });
      });
    }
    case '/judged-by':
      return findJudgedBy(box, requests['/judged-by'].parse(parameters).flowId);
    case '/objections': {
      const { kind, place: of, actor: by } = requests['/objections'].parse(parameters);
      return importObjectionFile(box, { kind, place: of, actor: by, bytes: request });
    }
    case '/objection':
      return recordOneObjection(box, { ...requests['/objection'].parse(parameters), bytes: request });
    case '/merges':
      return decideMerges(box, requests['/merges'].parse(parameters));
    case '/opt-out-replies': {
      const { localId, actor: by, messageType, responseId, acceptedBy } = requests['/opt-out-replies'].parse(parameters);
      return takeOptOutReply(box, {
        localId,
        actor: by,
        bytes: request,
        ...(messageType === undefined ? {} : { messageType }),
        ...(responseId === undefined ? {} : { responseId }),
        ...(acceptedBy === undefined ? {} : { acceptedBy }),
      });
    }
    case '/opt-out-answers': {
      const { localId, actor: by } = requests['/opt-out-answers'].parse(parameters);
      return applyOptOutAnswer(box, localId, by);
    }
    case '/recipients': {
      const asked = requests['/recipients'].parse(parameters);
      // The box asks the register and the table itself: whoever knocks cannot leave the national check out.
      const covers = projectCovers(await box.register(), box.decisionTable, asked.project, localDate(box.clock.now()));
      return issueRecipientPseudonyms(box, { ...asked, covers });
    }
    case '/subject':
      return findSubject(box, request);
    default:
      throw new GatewayError('NOT_FOUND', 'The black box has no such door.', { status: 404 });
  }
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

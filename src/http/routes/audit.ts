import { z } from 'zod';
import { GatewayError } from '../../shared/errors.ts';
import { defineRoute, type HttpContext, nothing } from '../route.ts';
import { problemResponse } from '../schemas.ts';
import type { AuditLogService } from '../services.ts';

const place = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80);
const index = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/)
  .transform(Number);
const hash = z.base64().describe('SHA-256, base64');

const refused = { 401: problemResponse('No valid token'), 403: problemResponse('No seat as auditor of this place, with every reason') };

function logOf({ auditLog }: HttpContext): AuditLogService {
  if (auditLog === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
  return auditLog;
}

/** The log is of the whole installation; an auditor of any of its places may hold it to what they were shown before. */
export const readAuditCheckpoint = defineRoute({
  method: 'get',
  path: '/api/audit/checkpoint',
  summary: 'The newest signed checkpoint of the audit log (C2SP tlog-checkpoint), for an auditor; keep it elsewhere',
  query: z.strictObject({ place }),
  params: nothing,
  responses: {
    200: { description: 'Signed note', content: { 'text/plain': z.string() } },
    ...refused,
    404: problemResponse('Nothing was signed yet'),
  },
  async handle(call, context) {
    const note = await logOf(context).checkpoint();
    if (note === undefined)
      throw new GatewayError('CHECKPOINT_ABSENT', 'No checkpoint was signed yet. Ask again in a minute.', { status: 404 });
    call.response.type('text/plain').send(note);
  },
});

export const readAuditKey = defineRoute({
  method: 'get',
  path: '/api/audit/key',
  summary: 'The public key of the audit log (C2SP signed-note); compare it with the one you were given before',
  query: z.strictObject({ place }),
  params: nothing,
  responses: { 200: { description: 'Verifier key', content: { 'text/plain': z.string() } }, ...refused },
  async handle(call, context) {
    call.response.type('text/plain').send(`${await logOf(context).key()}\n`);
  },
});

const inclusion = z.strictObject({ leaf: z.int(), size: z.int(), leafHash: hash, proof: z.array(hash) });
const consistency = z.strictObject({ from: z.int(), to: z.int(), proof: z.array(hash) });

export const readAuditProof = defineRoute({
  method: 'get',
  path: '/api/audit/proof',
  summary: 'Proof that an entry is in the log of a size (leaf, to), or that a smaller log is a beginning of it (from, to)',
  query: z.strictObject({ place, leaf: index.optional(), from: index.optional(), to: index }),
  params: nothing,
  responses: {
    200: {
      description: 'Proof as RFC 6962 §2.1 defines it, from the leaf upwards',
      content: { 'application/json': z.union([inclusion, consistency]) },
    },
    400: problemResponse('Neither leaf nor from, or both'),
    ...refused,
    404: problemResponse('The log has no such leaf or size'),
  },
  async handle(call, context) {
    const { leaf, from, to } = call.query;
    const log = logOf(context);
    if (leaf !== undefined && from === undefined) call.response.json(await log.proveInclusion(leaf, to));
    else if (from !== undefined && leaf === undefined) call.response.json(await log.proveConsistency(from, to));
    else throw new GatewayError('PROOF_OF_WHAT', 'Give one of leaf and from.', { status: 400 });
  },
});

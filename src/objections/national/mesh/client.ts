import type { IncomingMessage } from 'node:http';
import { arch, platform, release } from 'node:os';
import { z } from 'zod';
import type { Clock } from '../../../shared/clock.ts';
import { exitCode, GatewayError } from '../../../shared/errors.ts';
import { type MailboxSecrets, meshAuthorization } from './authorization.ts';
import type { Incoming, Mailbox, Outgoing } from './mailbox.ts';
import { type MeshCall, type MeshTls, meshUnavailable, openTransport, readShort } from './request.ts';

export interface MeshClientOptions {
  readonly url: string;
  readonly mailbox: string;
  readonly secrets: MailboxSecrets;
  readonly tls?: MeshTls;
  readonly chunkBytes: number;
  readonly timeoutSeconds: number;
  readonly version: string;
  readonly clock: Clock;
}

/** The list is capped at 500 by MESH; asking for more gives no more. */
const listCap = 500;

const refused = (): GatewayError =>
  new GatewayError('MESH_REFUSED', 'MESH refused this mailbox (403). Check its password, the shared key, the certificate and the clock.', {
    status: 502,
    exit: exitCode.configuration,
  });

const recipientUnknown = (): GatewayError =>
  new GatewayError(
    'MESH_RECIPIENT_UNKNOWN',
    'MESH does not deliver to this recipient and workflow (417). Check both in objections/national.json.',
    {
      status: 502,
      exit: exitCode.configuration,
    },
  );

const sentSchema = z.object({ messageID: z.string().optional(), message_id: z.string().optional(), messageId: z.string().optional() });
const idOf = (body: string): string => {
  const sent = sentSchema.safeParse(parseJson(body));
  const id = sent.success ? (sent.data.message_id ?? sent.data.messageID ?? sent.data.messageId) : undefined;
  if (id === undefined || !isMessageId(id)) throw meshUnavailable();
  return id;
};

/** It becomes part of an address and of a file name. */
const isMessageId = (id: string): boolean => /^[A-Za-z0-9_-]{1,100}$/.test(id);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A client of the MESH API over HTTPS with a certificate of ours, as small as this exchange needs: handshake, send in parts,
 * list, download in parts, acknowledge, and find what was sent. One request at a time.
 */
export function openMeshMailbox(options: MeshClientOptions): Mailbox & { close(): void } {
  const { mailbox, secrets, clock, chunkBytes, version } = options;
  const transport = openTransport(options.url, options.timeoutSeconds, options.tls);
  const root = `/messageexchange/${mailbox}`;
  const call = async (request: Omit<MeshCall, 'headers'> & { headers?: Readonly<Record<string, string>> }): Promise<IncomingMessage> => {
    const response = await transport.send({
      ...request,
      headers: {
        authorization: meshAuthorization(mailbox, secrets, clock.now()),
        accept: 'application/vnd.mesh.v2+json',
        'accept-encoding': 'identity',
        'mex-clientversion': `HavenGateway==${version}`,
        'mex-osname': platform(),
        'mex-osversion': release(),
        'mex-osarchitecture': arch(),
        ...request.headers,
      },
    });
    const { statusCode = 0 } = response;
    if (statusCode === 403 || statusCode === 401) throw await drained(response, refused());
    if (statusCode >= 500 || statusCode === 429) throw await drained(response, meshUnavailable());
    return response;
  };

  async function send(message: Outgoing): Promise<string> {
    const parts = Math.max(1, Math.ceil(message.bytes / chunkBytes));
    const part = (number: number): Promise<Buffer> => message.read((number - 1) * chunkBytes, Math.min(number * chunkBytes, message.bytes));
    const range = (number: number): Readonly<Record<string, string>> => (parts === 1 ? {} : { 'mex-chunk-range': `${number}:${parts}` });
    const response = await call({
      method: 'POST',
      path: `${root}/outbox`,
      headers: {
        'mex-from': mailbox,
        'mex-to': message.to,
        'mex-workflowid': message.workflowId,
        'mex-localid': message.localId,
        'mex-subject': message.subject,
        'mex-filename': message.fileName,
        'content-type': 'application/octet-stream',
        ...range(1),
      },
      body: await part(1),
    });
    const body = await readShort(response);
    if (response.statusCode === 417) throw recipientUnknown();
    if (response.statusCode !== 202) throw meshUnavailable();
    const messageId = idOf(body);
    for (let number = 2; number <= parts; number++) {
      const answer = await call({
        method: 'POST',
        path: `${root}/outbox/${messageId}/${number}`,
        headers: { 'content-type': 'application/octet-stream', ...range(number) },
        body: await part(number),
      });
      await readShort(answer);
      if (answer.statusCode !== 202) throw meshUnavailable();
    }
    return messageId;
  }

  async function download(messageId: string): Promise<Incoming | undefined> {
    const first = await call({ method: 'GET', path: `${root}/inbox/${messageId}` });
    if (first.statusCode === 404 || first.statusCode === 410) return drained(first, undefined);
    if (first.statusCode !== 200 && first.statusCode !== 206) throw await drained(first, meshUnavailable());
    const header = (name: string): string | undefined => {
      const value = first.headers[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const parts = Number(/^\d+:(\d+)$/.exec(header('mex-chunk-range') ?? '')?.[1] ?? '1') || 1;
    async function* bytes(): AsyncGenerator<Buffer> {
      yield* whole(first);
      for (let number = 2; number <= parts; number++) {
        const next = await call({ method: 'GET', path: `${root}/inbox/${messageId}/${number}` });
        if (next.statusCode !== 200 && next.statusCode !== 206) throw await drained(next, meshUnavailable());
        yield* whole(next);
      }
    }
    const said = {
      workflowId: header('mex-workflowid'),
      localId: header('mex-localid'),
      subject: header('mex-subject'),
      linkedMessageId: header('mex-linkedmsgid'),
    };
    return {
      messageId,
      messageType: header('mex-messagetype') ?? 'DATA',
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
      bytes: bytes(),
    };
  }

  return {
    mailbox,
    close: transport.close,
    send,
    download,
    handshake: async () => {
      const response = await call({ method: 'POST', path: root });
      await readShort(response);
      if (response.statusCode !== 200) throw meshUnavailable();
    },
    findSent: async (localId) => {
      const response = await call({ method: 'GET', path: `${root}/outbox/tracking/${encodeURIComponent(localId)}` });
      const body = await readShort(response);
      if (response.statusCode === 404 || response.statusCode === 410) return undefined;
      if (response.statusCode === 300) return 'several';
      if (response.statusCode !== 200) throw meshUnavailable();
      return { messageId: idOf(body) };
    },
    list: async (workflowId) => {
      const query = `?max_results=${listCap}&workflow_filter=${encodeURIComponent(workflowId)}`;
      const response = await call({ method: 'GET', path: `${root}/inbox${query}` });
      const body = await readShort(response);
      if (response.statusCode !== 200) throw meshUnavailable();
      const list = z.object({ messages: z.array(z.string()) }).safeParse(parseJson(body));
      if (!list.success) throw meshUnavailable();
      return list.data.messages.filter(isMessageId);
    },
    acknowledge: async (messageId) => {
      const response = await call({ method: 'PUT', path: `${root}/inbox/${messageId}/status/acknowledged` });
      await readShort(response);
      // Gone is as good as acknowledged: it will not be listed again.
      if (![200, 404, 410].includes(response.statusCode ?? 0)) throw meshUnavailable();
    },
  };
}

async function* whole(response: IncomingMessage): AsyncGenerator<Buffer> {
  const expected = Number(response.headers['content-length'] ?? Number.NaN);
  let read = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      read += part.length;
      yield part;
    }
  } catch (error) {
    throw meshUnavailable(error);
  }
  // A body that is shorter than it said is no list, however well its last line ends.
  if (!Number.isNaN(expected) && read !== expected) throw meshUnavailable();
}

async function drained<T>(response: IncomingMessage, result: T): Promise<T> {
  response.resume();
  return result;
}

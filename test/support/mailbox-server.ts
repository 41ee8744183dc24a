import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface StoredMessage {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly workflow: string;
  readonly localId: string;
  readonly subject: string;
  readonly fileName: string;
  readonly type: 'DATA' | 'REPORT';
  readonly linked?: string;
  readonly parts: Buffer[];
  readonly total: number;
  state: 'uploading' | 'accepted' | 'acknowledged' | 'gone';
}

export interface MailboxServer {
  readonly url: string;
  readonly messages: StoredMessage[];
  readonly handshakes: string[];
  /** Every request answered, as `POST /outbox 202`. */
  readonly log: string[];
  /** Most requests under way at once. */
  mostAtOnce(): number;
  /** Puts a message into a mailbox, cut into parts of `partBytes`. */
  put(message: {
    to: string;
    workflow: string;
    localId?: string;
    subject?: string;
    type?: 'DATA' | 'REPORT';
    linked?: string;
    body: string | Buffer;
    partBytes?: number;
  }): StoredMessage;
  /** The next request that matches is answered with this status, or cut off in the middle of its body. */
  failNext(match: RegExp, how: number | 'cut' | 'after'): void;
  close(): Promise<void>;
}

export interface MailboxServerOptions {
  /** Mailboxes and their passwords. */
  readonly mailboxes: Readonly<Record<string, string>>;
  readonly sharedKey: string;
  readonly now: () => Date;
  /** Messages in a list at most; the real one gives 500. */
  readonly listCap?: number;
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

/**
 * A mailbox server that speaks the MESH API over real HTTP(S): authorization checked to the minute and each nonce once, parts
 * in order, lists of 500 at most, acknowledgement, tracking by LocalId, 403/404/410/417, and failures on demand.
 */
export async function startMailboxServer(options: MailboxServerOptions): Promise<MailboxServer> {
  const messages: StoredMessage[] = [];
  const handshakes: string[] = [];
  const log: string[] = [];
  const nonces = new Set<string>();
  let failure: { match: RegExp; how: number | 'cut' | 'after' } | undefined;
  let under = 0;
  let most = 0;

  const isAuthorised = (mailbox: string, header = ''): boolean => {
    const match = /^NHSMESH ([^:]+):([^:]+):(\d+):(\d{12}):([0-9a-f]{64})$/i.exec(header);
    const password = options.mailboxes[mailbox];
    if (!match || match[1] !== mailbox || password === undefined) return false;
    const [, , nonce = '', count = '', stamp = '', hmac = ''] = match;
    const minute = options.now().toISOString().replace(/\D/g, '').slice(0, 12);
    if (stamp !== minute || nonces.has(`${nonce}:${count}`)) return false;
    nonces.add(`${nonce}:${count}`);
    return (
      createHmac('sha256', options.sharedKey).update(`${mailbox}:${nonce}:${count}:${password}:${stamp}`).digest('hex') ===
      hmac.toLowerCase()
    );
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) body.push(part);
    const url = new URL(request.url ?? '/', 'http://x');
    const [, , mailbox = '', ...rest] = url.pathname.split('/');
    const name = `${request.method} /${rest.join('/')}`;
    const end = (status: number, value?: object | Buffer, headers: Record<string, string> = {}): void => {
      log.push(`${name} ${status}`);
      const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value === undefined ? '' : JSON.stringify(value));
      response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
      if (failing?.how === 'cut') {
        response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
        response.destroy();
        return;
      }
      // The server did it and the answer was lost.
      if (failing?.how === 'after') response.destroy();
      else response.end(bytes);
    };
    const failing = failure?.match.test(name) ? failure : undefined;
    if (failing !== undefined) failure = undefined;
    if (typeof failing?.how === 'number') return end(failing.how);
    if (!isAuthorised(mailbox, request.headers.authorization)) return end(403);
    const header = (key: string): string => String(request.headers[key] ?? '');
    const [box, id, third] = rest;
    if (rest.length === 0 && request.method === 'POST') {
      if (header('mex-clientversion') === '' || header('mex-osname') === '' || header('mex-osversion') === '') return end(422);
      handshakes.push(mailbox);
      return end(200);
    }
    if (box === 'outbox' && id === 'tracking') {
      const sent = messages.filter((message) => message.from === mailbox && message.localId === third);
      if (sent.length > 1) return end(300);
      return sent[0] ? end(200, { messageId: sent[0].id }) : end(404);
    }
    if (box === 'outbox' && request.method === 'POST' && id === undefined) {
      if (options.mailboxes[header('mex-to')] === undefined) return end(417, { message_id: '' });
      const [number = 1, total = 1] = header('mex-chunk-range').split(':').filter(Boolean).map(Number);
      if (number !== 1) return end(417);
      const message: StoredMessage = {
        id: randomUUID().replaceAll('-', '').toUpperCase(),
        from: mailbox,
        to: header('mex-to'),
        workflow: header('mex-workflowid'),
        localId: header('mex-localid'),
        subject: header('mex-subject'),
        fileName: header('mex-filename'),
        type: 'DATA',
        parts: [Buffer.concat(body)],
        total,
        state: total === 1 ? 'accepted' : 'uploading',
      };
      messages.push(message);
      return end(202, { message_id: message.id });
    }
    const message = messages.find((one) => one.id === id);
    if (box === 'outbox' && request.method === 'POST') {
      if (message === undefined || message.from !== mailbox) return end(404);
      if (Number(third) !== message.parts.length + 1 || header('mex-chunk-range') !== `${third}:${message.total}`) return end(417);
      message.parts.push(Buffer.concat(body));
      if (message.parts.length === message.total) message.state = 'accepted';
      return end(202, { message_id: message.id });
    }
    if (box === 'inbox' && id === undefined) {
      const cap = Math.min(Number(url.searchParams.get('max_results') ?? 500), options.listCap ?? 500);
      const workflow = url.searchParams.get('workflow_filter');
      const waiting = messages.filter(
        (one) => one.to === mailbox && one.state === 'accepted' && (workflow === null || one.workflow === workflow),
      );
      return end(200, { messages: waiting.slice(0, cap).map((one) => one.id) });
    }
    if (message === undefined || message.to !== mailbox) return end(404);
    if (box === 'inbox' && request.method === 'PUT') {
      message.state = 'acknowledged';
      return end(200);
    }
    if (box === 'inbox') {
      if (message.state === 'gone') return end(410);
      const number = Number(third ?? 1);
      const part = message.parts[number - 1];
      if (message.type === 'DATA' && part === undefined) return end(404);
      return end(number < message.total ? 206 : 200, part ?? Buffer.alloc(0), {
        'mex-messageid': message.id,
        'mex-messagetype': message.type,
        'mex-workflowid': message.workflow,
        'mex-chunk-range': `${number}:${message.total}`,
        ...(message.localId === '' ? {} : { 'mex-localid': message.localId }),
        ...(message.subject === '' ? {} : { 'mex-subject': message.subject }),
        ...(message.linked === undefined ? {} : { 'mex-linkedmsgid': message.linked }),
      });
    }
    return end(404);
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    under += 1;
    most = Math.max(most, under);
    response.once('close', () => {
      under -= 1;
    });
    void handle(request, response).catch(() => response.destroy());
  };
  const server: Server = options.tls
    ? createSecureServer({ ...options.tls, requestCert: true, rejectUnauthorized: true }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://localhost:${port}`.replace('localhost', options.tls ? 'localhost' : '127.0.0.1'),
    messages,
    handshakes,
    log,
    mostAtOnce: () => most,
    put: ({ to, workflow, localId = '', subject = '', type = 'DATA', linked, body, partBytes = 1_000_000 }) => {
      const bytes = Buffer.from(body as string);
      const parts: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += partBytes) parts.push(bytes.subarray(at, at + partBytes));
      if (parts.length === 0) parts.push(Buffer.alloc(0));
      const message: StoredMessage = {
        id: randomUUID().replaceAll('-', '').toUpperCase(),
        from: 'SERVICE',
        to,
        workflow,
        localId,
        subject,
        fileName: '',
        type,
        parts,
        total: parts.length,
        state: 'accepted',
        ...(linked === undefined ? {} : { linked }),
      };
      messages.push(message);
      return message;
    },
    failNext: (match, how) => {
      failure = { match, how };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

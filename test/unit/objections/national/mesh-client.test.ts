import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meshAuthorization } from '../../../../src/objections/national/mesh/authorization.ts';
import { openMeshMailbox } from '../../../../src/objections/national/mesh/client.ts';
import type { Incoming, Outgoing } from '../../../../src/objections/national/mesh/mailbox.ts';
import { type MailboxServer, startMailboxServer } from '../../../support/mailbox-server.ts';

const clock = { now: () => new Date('2026-11-22T03:04:05Z') };
const options = { mailboxes: { OURS: 'our-password', THEIRS: 'x' }, sharedKey: 'shared', now: clock.now };
let server: MailboxServer;
let mailbox: ReturnType<typeof openMeshMailbox>;
const open = (more: Partial<Parameters<typeof openMeshMailbox>[0]> = {}): ReturnType<typeof openMeshMailbox> =>
  openMeshMailbox({
    url: server.url,
    mailbox: 'OURS',
    secrets: { password: 'our-password', sharedKey: 'shared' },
    chunkBytes: 1_000,
    timeoutSeconds: 5,
    version: '1',
    clock,
    ...more,
  });
beforeEach(async () => {
  server = await startMailboxServer(options);
  mailbox = open();
});
afterEach(async () => {
  mailbox.close();
  await server.close();
});

const message = (text: string): Outgoing => ({
  to: 'THEIRS',
  workflowId: 'FLOW',
  localId: 'OURS-22112026-0001',
  subject: 'OURS-22112026-0001',
  fileName: 'OURS-22112026-0001.dat',
  bytes: text.length,
  read: async (start, end) => Buffer.from(text.slice(start, end)),
});
const textOf = async (incoming: Incoming | undefined): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of incoming?.bytes ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
};

describe('the authorization header', () => {
  it('is the HMAC of mailbox, nonce, count, password and minute', () => {
    // Known answer: printf 'TEST:nonce:1:password:202611220304' | openssl dgst -sha256 -hmac secret
    expect(meshAuthorization('TEST', { password: 'password', sharedKey: 'secret' }, clock.now(), 'nonce', 1)).toBe(
      'NHSMESH TEST:nonce:1:202611220304:bd3dbd29d88bc5bd26745003b967914c0243191b8a9d79c4f3ce6d15bb04fe1a',
    );
  });

  it('never repeats a nonce', () => {
    const secrets = { password: 'p', sharedKey: 's' };
    expect(meshAuthorization('A', secrets, clock.now())).not.toBe(meshAuthorization('A', secrets, clock.now()));
  });
});

describe('a mailbox', () => {
  it('is greeted', async () => {
    await mailbox.handshake();
    expect(server.handshakes).toEqual(['OURS']);
  });

  it('sends in parts what is larger than one, with both LocalId and Subject, one request at a time', async () => {
    const text = 'x'.repeat(2_500);
    const id = await mailbox.send(message(text));
    const [sent] = server.messages;
    expect(sent).toMatchObject({
      id,
      state: 'accepted',
      to: 'THEIRS',
      workflow: 'FLOW',
      localId: 'OURS-22112026-0001',
      subject: 'OURS-22112026-0001',
    });
    expect(sent?.parts.map((part) => part.length)).toEqual([1_000, 1_000, 500]);
    expect(server.mostAtOnce()).toBe(1);
    expect(await mailbox.findSent('OURS-22112026-0001')).toEqual({ messageId: id });
    expect(await mailbox.findSent('OURS-22112026-0002')).toBeUndefined();
    await mailbox.send(message(text));
    expect(await mailbox.findSent('OURS-22112026-0001')).toBe('several');
  });

  it('lists, downloads all parts, and lists no more what it acknowledged', async () => {
    const text = 'y'.repeat(2_400);
    const { id } = server.put({ to: 'OURS', workflow: 'FLOW', localId: 'L', subject: 'S', body: text, partBytes: 1_000 });
    server.put({ to: 'OURS', workflow: 'OTHER', body: 'not ours' });
    expect(await mailbox.list('FLOW')).toEqual([id]);
    const incoming = await mailbox.download(id);
    expect(incoming).toMatchObject({ messageId: id, messageType: 'DATA', localId: 'L', subject: 'S', workflowId: 'FLOW' });
    expect(await textOf(incoming)).toBe(text);
    await mailbox.acknowledge(id);
    expect(await mailbox.list('FLOW')).toEqual([]);
  });

  it('takes a report for a report', async () => {
    const { id } = server.put({ to: 'OURS', workflow: 'FLOW', type: 'REPORT', linked: 'ABC', body: '' });
    const incoming = await mailbox.download(id);
    expect(incoming).toMatchObject({ messageType: 'REPORT', linkedMessageId: 'ABC' });
    expect(await textOf(incoming)).toBe('');
  });

  it('says that a message is gone: 404 and 410', async () => {
    const gone = server.put({ to: 'OURS', workflow: 'FLOW', body: 'x' });
    gone.state = 'gone';
    expect(await mailbox.download(gone.id)).toBeUndefined();
    expect(await mailbox.download('NEVERWAS')).toBeUndefined();
    await expect(mailbox.acknowledge('NEVERWAS')).resolves.toBeUndefined();
  });

  it('tells refusal (403), an unknown recipient (417) and absence apart', async () => {
    const wrong = open({ secrets: { password: 'wrong', sharedKey: 'shared' } });
    await expect(wrong.handshake()).rejects.toMatchObject({ code: 'MESH_REFUSED', exit: 78 });
    const late = open({ clock: { now: () => new Date('2026-11-22T05:00:00Z') } });
    await expect(late.list('FLOW')).rejects.toMatchObject({ code: 'MESH_REFUSED' });
    await expect(mailbox.send({ ...message('x'), to: 'NOBODY' })).rejects.toMatchObject({ code: 'MESH_RECIPIENT_UNKNOWN', exit: 78 });
    server.failNext(/inbox/, 503);
    await expect(mailbox.list('FLOW')).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE', exit: 69 });
    const away = open({ url: 'http://127.0.0.1:9' });
    await expect(away.handshake()).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
  });

  it('takes a download that breaks off for none at all', async () => {
    const { id } = server.put({ to: 'OURS', workflow: 'FLOW', body: 'z'.repeat(50_000) });
    server.failNext(/inbox\//, 'cut');
    await expect(mailbox.download(id).then(textOf)).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    const parts = server.put({ to: 'OURS', workflow: 'FLOW', body: 'z'.repeat(5_000), partBytes: 1_000 });
    server.failNext(/inbox\/.+\/3/, 404);
    await expect(mailbox.download(parts.id).then(textOf)).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
  });
});

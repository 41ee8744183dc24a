import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runExchanges } from '../../../../src/objections/national/advance.ts';
import type { ExchangeDeps } from '../../../../src/objections/national/deps.ts';
import { type MeshClientOptions, openMeshMailbox } from '../../../../src/objections/national/mesh/client.ts';
import type { Mailbox } from '../../../../src/objections/national/mesh/mailbox.ts';
import { systemClock } from '../../../../src/shared/clock.ts';
import { nhsNumber, openTestBox, type TestBox } from '../../../support/box.ts';
import { emptyNational, hold, openNational, workflow } from '../../../support/national-exchange.ts';

/**
 * The same exchange over the MESH sandbox that NHS England publishes (NHSDigital/mesh-sandbox, MIT), so that the client is
 * held to the real interface and not to our reading of it. CONTRIBUTING.md says how to start one; its own mailboxes are used.
 */
const sandbox = process.env.MESH_SANDBOX_URL ?? '';
const ours = 'X26ABC1';
const service = 'X26ABC2';
const reason = sandbox === '' ? ' (skipped: MESH_SANDBOX_URL names no sandbox)' : '';

describe.skipIf(sandbox === '')(`an exchange over the MESH sandbox${reason}`, () => {
  let test: TestBox;
  const clients: { close(): void }[] = [];
  const open = (mailbox: string, change: Partial<MeshClientOptions> = {}): Mailbox => {
    const client = openMeshMailbox({
      ...{ url: sandbox, mailbox, secrets: { password: 'password', sharedKey: 'TestKey' }, chunkBytes: 40, timeoutSeconds: 10 },
      ...{ version: '1', clock: systemClock, ...change },
    });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    test = await openTestBox();
    await hold(
      test,
      Array.from({ length: 6 }, (_, n) => nhsNumber(n)),
    );
  });
  beforeEach(async () => {
    test.at('2026-11-21T12:00:00Z');
    await emptyNational(test);
    expect((await fetch(`${sandbox}/messageexchange/admin/reset`, { method: 'DELETE' })).status).toBeLessThan(300);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await test.close();
  });

  const deps = async (more: Partial<ExchangeDeps> = {}) =>
    openNational(
      test,
      { mailbox: ours, mesh: { url: sandbox, recipient: service, workflow, chunkBytes: 40, timeoutSeconds: 10 } },
      { mailbox: open(ours), ...more },
    );

  /** The service at the other end: takes the request away, answers with a job receipt, then with those who did not opt out. */
  async function serve(optedOut: readonly string[]): Promise<number> {
    const theirs = open(service);
    const requests = await theirs.list(workflow);
    for (const id of requests) {
      const message = await theirs.download(id);
      const localId = message?.localId ?? '';
      expect(message).toMatchObject({ messageType: 'DATA', workflowId: workflow, subject: localId });
      const asked = await textOf(message?.bytes);
      await theirs.acknowledge(id);
      const cleaned = asked.split('\n').filter((line) => line !== '' && !optedOut.includes(line.slice(0, 10)));
      for (const [subject, text] of [
        ['SUCCESS', '{"status": "pending", "stages": {}}'],
        [localId, `${cleaned.join('\n')}\n`],
      ] as const) {
        const body = Buffer.from(text);
        await theirs.send({
          ...{ to: ours, workflowId: workflow, localId, subject, fileName: `${localId}.dat`, bytes: body.length },
          read: async (start, end) => body.subarray(start, end),
        });
      }
    }
    return requests.length;
  }
  const states = async (): Promise<unknown> =>
    (await test.admin.query('select state, asked, returned, opted_out::int from ndop.request')).rows;

  it('goes from the decision to the removal, in parts both ways', async () => {
    const { deps: parts, decide } = await deps();
    await decide();
    expect(await runExchanges(parts)).toMatchObject({ exchanges: [{ requests: [{ state: 'sent' }] }] });
    expect(await serve([nhsNumber(1), nhsNumber(3)])).toBe(1);
    expect(await runExchanges(parts)).toMatchObject({
      ...{ collected: { downloaded: 2, gone: 0 }, exchanges: [{ requests: [{ state: 'applied' }] }] },
    });
    expect(await states()).toEqual([{ state: 'applied', asked: 6, returned: 4, opted_out: 2 }]);
    expect(await readdir(parts.spool)).toEqual([]);
    expect(await open(ours).list(workflow)).toEqual([]);
  });

  it('finds what was sent when the answer to the sending was lost, and sends nothing twice', async () => {
    const mailbox = open(ours);
    let lost = true;
    const forgetful: Mailbox = {
      ...mailbox,
      send: async (message) => {
        const id = await mailbox.send(message);
        if (!lost) return id;
        lost = false;
        throw new Error('the answer was lost');
      },
    };
    const { deps: parts, decide } = await deps({ mailbox: forgetful });
    await decide();
    await expect(runExchanges(parts)).rejects.toThrow('lost');
    await runExchanges(parts);
    expect(await serve([])).toBe(1);
    await runExchanges(parts);
    expect(await states()).toEqual([{ state: 'applied', asked: 6, returned: 6, opted_out: 0 }]);
  });

  it('knows the report that nobody took the request away', async () => {
    const { deps: parts, decide } = await deps();
    await decide();
    await runExchanges(parts);
    const { rows } = await test.admin.query<{ id: string }>('select message_id as id from ndop.request');
    const report = { code: '14', description: 'Message not collected by recipient after 5 days', subject: '', file_name: '' };
    const said = { mailbox_id: ours, status: 'error', workflow_id: workflow, linked_message_id: rows[0]?.id, ...report };
    const answer = await fetch(`${sandbox}/messageexchange/admin/report`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(said) },
    });
    expect(answer.status).toBe(200);
    await runExchanges(parts);
    expect(await states()).toEqual([{ state: 'failed', asked: 6, returned: null, opted_out: null }]);
  });

  it('is refused with a wrong password and with a wrong shared key, and knows a recipient that does not exist', async () => {
    for (const secrets of [
      { password: 'wrong', sharedKey: 'TestKey' },
      { password: 'password', sharedKey: 'wrong' },
    ])
      await expect(open(ours, { secrets }).handshake()).rejects.toMatchObject({ code: 'MESH_REFUSED' });
    const body = Buffer.from('9990000018,\n');
    const message = {
      workflowId: workflow,
      localId: 'A-1',
      subject: 'A-1',
      fileName: 'A-1.dat',
      bytes: body.length,
      read: async () => body,
    };
    await expect(open(ours).send({ ...message, to: 'NOBODY' })).rejects.toMatchObject({ code: 'MESH_RECIPIENT_UNKNOWN' });
  });

  it('knows what it never sent, what it sent more than once, and what is no longer there', async () => {
    const mailbox = open(ours);
    const body = Buffer.from('9990000018,\n');
    const message = { to: service, workflowId: workflow, localId: 'A-2', subject: 'A-2', fileName: 'A-2.dat', bytes: body.length };
    expect(await mailbox.findSent('A-2')).toBeUndefined();
    const messageId = await mailbox.send({ ...message, read: async () => body });
    expect(await mailbox.findSent('A-2')).toEqual({ messageId });
    await mailbox.send({ ...message, read: async () => body });
    expect(await mailbox.findSent('A-2')).toBe('several');
    expect(await mailbox.download('NOSUCHMESSAGE')).toBeUndefined();
  });
});

async function textOf(bytes: AsyncIterable<Buffer> | undefined): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of bytes ?? []) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openConfiguredMailbox } from '../../../../src/objections/national/mesh/open.ts';
import { type MailboxServer, startMailboxServer } from '../../../support/mailbox-server.ts';
import { mailboxes, workflow } from '../../../support/national-exchange.ts';

/** Node can use certificates and cannot make them; the program that can is not everywhere. */
function canMakeCertificates(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const able = canMakeCertificates();
if (!able) console.warn('Skipped: mutual TLS with MESH. There is no openssl here to make certificates with.');

const run = promisify(execFile);
const clock = { now: () => new Date() };
let folder: string;
let server: MailboxServer;
let opened: { close(): void }[] = [];
const pem = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeAuthority(name: string): Promise<void> {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  await run('openssl', ['req', '-x509', ...newKey, ...files, '-days', '2', '-subj', `/CN=${name}`], { cwd: folder });
}

async function makeCertificate(authority: string, name: string): Promise<void> {
  await run('openssl', ['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`], { cwd: folder });
  await writeFile(join(folder, `${name}.ext`), 'subjectAltName=DNS:localhost\n');
  const signing = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-extfile', `${name}.ext`];
  await run('openssl', ['x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.pem`, '-days', '2'], { cwd: folder });
}

beforeAll(async () => {
  if (!able) return;
  folder = await mkdtemp(join(tmpdir(), 'haven-mesh-tls-'));
  for (const authority of ['nation', 'stranger']) await makeAuthority(authority);
  for (const [authority, name] of [
    ['nation', 'service'],
    ['nation', 'ours'],
    ['stranger', 'theirs'],
  ] as const)
    await makeCertificate(authority, name);
  server = await startMailboxServer({
    ...{ mailboxes, sharedKey: 'shared', now: clock.now },
    tls: { cert: await pem('service.pem'), key: await pem('service.key'), ca: await pem('nation.pem') },
  });
});
afterEach(() => {
  for (const mailbox of opened) mailbox.close();
  opened = [];
});
afterAll(async () => {
  if (!able) return;
  await server.close();
  await rm(folder, { recursive: true });
});

/** The mailbox as it is configured: secrets are files of this user alone. */
async function open({ own = 'ours', knownBy = 'nation', mode = 0o600 } = {}) {
  const secrets = await mkdtemp(join(folder, 'secrets-'));
  const files: Record<string, string> = {
    'mesh-password': mailboxes.OURS,
    'mesh-shared-key': 'shared',
    'mesh-certificate.pem': await pem(`${own}.pem`),
    'mesh-key.pem': await pem(`${own}.key`),
    ...(knownBy === '' ? {} : { 'mesh-ca.pem': await pem(`${knownBy}.pem`) }),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(secrets, name), text);
    await chmod(join(secrets, name), mode);
  }
  const settings = { url: server.url, recipient: 'SERVICE', workflow, chunkBytes: 1_000, timeoutSeconds: 5 };
  const mailbox = await openConfiguredMailbox(settings, 'OURS', secrets, { version: '1', clock });
  opened.push(mailbox);
  return mailbox;
}

describe.skipIf(!able)('MESH over mutual TLS', () => {
  it('greets, sends in parts and downloads whole, with our certificate', async () => {
    const mailbox = await open();
    await mailbox.handshake();
    const body = Buffer.from('9990000018,\n'.repeat(300));
    const read = async (start: number, end: number) => body.subarray(start, end);
    const file = { localId: 'OURS-21112026-0001', subject: 'OURS-21112026-0001', fileName: 'OURS-21112026-0001.dat' };
    await mailbox.send({ to: 'SERVICE', workflowId: workflow, ...file, bytes: body.length, read });
    expect(server.messages.map(({ parts, state }) => [parts.length, state, Buffer.concat(parts).equals(body)])).toEqual([
      [4, 'accepted', true],
    ]);
    const { id } = server.put({ to: 'OURS', workflow, localId: file.localId, body, partBytes: 700 });
    const chunks: Buffer[] = [];
    for await (const chunk of (await mailbox.download(id))?.bytes ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(body)).toBe(true);
    expect(server.mostAtOnce()).toBe(1);
  });

  it.each([
    ['a certificate of another authority is not let in', { own: 'theirs' }],
    ['a server of another authority is not believed', { knownBy: 'stranger' }],
    ['a server that no public authority vouches for is not believed', { knownBy: '' }],
  ])('%s, and no request is ever answered', async (_what, how) => {
    const before = server.log.length;
    const mailbox = await open(how);
    await expect(mailbox.handshake()).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE', status: 503 });
    expect(server.log.length).toBe(before);
  });

  it('does not open with secrets that others can read', async () => {
    await expect(open({ mode: 0o644 })).rejects.toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
  });
});

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { packageRoot } from '../../../src/shared/package-root.ts';

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export interface Supplier {
  readonly clientId: string;
  /** A signed assertion (RFC 7523) for the token endpoint of a gateway. */
  assertion(base: string): Promise<string>;
}

/** Copies the example register and gives one of its clients a key of our own. */
export async function registerWithKeyFor(clientId: string, folder: string): Promise<Supplier> {
  await cp(join(packageRoot(), 'config', 'register', 'southend-on-sea'), folder, { recursive: true });
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test-key', use: 'sig', alg: 'ES384' };
  let found = false;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const document = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { clients?: { clientId: string; jwks: unknown }[] };
    const client = document.clients?.find((one) => one.clientId === clientId);
    if (client === undefined) continue;
    client.jwks = { keys: [jwk] };
    found = true;
    writeFileSync(join(folder, name), JSON.stringify(document));
  }
  if (!found) throw new Error(`the example register has no client ${clientId}`);
  return {
    clientId,
    assertion: (base) =>
      new SignJWT({ iss: clientId, sub: clientId, aud: `${base}/oauth/token`, exp: Math.floor(Date.now() / 1000) + 120, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'test-key' })
        .sign(privateKey),
  };
}

/** An access token, or the status of the refusal. */
export async function fetchToken(base: string, supplier: Supplier): Promise<string> {
  const answer = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Delivery.c',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await supplier.assertion(base),
    }),
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** An upload whose pace the test decides. */
export class Upload {
  readonly request: ClientRequest;
  /** The status of the answer, or undefined when the connection broke before one. */
  readonly answered: Promise<number | undefined>;

  constructor(address: string, headers: Readonly<Record<string, string>>) {
    this.request = request(address, { method: 'POST', headers });
    this.answered = new Promise((resolve) => {
      this.request.once('response', (response: IncomingMessage) => {
        response.resume();
        resolve(response.statusCode);
      });
      this.request.once('error', () => resolve(undefined));
      this.request.once('close', () => resolve(undefined));
    });
  }

  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.request.write(bytes, () => resolve()));
  }

  abort(): void {
    this.request.destroy();
  }
}

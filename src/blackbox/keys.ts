import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { keyMissing, readPrivateFile } from '../shared/private-file.ts';

/** Where keys come from: files of a folder with mode 0700, or a command that prints the root key (a KMS or HSM client). */
export interface KeySource {
  readonly folder: string;
  readonly rootKeyCommand?: string;
  /** The re-identifier's public key where it is mounted elsewhere (a container that must not have the folder). */
  readonly publicKeyFile?: string;
}

const salt = 'gateway.pseudo.v1';
const files = { root: 'root.key', sealPublic: 'reidentifier.pub', sealPrivate: 'reidentifier.key' } as const;

/** K(domain, epoch) = HKDF-SHA-256(root, salt "gateway.pseudo.v1", info "domain=<d>;epoch=<n>", 32 bytes). */
export const deriveKey = (root: Uint8Array, domain: string, epoch: number): Buffer =>
  Buffer.from(hkdfSync('sha256', root, salt, `domain=${domain};epoch=${epoch}`, 32));

/** Makes the keys that are missing and leaves those that exist alone: a new root key would unlink everybody. */
export async function initKeys(source: KeySource): Promise<{ readonly made: readonly string[] }> {
  await mkdir(source.folder, { recursive: true, mode: 0o700 });
  await chmod(source.folder, 0o700);
  const made: string[] = [];
  if (!source.rootKeyCommand && (await writeOnce(join(source.folder, files.root), `${randomBytes(32).toString('hex')}\n`, 0o600)))
    made.push(files.root);
  const pair = generateKeyPairSync('x25519');
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  if (await writeOnce(join(source.folder, files.sealPrivate), privatePem, 0o600)) made.push(files.sealPrivate);
  const kept = createPrivateKey(await readFile(join(source.folder, files.sealPrivate), 'utf8'));
  const publicPem = createPublicKey(kept).export({ type: 'spki', format: 'pem' }) as string;
  if (await writeOnce(join(source.folder, files.sealPublic), publicPem, 0o644)) made.push(files.sealPublic);
  return { made };
}

async function writeOnce(path: string, content: string, mode: number): Promise<boolean> {
  const handle = await open(path, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

/** The root key as 32 bytes. A key file that others can read is refused: it may already have been copied. */
export async function readRootKey(source: KeySource): Promise<Buffer> {
  const text = source.rootKeyCommand ? await runKeyCommand(source.rootKeyCommand) : await readPrivateFile(join(source.folder, files.root));
  const hex = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new GatewayError('ROOT_KEY_UNREADABLE', 'The root key must be 64 hexadecimal digits (32 bytes).', {
      status: 500,
      exit: exitCode.configuration,
    });
  }
  return Buffer.from(hex, 'hex');
}

/** The re-identifier's public key: the black box can seal an identity with it and open none. */
export const readSealingKey = async (source: KeySource): Promise<KeyObject> =>
  createPublicKey(await readFile(source.publicKeyFile ?? join(source.folder, files.sealPublic), 'utf8').catch(keyMissing));

async function runKeyCommand(command: string): Promise<string> {
  const [program, ...parameters] = command.split(' ').filter(Boolean);
  if (!program) return '';
  const { stdout } = await promisify(execFile)(program, parameters, { timeout: 30_000, maxBuffer: 4096 });
  return stdout;
}

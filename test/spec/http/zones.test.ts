import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryLimits } from '../../../src/blackbox/connection.ts';
import { roleNames } from '../../../src/database/servers.ts';

/** Networks and secrets of each service, read from the file itself: both are written as one-line or one-per-line lists. */
interface Service {
  readonly networks: readonly string[];
  readonly secrets: readonly string[];
}

let services: Map<string, Service>;
let text: string;
beforeAll(async () => {
  text = await readFile(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('\nservices:\n'), text.indexOf('\nnetworks:\n'));
  const parts = section.split(/^ {2}([a-z-]+):\n/m).slice(1);
  services = new Map();
  for (let i = 0; i < parts.length; i += 2) services.set(parts[i] ?? '', readService(parts[i + 1] ?? ''));
});

function readService(body: string): Service {
  const list = (key: string): string[] => {
    const match = new RegExp(`^ {4}${key}:(?: \\[(.*)\\]|((?:\\n {6}- .*)+))$`, 'm').exec(body);
    return (match?.[1]?.split(',') ?? match?.[2]?.split('\n      - ').slice(1) ?? []).map((item) => item.trim());
  };
  return { networks: list('networks'), secrets: list('secrets') };
}

const of = (name: string): Service => {
  const service = services.get(name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

describe('the zones of docker-compose.yml', () => {
  it('are these, and a change of who reaches whom is seen here', () => {
    expect(Object.fromEntries([...services].map(([name, { networks }]) => [name, networks]))).toEqual({
      gateway: ['edge', 'landing', 'environment', 'reidentification'],
      blackbox: ['landing', 'environment', 'sealing'],
      reidentifier: ['opening', 'reidentification'],
      'opt-out-list': ['opening', 'environment'],
      destroyer: ['environment', 'sealing'],
      backup: ['environment', 'sealing'],
      migrate: ['environment', 'sealing'],
      postgres: ['environment'],
      'postgres-vault': ['sealing', 'opening'],
    });
  });

  it('never let whoever seals identities meet whoever opens them', () => {
    const opening = new Set(of('reidentifier').networks);
    expect(of('blackbox').networks.filter((network) => opening.has(network))).toEqual([]);
  });

  it('give the black box the memory it has as a child process', () => {
    const [, entrypoint = ''] = /^ {2}blackbox:\n[\s\S]*?\n {4}entrypoint:\n((?: {6}- .*\n)+)/m.exec(text) ?? [];
    const words = entrypoint.split('\n').map((line) => line.replace('      - ', ''));
    expect(words.slice(1, 1 + memoryLimits.length)).toEqual(memoryLimits);
  });

  it('keep every network but the edge from reaching outside', () => {
    for (const network of ['landing', 'environment', 'sealing', 'opening', 'reidentification'])
      expect(text).toContain(`  ${network}: { internal: true }`);
  });

  it('keep keys and the vault away from the gateway', () => {
    expect(of('gateway').secrets).toEqual([
      'haven_gateway',
      'haven_jobs',
      'haven_auditor',
      'haven_ndop',
      'blackbox-token',
      'reidentifier-token',
    ]);
  });

  it('let the black box seal identities and not open them, and the re-identifier the reverse', () => {
    expect(of('blackbox').secrets).toContain('root.key');
    expect(of('blackbox').secrets).not.toContain('reidentifier.key');
    expect(of('reidentifier').secrets).toEqual(['haven_reidentifier', 'reidentifier-token', 'reidentifier.key']);
    expect(of('blackbox').secrets).not.toContain('reidentifier-token');
  });

  it('give every role of the databases a secret, and whoever makes the roles all of them', () => {
    const declared = [...text.slice(text.indexOf('\nsecrets:\n')).matchAll(/^ {2}(\S+): \{ file: .*\/(\S+)" \}$/gm)].map(
      ([, name]) => name,
    );
    expect(declared).toEqual(expect.arrayContaining([...roleNames]));
    expect(of('migrate').secrets).toEqual(expect.arrayContaining([...roleNames]));
    for (const role of roleNames) expect(text.slice(0, text.indexOf('\nname: haven\n'))).toMatch(new RegExp(`\\b${role}\\b`));
    for (const [, { secrets }] of services) for (const secret of secrets) expect(declared).toContain(secret);
  });

  it('let nobody that stays up destroy anything or read a backup', () => {
    for (const [name, { secrets }] of services) {
      if (['destroyer', 'migrate'].includes(name)) continue;
      expect(secrets.filter((secret) => ['haven_destroyer', 'haven_eraser'].includes(secret))).toEqual([]);
    }
    expect(of('destroyer').secrets).toEqual(['haven_gateway', 'haven_auditor', 'haven_destroyer', 'haven_eraser']);
  });

  it('give no long-running process of ours an administrator', () => {
    for (const name of ['gateway', 'blackbox', 'reidentifier']) {
      expect(of(name).secrets.filter((secret) => secret.startsWith('postgres') || secret === 'haven_owner')).toEqual([]);
    }
  });

  it('hold no password', () => {
    expect(text).not.toMatch(/PASSWORD: |:\/\/\w+:[^$@\s]+@/);
  });
});

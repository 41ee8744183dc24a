import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { ProbeOutcome } from './probe-fact.ts';

/** Why an endpoint did not answer; stable, because it is stored. */
export class ProbeFailure extends Error {
  readonly outcome: ProbeOutcome;
  readonly code: string;
  readonly httpStatus: number | undefined;

  constructor(outcome: ProbeOutcome, code: string, httpStatus?: number) {
    super(code);
    this.outcome = outcome;
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

/** IANA special-purpose address registries (RFC 6890 and its updates): nothing there is somebody's public endpoint. */
const specialOf4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/**
 * Of IPv6 only 2000::/3 is given out for public use (IANA IPv6 address space), so all else is special: also the site-local
 * fec0::/10 of old (RFC 3879), and IPv4 addresses written as ::a.b.c.d (RFC 4291 §2.5.5.1).
 */
const specialOf6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

function networks(list: readonly string[]): BlockList {
  const found = new BlockList();
  for (const entry of list) {
    const [address = '', length = ''] = entry.split('/');
    found.addSubnet(address, Number(length), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return found;
}

// Two lists, because one would hold an IPv4 address against ::/3 as the mapped address it could be written as.
const special = { 4: networks(specialOf4), 6: networks(specialOf6) } as const;
const loopback = networks(['127.0.0.0/8', '::1/128']);

export interface Reached {
  readonly url: URL;
  /** Where to connect, asked of the name once: a name that answers otherwise a moment later leads nowhere else. */
  readonly address: string;
  readonly family: 4 | 6;
}

const within = (list: BlockList, address: string, family: 4 | 6): boolean => list.check(address, family === 6 ? 'ipv6' : 'ipv4');

/** An IPv4 address in the clothes of an IPv6 one is judged as what it is. */
function unmap(address: string, family: 4 | 6): { address: string; family: 4 | 6 } {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return { address: mapped, family: 4 };
  // Any other notation of ::ffff:0:0/96 is refused by not being listed anywhere but here.
  if (family === 6 && /^(0*:)*:?ffff:/i.test(address)) throw new ProbeFailure('not-allowed', 'PROBE_ADDRESS_NOT_ALLOWED');
  return { address, family };
}

/**
 * Where a statement may be asked for: an https address of the register whose name leads to public addresses alone, or to
 * networks somebody allowed by name. Every address of the name has to be allowed, because which one is taken is chance.
 * @throws ProbeFailure
 */
export async function reach(address: string, allowedNetworks: readonly string[]): Promise<Reached> {
  const allowed = networks(allowedNetworks);
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') throw new ProbeFailure('not-allowed', 'PROBE_ADDRESS_NOT_ALLOWED');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ProbeFailure('not-allowed', 'PROBE_NOT_HTTPS');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host);
  const found = literal === 0 ? await resolve(host) : [{ address: host, family: literal as 4 | 6 }];
  const judged = found.map(({ address: one, family }) => unmap(one, family));
  for (const { address: one, family } of judged) {
    if (within(special[family], one, family) && !within(allowed, one, family))
      throw new ProbeFailure('not-allowed', 'PROBE_ADDRESS_NOT_ALLOWED');
    if (url.protocol === 'http:' && !within(loopback, one, family)) throw new ProbeFailure('not-allowed', 'PROBE_NOT_HTTPS');
  }
  const [first] = judged;
  if (first === undefined) throw new ProbeFailure('unreachable', 'PROBE_NAME_UNKNOWN');
  return { url, ...first };
}

async function resolve(host: string): Promise<{ address: string; family: 4 | 6 }[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch {
    throw new ProbeFailure('unreachable', 'PROBE_NAME_UNKNOWN');
  }
}

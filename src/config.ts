import { isIP } from 'node:net';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from './shared/errors.ts';
import { type LogLevel, logLevels } from './shared/logger.ts';
import { packageRoot } from './shared/package-root.ts';

/** `test` takes NHS numbers of the 9xx ranges, which the NHS never issues, and no others; `production` the other way round. */
export const environments = ['test', 'production'] as const;
export type Environment = (typeof environments)[number];

export interface Config {
  /** HAVEN_HOME: what this installation keeps for itself. */
  readonly home: string;
  /** HAVEN_CONFIG: feeds, register examples, tables. */
  readonly configDirectory: string;
  /** HAVEN_SECRETS: password files of the database roles, default HAVEN_HOME/secrets. */
  readonly secrets: string;
  /** HAVEN_KEYS: default HAVEN_HOME/keys; read by the black box and the re-identifier alone. */
  readonly keys: string;
  readonly environment: Environment;
  /** HAVEN_DATABASE_URL and HAVEN_VAULT_URL; undefined means the embedded server. Credentials in them are for `haven migrate`. */
  readonly database: { readonly haven: string; readonly vault: string } | undefined;
  /** HAVEN_BLACKBOX_URL: a black box in a container of its own; undefined means a child process. */
  readonly blackBoxUrl: string | undefined;
  /** HAVEN_REIDENTIFIER_URL: a re-identifier in a container of its own; undefined means a child process for each answer. */
  readonly reidentifierUrl: string | undefined;
  /** HAVEN_ROOT_KEY_COMMAND: prints the root key (a KMS or HSM client) in place of the key file. */
  readonly rootKeyCommand: string | undefined;
  /** HAVEN_REIDENTIFIER_PUBLIC_KEY: file of the key identities are sealed to, where it is not in the keys folder. */
  readonly reidentifierPublicKey: string | undefined;
  /** HAVEN_WITNESS: a folder, best on storage of somebody else, to which every checkpoint of the audit log is appended. */
  readonly witness: string | undefined;
  /** HAVEN_HOST and HAVEN_PORT: where the API and console listen. */
  readonly host: string;
  readonly port: number;
  /** HAVEN_PUBLIC_URL: how callers reach this gateway, without a closing slash; the audience of their tokens. */
  readonly publicUrl: string;
  /** HAVEN_TRUSTED_PROXIES: comma-separated addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** HAVEN_SMALL_NUMBERS: largest count about single people that a receipt over HTTP does not tell; 0 tells all. */
  readonly smallNumbers: number;
  /** HAVEN_OIDC_ISSUER and HAVEN_OIDC_AUDIENCE (default: the public URL): where people sign in; undefined means that none can. */
  readonly signIn: { readonly issuer: string; readonly audience: string } | undefined;
  readonly logLevel: LogLevel;
  /** Names that begin with HAVEN_ and mean nothing here: most likely misspelt, so they are reported. */
  readonly unknownNames: readonly string[];
}

const databaseUrl = z.string().refine((text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol), {
  error: 'must be a URL postgres://host:port/database',
});

/** What Express takes as a trusted proxy: an address, a subnet by its prefix length, or one of its names for private ranges. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [, address = '', prefix = '1'] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return Number(prefix) >= 1 && Number(prefix) <= bits;
}

const schema = z.object({
  HAVEN_HOME: z.string().default('.haven'),
  HAVEN_CONFIG: z.string().default('config'),
  HAVEN_SECRETS: z.string().optional(),
  HAVEN_KEYS: z.string().optional(),
  HAVEN_ENVIRONMENT: z.enum(environments, { error: `must be one of: ${environments.join(', ')}` }).default('test'),
  HAVEN_DATABASE_URL: databaseUrl.optional(),
  HAVEN_VAULT_URL: databaseUrl.optional(),
  HAVEN_BLACKBOX_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  HAVEN_REIDENTIFIER_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  HAVEN_ROOT_KEY_COMMAND: z.string().optional(),
  HAVEN_REIDENTIFIER_PUBLIC_KEY: z.string().optional(),
  HAVEN_WITNESS: z.string().optional(),
  HAVEN_HOST: z.string().default('127.0.0.1'),
  HAVEN_PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'must be a port number' })
    .transform(Number)
    .refine((port) => port <= 65_535, { error: 'must be a port number' })
    .default(8080),
  HAVEN_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !url.endsWith('/'), { error: 'must not end in a slash' })
    .optional(),
  HAVEN_OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => url.startsWith('https:') || ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname), {
      error: 'must be https, or on this machine',
    })
    .optional(),
  HAVEN_OIDC_AUDIENCE: z.string().min(1).optional(),
  HAVEN_TRUSTED_PROXIES: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((proxy) => proxy.trim())
        .filter((proxy) => proxy !== ''),
    )
    .refine((proxies) => proxies.every(isProxy), {
      error: 'must be IP addresses, subnets like 10.0.0.0/8, or loopback, linklocal or uniquelocal, with commas between them',
    })
    .default([]),
  HAVEN_SMALL_NUMBERS: z
    .string()
    .regex(/^\d{1,4}$/, { error: 'must be a whole number' })
    .transform(Number)
    .default(7),
  HAVEN_LOG_LEVEL: z.enum(logLevels, { error: `must be one of: ${logLevels.join(', ')}` }).default('info'),
});

const from = (base: string, path: string): string => (isAbsolute(path) ? path : resolve(base, path));

/** The database `haven` or `haven_vault` of a server when the URL names none, or the administrator's own. */
function nameDatabase(text: string, name: string): string {
  const url = new URL(text);
  if (['', '/', '/postgres'].includes(url.pathname)) url.pathname = `/${name}`;
  return url.href;
}

/** Without a URL of its own the vault is the database `haven_vault` beside the other one. */
function findVault(haven: string): string {
  const url = new URL(haven);
  url.pathname = '/haven_vault';
  return url.href;
}

/**
 * Reads the configuration from environment variables, once.
 * @param environment usually process.env; a name set to nothing counts as not set, as `VAR=` in a compose file means
 * @param directory where relative paths start, except HAVEN_CONFIG's default, which comes with the program
 * @throws ConfigurationError with every problem (exit 78); no value is repeated, because URLs hold passwords
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>, directory: string): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name.startsWith('HAVEN_') && value !== ''));
  const parsed = schema.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  if (given.HAVEN_VAULT_URL !== undefined && given.HAVEN_DATABASE_URL === undefined) {
    problems.push('HAVEN_VAULT_URL is set and HAVEN_DATABASE_URL is not: set both, or neither for the embedded databases');
  }
  if (given.HAVEN_OIDC_AUDIENCE !== undefined && given.HAVEN_OIDC_ISSUER === undefined) {
    problems.push('HAVEN_OIDC_AUDIENCE is set and HAVEN_OIDC_ISSUER is not: people cannot sign in without an issuer');
  }
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  const values = parsed.data;
  const publicUrl = values.HAVEN_PUBLIC_URL ?? `http://localhost:${values.HAVEN_PORT}`;
  if (values.HAVEN_OIDC_ISSUER === publicUrl) {
    throw new ConfigurationError([
      'HAVEN_OIDC_ISSUER is this gateway itself: tokens of people and of machines must have different issuers',
    ]);
  }
  const home = from(directory, values.HAVEN_HOME);
  const haven = values.HAVEN_DATABASE_URL === undefined ? undefined : nameDatabase(values.HAVEN_DATABASE_URL, 'haven');
  return {
    home,
    configDirectory: given.HAVEN_CONFIG === undefined ? join(packageRoot(), values.HAVEN_CONFIG) : from(directory, values.HAVEN_CONFIG),
    secrets: values.HAVEN_SECRETS === undefined ? join(home, 'secrets') : from(directory, values.HAVEN_SECRETS),
    keys: values.HAVEN_KEYS === undefined ? join(home, 'keys') : from(directory, values.HAVEN_KEYS),
    environment: values.HAVEN_ENVIRONMENT,
    database:
      haven === undefined
        ? undefined
        : { haven, vault: values.HAVEN_VAULT_URL === undefined ? findVault(haven) : nameDatabase(values.HAVEN_VAULT_URL, 'haven_vault') },
    blackBoxUrl: values.HAVEN_BLACKBOX_URL,
    reidentifierUrl: values.HAVEN_REIDENTIFIER_URL,
    rootKeyCommand: values.HAVEN_ROOT_KEY_COMMAND,
    reidentifierPublicKey:
      values.HAVEN_REIDENTIFIER_PUBLIC_KEY === undefined ? undefined : from(directory, values.HAVEN_REIDENTIFIER_PUBLIC_KEY),
    witness: values.HAVEN_WITNESS === undefined ? undefined : from(directory, values.HAVEN_WITNESS),
    host: values.HAVEN_HOST,
    port: values.HAVEN_PORT,
    publicUrl,
    signIn:
      values.HAVEN_OIDC_ISSUER === undefined
        ? undefined
        : { issuer: values.HAVEN_OIDC_ISSUER, audience: values.HAVEN_OIDC_AUDIENCE ?? publicUrl },
    trustedProxies: values.HAVEN_TRUSTED_PROXIES,
    smallNumbers: values.HAVEN_SMALL_NUMBERS,
    logLevel: values.HAVEN_LOG_LEVEL,
    unknownNames: Object.keys(given).filter((name) => !(name in schema.shape)),
  };
}

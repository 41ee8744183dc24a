import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

describe('the configuration', () => {
  it('needs nothing set', () => {
    const config = loadConfig({}, '/somewhere');
    expect(config).toMatchObject({
      home: '/somewhere/.haven',
      secrets: '/somewhere/.haven/secrets',
      environment: 'test',
      database: undefined,
    });
    expect(config.configDirectory).toBe(`${packageRoot()}/config`);
  });

  it('resolves paths from where the command was given, and takes a name set to nothing as not set', () => {
    const config = loadConfig({ HAVEN_HOME: 'a', HAVEN_CONFIG: 'b', HAVEN_KEYS: '/run/keys', HAVEN_PORT: '' }, '/somewhere');
    expect(config).toMatchObject({ home: '/somewhere/a', configDirectory: '/somewhere/b', keys: '/run/keys', port: 8080 });
  });

  it('finds the vault beside the other database when only that is given', () => {
    expect(loadConfig({ HAVEN_DATABASE_URL: 'postgres://admin:pw@db:5432/postgres' }, '/').database).toEqual({
      haven: 'postgres://admin:pw@db:5432/haven',
      vault: 'postgres://admin:pw@db:5432/haven_vault',
    });
  });

  it('lets people sign in at one issuer over https, for this gateway unless another audience is named, and never at itself', () => {
    const issuer = 'https://sign-in.example.org/realm';
    expect(loadConfig({}, '/').signIn).toBeUndefined();
    expect(loadConfig({ HAVEN_OIDC_ISSUER: issuer, HAVEN_PUBLIC_URL: 'https://haven.example.org' }, '/').signIn).toEqual({
      issuer,
      audience: 'https://haven.example.org',
    });
    expect(loadConfig({ HAVEN_OIDC_ISSUER: issuer, HAVEN_OIDC_AUDIENCE: 'haven' }, '/').signIn).toEqual({ issuer, audience: 'haven' });
    for (const wrong of [
      { HAVEN_OIDC_ISSUER: 'http://sign-in.example.org' },
      { HAVEN_OIDC_AUDIENCE: 'haven' },
      { HAVEN_OIDC_ISSUER: issuer, HAVEN_PUBLIC_URL: issuer },
    ])
      expect(() => loadConfig(wrong, '/')).toThrow('HAVEN_OIDC');
  });

  it('takes proxies by address, subnet and name, and calls anything else a wrong configuration', () => {
    const proxies = '10.0.0.0/8, 192.0.2.1,::1, loopback';
    expect(loadConfig({ HAVEN_TRUSTED_PROXIES: proxies }, '/').trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.1', '::1', 'loopback']);
    expect(loadConfig({ HAVEN_TRUSTED_PROXIES: ' ' }, '/').trustedProxies).toEqual([]);
    for (const wrong of ['proxy.example.org', '300.1.1.1', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/', '::1/129', '10.0.0.1;10.0.0.2'])
      expect(() => loadConfig({ HAVEN_TRUSTED_PROXIES: wrong }, '/')).toThrow('HAVEN_TRUSTED_PROXIES');
  });

  it('reports every problem at once, with exit code 78, and repeats no value', () => {
    const environment = {
      HAVEN_VAULT_URL: 'postgres://v',
      HAVEN_PORT: 'hunter2',
      HAVEN_ENVIRONMENT: 'live',
      HAVEN_BLACKBOX_URL: 'secret-thing',
    };
    expect(() => loadConfig(environment, '/')).toThrow(expect.objectContaining({ code: 'CONFIGURATION_WRONG', exit: 78 }));
    try {
      loadConfig(environment, '/');
    } catch (error) {
      const text = String(error);
      for (const name of ['HAVEN_VAULT_URL', 'HAVEN_PORT', 'HAVEN_ENVIRONMENT', 'HAVEN_BLACKBOX_URL']) expect(text).toContain(name);
      for (const value of ['hunter2', 'live', 'secret-thing']) expect(text).not.toContain(value);
    }
  });

  it('names variables it does not know, because they are most likely misspelt', () => {
    expect(loadConfig({ HAVEN_VAULT_ULR: 'x', PATH: '/bin' }, '/').unknownNames).toEqual(['HAVEN_VAULT_ULR']);
  });
});

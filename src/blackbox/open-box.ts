import type { Pool } from 'pg';
import { connect } from '../database/connect.ts';
import type { DatabaseServers } from '../database/servers.ts';
import { createRegisterReader } from '../register/reader.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { BlackBox } from './box.ts';
import { loadBoxConfiguration } from './configuration.ts';
import { FlowTurns } from './flow-turns.ts';
import { type KeySource, readRootKey, readSealingKey } from './keys.ts';
import type { NumberEnvironment } from './nhs-number.ts';
import { Stages } from './stage.ts';

export interface BoxParts {
  readonly servers: DatabaseServers;
  readonly configDirectory: string;
  readonly keys: KeySource;
  readonly numbers: NumberEnvironment;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens the black box: reads keys and configuration once, and connects as its two roles. */
export async function openBox(parts: BoxParts): Promise<{ readonly box: BlackBox; close(): Promise<void> }> {
  const { configDirectory, servers, keys, log } = parts;
  const [rootKey, sealingKey, configuration] = await Promise.all([
    readRootKey(keys),
    readSealingKey(keys),
    loadBoxConfiguration(configDirectory),
  ]);
  const onIdleError = (err: Error): void => log.warn({ err }, 'an idle database connection was lost');
  const pools: readonly Pool[] = [
    connect(servers, 'haven_blackbox', { max: 8, onIdleError }),
    connect(servers, 'haven_blackbox', { max: 8, onIdleError }),
    connect(servers, 'haven_sealer', { max: 4, onIdleError }),
    connect(servers, 'haven_ndop', { max: 2, onIdleError }),
  ];
  const [environment, lookups, vault, national] = pools as [Pool, Pool, Pool, Pool];
  return {
    box: {
      environment,
      lookups,
      vault,
      national,
      turns: new FlowTurns(),
      stages: new Stages(),
      register: createRegisterReader(lookups),
      rootKey,
      landingEpoch: 1,
      sealingKey,
      ...configuration,
      numbers: parts.numbers,
      clock: parts.clock,
      log,
    },
    close: async () => {
      rootKey.fill(0);
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

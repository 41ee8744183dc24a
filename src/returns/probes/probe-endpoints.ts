import type { Pool } from 'pg';
import { recordAudit } from '../../audit/record.ts';
import { transaction } from '../../database/query.ts';
import type { Endpoint } from '../../register/organisation.ts';
import type { PlaceRegister, Register } from '../../register/register.ts';
import { type Clock, type LocalDate, localDate } from '../../shared/clock.ts';
import type { Thresholds } from '../thresholds.ts';
import { type ProbeResult, probeEndpoint } from './probe.ts';

export interface Probed extends ProbeResult {
  readonly place: string;
  readonly endpoint: string;
  readonly address: string;
}

export interface ProbeServices {
  readonly gateway: Pool;
  readonly clock: Clock;
  readonly actor: string;
}

/** A few at once: endpoints belong to different suppliers, and none is asked twice. */
const atOnce = 4;

interface Target {
  readonly place: string;
  readonly endpoint: Endpoint;
  readonly address: string;
}

/** Endpoints that say where their statement is, and have not ended. Others cannot be asked, and are not live for that. */
function targetsOf({ place, document }: PlaceRegister, today: LocalDate): Target[] {
  return document.systems
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ liveTo }) => liveTo === undefined || liveTo >= today)
    .flatMap((endpoint) =>
      endpoint.capabilityStatement === undefined ? [] : [{ place: place.id, endpoint, address: endpoint.capabilityStatement }],
    );
}

/**
 * Asks every endpoint of the register (or of one place) for its capability statement, and keeps what it answered with the
 * time. Nothing is held open in the database while somebody else's server is waited for.
 */
export async function probeEndpoints(
  { gateway, clock, actor }: ProbeServices,
  register: Register,
  limits: Thresholds['endpointProbe'],
  only?: { readonly place?: string | undefined },
): Promise<Probed[]> {
  const today = localDate(clock.now());
  const targets = [...register.places.values()]
    .filter(({ place }) => only?.place === undefined || place.id === only.place)
    .flatMap((place) => targetsOf(place, today));
  const found: (Probed & { readonly at: Date })[] = [];
  const queue = [...targets];
  const next = async (): Promise<void> => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const { place, endpoint, address } = target;
      const at = clock.now();
      found.push({ place, endpoint: endpoint.id, address, at, ...(await probeEndpoint(address, endpoint.standard, limits)) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  if (found.length > 0) await keep({ gateway, clock, actor }, found);
  return found.map(({ at: _, ...probed }) => probed).sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

async function keep({ gateway, clock, actor }: ProbeServices, found: readonly (Probed & { readonly at: Date })[]): Promise<void> {
  await transaction(gateway, async (tx) => {
    await tx.query(
      `insert into returns.endpoint_probe (place_id, endpoint_id, probed_at, address, outcome, reason, http_status, fhir_version, statement_status, milliseconds)
       select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::integer[])`,
      [
        found.map(({ place }) => place),
        found.map(({ endpoint }) => endpoint),
        found.map(({ at }) => at),
        found.map(({ address }) => address),
        found.map(({ outcome }) => outcome),
        found.map(({ reason }) => reason),
        found.map(({ httpStatus }) => httpStatus),
        found.map(({ fhirVersion }) => fhirVersion),
        found.map(({ statementStatus }) => statementStatus),
        found.map(({ milliseconds }) => milliseconds),
      ],
    );
    const answered = found.filter(({ outcome }) => outcome === 'answered').length;
    await recordAudit(tx, { type: 'endpoints.probed', actor, detail: { endpoints: found.length, answered } }, clock);
  });
}

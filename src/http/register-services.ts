import type { JWK } from 'jose';
import { admit } from '../register/admit.ts';
import type { Agreement } from '../register/agreement.ts';
import { stepAt } from '../register/history.ts';
import { isSharing, type PlaceRegister, type Register, type RegisteredFlow } from '../register/register.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import type { ClientRegistry, DataUseAgreement, DataUseRegister, FlowDirectory } from './services.ts';

/** Clients of the register on the day asked; outside its term, and once its organisation has closed, a client does not exist. */
export function createClientRegistry(read: () => Promise<Register>, clock: Clock): ClientRegistry {
  return {
    async find(clientId) {
      const today = localDate(clock.now());
      const entry = (await read()).clients.get(clientId);
      const client = entry?.client;
      const owner = client && entry.place.organisations.get(client.organisation);
      if (owner === undefined || (owner.closedOn !== undefined && owner.closedOn <= today)) return undefined;
      if (client === undefined || client.validFrom > today || client.validTo < today) return undefined;
      const { organisation, jwks, flows, scopes, projects } = client;
      return { clientId, organisation, keys: jwks.keys as readonly JWK[], flows, scopes, projects };
    },
  };
}

export function createFlowDirectory(read: () => Promise<Register>, clock: Clock): FlowDirectory {
  return {
    async status(flowIds) {
      const register = await read();
      const today = localDate(clock.now());
      return flowIds.flatMap((flowId) => {
        const entry = register.flows.get(flowId);
        if (entry === undefined) return [];
        const admission = admit(register, flowId, today);
        return [
          {
            flow: flowId,
            feed: entry.flow.feed,
            agreement: entry.agreement.id,
            setting: entry.from.setting,
            state: admission.admitted ? 'admitted' : 'refused',
            refusals: admission.admitted ? [] : admission.refusals,
          },
        ];
      });
    },
  };
}

/**
 * Every agreement of every place, running ones first; what is not in force is shown too, because people ask about it. The
 * same list, while register and day are the same: anybody may ask, and every flow has to be asked of the gate.
 */
export function createDataUseRegister(read: () => Promise<Register>, clock: Clock): DataUseRegister {
  let kept: { readonly register: Register; readonly today: LocalDate; readonly agreements: readonly DataUseAgreement[] } | undefined;
  return {
    async agreements() {
      const register = await read();
      const today = localDate(clock.now());
      if (kept?.register === register && kept.today === today) return kept.agreements;
      const flows = [...register.flows.values()];
      const running = new Set(flows.filter(({ flow }) => admit(register, flow.id, today).admitted).map(({ flow }) => flow.id));
      const all = [...register.places.values()].flatMap((place) =>
        [...place.agreements.values()].map((agreement) => describeAgreement(agreement, place, flows, running, today)),
      );
      const agreements = all.sort((a, b) => Number(b.inForce) - Number(a.inForce) || a.title.localeCompare(b.title, 'en-GB'));
      kept = { register, today, agreements };
      return agreements;
    },
  };
}

function describeAgreement(
  agreement: Agreement,
  place: PlaceRegister,
  flows: readonly RegisteredFlow[],
  running: ReadonlySet<string>,
  today: LocalDate,
): DataUseAgreement {
  const current = (part: { from: string; to?: string | undefined }): boolean =>
    part.from <= today && (part.to === undefined || part.to >= today);
  const nameOf = ({ organisation }: { organisation: string }): string => place.organisations.get(organisation)?.name ?? organisation;
  const state = stepAt(agreement.history, today)?.state;
  return {
    id: agreement.id,
    title: agreement.title,
    purposes: agreement.purposes,
    legalBasis: agreement.legalBasis.kind,
    controllers: agreement.controllers.filter(current).map(nameOf),
    processors: agreement.processors.filter(current).map(nameOf),
    endsOn: agreement.validTo as LocalDate,
    inForce: state === 'in-force' && agreement.validFrom <= today && agreement.validTo >= today,
    flows: flows
      .filter((entry) => entry.place === place && entry.agreement.id === agreement.id)
      .map((entry) => ({
        sender: entry.sender.name,
        setting: entry.from.setting,
        // Whoever gets the records themselves is named; the linked data set is this service.
        recipient: isSharing(entry) ? entry.recipient.name : undefined,
        running: running.has(entry.flow.id),
      })),
  };
}

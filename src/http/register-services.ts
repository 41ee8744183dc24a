import type { JWK } from 'jose';
import { admit } from '../register/admit.ts';
import { factsOf } from '../register/documents/facts.ts';
import { inPublicOrder, publicAgreements } from '../register/documents/public.ts';
import type { Register } from '../register/register.ts';
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
      const agreements = inPublicOrder([...register.places.keys()].flatMap((place) => publicAgreements(factsOf(register, place, today))));
      kept = { register, today, agreements };
      return agreements;
    },
  };
}

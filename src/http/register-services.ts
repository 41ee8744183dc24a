import type { JWK } from 'jose';
import { admit } from '../register/admit.ts';
import type { Agreement } from '../register/agreement.ts';
import { stepAt } from '../register/history.ts';
import { isSharing, type PlaceRegister, type Register, type RegisteredFlow } from '../register/register.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import type { ClientRegistry, DataUseAgreement, DataUseRegister, FlowDirectory } from './services.ts';

/** Clients of the register on the day asked; before the first and after the last day of its term a client does not exist. */
export function createClientRegistry(read: () => Promise<Register>, clock: Clock): ClientRegistry {
  return {
    async find(clientId) {
      const today = localDate(clock.now());
      const client = (await read()).clients.get(clientId)?.client;
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

/** Every agreement of every place, running ones first; what is not in force is shown too, because people ask about it. */
export function createDataUseRegister(read: () => Promise<Register>, clock: Clock): DataUseRegister {
  return {
    async agreements() {
      const register = await read();
      const today = localDate(clock.now());
      const flows = [...register.flows.values()];
      const running = new Set(flows.filter(({ flow }) => admit(register, flow.id, today).admitted).map(({ flow }) => flow.id));
      const all = [...register.places.values()].flatMap((place) =>
        [...place.agreements.values()].map((agreement) => describeAgreement(agreement, place, flows, running, today)),
      );
      return all.sort((a, b) => Number(b.inForce) - Number(a.inForce) || a.title.localeCompare(b.title, 'en-GB'));
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

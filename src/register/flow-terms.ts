import type { RegisteredFlow } from './register.ts';
import type { FlowTerms } from './terms.ts';

/**
 * What an admitted flow may do, as the black box needs it: built from the agreement, so nothing that the agreement does
 * not say can be allowed. Undefined where the sending service has no care setting.
 */
export function flowTerms(entry: Omit<RegisteredFlow, 'terms'>): FlowTerms | undefined {
  const { agreement, flow, from, place } = entry;
  if (from.setting === 'linked-data-set') return undefined;
  const dataIn = agreement.dataIn.find((d) => d.feed === flow.feed);
  return {
    flowId: flow.id,
    flowNo: entry.flowNo,
    feedId: flow.feed,
    setting: from.setting,
    placeId: place.place.id,
    sender: entry.sender.ods,
    agreementId: agreement.id,
    basis: agreement.legalBasis.kind,
    form: flow.form ?? agreement.form,
    purposes: agreement.purposes,
    allowedFields: [...new Set((dataIn?.items ?? []).flatMap((item) => item.fields))],
    linkByLocalId: dataIn?.linkByLocalId ?? false,
    acceptedNumberStatus: dataIn?.acceptedNumberStatus ?? [],
    sensitiveCodes: agreement.sensitiveCodes,
    minimumAge: agreement.minimumAge,
    acceptTestNumbers: place.place.acceptTestNumbers,
    ...(agreement.objectionsSetAside === undefined ? {} : { evidence: agreement.objectionsSetAside.map(({ document }) => document) }),
  };
}

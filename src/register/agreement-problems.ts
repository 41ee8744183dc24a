import type { Agreement } from './agreement.ts';
import { historyFaults, stateMachines } from './history.ts';
import type { PlaceDocument } from './model.ts';
import type { Problems } from './problems.ts';

/** What cannot be right about the agreements of a place, whatever their state. */
export function agreementProblems(document: PlaceDocument, found: Problems): void {
  document.agreements.forEach((agreement, index) => {
    const at = found.at('agreements', index, agreement.id);
    found.known(at, 'frameworks', agreement.framework, 'framework');
    found.periodRuns(at, agreement.validFrom, agreement.validTo, 'the agreement');
    for (const fault of historyFaults(agreement.history, stateMachines.agreement)) found.add(`${at}.history`, fault);
    basisProblems(agreement, at, found);
    controllerProblems(agreement, at, found);
    agreement.processors.forEach((processor, i) => {
      found.known(`${at}.processors[${i}]`, 'organisations', processor.organisation, 'organisation');
      found.periodRuns(`${at}.processors[${i}]`, processor.from, processor.to, 'the contract');
    });
    agreement.signatories.forEach((signatory, i) => {
      found.known(`${at}.signatories[${i}]`, 'organisations', signatory.organisation, 'organisation');
      found.periodRuns(`${at}.signatories[${i}]`, signatory.signedOn, signatory.withdrawnOn, 'the signature');
    });
    const feeds = agreement.dataIn.map((data) => data.feed);
    if (new Set(feeds).size !== feeds.length) found.add(`${at}.dataIn`, 'a feed is listed twice');
  });
}

function basisProblems({ legalBasis }: Agreement, at: string, found: Problems): void {
  found.periodRuns(`${at}.legalBasis`, legalBasis.validFrom, legalBasis.validTo, 'the legal basis');
  for (const fault of historyFaults(legalBasis.history, stateMachines.basis)) found.add(`${at}.legalBasis.history`, fault);
  const granted = legalBasis.history.some((step) => step.state === 'in-force' || step.state === 'approved-with-conditions');
  if (legalBasis.kind === 'section-251' && granted && (legalBasis.reference === undefined || legalBasis.validTo === undefined)) {
    found.add(`${at}.legalBasis`, 'section 251 support needs its CAG reference and its last day (validTo); it is always for a fixed term');
  }
}

/** Sole means alone; joint and in common mean not alone (UK GDPR art. 4(7) and 26). */
function controllerProblems({ controllers }: Agreement, at: string, found: Problems): void {
  controllers.forEach((controller, i) => {
    const here = `${at}.controllers[${i}]`;
    found.known(here, 'organisations', controller.organisation, 'organisation');
    found.periodRuns(here, controller.from, controller.to, 'the controllership');
    const accompanied = controllers.some(
      (other) =>
        other !== controller &&
        (controller.to === undefined || other.from <= controller.to) &&
        (other.to === undefined || controller.from <= other.to),
    );
    if (controller.capacity === 'sole' && accompanied) found.add(here, 'a sole controller cannot have another beside it');
    if (controller.capacity !== 'sole' && !accompanied) found.add(here, `a ${controller.capacity} controller needs another beside it`);
  });
}

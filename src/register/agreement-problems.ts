import type { Agreement } from './agreement.ts';
import { basisStepsOf, historyFaults, stateMachines } from './history.ts';
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
    signatureProblems(agreement.signatories, `${at}.signatories`, found);
    dataProblems(agreement, at, found);
    agreement.fairProcessing.forEach((notice, i) => {
      found.known(`${at}.fairProcessing[${i}]`, 'organisations', notice.by, 'organisation');
      found.periodRuns(`${at}.fairProcessing[${i}]`, notice.on, notice.until, 'the notice');
    });
    const feeds = agreement.dataIn.map((data) => data.feed);
    if (new Set(feeds).size !== feeds.length) found.add(`${at}.dataIn`, 'a feed is listed twice');
  });
}

function basisProblems({ legalBasis }: Agreement, at: string, found: Problems): void {
  found.periodRuns(`${at}.legalBasis`, legalBasis.validFrom, legalBasis.validTo, 'the legal basis');
  for (const fault of historyFaults(legalBasis.history, basisStepsOf(legalBasis.kind))) found.add(`${at}.legalBasis.history`, fault);
  const granted = legalBasis.history.some((step) => step.state === 'in-force' || step.state === 'approved-with-conditions');
  if (legalBasis.kind === 'section-251' && granted && (legalBasis.reference === undefined || legalBasis.validTo === undefined)) {
    found.add(`${at}.legalBasis`, 'section 251 support needs its CAG reference and its last day (validTo); it is always for a fixed term');
  }
  if (legalBasis.consent !== undefined && legalBasis.kind !== 'consent') {
    found.add(`${at}.legalBasis.consent`, `a basis of kind ${legalBasis.kind} has no wording of consent`);
  }
  for (const ods of legalBasis.consent?.namedProcessors ?? []) found.known(`${at}.legalBasis.consent`, 'organisations', ods, 'processor');
  for (const step of legalBasis.history) {
    const { validTo } = legalBasis;
    if (step.state === 'in-force' && validTo !== undefined && step.on > validTo) {
      found.add(`${at}.legalBasis.history`, `comes into force on ${step.on}, after its last day ${validTo}; give it a new last day`);
    }
    if (step.state === 'expired' && validTo !== undefined && step === legalBasis.history.at(-1) && step.on <= validTo) {
      found.add(`${at}.legalBasis.history`, `is expired on ${step.on}, although its last day is ${validTo}; say withdrawn or suspended`);
    }
  }
}

/** An organisation signs once at a time; who signs again has withdrawn before. */
export function signatureProblems(
  signatures: readonly { readonly organisation: string; readonly signedOn: string; readonly withdrawnOn?: string | undefined }[],
  at: string,
  found: Problems,
): void {
  const open = new Map<string, (typeof signatures)[number]>();
  for (const signature of [...signatures].sort((a, b) => (a.signedOn < b.signedOn ? -1 : a.signedOn > b.signedOn ? 1 : 0))) {
    const before = open.get(signature.organisation);
    if (before !== undefined && (before.withdrawnOn === undefined || before.withdrawnOn > signature.signedOn)) {
      found.add(at, `${signature.organisation} signs on ${signature.signedOn} although its signature of ${before.signedOn} still stands`);
    }
    open.set(signature.organisation, signature);
  }
}

/** An item is allowed once, with one justification; the NHS number goes out only with data that say they identify (Southend 2014). */
function dataProblems({ dataIn, dataOut }: Agreement, at: string, found: Problems): void {
  for (const { feed, items } of dataIn) {
    const fields = items.flatMap((item) => item.fields);
    const twice = [...new Set(fields.filter((field, index) => fields.indexOf(field) !== index))];
    if (twice.length > 0) found.add(`${at}.dataIn "${feed}"`, `lists with two justifications: ${twice.join(', ')}`);
  }
  dataOut.forEach((out, i) => {
    if (!out.identifiers.includes('nhs-number')) return;
    const here = `${at}.dataOut[${i}]`;
    if (out.form !== 'identifiable') found.add(here, `a release that is ${out.form} cannot carry the NHS number`);
  });
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

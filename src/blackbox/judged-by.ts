import { hash } from 'node:crypto';
import type { FeedSpecification } from '../feeds/specification.ts';
import { admit } from '../register/admit.ts';
import type { FlowTerms } from '../register/terms.ts';
import { localDate } from '../shared/clock.ts';
import { version } from '../shared/version.ts';
import type { BlackBox } from './box.ts';

type Judge = Pick<BlackBox, 'codeLists' | 'sensitiveCodes' | 'postcodes' | 'decisionTable' | 'objectionCodes' | 'numbers' | 'landingEpoch'>;

/**
 * SHA-256 of what a record of this delivery is judged by and that somebody may change: the release of this program, the data set
 * specification with the code lists it names, sensitive codes, postcodes, the decision table, objection codes where a GP
 * speaks, and what the agreement allows. The day, objections and what other flows said are asked elsewhere (land-again.ts).
 *
 * Made once a delivery from what was digested when it was loaded, never from a file that may have changed since.
 */
export function judgedBy(box: Judge, specification: FeedSpecification, terms: FlowTerms): Buffer {
  const lists = [...new Set(specification.columns.flatMap(({ codeList }) => codeList ?? []))].sort();
  // Names of the agreement and numbers of ours decide nothing about a record; everything else does, until somebody says otherwise.
  const { flowId: _flow, flowNo: _flowNo, placeId: _place, agreementId: _agreement, ...allowed } = terms;
  const parts = [
    version(),
    box.landingEpoch,
    box.numbers,
    specification,
    lists.map((list) => [list, box.codeLists.get(list)?.sha256]),
    box.sensitiveCodes.sha256,
    box.postcodes.sha256,
    box.decisionTable.rows,
    terms.setting === 'gp' ? box.objectionCodes.sha256 : '',
    Object.entries(allowed).map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value]),
  ];
  return Buffer.from(hash('sha256', JSON.stringify(parts)), 'hex');
}

/** What a delivery of a flow would be judged by now, in hexadecimal; absent where none would be read. */
export async function findJudgedBy(box: BlackBox, flowId: string): Promise<{ readonly sha256?: string }> {
  const admission = admit(await box.register(), flowId, localDate(box.clock.now()));
  const specification = admission.admitted ? box.feeds.get(admission.terms.feedId) : undefined;
  return admission.admitted && specification ? { sha256: judgedBy(box, specification, admission.terms).toString('hex') } : {};
}

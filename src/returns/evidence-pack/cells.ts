import type { Sheet } from '../../register/documents/csv.ts';
import type { AnsweredQuestion, DeliveryEvidence, FlowEvidence, Return } from '../return.ts';
import type { EvidenceLeaves } from './leaves.ts';

/** One cell of the return with everything behind it, and where the log says so. */
export interface PackedCell extends AnsweredQuestion {
  readonly sheet: string;
  /** Indexes of the leaves of the log that prove it; their proofs are in audit/proofs.json. */
  readonly leaves: {
    /** The entry that holds the digest of the return, and so of this cell. */
    readonly return: number | null;
    /** The entry that brought the version of the register into force. */
    readonly register: number | null;
    /** Delivery id → entry of its receipt. */
    readonly deliveries: Readonly<Record<string, number>>;
  };
}

/** The entry that holds the digest of this very document: that of its sign-off, else that of its building. */
export function leafOfDigest(leaves: EvidenceLeaves, sha256: string): number | null {
  const naming = leaves.ofReturn.filter(({ leaf }) => (JSON.parse(leaf) as { detail?: { sha256?: string } }).detail?.sha256 === sha256);
  return (naming.find(({ type }) => type === 'return.signed-off') ?? naming[0])?.index ?? null;
}

export function packCells(document: Return, sha256: string, leaves: EvidenceLeaves): PackedCell[] {
  const own = leafOfDigest(leaves, sha256);
  return document.sheets.flatMap(({ name, questions }) =>
    questions.map((question) => ({
      sheet: name,
      ...question,
      leaves: {
        return: own,
        register: question.evidence?.registerVersion == null ? null : leaves.register,
        deliveries: Object.fromEntries(
          (question.evidence?.deliveries ?? [])
            .flatMap(({ ids }) => ids)
            .flatMap((id) => {
              const index = leaves.deliveries.get(id);
              return index === undefined ? [] : [[id, index] as const];
            }),
        ),
      },
    })),
  );
}

const orNothing = (value: string | number | null | undefined): string | number => value ?? '';

export function cellSheet(cells: readonly PackedCell[]): Sheet {
  return {
    head: [
      ...['sheet', 'cell', 'question', 'answer', 'provenance', 'filled by', 'reviewed by', 'observed', 'reason', 'query', 'query in words'],
      ...['from', 'to', 'flags', 'flows', 'clauses', 'deliveries', 'shares', 'thresholds', 'register version', 'source'],
      ...['leaf of the return', 'leaf of the register'],
    ],
    rows: cells.map(({ sheet, id, text, answer, provenance, filledBy, reviewedBy, evidence, leaves }) => [
      ...[sheet, id, text, orNothing(answer), orNothing(provenance), orNothing(filledBy), orNothing(reviewedBy)],
      ...[
        orNothing(evidence?.observed),
        orNothing(evidence?.reason),
        orNothing(evidence?.query.id),
        orNothing(evidence?.query.description),
      ],
      ...[orNothing(evidence?.period.from), orNothing(evidence?.period.to), evidence?.flags.join(' ') ?? ''],
      evidence?.flows.map((flow) => flow.id).join(' ') ?? '',
      [...new Set(evidence?.flows.map(({ clause }) => clause))].join('; '),
      evidence?.deliveries.reduce((total, { deliveries }) => total + deliveries, 0) ?? 0,
      Object.entries(evidence?.shares ?? {})
        .map(([name, share]) => `${name}: ${share ?? 'none'}`)
        .join('; '),
      evidence?.thresholds.map((one) => `${one.id}: ${one.value ?? 'see reason'}`).join('; ') ?? '',
      orNothing(evidence?.registerVersion),
      orNothing(evidence?.source),
      orNothing(leaves.return),
      orNothing(leaves.register),
    ]),
  };
}

/** Each once: every cell of a return speaks of one period, so a flow and its counts are the same in all of them. */
const once = <T>(items: readonly T[], keyOf: (item: T) => string): T[] => [...new Map(items.map((item) => [keyOf(item), item])).values()];

export const flowsOf = (cells: readonly PackedCell[]): FlowEvidence[] =>
  once(
    cells.flatMap(({ evidence }) => evidence?.flows ?? []),
    ({ id }) => id,
  ).sort((a, b) => a.id.localeCompare(b.id));

export const deliveriesOf = (cells: readonly PackedCell[]): DeliveryEvidence[] =>
  once(
    cells.flatMap(({ evidence }) => evidence?.deliveries ?? []),
    ({ flow }) => flow,
  ).sort((a, b) => a.flow.localeCompare(b.flow));

export const flowSheet = (cells: readonly PackedCell[], registerVersion: number | null): Sheet => ({
  head: [
    ...['flow', 'from', 'to', 'route', 'live in the period', 'seen in the period', 'agreement', 'clause', 'register version'],
    ...['why the gate would refuse it', 'lacks for an Open API'],
  ],
  rows: flowsOf(cells).map((flow) => [
    ...[flow.id, flow.from, flow.to, flow.route, flow.liveInPeriod ? 'yes' : 'no', flow.seen ? 'yes' : 'no', flow.agreement, flow.clause],
    ...[orNothing(registerVersion), flow.refusals.join('; '), flow.missingForOpenApi.join('; ')],
  ]),
});

/** Counts as they may leave, by flow; then each delivery with its place in the log. */
export function deliverySheet(cells: readonly PackedCell[]): Sheet {
  const leaves = new Map(cells.flatMap((cell) => Object.entries(cell.leaves.deliveries)));
  return {
    head: [
      ...['flow', 'delivery', 'leaf of the log', 'deliveries of the flow', 'records received', 'about a person'],
      ...['with a usable NHS number', 'with a verified NHS number'],
    ],
    rows: deliveriesOf(cells).flatMap(({ flow, ids, deliveries, received, numberExpected, numberUsable, numberVerified }) =>
      ids.map((id) => [
        flow,
        id,
        leaves.get(id) ?? 'not in this log',
        ...[deliveries, received, numberExpected, numberUsable, numberVerified],
      ]),
    ),
  };
}

export const findingSheet = (document: Return): Sheet => ({
  head: ['rule', 'severity', 'cells', 'message', 'remedy'],
  rows: document.findings.map(({ rule, severity, questions, message, remedy }) => [rule, severity, questions.join(' '), message, remedy]),
});

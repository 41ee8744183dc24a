import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { databaseLost } from '../database/lost.ts';
import { transaction } from '../database/query.ts';
import type { FeedSpecification } from '../feeds/specification.ts';
import { refuseDestroyed } from '../landing/destroyed.ts';
import { findLanded } from '../landing/find-delivery.ts';
import { landsAgain, refuseReusedBatch } from '../landing/land-again.ts';
import { removeUnseen } from '../landing/merge.ts';
import type { Receipt } from '../landing/receipt.ts';
import { type DeliveryRecord, nothingCounted, recordDelivery, takeDeliveryNo, toReceipt } from '../landing/record-delivery.ts';
import { removeOutlived } from '../landing/tombstones.ts';
import { holdDoubtfulMerges } from '../linkage/hold-merges.ts';
import { applySuperseded } from '../linkage/merge-persons.ts';
import { applySightings, foldSightings, forgetSightings } from '../linkage/sightings.ts';
import { reconsiderObjections } from '../objections/apply.ts';
import { firstReason, withheldReasons } from '../objections/decide.ts';
import { recordImport } from '../objections/import.ts';
import { recordObjections } from '../objections/record.ts';
import { admit } from '../register/admit.ts';
import type { FlowTerms, Refusal } from '../register/terms.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { openBytes } from './byte-source.ts';
import { applyToMerged } from './decide-merges.ts';
import { GpObjections } from './gp-objections.ts';
import { Introduced } from './introduced.ts';
import { judgedBy } from './judged-by.ts';
import { deriveKey } from './keys.ts';
import { Lander } from './lander.ts';
import { Persons } from './persons.ts';
import { ProblemText } from './problem-text.ts';
import { landingPseudonymiser, sourceKeyer } from './pseudonymise.ts';
import { readCandidates } from './read-candidates.ts';
import { fileDeferred } from './references.ts';
import { type Resolving, resolving, settled } from './resolving.ts';
import { Screen } from './screen.ts';
import type { ScreenedBatch } from './screened-batch.ts';
import { copyText, seenTable, TaskLine } from './stage.ts';
import { sweepIdentities } from './sweep.ts';
import { DeliveryTallies } from './tallies.ts';

export interface IngestRequest {
  readonly deliveryId: string;
  readonly flowId: string;
  readonly batchId: string | undefined;
  readonly actor: string;
}

/**
 * Records judged before they are sent on: few at first, so that storing starts at once, then many, because each of the dozen
 * round trips a batch costs waits for a turn of the event loop.
 */
const firstBatchRows = 2_048;
const batchRows = 16_384;
/** Batches whose people are being looked up: new people cost four round trips, each of them as long as judging a batch. */
const batchesAhead = 2;

/**
 * One delivery through the black box: gate, read, judge, pseudonymise, link, land, audit. Everything that becomes visible
 * does so in one transaction; on any failure none of it does, and identities registered for it are swept.
 *
 * A delivery that cannot be read to its end, or that the gate refuses, is a receipt too (state `refused`).
 */
export async function ingest(
  box: BlackBox,
  request: IngestRequest,
  input: AsyncIterable<Buffer>,
  progress: (rows: number) => void,
): Promise<Receipt> {
  const started = box.clock.now();
  const admission = admit(await box.register(), request.flowId, localDate(started));
  const base = { ...nothingCounted, ...request, registerVersion: admission.registerVersion, started };
  const refuse = async (
    refusals: readonly Refusal[],
    sent?: { readonly sha256: Buffer | undefined; readonly bytes: number },
    terms?: FlowTerms,
  ): Promise<Receipt> =>
    transaction(box.lookups, async (tx) => {
      const record: DeliveryRecord = {
        ...base,
        deliveryNo: await takeDeliveryNo(tx),
        setting: terms?.setting,
        state: 'refused',
        sha256: sent?.sha256,
        bytes: sent?.bytes ?? 0,
        refusals,
        finished: box.clock.now(),
      };
      await recordDelivery(tx, record);
      return toReceipt(record);
    });
  if (!admission.admitted) return refuse(admission.refusals);
  const destroyed = await refuseDestroyed(box.lookups, request.flowId, localDate(started));
  if (destroyed.length > 0) return refuse(destroyed);
  const { terms } = admission;
  const specification = box.feeds.get(terms.feedId);
  if (!specification) {
    return refuse(
      [
        {
          code: 'FEED_UNKNOWN',
          clause: 'Data set specification',
          message: 'No data set specification of this name is installed. Add it under config/feeds, or correct the flow.',
        },
      ],
      undefined,
      terms,
    );
  }
  const source = openBytes(input);
  try {
    return await land(
      {
        ...{ box, request, terms, specification, started, progress, merged: [] },
        registerVersion: admission.registerVersion,
        judgedBy: judgedBy(box, specification, terms),
      },
      source,
    );
  } catch (error) {
    await sweep(box);
    // Where the gateway could not take it, nothing is wrong with the delivery: no receipt says so, and it is sent again.
    if (!(error instanceof GatewayError) || error.status === 503) throw error;
    const refusal = {
      code: error.code,
      clause: `Data set specification ${specification.id} ${specification.version}`,
      message: error.message,
    };
    return refuse([refusal], await source.finish(), terms);
  }
}

/** What cannot be swept now is swept later; it must not hide what went wrong, nor take the receipt away. */
const sweep = (box: BlackBox): Promise<void> =>
  sweepIdentities(box).catch((error: unknown) => box.log.warn({ err: error }, 'identities of a failed delivery wait for the next sweep'));

interface Landing {
  readonly box: BlackBox;
  readonly request: IngestRequest;
  readonly terms: FlowTerms;
  readonly specification: FeedSpecification;
  readonly started: Date;
  readonly registerVersion: number;
  readonly judgedBy: Buffer;
  readonly progress: (rows: number) => void;
  /** People who took over another's records in this delivery. */
  merged: readonly string[];
  /** True when records of this delivery said something new about objections. */
  objected?: boolean;
  /** True when every record said when its source changed it. */
  tellsTimes?: boolean;
}

/** Objections the GP records of a delivery speak of: seen by every read from its commit on, and applied right behind it. */
async function keepObjections(landing: Landing, client: PoolClient, heard: GpObjections, deliveryNo: number): Promise<boolean> {
  const { box, terms, request, started } = landing;
  const counted = await recordObjections(client, heard.take(), { clock: box.clock, place: terms.placeId });
  if (counted.recorded === 0) return false;
  const delivery = { flowNo: terms.flowNo, deliveryNo };
  await recordImport(client, { importId: randomUUID(), started, counted, actor: request.actor, place: terms.placeId, delivery }, box);
  return true;
}

async function land(landing: Landing, source: ReturnType<typeof openBytes>): Promise<Receipt> {
  const { box, request, terms } = landing;
  const { client, end } = await box.turns.take(box.environment, terms.flowNo);
  const line = new TaskLine(2);
  let broken: Error | undefined;
  // Between two statements nothing else tells of it, and the sender may have nothing more to say.
  const whenLost = (cause: Error): void => source.interrupt(databaseLost(cause));
  client.on('error', whenLost);
  try {
    // Asked again now that the flow is locked: a destruction that was approved meanwhile waits for nobody who comes later.
    const [destroyed] = await refuseDestroyed(client, request.flowId, localDate(landing.started));
    if (destroyed) throw new GatewayError(destroyed.code, destroyed.message, { status: 409 });
    await box.stages.open(client);
    const record = await stream(landing, client, line, source);
    const earlier = await findLanded(client, request.flowId, { sha256: record.sha256 as Buffer });
    if (earlier && !(await landsAgain(client, { earlier, record, today: localDate(landing.started), ...landing }))) {
      await box.stages.rollback(client);
      return await recordDuplicate(landing, record, earlier);
    }
    if (request.batchId !== undefined) await refuseReusedBatch(client, request.flowId, request.batchId, earlier);
    await recordDelivery(client, { ...record, timesLanded: (earlier?.timesLanded ?? 0) + 1 });
    await box.stages.commit(client);
    if (landing.merged.length > 0 || landing.objected) await applyToMerged(box, request.actor);
    return toReceipt(record);
  } catch (error) {
    await line.settle();
    await box.stages.rollback(client).catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', whenLost);
    end(broken);
  }
}

async function recordDuplicate(landing: Landing, record: DeliveryRecord, earlier: DeliveryRecord): Promise<Receipt> {
  const { box } = landing;
  await sweep(box);
  return transaction(box.lookups, async (tx) => {
    const duplicate: DeliveryRecord = {
      ...record,
      state: 'duplicate',
      duplicateOf: earlier.deliveryId,
      batchId: undefined,
      landed: 0,
      updated: 0,
      unchanged: record.landed + record.updated + record.unchanged,
      removed: 0,
      personsExisting: record.personsExisting + record.personsNew,
      personsNew: 0,
      problemRows: 0,
      finished: box.clock.now(),
    };
    await recordDelivery(tx, duplicate);
    return toReceipt(duplicate);
  });
}

/** Streams the records into the stage and merges them; returns the receipt that is about to be written. */
async function stream(landing: Landing, client: PoolClient, line: TaskLine, source: ReturnType<typeof openBytes>): Promise<DeliveryRecord> {
  const { box, request, terms, specification, progress } = landing;
  const tallies = new DeliveryTallies();
  const deliveryNo = await takeDeliveryNo(client);
  const scope = { setting: terms.setting, flowNo: terms.flowNo, deliveryNo };
  const problems = new ProblemText(deliveryNo, tallies);
  const remember = specification.deletion.rule === 'full-snapshot' || specification.deletion.rule === 'latest-submission';
  if (remember) await client.query(seenTable);
  const resolveReferences = specification.format === 'fhir-r4' || terms.linkByLocalId;
  const today = localDate(landing.started);
  const reasons = withheldReasons(box.decisionTable, terms);
  const reasonFor = (kinds: readonly string[]): string | undefined => firstReason(reasons, kinds);
  const sourceRecordKey = deriveKey(box.rootKey, 'source-record', box.landingEpoch);
  const localPatientKey = deriveKey(box.rootKey, 'local-patient', box.landingEpoch);
  const persons = new Persons({
    lookups: box.lookups,
    vault: box.vault,
    pseudonymise: landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch)),
    epoch: box.landingEpoch,
    sealingKey: box.sealingKey,
    numbers: box.numbers,
    deliveryId: request.deliveryId,
    today,
    origin: terms.setting,
    reasonFor,
    needsBirth: terms.minimumAge > 0,
  });
  const objections =
    terms.setting === 'gp'
      ? new GpObjections({
          find: box.objectionCodes,
          pseudonymise: landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch)),
          numbers: box.numbers,
          today,
          report: (issue) => problems.add(issue),
        })
      : undefined;
  const screen = new Screen({
    terms,
    deliveryNo,
    persons,
    tallies,
    postcodes: box.postcodes,
    today,
    sourceKey: sourceKeyer(sourceRecordKey, [terms.flowId]),
    localKey: sourceKeyer(localPatientKey, [terms.sender]),
    resolveReferences,
    introduced: specification.format === 'fhir-r4' && terms.minimumAge === 0 ? new Introduced() : undefined,
    remember,
    objections,
    report: (issue) => problems.add(issue),
  });
  const lander = new Lander(client, scope, tallies, remember);

  // While the database says who the people of some batches are and stores the one before, the next is read and judged.
  const ahead: Resolving[] = [];
  let enough = firstBatchRows;
  const landNext = async (): Promise<void> => {
    const ready = await settled(ahead.shift() as Resolving);
    await line.push(() => lander.land(ready, screen));
  };
  const send = async (batch: ScreenedBatch): Promise<void> => {
    batch.problems = problems.take();
    const next = resolving(persons, batch);
    line.beside(next.failure);
    ahead.push(next);
    while (ahead.length > batchesAhead || ahead[0]?.done) await landNext();
    progress(tallies.received);
  };
  for await (const visit of readCandidates(source.bytes, { box, specification, terms, tallies, warn: (issue) => problems.add(issue) })) {
    visit(screen);
    // A turn of the event loop for each piece: the database would otherwise wait for bytes that are ready.
    await setImmediate();
    if (screen.judged < enough) continue;
    enough = Math.min(enough * 2, batchRows);
    await send(screen.take());
  }
  if (screen.judged > 0) await send(screen.take());
  while (ahead.length > 0) await landNext();
  await line.push(() => lander.mergeWaiting());
  await line.drain();
  // Before references are filed: a merge that waits for a person must not file anybody's record under somebody else either.
  tallies.warnings.add('MERGE_HELD', await holdDoubtfulMerges(client, scope));
  if (resolveReferences) {
    await foldSightings(client, scope);
    const filed = await fileDeferred(client, {
      deliveryNo,
      flowNo: terms.flowNo,
      linkByLocalId: terms.linkByLocalId,
      refuseAmbiguous: specification.format === 'fhir-r4',
      today,
      origin: terms.setting,
      minimumAge: terms.minimumAge,
      reasonFor,
      reportable: tallies.reportable.error,
    });
    tallies.numberUsable += filed.staged;
    tallies.numberVerified += filed.verified;
    for (const [reason, count] of filed.withheld) tallies.withheld.add(reason, count);
    for (const [rule, count] of filed.quarantined) {
      tallies.quarantined.add(rule, count);
      tallies.report('error', count);
    }
    if (filed.staged + filed.withdrawn > 0) {
      lander.expectAnything();
      await lander.merge();
    }
  }
  if (tallies.received === 0)
    throw new GatewayError('NO_RECORDS', 'The file holds no records, only a header or nothing at all. Send it with its records.');
  const outlived = await removeOutlived(client, scope);
  tallies.landed -= outlived;
  tallies.unchanged += outlived;
  tallies.warnings.add('OLDER_THAN_STORED', outlived);
  if (remember) tallies.removed += await removeUnseen(client, scope, specification.deletion.rule as 'full-snapshot' | 'latest-submission');
  if (objections?.heardAny) landing.objected = await keepObjections(landing, client, objections, deliveryNo);
  const linkage = await applySightings(client, scope);
  await forgetSightings(client, scope);
  // What either of two persons objected to covers what the one they became has; it is applied behind this transaction.
  landing.merged = await applySuperseded(client, scope);
  if (landing.merged.length > 0) await reconsiderObjections(client, landing.merged);
  await copyText(client, 'problem', problems.take());
  landing.tellsTimes = tallies.untimed === 0;
  const sent = source.sent();
  return {
    deliveryNo,
    deliveryId: request.deliveryId,
    flowId: request.flowId,
    setting: terms.setting,
    batchId: request.batchId,
    sha256: sent.sha256,
    bytes: sent.bytes,
    timesLanded: 1,
    state: 'landed',
    registerVersion: landing.registerVersion,
    judgedBy: landing.judgedBy,
    actor: request.actor,
    received: tallies.received,
    landed: tallies.landed,
    updated: tallies.updated,
    unchanged: tallies.unchanged,
    withheld: tallies.withheld.toObject(),
    quarantined: tallies.quarantined.toObject(),
    removed: tallies.removed,
    outOfScope: tallies.outOfScope.toObject(),
    dropped: tallies.dropped.toObject(),
    warnings: tallies.warnings.toObject(),
    refusals: [],
    personsExisting: linkage.existing,
    personsNew: linkage.new,
    numberExpected: tallies.numberExpected,
    numberUsable: tallies.numberUsable,
    numberVerified: tallies.numberVerified,
    problemRows: tallies.problemRows,
    started: landing.started,
    finished: box.clock.now(),
  };
}

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { loadPostcodes } from '../../src/feeds/postcodes.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { dayOf, isoDay } from './calendar.ts';
import { writeCommunityRecords, writeMentalHealthRecords } from './community.ts';
import type { FlowTruth } from './delivery-file.ts';
import { openFeeds } from './feeds.ts';
import { closeBundle, openBundle, writeFhirRecords } from './fhir.ts';
import { writeGpRecords } from './gp.ts';
import { writeHospitalRecords } from './hospital.ts';
import { type Life, windowDays } from './life.ts';
import { inventNhsNumbers } from './nhs-numbers.ts';
import { inventPerson, objectionKinds, type Person, printedPostcodes } from './people.ts';
import { Random } from './random.ts';
import { openSharing, writeSharing } from './sharing.ts';
import { writeSocialCareRecords } from './social-care.ts';
import { writeContinuingHealthcare, writeDrugAndAlcohol, writeHospiceRecords } from './specialist.ts';
import { writeUrgentRecords } from './urgent.ts';

export interface BoroughOptions {
  readonly people: number;
  readonly seed: number;
  /** Folder that is created: deliveries/, objections.csv, truth.json, truth/identifiers.txt. */
  readonly out: string;
  /** The day the extracts were made, `YYYY-MM-DD`. */
  readonly at: string;
  /** Configuration folder with the postcodes; the one that comes with the program by default. */
  readonly config?: string;
  /** Flows between settings that carry direct-care messages; a file is written for each. */
  readonly sharing?: readonly string[];
  readonly progress?: (done: number, of: number) => void;
}

/** What was written, and what a correct gateway makes of it. */
export interface GeneratedTruth {
  readonly people: number;
  readonly seed: number;
  readonly at: string;
  readonly files: readonly { readonly flow: string; readonly path: string; readonly rows: number }[];
  readonly flows: Readonly<Record<string, FlowTruth>>;
  readonly objections: {
    readonly path: string;
    readonly rows: number;
    readonly people: number;
    readonly byKind: Readonly<Record<string, number>>;
  };
  /** One identifier a line: none of them may be found outside the deliveries and the vault. */
  readonly identifiers: string;
}

const drainEvery = 64;
const reportEvery = 1_000;

/**
 * Invents a borough: people, their lives of the last two and a half years, and the files that every supplier would send
 * about them, with the dirt that such files have. The same options write the same bytes.
 *
 * @throws RangeError when more people are asked for than the range of invented NHS numbers holds
 */
export async function generateBorough({ people, seed, out, at, config, sharing = [], progress }: BoroughOptions): Promise<GeneratedTruth> {
  const deliveries = join(out, 'deliveries');
  await mkdir(deliveries, { recursive: true });
  await mkdir(join(out, 'truth'), { recursive: true });
  const postcodes = printedPostcodes(await loadPostcodes(config ?? join(packageRoot(), 'config')));
  const today = dayOf(at);
  const identifiers = new LineFile(join(out, 'truth', 'identifiers.txt'));
  const objections = new LineFile(join(out, 'objections.csv'));
  objections.line('nhs_number,kind,set_on,withdrawn_on,source');
  const byKind: Record<string, number> = Object.fromEntries(objectionKinds.map((kind) => [kind, 0]));
  let objectors = 0;
  let objectionRows = 0;
  const feeds = openFeeds(deliveries, today, (value) => identifiers.line(value));
  openBundle(feeds.gpFhir);
  const messages = openSharing(deliveries, sharing);
  const files = [...feeds.files, ...messages];
  const numbers = inventNhsNumbers(seed);
  let serial = 0;
  const next = (): number => ++serial;
  for (const postcode of postcodes) identifiers.line(postcode);
  for (let index = 0; index < people; index++) {
    const random = new Random(seed, index);
    const person = inventPerson(index, numbers.next().value, random, today, postcodes);
    const life: Life = {
      person,
      random,
      feeds,
      from: Math.max(today - windowDays, person.birth),
      to: Math.min(today - 1, person.death ?? today),
      next,
    };
    writeLife(life);
    writeSharing(life, messages);
    writeIdentifiers(identifiers, person);
    if (person.objections.length > 0) objectors += 1;
    for (const kind of person.objections) {
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      objectionRows += 1;
      objections.line(
        `${person.nhsNumber},${kind},${isoDay(today - random.between(30, 2_000))},,${kind === 'ndop' ? 'NDOP' : kind === 'type-1' ? person.practice.ods : 'programme-office'}`,
      );
    }
    if (index % drainEvery === 0) await Promise.all([...files.map((file) => file.drained()), identifiers.drained(), objections.drained()]);
    if ((index + 1) % reportEvery === 0 || index + 1 === people) progress?.(index + 1, people);
  }
  closeBundle(feeds.gpFhir);
  await Promise.all([...files.map((file) => file.close()), identifiers.close(), objections.close()]);
  const truth: GeneratedTruth = {
    people,
    seed,
    at,
    files: files.map(({ flow, path, truth: { rows } }) => ({ flow, path, rows })),
    flows: Object.fromEntries(files.map(({ flow, truth: counted }) => [flow, counted])),
    objections: { path: join(out, 'objections.csv'), rows: objectionRows, people: objectors, byKind },
    identifiers: join(out, 'truth', 'identifiers.txt'),
  };
  await writeFile(join(out, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  return truth;
}

function writeLife(life: Life): void {
  writeGpRecords(life);
  if (life.person.dummy || life.to < life.from) return;
  const stays = writeHospitalRecords(life);
  writeUrgentRecords(life);
  writeCommunityRecords(life, stays);
  writeMentalHealthRecords(life);
  writeSocialCareRecords(life, stays);
  writeContinuingHealthcare(life);
  writeDrugAndAlcohol(life);
  writeHospiceRecords(life);
  writeFhirRecords(life);
}

/** Births before 2013 only: later ones could be the date of an event, and finding one would prove nothing. */
const latestListedBirth = dayOf('2013-01-01');

function writeIdentifiers(file: LineFile, person: Person): void {
  for (const value of [
    person.nhsNumber,
    `${person.given} ${person.surname}`,
    person.surname,
    person.guid,
    person.hospitalNumber,
    person.councilId,
    person.telephone,
    person.mobile,
    person.street,
  ])
    file.line(value);
  if (person.birth < latestListedBirth) file.line(isoDay(person.birth));
}

/** A text file of short lines, written in blocks. */
class LineFile {
  readonly #stream;
  #text = '';

  constructor(path: string) {
    this.#stream = createWriteStream(path);
  }

  line(text: string): void {
    this.#text += `${text}\n`;
    if (this.#text.length > 65_536) this.#flush();
  }

  async drained(): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
  }

  async close(): Promise<void> {
    this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  #flush(): void {
    this.#stream.write(this.#text);
    this.#text = '';
  }
}

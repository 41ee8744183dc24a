import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../shared/errors.ts';

export interface CsvLimits {
  /** Longest record in bytes, quoted newlines included. */
  readonly recordBytes: number;
  readonly columns: number;
  /** Bytes gathered before a batch is cut: small reads of a socket would otherwise make tiny batches. */
  readonly batchBytes: number;
}

export const defaultCsvLimits: CsvLimits = { recordBytes: 1_048_576, columns: 2_000, batchBytes: 262_144 };

/** Why a line is not a record; the row is quarantined and reading goes on. */
export type ShapeProblem = 'ROW_SHAPE' | 'QUOTING_INVALID' | 'ENCODING_INVALID';

/** One batch of records in file order. `cells[i]` is undefined where `problems` says why record i could not be read. */
export interface CsvBatch {
  readonly cells: readonly (readonly string[] | undefined)[];
  readonly problems: ReadonlyMap<number, ShapeProblem>;
}

export interface CsvFile {
  readonly header: readonly string[];
  readonly delimiter: string;
  readonly batches: AsyncIterable<CsvBatch>;
}

/**
 * Reads RFC 4180 text as a stream: UTF-8 with or without byte order mark, LF or CRLF, quoted newlines, any single-character
 * delimiter of `delimiters` (the one that occurs most in the header line). A line without a quote is split by the engine's
 * own `split`, which is what makes this several times faster than a general reader; a line with one takes the exact path.
 * csv-parse is the reference: test/unit/feeds/csv-read.test.ts holds the two equal on generated and collected files.
 *
 * @throws GatewayError CSV_EMPTY, CSV_ENCODING, CSV_LINE_ENDS, CSV_HEADER_UNREADABLE, CSV_HEADER_DUPLICATE, CSV_TOO_MANY_COLUMNS,
 * CSV_RECORD_TOO_LONG, CSV_TRUNCATED
 */
export async function openCsv(
  bytes: AsyncIterable<Buffer>,
  delimiters: readonly string[],
  limits: CsvLimits = defaultCsvLimits,
): Promise<CsvFile> {
  const records = readRecords(bytes, delimiters, limits);
  const first = await records.next();
  if (first.done) throw new GatewayError('CSV_EMPTY', 'The file is empty. Send a header line and the records below it.');
  const { delimiter, header, rest } = first.value as HeaderBatch;
  return { header, delimiter, batches: withFirst(rest, records as AsyncGenerator<CsvBatch>) };
}

interface HeaderBatch {
  readonly delimiter: string;
  readonly header: readonly string[];
  readonly rest: CsvBatch;
}

async function* withFirst(first: CsvBatch, others: AsyncGenerator<CsvBatch>): AsyncGenerator<CsvBatch> {
  if (first.cells.length > 0) yield first;
  yield* others;
}

async function* readRecords(
  bytes: AsyncIterable<Buffer>,
  delimiters: readonly string[],
  limits: CsvLimits,
): AsyncGenerator<HeaderBatch | CsvBatch> {
  let carry: Buffer[] = [];
  let carried = 0;
  let splitter: Splitter | undefined;
  let atStart = true;

  const take = (whole: Buffer, last: boolean): { batch: HeaderBatch | CsvBatch | undefined; used: number } => {
    const text = decode(whole, atStart);
    const start = atStart ? text.value.search(/[^\r\n]/) : 0;
    if (start < 0) return { batch: undefined, used: 0 };
    if (!splitter) {
      const end = text.value.indexOf('\n', start);
      const headerLine = text.value.slice(start, end < 0 ? undefined : end);
      splitter = new Splitter(chooseDelimiter(headerLine, delimiters), limits);
    }
    if (atStart && breaksWithReturn(text.value, start, splitter.delimiter)) throw lineEnds();
    const { records, problems, usedText } = splitter.split(text.value, text.damaged, last);
    const used = usedText === text.value.length ? whole.length : text.bytesOf(usedText);
    if (!atStart) return { batch: records.length > 0 ? { cells: records, problems } : undefined, used };
    if (records.length === 0) return { batch: undefined, used: 0 };
    const header = records.shift();
    if (!header)
      throw new GatewayError('CSV_HEADER_UNREADABLE', 'The header line cannot be read: check its quotation marks and that it is UTF-8.');
    atStart = false;
    const names = checkHeader(header, limits);
    splitter.columns = names.length;
    const shifted = new Map([...problems].map(([row, problem]) => [row - 1, problem]));
    for (const [row, cells] of records.entries()) {
      if (cells && cells.length !== names.length) {
        shifted.set(row, 'ROW_SHAPE');
        records[row] = undefined;
      }
    }
    return { batch: { delimiter: splitter.delimiter, header: names, rest: { cells: records, problems: shifted } }, used };
  };

  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0 || carried + end + 1 < limits.batchBytes) {
      carry.push(chunk);
      carried += chunk.length;
      if (end < 0 && carried > limits.recordBytes + limits.batchBytes) {
        // So long a line may be a whole file whose lines end in another way.
        if (atStart) take(Buffer.concat(carry), false);
        throw recordTooLong(limits);
      }
      continue;
    }
    const whole = carried > 0 ? Buffer.concat([...carry, chunk.subarray(0, end + 1)]) : chunk.subarray(0, end + 1);
    const { batch, used } = take(whole, false);
    if (whole.length - used > limits.recordBytes) throw recordTooLong(limits);
    const left = whole.subarray(used);
    const tail = chunk.subarray(end + 1);
    carry = [left, tail].filter((part) => part.length > 0);
    carried = left.length + tail.length;
    if (batch) yield batch;
  }
  if (carried > 0) {
    const { batch } = take(Buffer.concat(carry), true);
    if (batch) yield batch;
  }
}

const recordTooLong = (limits: CsvLimits): GatewayError =>
  new GatewayError(
    'CSV_RECORD_TOO_LONG',
    `A record is longer than ${limits.recordBytes} bytes. A quotation mark that is never closed also looks like this. Correct it and send the file again.`,
  );

const lineEnds = (): GatewayError =>
  new GatewayError(
    'CSV_LINE_ENDS',
    'The header line holds a carriage return that ends no line. Save the file with LF or CRLF at the end of every line and send it again.',
  );

/**
 * True when an unquoted part of the header holds a carriage return with text behind it: the lines of such a file end with CR
 * alone, as those of old Macintosh programs did, and all of it would be taken for one long header. CR CR LF ends a line.
 */
function breaksWithReturn(text: string, from: number, delimiter: string): boolean {
  let quoted = false;
  let opens = true;
  let closed = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"' && quoted) {
      quoted = false;
      closed = true;
      continue;
    }
    // The second mark of a doubled one opens again what the first closed.
    if (character === '"') quoted = opens || closed;
    else if (!quoted && character === '\n') return false;
    else if (!quoted && character === '\r' && !/^\r*(?:\n|$)/.test(text.slice(at + 1, at + 4))) return true;
    opens = !quoted && character === delimiter;
    closed = false;
  }
  return false;
}

interface Decoded {
  readonly value: string;
  /** True when some bytes are not UTF-8: lines that hold U+FFFD are then reported one by one. */
  readonly damaged: boolean;
  bytesOf(characters: number): number;
}

function decode(bytes: Buffer, atStart: boolean): Decoded {
  const mark = atStart && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (
    atStart &&
    ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) || bytes.subarray(0, 512).includes(0))
  ) {
    throw new GatewayError(
      'CSV_ENCODING',
      'The file is not UTF-8 text. Save it as UTF-8 (not UTF-16, not a spreadsheet) and send it again.',
    );
  }
  const body = mark ? bytes.subarray(mark) : bytes;
  const value = body.toString('utf8');
  const damaged = !isUtf8(body);
  return {
    value,
    damaged,
    bytesOf: (characters) => mark + (damaged ? bytesBefore(body, value, characters) : Buffer.byteLength(value.slice(0, characters))),
  };
}

/** Damaged text decodes to other lengths than it had: count newlines instead, since a cut is always behind one. */
function bytesBefore(body: Buffer, value: string, characters: number): number {
  let at = 0;
  for (let position = value.indexOf('\n'); position >= 0 && position < characters; position = value.indexOf('\n', position + 1)) {
    at = body.indexOf(0x0a, at) + 1;
  }
  return at;
}

function chooseDelimiter(headerLine: string, delimiters: readonly string[]): string {
  let best = delimiters[0] ?? ',';
  let most = 0;
  for (const delimiter of delimiters) {
    const count = headerLine.split(delimiter).length - 1;
    if (count > most) {
      best = delimiter;
      most = count;
    }
  }
  return best;
}

function checkHeader(header: readonly string[], limits: CsvLimits): readonly string[] {
  if (header.length > limits.columns) throw new GatewayError('CSV_TOO_MANY_COLUMNS', `The header has more than ${limits.columns} columns.`);
  const names = header.map((name) => name.trim());
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '') continue;
    // Two columns of one name would make it a matter of luck which of them is the NHS number.
    if (seen.has(name))
      throw new GatewayError('CSV_HEADER_DUPLICATE', 'Two columns of the header have the same name. Rename or remove one of them.');
    seen.add(name);
  }
  return names;
}

interface SplitResult {
  readonly records: (string[] | undefined)[];
  readonly problems: Map<number, ShapeProblem>;
  /** Characters consumed: a record that is not complete yet stays for the next chunk. */
  readonly usedText: number;
}

class Splitter {
  readonly delimiter: string;
  /** 0 until the header is known; records of another width are then a ROW_SHAPE problem. */
  columns = 0;

  readonly #limits: CsvLimits;

  constructor(delimiter: string, limits: CsvLimits) {
    this.delimiter = delimiter;
    this.#limits = limits;
  }

  split(text: string, damaged: boolean, last: boolean): SplitResult {
    const records: (string[] | undefined)[] = [];
    const problems = new Map<number, ShapeProblem>();
    let at = 0;
    let nextQuote = text.indexOf('"');
    while (at < text.length) {
      let end = text.indexOf('\n', at);
      if (end < 0) {
        if (!last) break;
        end = text.length;
      }
      let cells: string[] | undefined;
      let problem: ShapeProblem | undefined;
      let next = end + 1;
      if (nextQuote >= 0 && nextQuote < at) nextQuote = text.indexOf('"', at);
      if (nextQuote >= 0 && nextQuote < end) {
        const quoted = this.readQuoted(text, at, last);
        if (quoted === undefined) break;
        ({ cells, problem, next } = quoted);
        if (cells?.length === 1 && cells[0] === '' && !problem && text[at] !== '"') {
          at = next;
          continue;
        }
      } else {
        const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
        if (stop === at) {
          // Empty lines separate nothing and are not records (csv-parse: skip_empty_lines).
          at = next;
          continue;
        }
        cells = text.slice(at, stop).split(this.delimiter);
      }
      // Whatever the chunks were: a record that fits into a large one is as long as before.
      if (next - at > this.#limits.recordBytes) throw recordTooLong(this.#limits);
      if (damaged && cells?.some((cell) => cell.includes('\uFFFD'))) problem = 'ENCODING_INVALID';
      else if (!problem && this.columns > 0 && cells?.length !== this.columns) problem = 'ROW_SHAPE';
      if (problem) {
        problems.set(records.length, problem);
        cells = undefined;
      }
      records.push(cells);
      at = next;
    }
    return { records, problems, usedText: Math.min(at, text.length) };
  }

  /** Reads one record that holds a quote; undefined when its end is not in the text yet. */
  private readQuoted(
    text: string,
    from: number,
    last: boolean,
  ): { cells: string[] | undefined; problem: ShapeProblem | undefined; next: number } | undefined {
    const cells: string[] = [];
    let problem: ShapeProblem | undefined;
    let at = from;
    for (;;) {
      if (text[at] === '"') {
        let value = '';
        let close = at + 1;
        for (;;) {
          const quote = text.indexOf('"', close);
          if (quote < 0) {
            if (!last) return undefined;
            throw new GatewayError(
              'CSV_TRUNCATED',
              'The file ends inside a quoted value: it looks cut off. Nothing was taken from it; send it again whole.',
            );
          }
          value += text.slice(close, quote);
          close = quote + 1;
          if (text[close] !== '"') break;
          if (close >= text.length && !last) return undefined;
          value += '"';
          close += 1;
        }
        cells.push(value);
        at = close;
        if (text[at] === '\r' && (text[at + 1] === '\n' || (last && at + 1 === text.length))) at += 1;
        if (at < text.length && text[at] !== this.delimiter && text[at] !== '\n') {
          problem = 'QUOTING_INVALID';
          at = this.endOfValue(text, at);
        }
      } else {
        const stop = this.endOfValue(text, at);
        const value = text.slice(at, stop);
        cells.push((text[stop] === '\n' || stop === text.length) && value.endsWith('\r') ? value.slice(0, -1) : value);
        at = stop;
      }
      if (at >= text.length) return last ? { cells, problem, next: at } : undefined;
      if (text[at] === '\n') return { cells: problem ? undefined : cells, problem, next: at + 1 };
      at += 1;
    }
  }

  private endOfValue(text: string, from: number): number {
    // Character by character: to look for each of the two would read on to the end of the text for every value without it.
    const delimiter = this.delimiter.charCodeAt(0);
    for (let at = from; at < text.length; at++) {
      const character = text.charCodeAt(at);
      if (character === delimiter || character === 0x0a) return at;
    }
    return text.length;
  }
}

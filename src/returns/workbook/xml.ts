import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { GatewayError } from '../../shared/errors.ts';
import { refuseWorkbook } from './refusals.ts';

/** What is told of a part while it is read. Names come without their prefix. */
export interface XmlHandler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** The deepest workbook part has ten levels. */
const deepest = 40;

/** Raw, it can stand nowhere but before the root, in a comment or in a CDATA section, and no program writes it there. */
const documentType = '<!doctype';

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Reads a part from beginning to end, in pieces. A document type is refused as soon as it is seen, so no entity is ever expanded
 * but the five of XML itself.
 * @throws GatewayError WORKBOOK_UNSAFE_XML, WORKBOOK_DAMAGED
 */
export async function parseXml(part: Readable, handler: XmlHandler): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > deepest) throw refuseWorkbook('WORKBOOK_DAMAGED');
    handler.open?.(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    handler.close?.(local(name));
  });
  const text = (words: string) => handler.text?.(words);
  parser.on('text', text);
  parser.on('cdata', text);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let end = '';
  const read = (words: string): void => {
    // Seen in the bytes and not by the parser, which would first collect the whole of it.
    if ((end + words).toLowerCase().includes(documentType)) throw refuseWorkbook('WORKBOOK_UNSAFE_XML');
    end = (end + words).slice(-documentType.length);
    parser.write(words);
  };
  try {
    for await (const chunk of part as AsyncIterable<Buffer>) read(decoder.decode(chunk, { stream: true }));
    read(decoder.decode());
    parser.close();
  } catch (error) {
    part.destroy();
    throw error instanceof GatewayError ? error : refuseWorkbook('WORKBOOK_DAMAGED', undefined, error);
  }
}

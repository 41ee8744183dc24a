import { exitCode, GatewayError } from '../../shared/errors.ts';
import { cagAnnex } from './cag-annex.ts';
import { cagAnnexPage, cagAnnexSheet } from './cag-annex-page.ts';
import { type Sheet, sheetCsv } from './csv.ts';
import { impactAssessment } from './dpia.ts';
import { dpiaPage } from './dpia-page.ts';
import type { PlaceFacts } from './facts.ts';
import { flowMap } from './flow-map.ts';
import { flowMapPage, flowMapSheet } from './flow-map-page.ts';
import { placeSvg } from './map-svg.ts';
import type { Page } from './page.ts';
import { pageHtml } from './page-html.ts';
import { pageMarkdown } from './page-markdown.ts';
import { publicAgreements } from './public.ts';
import { recordOfProcessing } from './ropa.ts';
import { ropaPage, ropaSheet } from './ropa-page.ts';

export const documentNames = ['ropa', 'flow-map', 'public', 'dpia', 'cag-annex'] as const;
export type DocumentName = (typeof documentNames)[number];

export const documentFormats = ['json', 'html', 'md', 'csv', 'svg'] as const;
export type DocumentFormat = (typeof documentFormats)[number];

export const documentTitles: Readonly<Record<DocumentName, string>> = {
  ropa: 'Record of processing activities (UK GDPR art. 30)',
  'flow-map': 'Data flow map',
  public: 'Data of the public page',
  dpia: 'Data protection impact assessment, skeleton (UK GDPR art. 35)',
  'cag-annex': 'Annex to an application for section 251 support',
};

/** One document of one place on one day: its data, and the forms it can be read in. */
export interface RegisterDocument {
  readonly data: object;
  readonly formats: Readonly<Partial<Record<DocumentFormat, () => string>>>;
}

/**
 * @param agreement limits the impact assessment and the annex to one agreement
 * @throws GatewayError AGREEMENT_UNKNOWN, or AGREEMENT_NOT_TAKEN for a document that is always about the whole place
 */
export function makeDocument(facts: PlaceFacts, name: DocumentName, agreement?: string): RegisterDocument {
  if (agreement !== undefined) {
    if (name !== 'dpia' && name !== 'cag-annex') {
      throw new GatewayError('AGREEMENT_NOT_TAKEN', 'This document is about the whole place; leave the agreement out.', {
        status: 400,
        exit: exitCode.usage,
      });
    }
    if (!facts.place.agreements.has(agreement)) {
      throw new GatewayError('AGREEMENT_UNKNOWN', 'The register of this place knows no agreement of this id.', { status: 404 });
    }
  }
  switch (name) {
    case 'ropa': {
      const data = recordOfProcessing(facts);
      return documentOf(facts, name, data, { page: ropaPage(facts, data), sheet: ropaSheet(data) });
    }
    case 'flow-map': {
      const data = flowMap(facts);
      return documentOf(facts, name, data, { page: flowMapPage(facts, data), sheet: flowMapSheet(data), svg: () => placeSvg(facts, data) });
    }
    case 'public':
      return documentOf(facts, name, { agreements: publicAgreements(facts) }, {});
    case 'dpia': {
      const data = impactAssessment(facts, agreement);
      return documentOf(facts, name, data, { page: dpiaPage(facts, data) });
    }
    case 'cag-annex': {
      const data = cagAnnex(facts, agreement);
      return documentOf(facts, name, data, { page: cagAnnexPage(facts, data), sheet: cagAnnexSheet(data) });
    }
  }
}

interface Forms {
  readonly page?: Page;
  readonly sheet?: Sheet;
  readonly svg?: () => string;
}

function documentOf({ place, at }: PlaceFacts, document: DocumentName, body: object, { page, sheet, svg }: Forms): RegisterDocument {
  const { id, name } = place.place;
  const data = { document, place: { id, name }, asOf: at, registerVersion: place.version, ...body };
  return {
    data,
    formats: {
      json: () => `${JSON.stringify(data, undefined, 2)}\n`,
      ...(page === undefined ? {} : { html: () => pageHtml(page), md: () => pageMarkdown(page) }),
      ...(sheet === undefined ? {} : { csv: () => sheetCsv(sheet) }),
      ...(svg === undefined ? {} : { svg }),
    },
  };
}

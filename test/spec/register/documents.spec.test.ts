import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dataUsePage } from '../../../src/http/pages/data-use.ts';
import { createDataUseRegister } from '../../../src/http/register-services.ts';
import type { DataUseAgreement } from '../../../src/http/services.ts';
import { admit } from '../../../src/register/admit.ts';
import type { CagAnnex } from '../../../src/register/documents/cag-annex.ts';
import { factsOf, type ObservedFlow, type PlaceFacts } from '../../../src/register/documents/facts.ts';
import type { FlowMap } from '../../../src/register/documents/flow-map.ts';
import { type DocumentName, documentNames, makeDocument } from '../../../src/register/documents/produce.ts';
import type { Ropa } from '../../../src/register/documents/ropa.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import type { Register } from '../../../src/register/register.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';
import { parseMarkup, structureFaults } from '../../support/markup.ts';

const today = '2026-11-21' as LocalDate;
const place = 'southend-on-sea';

let register: Register;
let facts: PlaceFacts;
beforeAll(async () => {
  register = await loadRegisterFiles(join(import.meta.dirname, '../../../config/register'));
  facts = factsOf(register, place, today);
});

const form = (name: DocumentName, format: 'html' | 'svg' | 'csv' | 'md' | 'json', of = facts): string =>
  makeDocument(of, name).formats[format]?.() ?? '';
const data = <Data>(name: DocumentName, of = facts): Data => makeDocument(of, name).data as Data;
const pages = documentNames.filter((name) => name !== 'public');

describe('the documents of the example place', () => {
  it('record every agreement and every flow, and say of each what the gate says', () => {
    const ropa = data<Ropa>('ropa');
    const map = data<FlowMap>('flow-map');
    const agreements = [...(register.places.get(place)?.agreements.keys() ?? [])].toSorted();
    const flows = [...register.flows.keys()].toSorted();
    expect(ropa.agreements.map(({ id }) => id).toSorted()).toEqual(agreements);
    expect(map.parts.map(({ agreement }) => agreement).toSorted()).toEqual(agreements);
    expect(ropa.flows.map(({ flow }) => flow).toSorted()).toEqual(flows);
    expect(ropa.agreements.flatMap((one) => one.flows.flatMap((group) => group.flows)).toSorted()).toEqual(flows);
    expect(map.parts.flatMap(({ groups }) => groups.flatMap((group) => group.flows)).toSorted()).toEqual(flows);
    for (const { flow, running } of ropa.flows) expect([flow, running]).toEqual([flow, admit(register, flow, today).admitted]);
    expect([map.running, map.notRunning]).toEqual([146, 42]);
    const [ropaHtml, mapCsv] = [form('ropa', 'html'), form('flow-map', 'csv')];
    for (const flow of flows) {
      expect(ropaHtml).toContain(`>${flow}<`);
      expect(mapCsv).toContain(`\n${flow},`);
    }
  });

  it('say why a flow does not run, in the drawing and in the table beneath it', () => {
    const map = data<FlowMap>('flow-map');
    const [svg, html] = [form('flow-map', 'svg'), form('flow-map', 'html')];
    for (const { running, reasons } of map.parts.flatMap(({ groups }) => groups)) {
      expect(reasons.length > 0).toBe(!running);
      for (const { message, clause } of reasons) expect([message, clause]).not.toContain('');
    }
    expect(svg.match(/Not running: /g)?.length).toBeGreaterThan(10);
    expect(svg).toContain('Not running: The flow was stopped on 2014-05-01');
    expect(html).toContain('The practice withdrew from the agreement on 2026-05-31.');
  });

  it('draw the practices that do the same as one box, and those that do not apart', () => {
    const { parts } = data<FlowMap>('flow-map');
    const groups = parts.flatMap((part) => part.groups).filter(({ from }) => from.key === 'gp-practices');
    expect(groups.map(({ from, running }) => [from.organisations.length, running])).toEqual([
      [35, true],
      [1, false],
      [1, false],
    ]);
    expect(parts.flatMap((part) => part.groups).length).toBeLessThan(80);
  });

  it('show what was seen beside what is agreed, when it was looked at', () => {
    const observed = new Map<string, ObservedFlow>([['ambulance-southend', { deliveries: 3, lastOn: '2026-11-20' as LocalDate }]]);
    const html = form('flow-map', 'html', factsOf(register, place, today, { observed }));
    expect(html).toContain('3 deliveries, the last on 20 November 2026');
    expect(html).toContain('No delivery has been seen');
    expect(form('flow-map', 'html')).not.toContain('No delivery has been seen');
  });

  it.each(pages)('%s can be read aloud and printed: headings in order, tables with captions and scopes', (name) => {
    expect(structureFaults(parseMarkup(form(name, 'html')))).toEqual([]);
  });

  it('has a drawing that stands alone', () => {
    const [svg, ...rest] = parseMarkup(form('flow-map', 'svg'));
    expect(svg?.attributes.get('role')).toBe('img');
    expect(rest.slice(0, 2).map(({ name }) => name)).toEqual(['title', 'desc']);
    expect(form('flow-map', 'svg')).toBe(form('flow-map', 'svg', factsOf(register, place, today)));
  });
});

describe('the data of the public page', () => {
  /** Everything that may be told to the public, and nothing beside it. */
  const publicSchema = z.strictObject({
    document: z.literal('public'),
    place: z.strictObject({ id: z.string(), name: z.string() }),
    asOf: z.string(),
    registerVersion: z.number(),
    agreements: z.array(
      z.strictObject({
        ...{
          id: z.string(),
          title: z.string(),
          purposes: z.array(z.string()),
          legalBasis: z.string(),
          objectionsSetAside: z.array(z.string()),
          endsOn: z.string(),
          inForce: z.boolean(),
        },
        ...{ controllers: z.array(z.string()), processors: z.array(z.string()) },
        flows: z.array(z.strictObject({ sender: z.string(), setting: z.string(), recipient: z.string().optional(), running: z.boolean() })),
      }),
    ),
  });

  it('are those of the page itself', async () => {
    const page = createDataUseRegister(async () => register, { now: () => new Date('2026-11-21T09:00:00Z') });
    expect(data<{ agreements: unknown }>('public').agreements).toEqual(await page.agreements());
  });

  it('and every document to judge the programme by say which objections are set aside', async () => {
    const reference = 'CAG minutes of 7 May 2026, item 3';
    const ofPlace = (change: (agreement: Breakable) => unknown): PlaceFacts =>
      factsOf(
        registerWith((input) => change(input.agreements[0])),
        'example-place',
        today,
      );
    const honoured = ofPlace(() => undefined);
    const setAside = ofPlace((agreement) => {
      agreement.objectionsSetAside = [{ document: 'ndop-set-aside', reference, seenOn: '2026-05-20', seenBy: 'Caldicott guardian' }];
      agreement.sourceSystemAccess = 'Schedule 4: no access from the panel room';
    });
    const said = 'the national data opt-out does not apply';
    for (const [name, format, expected] of [
      ['cag-annex', 'md', [said.slice(4), reference, '20 May 2026', 'Caldicott guardian', 'no access from the panel room']],
      ['dpia', 'md', [said.slice(4), reference]],
      ['public', 'json', [said]],
    ] as const) {
      for (const words of expected) expect(form(name, format, setAside)).toContain(words);
      expect(form(name, format, honoured)).not.toContain(said.slice(4));
    }
    expect(form('cag-annex', 'md', honoured)).toContain('every objection is honoured as the rule book says');
    // What the public reads names no document and nobody.
    for (const inside of [reference, 'Caldicott guardian', 'panel room']) expect(form('public', 'json', setAside)).not.toContain(inside);
    const told = (facts: PlaceFacts) => dataUsePage(data<{ agreements: DataUseAgreement[] }>('public', facts).agreements);
    expect(told(setAside)).toContain(`${said} under this agreement`);
    expect(told(honoured)).not.toContain('is not honoured');
  });

  it('make a page that names who sends what to whom once, in words and dates that people use', () => {
    const page = dataUsePage(data<{ agreements: DataUseAgreement[] }>('public').agreements);
    const inForce = page.slice(page.indexOf('Risk stratification and commissioning'), page.indexOf('Agreements not in force'));
    const ofPractice = (inForce.match(/<tr><th scope="row">.*<\/tr>/g) ?? []).filter((row) => row.includes('Practice 2 of 37'));
    expect(ofPractice).toHaveLength(1);
    expect(ofPractice[0]).toMatch(/<td>GP<\/td><td>the linked data set<\/td><td>Running<\/td>/);
    expect(page).not.toMatch(/<td>(?:gp|nhs 111)</);
    expect(page).toContain('In force until 31 March 2027');
    expect(page).not.toMatch(/\d{4}-\d{2}-\d{2}/);
    expect(structureFaults(parseMarkup(page))).toEqual([]);
  });

  it('name organisations and purposes, and no person, post, contact, system, client or evidence', () => {
    const text = makeDocument(facts, 'public').formats.json?.() ?? '';
    publicSchema.parse(JSON.parse(text));
    const { document } = facts.place;
    const internal = [
      ...document.people.flatMap(({ id, subject, post }) => [id, subject ?? id, post]),
      ...document.clients.flatMap(({ jwks }) => jwks.keys.map(({ kid }) => kid)),
      ...document.systems.flatMap(({ endpoints }) => endpoints.map(({ title }) => title)),
      ...document.agreements.flatMap(({ signatories, fairProcessing }) => [
        ...signatories.map((one) => one.signedBy),
        ...fairProcessing.map((one) => one.evidence),
      ]),
    ];
    expect(internal.length).toBeGreaterThan(50);
    expect(internal.filter((word) => text.includes(word))).toEqual([]);
  });
});

describe('the annex for the Confidentiality Advisory Group', () => {
  it('lists health and social care apart, national or local, and justifies each item (letter of 5 August 2014)', () => {
    const { dataSets, agreements } = data<CagAnnex>('cag-annex');
    expect(agreements.map(({ id, section251 }) => [id, section251])).toEqual([
      ['risk-stratification-2025', true],
      ['linked-data-2025', false],
      ['social-care-linked-data-2025', false],
    ]);
    expect(dataSets.filter(({ sector }) => sector === 'social-care').map(({ feed }) => feed)).toEqual(['asc-cld']);
    expect(dataSets.filter(({ sector }) => sector === 'health').length).toBeGreaterThan(12);
    for (const { items } of dataSets) for (const { justification } of items) expect(justification).not.toBe('');
    const listed = agreements
      .flatMap(({ id }) => facts.place.agreements.get(id)?.dataIn ?? [])
      .flatMap(({ items }) => items.flatMap(({ fields }) => fields));
    expect(dataSets.reduce((sum, { items }) => sum + items.length, 0)).toBe(listed.length);
  });

  it('as of August 2014 is of an application that was deferred, with nothing running on it and its items still to be listed', () => {
    const then = factsOf(register, place, '2014-08-10' as LocalDate);
    const { agreements, flows } = data<CagAnnex>('cag-annex', then);
    expect(agreements[0]).toMatchObject({ id: 'caretrak-cag-2014', section251: true, basisStanding: 'deferred since 5 August 2014' });
    expect(flows.filter(({ agreement }) => agreement === 'caretrak-cag-2014').some(({ running }) => running)).toBe(false);
    expect(form('cag-annex', 'html', then)).toContain('<strong>To be completed by the applicant</strong> The items of this data set');
  });
});

describe('the skeleton of an impact assessment', () => {
  it('has the headings of the Information Commissioner, in order, and says who fills each gap', () => {
    const elements = parseMarkup(form('dpia', 'html'));
    expect(elements.filter(({ name }) => name === 'h2').map(({ text }) => text)).toEqual([
      'Submitting controller details',
      'Step 1: Identify the need for an assessment',
      'Step 2: Describe the processing',
      'Step 3: Consultation process',
      'Step 4: Assess necessity and proportionality',
      'Step 5: Identify and assess risks',
      'Step 6: Identify measures to reduce risk',
      'Step 7: Sign off and record outcomes',
    ]);
    const gaps = elements.filter(({ attributes }) => attributes.get('class') === 'gap');
    expect(gaps.length).toBeGreaterThan(8);
    for (const { text } of gaps) expect(text).toMatch(/^To be completed by (the|each) \w+/);
  });

  it('names the risk that broke pseudonyms in 2014: a licence whose holders also see a source system', () => {
    expect(form('dpia', 'md')).toMatch(/Council analysis and returns .* could find out who a pseudonymised record is about/);
  });

  it('can be of one agreement, where the other documents are of the whole place', () => {
    const one = makeDocument(facts, 'dpia', 'linked-data-2025').data as { agreements: { id: string }[] };
    expect(one.agreements.map(({ id }) => id)).toEqual(['linked-data-2025']);
    expect(() => makeDocument(facts, 'dpia', 'no-such')).toThrow(expect.objectContaining({ code: 'AGREEMENT_UNKNOWN' }));
    expect(() => makeDocument(facts, 'ropa', 'linked-data-2025')).toThrow(expect.objectContaining({ code: 'AGREEMENT_NOT_TAKEN' }));
  });
});

describe('a register that holds markup and formulas', () => {
  const hostile = `=1+1 </text><script>alert("x")</script> & 'y' | \u0007 ]]> <svg onload="z">`;
  const of = (): PlaceFacts =>
    factsOf(
      registerWith((input: Breakable, agreement: Breakable) => {
        for (const one of [...input.organisations, ...input.services]) one.name = hostile;
        Object.assign(agreement, {
          title: hostile,
          note: hostile,
          history: [{ state: 'suspended', on: '2025-04-01', by: hostile, evidence: hostile }],
        });
        agreement.dataIn[0].items[0] = { fields: [hostile], justification: hostile };
        agreement.dpia.reference = hostile;
        for (const flow of input.flows)
          Object.assign(flow, { title: hostile, history: [{ state: 'stopped', on: '2025-05-01', by: 'Board', evidence: hostile }] });
        input.place.name = hostile;
      }),
      'example-place',
      today,
    );

  it.each(pages)('stays text in every form of %s', (name) => {
    const html = form(name, 'html', of());
    expect(structureFaults(parseMarkup(html))).toEqual([]);
    expect(html).not.toMatch(/<script|onload="/);
    const markdown = form(name, 'md', of());
    expect(markdown).toContain('\\<script\\>');
    expect(markdown).not.toMatch(/(?<!\\)<(?!br>)/);
  });

  it('stays text in the drawing and in a spreadsheet', () => {
    const svg = form('flow-map', 'svg', of());
    const elements = parseMarkup(svg);
    expect(new Set(elements.map(({ name }) => name))).toEqual(new Set(['svg', 'title', 'desc', 'rect', 'g', 'path', 'text']));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has none of them
    expect(svg).not.toMatch(/[\u0000-\u0008]/);
    expect(form('ropa', 'csv', of())).not.toMatch(/(?:^|,|")=1\+1/m);
  });
});

describe('a place', () => {
  it('that the register does not hold has no documents', () => {
    expect(() => factsOf(register, 'elsewhere', today)).toThrow(expect.objectContaining({ code: 'PLACE_UNKNOWN' }));
  });
});

import type { Row, RuleCases } from './case.ts';

const numbers = ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped'] as const;

export const budgetCases: readonly RuleCases[] = [
  {
    rule: 'PHB_STOCK_FLOW',
    found: [
      ['24 in place, after 24 and 7 new and 17 stopped', { answers: { 'am.phb.stopped': 17 }, before: { 'am.phb.in-place': 24 } }],
      ['one too few', { answers: { 'am.phb.in-place': 24 }, before: { 'am.phb.in-place': 23 } }],
    ],
    notFound: [
      [
        '14 in place, after 24 and 7 new and 17 stopped',
        { answers: { 'am.phb.in-place': 14, 'am.phb.stopped': 17, 'am.phb.percent-chc': '50%' }, before: { 'am.phb.in-place': 24 } },
      ],
      ['nobody knows the quarter before', { answers: { 'am.phb.stopped': 17 } }],
      [
        'a rehearsal, before whose period came something else',
        { document: { rehearsal: true }, answers: { 'am.phb.stopped': 17 }, before: { 'am.phb.in-place': 24 } },
        ['REHEARSAL_PERIOD'],
      ],
      ...[0, 1, 2].map(
        (missing): Row => [
          `${numbers[missing]} is not known`,
          { answers: { 'am.phb.stopped': 17, [numbers[missing] ?? '']: null }, before: { 'am.phb.in-place': 24 } },
          ['UNANSWERED'],
        ],
      ),
      ['the quarter before, written as text', { before: { 'am.phb.in-place': '24' } }],
    ],
  },
  {
    rule: 'PHB_FLOW_IMPOSSIBLE',
    found: [['more new than in place and stopped together', { answers: { 'am.phb.new': 32 } }]],
    notFound: [
      ['as many new as in place and stopped together', { answers: { 'am.phb.new': 31 } }],
      ...[0, 2].map(
        (missing): Row => [
          `more new, and ${numbers[missing]} is not known`,
          { answers: { 'am.phb.new': 32, [numbers[missing] ?? '']: null } },
          ['UNANSWERED'],
        ],
      ),
    ],
  },
  {
    rule: 'PERCENT_NOT_ATTAINABLE',
    found: [
      ['94 % of 24', { answers: { 'am.phb.percent-chc': '94%' } }],
      ['91.6 % of 24, where 22 are 91.7 %', { answers: { 'am.phb.percent-chc': '91.6%' } }],
      ['5 % of none', { answers: { 'am.phb.in-place': 0, 'am.phb.new': 0, 'am.phb.percent-chc': '5%' } }],
    ],
    notFound: [
      ['91.7 % of 24: 22 of them', { answers: { 'am.phb.percent-chc': '91.7%' } }],
      ['92 % of 24: the same, rounded', { answers: { 'am.phb.percent-chc': 92 } }],
      ['94 % of 17: 16 of them', { answers: { 'am.phb.in-place': 17, 'am.phb.percent-chc': 94 } }],
      ['all of them', { answers: { 'am.phb.percent-chc': 100 } }],
      ['nobody knows how many', { answers: { 'am.phb.in-place': null, 'am.phb.percent-chc': '94%' } }, ['UNANSWERED']],
      ['nobody knows the percentage', { answers: { 'am.phb.percent-chc': null } }, ['UNANSWERED']],
      ['a half that a spreadsheet rounds up: 1 of 200', { answers: { 'am.phb.in-place': 200, 'am.phb.percent-chc': '1%' } }],
      ['0 % of none', { answers: { 'am.phb.in-place': 0, 'am.phb.new': 0, 'am.phb.percent-chc': 0 } }],
    ],
  },
  {
    rule: 'RATE_NOT_RECOMPUTABLE',
    found: [
      ['13.2 where 24 of 180,589 are 13.3', { cells: { 'am.phb.rate': { value: 13.2, shown: '13.2' } } }],
      ['14 where they are 13', { cells: { 'am.phb.rate': { value: 14, shown: '14' } } }],
    ],
    notFound: [
      ['13: printed without decimals', { cells: { 'am.phb.rate': { value: 13, shown: '13' } } }],
      ['13.29: printed with two', { cells: { 'am.phb.rate': { value: 13.29, shown: '13.29' } } }],
      ['13 of 182,046, by the population of the next year', { quarter: 4 }],
      ['no rate at all', { cells: { 'am.phb.rate': { value: null, shown: '' } } }],
    ],
  },
  {
    rule: 'POPULATION_BASIS_WRONG',
    found: [
      [
        'registered patients instead of residents',
        { cells: { 'am.phb.population': { value: 186_000, shown: '186,000' }, 'am.phb.rate': { value: 12.9, shown: '12.9' } } },
      ],
      [
        'mid 2016 in a return of 2017',
        { quarter: 4, cells: { 'am.phb.population': { value: 180_589, shown: '180,589' }, 'am.phb.rate': { value: 13, shown: '13' } } },
      ],
    ],
    notFound: [
      ['mid 2016', {}],
      ['mid 2017 in a return of 2017', { quarter: 4 }],
      ['no population', { cells: { 'am.phb.population': { value: null, shown: '' } } }],
    ],
  },
  {
    rule: 'POPULATION_BASIS_CHANGED',
    found: [['mid 2017 after mid 2016', { quarter: 4, before: { 'am.phb.population': 180_589 } }]],
    notFound: [
      ['mid 2016 after mid 2016', { quarter: 3, before: { 'am.phb.population': 180_589 } }],
      ['nobody knows the population before', { quarter: 4 }],
    ],
  },
];

import type { RuleCases } from './case.ts';

export const formCases: readonly RuleCases[] = [
  {
    rule: 'ANSWER_NOT_ALLOWED',
    found: [
      ['an option in the wrong case', { answers: { 'am.sharing.gp.gp': 'Shared Via Interim Solution' } }],
      ['a date that does not exist', { answers: { 'am.open-api.go-live.gp': '31/02/17' } }],
      ['a number below the limit', { answers: { 'am.phb.new': -1 } }],
      ['a text longer than its cell', { answers: { 'narrative.text': 'x'.repeat(32_768) } }],
    ],
    notFound: [
      ['an option in its exact case', { answers: { 'am.sharing.gp.gp': 'Shared via interim solution' } }],
      ['a date that exists', { answers: { 'am.open-api.go-live.gp': '28/02/17' } }],
      ['a number at the limit', { answers: { 'am.phb.new': 0 } }],
      ['a text as long as its cell', { answers: { 'narrative.text': 'x'.repeat(32_767) } }],
    ],
  },
  {
    rule: 'COVER_INCOMPLETE',
    found: [['nobody signed off', { answers: { 'cover.signed-off-by': null } }]],
    notFound: [['a complete cover', {}]],
  },
  {
    rule: 'COVER_OTHER_BOARD',
    found: [['the board of another place', { answers: { 'cover.board': 'Thurrock' } }]],
    notFound: [['the name in other letters', { answers: { 'cover.board': ' SOUTHEND ON SEA ' } }]],
  },
  {
    rule: 'UNANSWERED',
    found: [
      ['a question without an answer', { answers: { 'am.dicr.pilot': null } }],
      ['the second half of a question', { quarter: 4, answers: { 'ye.success.1.category': null } }],
      ['a metric that nobody specified', { cells: { 'sm.patient-experience.plan-metric': { value: null, shown: '' } } }],
      ['pooling, which was not stated before', { answers: { 'budget.pooled': null }, before: { 'budget.pooled': 'No' } }],
    ],
    notFound: [
      ['a comment box that is never owed', { quarter: 4, answers: { 'ye.statement.1.comment': null } }],
      ['a metric that the plan specified', { answers: { 'sm.patient-experience.metric': null } }],
      ['pooling, which was stated before', { answers: { 'budget.pooled': null }, before: { 'budget.pooled': 'Yes' } }],
    ],
  },
];

import { inWords, sentence } from '../../../register/documents/words.ts';
import { matrixSettings } from '../../../shared/settings.ts';
import { observe } from '../../build.ts';
import { releaseDeliveries } from '../../deliveries.ts';
import type { Observation } from '../../observation.ts';
import { measured, type ObservedRow, type ReportFacts, type ReportSource } from '../source.ts';

const observed = async (facts: ReportFacts): Promise<ReadonlyMap<string, Observation>> => observe(await facts.seen());

/** One row for each setting of the matrix; its columns are cells of the return, by their question id. */
const bySetting = async (facts: ReportFacts, columns: Readonly<Record<string, (setting: string) => string>>): Promise<ObservedRow[]> => {
  const found = await observed(facts);
  return matrixSettings.map((setting) => ({
    key: setting,
    label: sentence(inWords(setting)),
    cells: Object.fromEntries(
      Object.entries(columns).flatMap(([column, questionOf]) => {
        const observation = found.get(questionOf(setting));
        return observation === undefined ? [] : [[column, observation] as const];
      }),
    ),
  }));
};

/** Whatever a return can observe, cell by cell, for reports that ask the same in another order. */
export const returnCells: ReportSource = {
  id: 'return-cells',
  about: 'What the gateway observed for any cell of a data-sharing return',
  row: 'a question of a return, by its id',
  columns: { observed: 'Observed' },
  async observe(facts) {
    const found = await observed(facts);
    return [...found].map(([id, observation]) => ({ key: id, label: id, cells: { observed: observation } }));
  },
};

export const sharing: ReportSource = {
  id: 'sharing',
  about: 'How each setting shares information about people with each other: Open API, interim solution, or not digitally',
  row: 'the setting that sends',
  columns: Object.fromEntries(matrixSettings.map((setting) => [setting, `To ${inWords(setting)}`])),
  observe: (facts) => bySetting(facts, Object.fromEntries(matrixSettings.map((to) => [to, (from: string) => `am.sharing.${from}.${to}`]))),
};

export const openApi: ReportSource = {
  id: 'open-api',
  about: 'Progress of each setting towards Open APIs (RULE-API-1), from the endpoints of the register',
  row: 'a setting',
  columns: { status: 'Progress', 'go-live': 'Go-live' },
  observe: (facts) =>
    bySetting(facts, {
      status: (setting) => `am.open-api.status.${setting}`,
      'go-live': (setting) => `am.open-api.go-live.${setting}`,
    }),
};

export const nhsNumber: ReportSource = {
  id: 'nhs-number',
  about: 'Use of the NHS number in each setting, from the completeness of what it sent',
  row: 'a setting',
  columns: { correspondence: 'On correspondence', retrieve: 'Care record found by it' },
  observe: (facts) =>
    bySetting(facts, {
      correspondence: (setting) => `am.nhs-number.correspondence.${setting}`,
      retrieve: (setting) => `am.nhs-number.retrieve.${setting}`,
    }),
};

const deliveryQuery = { id: 'landed-deliveries', description: 'Deliveries of the flow that landed in the period, by their receipts' };

export const deliveries: ReportSource = {
  id: 'deliveries',
  about: 'What each flow of the place delivered in the period',
  row: 'a flow of the register',
  columns: { deliveries: 'Deliveries', received: 'Records received', usable: 'With a usable NHS number', verified: 'With a verified one' },
  async observe(facts) {
    const { flows, landed } = await facts.seen();
    return flows.map(({ flow }) => {
      const one = landed.get(flow.id);
      const say = (answer: string | number) =>
        measured(
          deliveryQuery,
          answer,
          one === undefined ? 'No delivery of this flow landed in the period.' : 'Sum over the receipts of the period.',
          {
            flags: one === undefined ? ['NO_DATA_IN_PERIOD'] : [],
            landed: one === undefined ? [] : [one],
          },
        );
      const shown = one === undefined ? undefined : releaseDeliveries(one);
      return {
        key: flow.id,
        label: flow.title,
        cells: {
          deliveries: say(shown?.deliveries ?? 0),
          received: say(shown?.received ?? 0),
          usable: say(shown?.numberUsable ?? 0),
          verified: say(shown?.numberVerified ?? 0),
        },
      };
    });
  },
};

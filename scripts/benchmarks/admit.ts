import { admit as admitFlow } from '../../src/register/admit.ts';
import { loadRegister } from '../../src/register/load.ts';
import { localDate } from '../../src/shared/clock.ts';
import { type BenchResult, median, openWorld, timed } from './world.ts';

/**
 * The gate: every flow of the example place is asked about, admitted and refused alike. The yardstick is the cheapest
 * question a gate in the database could ask: `select 1` of the flow by its key, without any rule.
 */
export async function admit(rounds = 200, runs = 5): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const register = await loadRegister(world.app.gateway);
    const today = localDate(world.app.clock.now());
    const flows = [...register.flows.keys()];
    const ours: number[] = [];
    const hands: number[] = [];
    for (let run = 0; run < runs; run++) {
      const asked = await timed(async () => {
        let admitted = 0;
        for (let round = 0; round < rounds; round++) for (const flow of flows) if (admitFlow(register, flow, today).admitted) admitted += 1;
        return admitted;
      });
      if (asked.result === 0 || asked.result === rounds * flows.length) throw new Error('the gate says the same to everybody');
      ours.push((asked.seconds * 1000) / (rounds * flows.length));
      const byHand = await timed(async () => {
        for (const flow of flows) await world.app.gateway.query('select 1 from register.flow where flow_id = $1', [flow]);
      });
      hands.push((byHand.seconds * 1000) / flows.length);
    }
    const [value, yardstick] = [median(ours), median(hands)];
    return {
      bench: 'admit',
      value,
      unit: `ms for one decision with all reasons, over ${flows.length} flows`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: 'yardstick: one indexed `select 1` of the flow, with its round trip and without any rule',
    };
  } finally {
    await world.close();
  }
}

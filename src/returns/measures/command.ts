import type { Command } from 'commander';
import type { OpenApp } from '../../app.ts';
import { plural } from '../../register/documents/words.ts';
import { requirePlace } from '../../register/require-place.ts';
import { type LocalDate, localDate } from '../../shared/clock.ts';
import type { Output } from '../../shared/output.ts';
import { parsePeriod, quarterOf } from '../period.ts';
import { countMeasures } from './count-measures.ts';
import { loadMeasures } from './load-measures.ts';
import type { MeasureValue } from './measure.ts';
import { measureValues } from './measure-values.ts';
import { showMeasures } from './show-measures.ts';

interface MeasuresOptions {
  readonly place: string;
  readonly period?: string;
}

/** `haven return count | measures`. */
export function addMeasureCommands(returns: Command, open: OpenApp, out: Output): void {
  returns
    .command('count')
    .description('brings the counts behind the measures up to date with what landed, changed and went')
    .action(async () => {
      const { gateway, config, clock } = await open();
      const { definitions } = await loadMeasures(config.configDirectory);
      const counted = await countMeasures(gateway, definitions, clock);
      const people = counted.people === 'all' ? 'everybody' : `${counted.people} people`;
      out.print(out.json ? counted : `Counted ${plural(counted.rules, 'new rule')}, and ${people} again.`);
    });

  returns
    .command('measures')
    .description('the measures of a place and period, with numerator, denominator and population basis')
    .requiredOption('--place <id>', 'place of the register, e.g. southend-on-sea')
    .option('--period <from..to>', 'whole months; default the quarter of today')
    .action(async ({ place, period }: MeasuresOptions) => {
      const { gateway, config, clock, register } = await open();
      const { definitions } = await loadMeasures(config.configDirectory);
      await countMeasures(gateway, definitions, clock);
      const today: LocalDate = localDate(clock.now());
      const asked = period === undefined ? quarterOf(today) : parsePeriod(period);
      const known = await register();
      requirePlace(known, place);
      const request = { place, period: asked, register: known, config: config.configDirectory, at: today };
      const values = await showMeasures(gateway, await measureValues(gateway, request), request, clock);
      const ended = asked.to < today ? '' : ' (not over yet: what needs the whole of it has no value; --period names an earlier one)';
      out.print(
        out.json
          ? { measures: [...values.values()] }
          : [`${place}, ${asked.from} to ${asked.to}${ended}`, ...[...values.values()].map(describe)].join('\n'),
      );
    });
}

const number = (value: number | null, suppressed: boolean): string =>
  value === null ? (suppressed ? '*' : '–') : value.toLocaleString('en-GB');

function describe(value: MeasureValue): string {
  const { measure, version, numerator, denominator, rate, per, suppressed, seen, reason } = value;
  const title = `${`${measure} (${version})`.padEnd(42)}`;
  if (!seen) return `${title}  ${reason}`;
  const over = denominator === null ? '' : ` of ${number(denominator, suppressed)}`;
  return `${title}  ${number(numerator, suppressed)}${over}${rate === null ? '' : `, ${rate} per ${per.toLocaleString('en-GB')}`}`;
}

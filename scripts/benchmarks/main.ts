import process from 'node:process';
import { admit } from './admit.ts';
import { applyObjections } from './apply-objections.ts';
import { erasePeople } from './erase-people.ts';
import { ingestCsv } from './ingest-csv.ts';
import { ingestFhir } from './ingest-fhir.ts';
import { linkGrowth } from './link-growth.ts';
import { memory } from './memory.ts';
import { populateReturn } from './populate-return.ts';
import { redeliver } from './re-deliver.ts';
import { type BenchResult, say } from './world.ts';

const benches: Readonly<Record<string, () => Promise<BenchResult>>> = {
  admit: () => admit(),
  'apply-objections': () => applyObjections(),
  'erase-people': () => erasePeople(),
  'ingest-csv': () => ingestCsv(),
  'ingest-fhir': () => ingestFhir(),
  'populate-return': () => populateReturn(),
  're-deliver': () => redeliver(),
  memory: () => memory(),
  'link-growth': () => linkGrowth(),
};

const names = process.argv.slice(2);
for (const name of names) {
  if (!(name in benches)) {
    say(`There is no benchmark of this name. There are: ${Object.keys(benches).join(', ')}.`);
    process.exit(2);
  }
}
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  say(`${name} …`);
  const result = await (benches[name] as () => Promise<BenchResult>)();
  process.stdout.write(
    `${JSON.stringify({ ...result, value: round(result.value), yardstick: round(result.yardstick), ratio: round(result.ratio) })}\n`,
  );
}
process.exit(0);

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

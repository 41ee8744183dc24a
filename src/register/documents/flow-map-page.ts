import type { Sheet } from './csv.ts';
import type { PlaceFacts } from './facts.ts';
import type { FlowMap, MapPart } from './flow-map.ts';
import { basisLine, partSvg } from './map-svg.ts';
import { type Page, type Section, text } from './page.ts';
import { flowTables, madeOf } from './page-parts.ts';
import { plural } from './words.ts';

/** The map as a page: a drawing for each agreement, and beneath it the same as a table. */
export function flowMapPage(facts: PlaceFacts, map: FlowMap): Page {
  const runs = ({ groups }: MapPart): boolean => groups.some(({ running }) => running);
  return {
    title: `Data flow map: ${facts.place.place.name}`,
    intro: [
      madeOf(facts),
      `${plural(map.running, 'flow')} running, ${map.notRunning} not running. Practices that do the same are drawn as one box.`,
      'A solid line with an arrow head runs. A dashed line with a cross does not, and says why. Each table says the same as the drawing above it, with every reason.',
    ],
    sections: [
      { heading: 'Agreements under which data flow', ...partsOf(map.parts.filter(runs), 'No data flow.') },
      {
        heading: 'Agreements under which nothing flows',
        ...partsOf(
          map.parts.filter((part) => !runs(part)),
          'None.',
        ),
      },
    ],
  };
}

const partsOf = (parts: readonly MapPart[], none: string): Pick<Section, 'blocks' | 'sections'> => ({
  blocks: parts.length === 0 ? [text(none)] : [],
  sections: parts.map((part) => ({
    heading: part.title,
    blocks: [
      text(`Agreement ${part.standing}. ${basisLine(part)}`),
      ...(part.groups.length === 0
        ? []
        : [{ kind: 'picture' as const, svg: partSvg(part), label: `Map of the flows under ${part.title}` }]),
      ...flowTables(`Flows under ${part.title}`, part.groups),
    ],
  })),
});

/** One row for each flow: with its group in words, so that a map can be checked line by line. */
export function flowMapSheet(map: FlowMap): Sheet {
  return {
    head: ['flow', 'agreement', 'legal basis', 'basis state', 'from', 'setting', 'through', 'to', 'running', 'reasons'],
    rows: map.parts.flatMap((part) =>
      part.groups.flatMap((group) =>
        group.flows.map((flow) => [
          ...[flow, part.agreement, part.basis.kind, part.basis.standing, group.from.name, group.from.setting, group.through.join('; ')],
          ...[group.to.name, group.running ? 'yes' : 'no', group.reasons.map(({ message }) => message).join(' ')],
        ]),
      ),
    ),
  };
}

import { describe, expect, it } from 'vitest';
import { type PulseWatch, watchPulses } from '../../../src/audit/pulse-watch.ts';
import { leafAt, pulseAt } from '../../support/audit-log.ts';

const clockAt = (second: number): Date => new Date(Date.parse('2026-11-22T10:00:00Z') + second * 1_000);
type Step = Buffer | { readonly seen: number; readonly delay?: number };

function said(...steps: readonly Step[]): readonly string[] {
  const heard: string[] = [];
  const say = (kind: string) => (rule: string, message: string, index?: number) =>
    void heard.push(`${kind} ${rule}${index === undefined ? '' : ` ${index}`}: ${/-?\d+ seconds/.exec(message)?.[0] ?? ''}`);
  walk(watchPulses(say('finding'), say('notice')), steps);
  return heard;
}

const walk = (watch: PulseWatch, steps: readonly Step[]): void =>
  steps.forEach((step, index) => {
    if (Buffer.isBuffer(step)) watch.leaf(index, step);
    else watch.seen(clockAt(step.seen), step.delay);
  });
const start = pulseAt(0, 'started');
const other = (second: number): Buffer => leafAt(second, 'journey.read');
const command = (second: number): Buffer => leafAt(second, 'delivery.landed', 'command-line:root');

/** What happened → what is said of it, with the leaf it is said of. */
const cases: Readonly<Record<string, readonly [steps: readonly Step[], heard: readonly string[]]>> = {
  'a heartbeat within two minutes and ten seconds': [[start, pulseAt(130, 'heartbeat')], []],
  'a heartbeat later than that': [[start, pulseAt(131, 'heartbeat')], ['finding HEARTBEAT_MISSING 1: 131 seconds']],
  'work as long as a heartbeat may take': [[start, other(130)], []],
  'work without a heartbeat, said once': [[start, other(131), other(132)], ['finding HEARTBEAT_MISSING 1: ']],
  'commands while the gateway is gone': [[start, command(9_999)], []],
  'work after the gateway stopped': [[start, pulseAt(1, 'stopped'), other(9_999)], []],
  'a gateway that stops within the time of a heartbeat': [[start, pulseAt(130, 'stopped')], []],
  'a gateway that stops later than that': [[start, pulseAt(131, 'stopped'), other(132)], ['finding HEARTBEAT_MISSING 1: 131 seconds']],
  'a gateway that says again that it starts': [
    [start, pulseAt(131, 'started')],
    ['finding HEARTBEAT_MISSING 1: 131 seconds', 'notice GATEWAY_DIED 1: '],
  ],
  'work before any gateway started': [[other(0), other(9_999)], []],
  'a gateway that died and another that started': [[start, pulseAt(200, 'started', 'i2'), other(210)], ['notice GATEWAY_DIED 1: ']],
  'a gateway that died, and of which nothing more is expected': [
    [start, pulseAt(200, 'started', 'i2'), pulseAt(201, 'stopped', 'i2'), other(9_999)],
    ['notice GATEWAY_DIED 1: '],
  ],
  'another that started soon after': [[start, pulseAt(60, 'started', 'i2'), other(150)], []],
  'two gateways of which one works on': [[start, pulseAt(1, 'started', 'i2'), pulseAt(120, 'heartbeat', 'i2'), other(140)], []],
  'two gateways of which neither does': [[start, pulseAt(1, 'started', 'i2'), other(140)], ['finding HEARTBEAT_MISSING 2: ']],
  'two gateways of which one was silent': [
    [start, pulseAt(1, 'started', 'i2'), pulseAt(100, 'heartbeat', 'i2'), pulseAt(140, 'heartbeat')],
    ['finding HEARTBEAT_MISSING 3: 140 seconds'],
  ],
  'two gateways of which one stopped': [
    [start, pulseAt(1, 'started', 'i2'), pulseAt(2, 'stopped', 'i2'), other(131)],
    ['finding HEARTBEAT_MISSING 3: '],
  ],
  'the heartbeat of a gateway that never said it started': [[pulseAt(0, 'heartbeat'), other(131)], ['finding HEARTBEAT_MISSING 1: ']],
  'the heartbeat of a gateway that comes back after it stopped': [[start, pulseAt(1, 'stopped'), pulseAt(9_999, 'heartbeat')], []],
  'a clock five seconds back': [[pulseAt(60, 'started'), pulseAt(55, 'heartbeat')], []],
  'a clock six seconds back': [[pulseAt(60, 'started'), pulseAt(54, 'heartbeat')], ['finding CLOCK_WENT_BACK 1: 6 seconds']],
  'a clock that goes back once, and on from there': [
    [pulseAt(3_600, 'started'), pulseAt(0, 'heartbeat'), pulseAt(60, 'heartbeat')],
    ['finding CLOCK_WENT_BACK 1: 3600 seconds'],
  ],
  'an entry whose transaction was long': [[pulseAt(600, 'started'), other(0)], []],
  'a witness as late as a heartbeat may be': [[start, { seen: 130 }], []],
  'a witness later than that, said once': [[start, { seen: 131 }, { seen: 132 }], ['finding HEARTBEAT_MISSING: ']],
  'a witness that is known to look late': [[start, { seen: 190, delay: 60 }, { seen: 191, delay: 60 }], ['finding HEARTBEAT_MISSING: ']],
  'a witness that is known to look late, and does not': [[start, { seen: 190, delay: 60 }], []],
  'a witness of a log without a gateway': [[command(0), { seen: 9_999 }], []],
  'a witness while one of two gateways beats': [[start, pulseAt(120, 'started', 'i2'), { seen: 140 }], []],
  'a witness five seconds before the gateway': [[pulseAt(60, 'started'), { seen: 55 }], []],
  'a witness six seconds before the gateway': [[pulseAt(60, 'started'), { seen: 54 }], ['finding CLOCK_AHEAD: 6 seconds']],
  'entries that tell no time': [[start, Buffer.from('{"x":1}'), Buffer.from('nonsense')], []],
  'a heartbeat that names no instance': [
    [Buffer.from('{"actor":"gateway","at":"2026-11-22T10:00:00.000Z","type":"gateway.heartbeat"}'), other(131)],
    ['finding HEARTBEAT_MISSING 1: '],
  ],
  'an entry that holds the beginning of another': [[start, Buffer.from(`{"x":${other(131).toString()}}`)], []],
  'an entry that only looks like a heartbeat': [
    [start, leafAt(120, 'gateway.heartbeat', 'client-a'), other(131)],
    ['finding HEARTBEAT_MISSING 2: '],
  ],
  'another entry of the gateway': [[start, leafAt(120, 'gateway.upgraded', 'gateway'), other(131)], ['finding HEARTBEAT_MISSING 2: ']],
  'a name with a quotation mark': [[start, leafAt(131, 'journey.read', 'a "b" \\')], ['finding HEARTBEAT_MISSING 1: ']],
};

describe('holding the log to its own clock', () => {
  it.each(Object.entries(cases))('%s', (_, [steps, heard]) => {
    expect(said(...steps)).toEqual(heard);
  });

  it.each<[rule: string, steps: readonly Step[], message: string]>([
    [
      'GATEWAY_DIED',
      [start, pulseAt(200, 'started', 'i2')],
      'A gateway ended without saying so; this one started after it. Ask what happened in between.',
    ],
    ['HEARTBEAT_MISSING', [start, other(131)], 'The log went on while the gateway that wrote it gave no heartbeat.'],
    ['HEARTBEAT_MISSING', [start, pulseAt(131, 'heartbeat')], 'A running gateway gave no heartbeat for 131 seconds before this one.'],
    [
      'HEARTBEAT_MISSING',
      [start, { seen: 131 }],
      'When it was looked at from outside, a running gateway had given no heartbeat for more than two minutes.',
    ],
    [
      'CLOCK_WENT_BACK',
      [pulseAt(60, 'started'), pulseAt(54, 'heartbeat')],
      'The clock of the gateway went back by 6 seconds before this heartbeat.',
    ],
    ['CLOCK_AHEAD', [pulseAt(60, 'started'), { seen: 54 }], "The gateway's clock was 6 seconds ahead of the clock outside."],
  ])('says %s in words', (rule, steps, message) => {
    const heard: (readonly [string, string])[] = [];
    const say = (found: string, words: string) => void heard.push([found, words]);
    walk(watchPulses(say, say), steps);
    expect(heard).toEqual([[rule, message]]);
  });
});

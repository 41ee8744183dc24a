import { heartbeatSeconds, pulses } from './heartbeat.ts';

/** What the watch says: a finding is evidence against the log, a notice is something an auditor should ask about. */
export type Say = (rule: string, message: string, index?: number) => void;

export interface PulseWatch {
  /** The next leaf, in the order of the log. */
  leaf(index: number, bytes: Buffer): void;
  /** Somebody outside knows what time it was when the log had the leaves seen so far: a witness, or whoever reads it live. */
  seen(at: Date, delaySeconds?: number): void;
}

/** Two missed heartbeats, and ten seconds for a busy machine. */
const silence = (2 * heartbeatSeconds + 10) * 1_000;
/** Clocks of two gateways, or of a gateway and a witness, may differ by so much. */
const tolerance = 5_000;

/** Canonical JSON sorts its members, so an entry begins with its actor and its time; anything else tells no time. */
const beginning = /^\{"actor":"((?:[^"\\]|\\.)*)","at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/;
const types = new Map<string, keyof typeof pulses>(Object.entries(pulses).map(([pulse, type]) => [type, pulse as keyof typeof pulses]));

/**
 * Holds the log to its own clock. Heartbeats are written alone and at once, so their times never go back; other entries
 * may wait for their transaction and prove nothing about order. While a gateway that started has not stopped, a heartbeat
 * is owed every minute: its absence is a finding when anybody but a command line went on working meanwhile or a
 * witness looked, and a notice when the gateway was just gone (a power cut).
 */
export function watchPulses(find: Say, notice: Say): PulseWatch {
  const last = new Map<string, number>();
  let newest = Number.NEGATIVE_INFINITY;

  const overdue = (at: number, allowed: number): readonly string[] =>
    [...last].filter(([, beat]) => at - beat > allowed).map(([instance]) => instance);
  const seconds = (from: number, to: number): number => Math.round((to - from) / 1_000);

  function pulse(index: number, at: number, kind: keyof typeof pulses, instance: string): void {
    if (at < newest - tolerance) {
      find('CLOCK_WENT_BACK', `The clock of the gateway went back by ${seconds(at, newest)} seconds before this heartbeat.`, index);
    }
    const before = last.get(instance);
    // Whatever it says: a clean stop, or a start of the same instance, does not excuse the heartbeats owed before it.
    if (before !== undefined && at - before > silence) {
      find('HEARTBEAT_MISSING', `A running gateway gave no heartbeat for ${seconds(before, at)} seconds before this one.`, index);
    }
    if (kind === 'started') {
      for (const gone of overdue(at, silence)) {
        notice('GATEWAY_DIED', 'A gateway ended without saying so; this one started after it. Ask what happened in between.', index);
        last.delete(gone);
      }
    }
    if (kind === 'stopped') last.delete(instance);
    else last.set(instance, at);
    // After a step back the clock counts from there: one finding for one step.
    newest = at;
  }

  return {
    leaf(index, bytes) {
      const text = bytes.toString('utf8');
      const [, actor = '', time] = beginning.exec(text) ?? [];
      if (time === undefined) return;
      const at = Date.parse(time);
      const kind = actor === 'gateway' ? types.get(readType(text)) : undefined;
      if (kind !== undefined) return pulse(index, at, kind, readInstance(text));
      if (actor.startsWith('command-line:')) return;
      const gone = overdue(at, silence);
      // A second gateway that beats explains who is working.
      if (gone.length === 0 || gone.length < last.size) return;
      find('HEARTBEAT_MISSING', 'The log went on while the gateway that wrote it gave no heartbeat.', index);
      for (const instance of gone) last.delete(instance);
    },
    seen(at, delaySeconds = 0) {
      if (newest > at.getTime() + tolerance) {
        find('CLOCK_AHEAD', `The gateway's clock was ${seconds(at.getTime(), newest)} seconds ahead of the clock outside.`);
      }
      const gone = overdue(at.getTime(), silence + delaySeconds * 1_000);
      if (gone.length > 0 && gone.length === last.size) {
        find(
          'HEARTBEAT_MISSING',
          'When it was looked at from outside, a running gateway had given no heartbeat for more than two minutes.',
        );
        for (const instance of gone) last.delete(instance);
      }
    },
  };
}

const readType = (text: string): string => String((JSON.parse(text) as { type?: unknown }).type);
const readInstance = (text: string): string => String((JSON.parse(text) as { detail?: { instance?: unknown } }).detail?.instance);

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/shared/errors.ts';
import { createLogger, type Logger } from '../../../src/shared/logger.ts';

const value = '9434765919';

function logged(write: (log: Logger) => void): string {
  let text = '';
  write(
    createLogger('info', {
      write: (line) => {
        text += line;
      },
    }),
  );
  return text;
}

describe('the log', () => {
  it('withholds what could identify a person, however deep it lies', () => {
    const text = logged((log) => log.info({ nhsNumber: value, row: { postcode: value, patient: { birthDate: value } } }, 'read'));
    expect(text).toContain('[withheld]');
    expect(text).not.toContain(value);
  });

  it('keeps of a foreign error its type, code and place, because its message may quote a value', () => {
    const error = Object.assign(new TypeError(`invalid input syntax: "${value}"`), {
      code: '22007',
      detail: `Key (nhs_number)=(${value})`,
    });
    const text = logged((log) => log.error({ err: error }, 'failed'));
    expect(text).not.toContain(value);
    expect(JSON.parse(text)).toMatchObject({ level: 'error', err: { type: 'TypeError', code: '22007' } });
  });

  it('keeps the message of our own errors, and nothing of their cause', () => {
    const error = new GatewayError('FLOW_UNKNOWN', 'There is no such flow.', { cause: new Error(value) });
    const text = logged((log) => log.error({ err: error }, 'refused'));
    expect(text).toContain('There is no such flow.');
    expect(text).not.toContain(value);
  });
});

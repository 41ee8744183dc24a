import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, GatewayError } from '../../../src/shared/errors.ts';
import { describeFailure } from '../../../src/shared/failure.ts';

const withCode = (code: string, extra: object = {}): Error => Object.assign(new Error('value 9434765919 is wrong'), { code }, extra);

describe('what the command line says about a failure', () => {
  it.each([
    ['a refused input', new GatewayError('FLOW_UNKNOWN', 'There is no such flow.'), 65],
    ['a wrong configuration', new ConfigurationError(['a', 'b']), 78],
    ['a database that is not there', withCode('ECONNREFUSED'), 69],
    ['a database at none of its addresses', new AggregateError([withCode('ECONNREFUSED')]), 69],
    ['a database that is starting', withCode('57P03'), 69],
    ['a wrong password', withCode('28P01'), 78],
    ['a file that is not there', withCode('ENOENT', { path: 'feed.csv', syscall: 'open' }), 65],
    ['a fault of the program', new TypeError('value 9434765919 is wrong'), 70],
  ])('exits for %s', (_name, error, exit) => {
    const failure = describeFailure(error);
    expect(failure.exit).toBe(exit);
    expect(failure.message).not.toContain('9434765919');
  });

  it('does not repeat what PostgreSQL says, which quotes the value it could not take', () => {
    const error = new pg.DatabaseError('invalid input syntax for type date: "9434765919"', 1, 'error');
    error.code = '22007';
    expect(describeFailure(error)).toMatchObject({ unexpected: true, message: expect.not.stringContaining('9434765919') });
  });
});

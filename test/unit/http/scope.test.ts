import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonScopes, holdsScope, parseScope } from '../../../src/http/scope.ts';

const scope = fc
  .tuple(fc.constantFrom('*', 'Delivery', 'Journey'), fc.constantFrom('c', 'r', 'cu', 'cruds', 'read', 'write', '*', 's'))
  .map(([resource, interactions]) => `system/${resource}.${interactions}`);
const asked = fc
  .tuple(fc.constantFrom('Delivery', 'Journey'), fc.constantFrom('c', 'r', 'u', 'd', 's'))
  .map(([resource, interaction]) => `system/${resource}.${interaction}`);

describe('a scope', () => {
  it.each([
    [['system/*.cu'], 'system/Delivery.c', true],
    [['system/*.write'], 'system/Delivery.c', true],
    [['system/*.read'], 'system/Delivery.c', false],
    [['system/*.*'], 'system/Journey.r', true],
    [['system/Journey.r'], 'system/Delivery.c', false],
    [['system/Delivery.c', 'system/Delivery.r'], 'system/Delivery.cr', true],
    [['patient/Delivery.c'], 'system/Delivery.c', false],
    [['system/delivery.c'], 'system/Delivery.c', false],
    [['*'], 'system/Delivery.c', false],
    [['system/*'], 'system/Delivery.c', false],
    [['system/Delivery.c system/Journey.r'], 'system/Journey.r', false],
    [['system/Delivery.c'], '*', false],
    [[], 'system/Delivery.c', false],
  ])('of %j covers %s: %s', (held, needed, expected) => {
    expect(holdsScope(held, needed)).toBe(expected);
  });

  it('that cannot be read grants nothing', () => {
    fc.assert(
      fc.property(fc.string(), asked, (text, needed) => {
        if (parseScope(text) === undefined) expect(holdsScope([text], needed)).toBe(false);
      }),
    );
  });

  it('in both the token and the register grants no more than either', () => {
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 4 }), fc.array(scope, { maxLength: 4 }), asked, (inToken, inRegister, needed) => {
        if (!holdsScope(commonScopes(inToken, inRegister), needed)) return;
        expect(holdsScope(inToken, needed) && holdsScope(inRegister, needed)).toBe(true);
      }),
    );
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ageBand } from '../../../src/environment/age.ts';
import { loadVisibility, visibleSettings } from '../../../src/environment/visibility.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const visibility = await loadVisibility(join(packageRoot(), 'config', 'risk'));

describe('who sees which settings', () => {
  it('lets a practice see social care, and social care no GP row', () => {
    expect(visibleSettings(visibility, ['gp-practice'])).toContain('social-care');
    expect(visibleSettings(visibility, ['local-authority'])).toContain('social-care');
    expect(visibleSettings(visibility, ['local-authority'])).not.toContain('gp');
  });
  it('opens nothing more with a second role, and nothing without one', () => {
    expect(visibleSettings(visibility, ['commissioner', 'local-authority'])).not.toContain('gp');
    expect(visibleSettings(visibility, [])).toEqual([]);
  });
});

describe('age bands', () => {
  it.each([
    [0, '00-04'],
    [4, '00-04'],
    [5, '05-09'],
    [74, '70-74'],
    [89, '85-89'],
    [90, '90+'],
    [110, '90+'],
  ])('puts %i into %s', (age, band) => {
    expect(ageBand(age)).toBe(band);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPORT_FORMAT, REPORT_VERSION } from '../../src/report/document.ts';
import { createJson } from '../../src/report/reporters/json.ts';
import { REPORTERS } from '../../src/report/reporters.ts';
import { OPTIONS, report, SUITE, SUMMARY } from './fixtures.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reports.md'), 'utf8');
const DOCUMENT: unknown = JSON.parse(report(createJson(OPTIONS), SUITE, SUMMARY));

/** The names of all members of a value, at any depth. */
function members(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(members)];
}

describe('docs/reports.md', () => {
  it('has every member of the JSON report', () => {
    const unknown = new Set(
      members(DOCUMENT).filter((name) => !new RegExp(`\`(\\w+\\.)?${name}\``).test(PAGE)),
    );
    expect([...unknown].filter((name) => !['start', 'summary'].includes(name))).toEqual([]);
  });

  it('has its format and version, and every reporter', () => {
    expect(DOCUMENT).toMatchObject({ format: REPORT_FORMAT, version: REPORT_VERSION });
    expect(PAGE).toContain(`\`"${REPORT_FORMAT}"\``);
    expect(PAGE).toMatch(new RegExp(`\\| \`version\` +\\| \`${REPORT_VERSION}\` `));
    for (const name of Object.keys(REPORTERS)) expect(PAGE).toContain(`\n| \`${name}\` `);
  });
});

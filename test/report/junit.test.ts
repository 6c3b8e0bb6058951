import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { ReportedCase } from '../../src/report/read-case.ts';
import { createJunit } from '../../src/report/reporters/junit.ts';
import { caseOf, failed, OPTIONS, passed, report, SUITE } from './fixtures.ts';

const SCHEMA = readFileSync(join(import.meta.dirname, 'junit.xsd'), 'utf8');

function junit(cases: readonly ReportedCase[], workspace?: string): string {
  return report(createJunit({ ...OPTIONS, workspace }), cases);
}

/** What libxml2 has against it. */
async function faults(xml: string): Promise<string[]> {
  const result = await validateXML({ xml: { fileName: 'junit.xml', contents: xml }, schema: SCHEMA });
  return result.errors.map(({ message }) => message);
}

describe('JUnit XML', () => {
  it('is valid by the schema, with a case of every kind and hostile text', async () => {
    expect(await faults(junit(SUITE))).toEqual([]);
  });

  it('is valid with nothing in it', async () => {
    expect(await faults(junit([]))).toEqual([]);
  });

  it('is valid with any UTF-16 unit in names and messages', async () => {
    const units = Array.from({ length: 0x10000 / 64 }, (_, index) => index * 64).map((first) =>
      String.fromCharCode(...Array.from({ length: 64 }, (_, index) => first + index)),
    );
    const message = `${units.join('\n')}\u{1fffe}\u{10ffff}`;
    const testCase = { ...caseOf('asm/a.asm'), name: message };
    const cases = [{ verdict: failed(testCase, [{ kind: 'outcome', message }]), wrote: [] }];
    expect(await faults(junit(cases))).toEqual([]);
  });

  it('is measured by a schema that refuses what is wrong', async () => {
    const xml = junit([{ verdict: passed(caseOf('asm/a.asm')), wrote: [] }]);
    expect(await faults(xml)).toEqual([]);
    for (const [from, to] of [
      [' classname="asm.a"', ''],
      ['<testcase', '<test'],
      ['line="1"', 'line="0"'],
      ['time="0.001264"', 'time="1.264 ms"'],
      ['name="asm/a"', 'name="asm/\u0007"'],
      ['</testsuites>', ''],
    ] as const) {
      expect(await faults(xml.replace(from, to)), to).not.toEqual([]);
    }
  });

  it('keeps the text of a failure as it is', () => {
    const message = 'a < b & "c" ]]> \'d\'\n\t##[group]\n  ::error::e';
    const xml = junit([{ verdict: failed(caseOf('asm/a.asm'), [{ kind: 'outcome', message }]), wrote: [] }]);
    const [, attribute = ''] = / message="([^"]*)"/.exec(xml) ?? [];
    const [, content = ''] = /<failure[^>]*>([^<]*)</.exec(xml) ?? [];
    expect(unescaped(attribute)).toBe(message);
    expect(unescaped(content)).toBe(message);
  });

  it('names files from the checkout', () => {
    const cases = [{ verdict: passed(caseOf('asm/a.asm')), wrote: [] }];
    expect(junit(cases, '/home/me')).toContain(' classname="asm.a" file="project/asm/a.asm"');
    expect(junit(cases, '/elsewhere')).toContain(' file="asm/a.asm"');
  });
});

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescaped(xml: string): string {
  return xml.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string | undefined) =>
    code === undefined ? (ENTITIES[name ?? ''] ?? '?') : String.fromCodePoint(Number(code)),
  );
}

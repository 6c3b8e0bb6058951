import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import type { SourceReport } from '../../src/runner/lane.ts';
import { Pool } from '../../src/runner/pool.ts';
import { prepareGuest } from '../../src/runner/prepare-guest.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { prints } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { type Bundle, bundle } from './bundle.ts';
import { as, LANE, NEVER, only, settle, sourcesOf, summary, useProject } from './project.ts';

const project = useProject();
/** Only a test that fails waits for it. */
const PATIENCE_MS = 20_000;

function good(name: string): string {
  return project.guest(`asm/${name}.asm`, prints(name), { '.golden': name });
}

/** A KVM on which this thread's first guest does not start before a worker has died. */
function afterDeath(kvm: Kvm): Hypervisor {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  return {
    createVm() {
      for (let waited = 0; waited < PATIENCE_MS && !existsSync('died'); waited += 5)
        Atomics.wait(nothing, 0, 0, 5);
      return kvm.createVm();
    },
    [Symbol.dispose]: () => undefined,
  };
}

async function run(
  workerFile: string,
  paths: readonly string[],
  lanes: number,
  store: SuiteStore = SuiteStore.open('x'),
): Promise<SourceReport[][]> {
  using kvm = Kvm.open();
  const pool = new Pool(afterDeath(kvm), workerFile);
  const runs: SourceReport[][] = [];
  try {
    for (let round = 0; round < 2; round += 1) {
      const reports: SourceReport[] = [];
      const request = {
        sources: sourcesOf(paths),
        settings: LANE,
        asTheyCome: false,
        store,
        lanes,
        signal: NEVER,
      };
      for await (const report of pool.run(request)) reports.push(report);
      runs.push(reports);
    }
  } finally {
    await pool.close();
  }
  return runs;
}

describeKvm('a worker that dies', () => {
  let faulty: Bundle;
  let dead: Bundle;
  beforeAll(async () => {
    [faulty, dead] = await Promise.all([
      bundle(new URL('./faulty-worker.ts', import.meta.url)),
      bundle(new URL('./dead-worker.ts', import.meta.url)),
    ]);
  });
  afterAll(() => {
    faulty[Symbol.dispose]();
    dead[Symbol.dispose]();
  });

  it.each([
    ['throws', 'a fault in the lane'],
    ['exits', 'it ended'],
    ['late', 'it ended'],
  ])(
    'because its lane %s is an error of the source it was at; all others have verdicts',
    async (way, why) => {
      const names = ['a', 'b', 'c', `d-${way}`, 'e', 'f', 'g', 'h'];
      const paths = names.map(good);
      const [first = []] = await run(faulty.path, paths, 2);
      expect(first.map(({ source }) => source)).toEqual(paths);
      // The worker may have been quicker to print than to die.
      const expected = names.map(
        (name) => `asm/${name} ${name === `d-${way}` && way !== 'late' ? 'error' : 'passed'}`,
      );
      if (way !== 'late') {
        expect(summary(first)).toEqual(expected);
        const { error } = as('error', only(first[3] as SourceReport));
        expect(error).toMatchObject({
          code: 'host',
          message: `asm/d-${way}.asm: the worker thread that ran it died: ${why}`,
          hint: expect.stringContaining(`guestkit test --jobs 1 asm/d-${way}.asm`),
        });
        expect(first[3]).toMatchObject({ caseStems: undefined, record: undefined });
      } else {
        const others = summary(first).filter((line) => !line.includes('late'));
        expect(others).toEqual(expected.filter((line) => !line.includes('late')));
      }
    },
  );

  it('takes reports along that it had not sent yet: their sources are run again', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f-exits', 'g'];
    const paths = names.map(good);
    const store = SuiteStore.open('x');
    await settle();
    for (const source of sourcesOf(paths)) {
      const { record } = await prepareGuest(source, LANE.nasm, undefined);
      if (record !== undefined) store.keepRecord(source.path, record);
      store.keepHistory(source.path, { durationMs: 1, failed: [] });
    }
    // Known guests take so little time that none of them is reported before the worker dies.
    const [first = []] = await run(faulty.path, paths, 2, store);
    expect(summary(first)).toEqual(
      names.map((name) => `asm/${name} ${name === 'f-exits' ? 'error' : 'passed'}`),
    );
  });

  it('is replaced for the next run', async () => {
    const paths = ['a', 'b-exits', 'c', 'd'].map(good);
    const [first = [], second = []] = await run(faulty.path, paths, 2);
    expect(summary(first)).toEqual(['asm/a passed', 'asm/b-exits error', 'asm/c passed', 'asm/d passed']);
    // The machine is there: who gets the source now, this thread or the new worker, is open.
    expect(summary(second).filter((line) => !line.includes('exits'))).toEqual([
      'asm/a passed',
      'asm/c passed',
      'asm/d passed',
    ]);
    expect(second).toHaveLength(4);
  });

  it('with all the others is no reason not to end', async () => {
    const paths = ['a', 'b-exits', 'c-throws', 'd-exits', 'e', 'f'].map(good);
    const [first = []] = await run(faulty.path, paths, 4);
    expect(first.map(({ source }) => source)).toEqual(paths);
    const lines = summary(first);
    for (const name of ['a', 'e', 'f']) expect(lines).toContain(`asm/${name} passed`);
    expect(lines.some((line) => line.endsWith('error'))).toBe(true);
  });

  it('before it begins leaves its part to others', async () => {
    project.write('died');
    const paths = ['a', 'b', 'c', 'd', 'e'].map(good);
    for (const file of [dead.path, join(project.folder, 'there-is-none.cjs')]) {
      for (const reports of await run(file, paths, 3)) {
        expect(summary(reports)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `asm/${name} passed`));
      }
    }
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { exitLoop, freshGuest, reusedGuest, timeoutOvershoot } from './in-process.ts';
import { ENVIRONMENT, type Row, run } from './measure.ts';
import { assembleInto, type Bench, qemuPeers, runChanged, runUnchanged } from './processes.ts';
import { changedSuite, manyGuests, unchangedSuite } from './suites.ts';
import { chunkedSaves, saveToVerdict, suiteSaveToVerdict } from './watching.ts';

/** Where the figures go, for those who keep them. */
const REPORT = 'build/bench.json';

/**
 * Measures guestkit against a C program that does the same work and against QEMU, all in one run and in turn:
 * the machine's speed cancels out of the ratios.
 */
async function bench(folder: string): Promise<Row[]> {
  ENVIRONMENT['GUESTKIT_CACHE_DIR'] = join(folder, 'cache');
  const harness = join(folder, 'harness');
  run(['cc', '-O2', '-pthread', '-o', harness, 'test/bench/harness.c']);
  const set: Bench = {
    folder,
    harness,
    guestkit: 'dist/main.cjs',
    source: 'asm/hello.asm',
    image: assembleInto(folder, 'asm/hello.asm', 'hello'),
    qemu: qemuPeers(assembleInto(folder, 'test/bench/rom.asm', 'rom'), 'test/bench/boot.asm'),
  };
  const rows: Row[] = [];
  const report = (...found: Row[]): void => {
    for (const row of found) {
      rows.push(row);
      console.log(line(row));
    }
  };
  console.log(HEADER);
  {
    using kvm = Kvm.open();
    // The C program holds one too: any VM that is alive makes the others cheaper.
    using anchor = kvm.createVm();
    anchor.createVcpu(0);
    report(exitLoop(kvm, harness, assembleInto(folder, 'test/bench/exits.asm', 'exits')));
    report(freshGuest(kvm, harness, set.image));
    report(reusedGuest(kvm, harness, set.image));
    report(timeoutOvershoot(kvm, harness));
  }
  report(runUnchanged(set));
  report(...runChanged(set));
  if (set.qemu === undefined) console.log('QEMU is not installed: not compared with it');
  report(...unchangedSuite(set));
  report(changedSuite(set));
  report(...manyGuests(set));
  report(await saveToVerdict(set));
  report(await suiteSaveToVerdict(set));
  report(await chunkedSaves(set));
  return rows;
}

const HEADER = `${'work'.padEnd(46)} ${'guestkit'.padStart(10)} ${'peer'.padStart(10)} ${'unit'.padEnd(11)} ${'result'.padEnd(32)} target`;

function line(row: Row): string {
  return [
    row.work.padEnd(46),
    row.guestkit.toFixed(2).padStart(10),
    row.limitFigure.toFixed(2).padStart(10),
    row.unit.padEnd(11),
    row.shown.padEnd(32),
    `${row.target}${row.met ? '' : '  MISSED'}`,
  ].join(' ');
}

const folder = mkdtempSync(join(tmpdir(), 'guestkit-bench-'));
try {
  const rows = await bench(folder);
  mkdirSync('build', { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
  console.log(`\nmedians; peer: the C program, or what the result names. Written to ${REPORT}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

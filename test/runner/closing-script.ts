import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Pool } from '../../src/runner/pool.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { LANE, NEVER } from './lane-settings.ts';

// Runs the sources that are named behind the worker's file, and does nothing else that keeps the process alive.
const [workerFile = '', ...paths] = process.argv.slice(2);
const kvm = Kvm.open();
const pool = new Pool(kvm, workerFile);
const sources = paths.map((path) => {
  const stem = path.replace(/\.asm$/, '');
  return { path, stem, companions: [`${stem}.golden`], named: false };
});
const store = SuiteStore.open('script');
const words: string[] = [];
const request = { sources, settings: LANE, store, lanes: 3, asTheyCome: false, signal: NEVER };
for await (const { verdicts } of pool.run(request)) {
  words.push(...verdicts.map(({ status }) => status));
}
await pool.close();
kvm[Symbol.dispose]();
process.stdout.write(`${words.join(' ')}, closed\n`);

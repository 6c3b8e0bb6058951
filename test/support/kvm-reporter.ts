import { existsSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { KVM_LABEL } from './kvm.ts';

/** Says on the run's last lines which tests ran on KVM, or by name which ones did not. */
export default class KvmReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const states = tests.map((test) => ({
      name: test.fullName,
      file: test.module.relativeModuleId,
      state: test.result().state,
    }));
    const kvm = states.filter(({ name }) => name.includes(KVM_LABEL));
    const ran = kvm.filter(({ state }) => state !== 'skipped');
    const skipped = kvm.filter(({ state }) => state === 'skipped');
    const device = existsSync('/dev/kvm') ? '/dev/kvm' : 'no /dev/kvm on this machine';
    const lines = ['', `KVM (${device}): ${ran.length} tests ran on it, ${skipped.length} were skipped`];
    for (const [file, count] of countBy(ran.map(({ file }) => file)))
      lines.push(`  ran: ${count} of ${file}`);
    for (const { file, name } of skipped) lines.push(`  skipped: ${file}: ${name}`);
    const failed = states.filter(({ state }) => state === 'failed').length;
    const passed = states.filter(({ state }) => state === 'passed').length;
    lines.push(`${passed} passed, ${failed} failed, ${states.length - passed - failed} skipped`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

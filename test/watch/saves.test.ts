import { appendFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { prints, SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { seededRandom } from '../support/random.ts';
import { shownVersions, sleep, version, watching } from '../support/watching.ts';

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0));
}

describeKvm('guestkit watch: saves', () => {
  it('runs at start, and again at every save in place', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    for (let number = 2; number < 6; number += 1) {
      project.write('asm/x.asm', version(number));
      await running.sees(`| version ${number}\n`);
    }
    expect(isRising(shownVersions(running.stdout))).toBe(true);
  });

  it('sees saves by rename: a new file over the old one, and the old one put aside first', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    for (let number = 2; number < 8; number += 2) {
      renameSync(project.write('asm/.x.asm.tmp', version(number)), path);
      await running.sees(`| version ${number}\n`);
      renameSync(path, `${path}~`);
      project.write('asm/x.asm', version(number + 1));
      rmSync(`${path}~`);
      await running.sees(`| version ${number + 1}\n`);
    }
    expect(isRising(shownVersions(running.stdout))).toBe(true);
  });

  it('ends every save in two chunks with the verdict for the whole', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    for (let number = 2; number < 32; number += 1) {
      const source = version(number);
      const half = source.length / 2;
      project.write('asm/x.asm', source.slice(0, half));
      await sleep(20);
      appendFileSync(project.path('asm/x.asm'), source.slice(half));
      await running.sees(`| version ${number}\n`);
    }
    // Time for a verdict that should not come.
    await sleep(300);
    expect(isRising(shownVersions(running.stdout))).toBe(true);
    expect(shownVersions(running.unseen)).toEqual([]);
  });

  it('ends a storm of saves with the verdict for the last', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(100));
    const running = await watching(project, ['asm/x.asm']);
    const random = seededRandom(20);
    for (let number = 101; number <= 160; number += 1) {
      // All of one length: neither the size nor, in place, the inode tells them apart.
      project.write('asm/x.asm', version(number));
      await sleep(random.below(25));
    }
    await running.sees('| version 160\n');
    await sleep(300);
    expect(isRising(shownVersions(running.stdout))).toBe(true);
    expect(shownVersions(running.stdout).at(-1)).toBe(160);
  });

  it('loses no save after others in quick succession, whatever their kind', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(100));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 100\n');
    const random = seededRandom(7);
    let number = 101;
    const saves = [
      () => rmSync(path, { force: true }),
      () => project.write('asm/x.asm', version(number)),
      () => renameSync(project.write('asm/x.new', version(number)), path),
      () => {
        rmSync(path, { force: true });
        project.write('asm/x.asm', version(number));
      },
    ] as const;
    for (let round = 0; round < 12; round += 1) {
      for (let step = 0; step < 5; step += 1) {
        number += 1;
        random.pick(saves)();
        await sleep(random.below(8));
      }
      // Now everything has calmed down, and one more save follows.
      await sleep(150);
      number += 1;
      random.pick([saves[1], saves[2], saves[3]])();
      await running.sees(`| version ${number}\n`);
    }
    expect(isRising(shownVersions(running.stdout))).toBe(true);
  });

  it.each([0, 5, 30])('loses no save after two of any kind, %i ms apart', async (gap) => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(100));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 100\n');
    let number = 100;
    const inPlace = (): string => project.write('asm/x.asm', version(number));
    const byRename = (): void => renameSync(project.write('asm/x.new', version(number)), path);
    const remove = (): void => rmSync(path, { force: true });
    for (const [first, second] of [
      [inPlace, byRename],
      [byRename, inPlace],
      [byRename, byRename],
      [remove, byRename],
      [remove, inPlace],
    ] as const) {
      for (const last of [inPlace, byRename]) {
        for (const save of [first, second, remove, first, second]) {
          number += 1;
          save();
          if (gap > 0) await sleep(gap);
        }
        await sleep(120);
        number += 1;
        last();
        await running.sees(`| version ${number}\n`);
      }
    }
    expect(isRising(shownVersions(running.stdout))).toBe(true);
  });

  it('runs again when the file is only touched, and stays silent otherwise', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    await sleep(200);
    project.write('asm/unrelated.asm', version(2));
    project.write('asm/x.asm.swp', 'an editor at work');
    await sleep(200);
    expect(shownVersions(running.unseen)).toEqual([]);
    utimesSync(path, new Date(), new Date());
    await running.sees('| version 1\n');
  });
});

describeKvm('guestkit watch: a guest that runs', () => {
  it('is stopped by a save, and its verdict is never shown', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(1, SPIN, '; guestkit: timeout=60m'));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('… asm/x is running');
    project.write('asm/x.asm', version(2, SPIN, '; guestkit: timeout=60m'));
    await running.sees('… asm/x is running');
    renameSync(project.write('asm/new', version(3)), path);
    await running.sees('| version 3\n');
    expect(shownVersions(running.stdout)).toEqual([3]);
    expect(running.stdout).not.toContain('stopped');
  });

  it('is stopped by the second half of a save, though it began with the first', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    for (let number = 2; number < 8; number += 1) {
      const spins = version(number - 1, SPIN, '; guestkit: timeout=60m');
      project.write('asm/x.asm', spins);
      await sleep(20);
      project.write('asm/x.asm', version(number));
      await running.sees(`| version ${number}\n`);
    }
    expect(shownVersions(running.stdout)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is stopped when its include or its golden is saved', async () => {
    const project = new Project();
    project.write('asm/x.asm', '%include "end.inc"\n');
    project.write('asm/end.inc', version(1, SPIN, '; guestkit: timeout=60m'));
    project.write('asm/x.golden', 'version 1\n');
    const source = `; guestkit: timeout=60m\n%include "end.inc"\n`;
    project.write('asm/x.asm', source);
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('… asm/x is running');
    project.write('asm/x.golden', 'version 2\n');
    await running.sees('… asm/x is running');
    project.write('asm/end.inc', version(2));
    await running.sees('✓ asm/x');
    expect(running.stdout).not.toContain('✗');
  });

  it('is stopped while NASM still works on it', async () => {
    const project = new Project();
    project.write('asm/x.asm', SLOW_SOURCE);
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('… asm/x is running');
    project.write('asm/x.asm', version(2));
    await running.sees('| version 2\n');
    expect(shownVersions(running.stdout)).toEqual([2]);
  });

  it('shows the end of one that takes its time', async () => {
    const project = new Project();
    project.write('asm/x.asm', prints('slow\n', SPIN, '; guestkit: timeout=500ms'));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('… asm/x is running');
    await running.sees('  | slow\n');
    await running.sees('timed out after 500 ms');
    await running.sees('EIP');
  });
});

import { describe, expect, it } from 'vitest';
import { describeTerminal, Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import type { Ended } from '../support/running.ts';
import { withGoldens } from '../support/suite.ts';

const QUESTION = 'q quit > ';

function project(names: readonly string[] = ['a', 'b', 'c']): Project {
  const fresh = new Project();
  for (const name of names) withGoldens(fresh, { [name]: [prints(`new ${name}`), `old ${name}`] });
  withGoldens(fresh, { z: [prints('x'), 'x'] });
  return fresh;
}

/** Answers question by question: a key each. */
async function review(fresh: Project, keys: readonly string[], args = ''): Promise<Ended> {
  const running = fresh.terminal(`guestkit review ${args}`, { env: { NO_COLOR: '1' } });
  for (const key of keys) {
    await running.sees(QUESTION);
    running.type(key);
  }
  return running.ended;
}

function goldens(fresh: Project, names: readonly string[] = ['a', 'b', 'c']): string[] {
  return names.map((name) => fresh.read(`asm/${name}.golden`));
}

describeTerminal('guestkit review', () => {
  describeKvm('asks about one after the other', () => {
    it('accepts, rejects, skips', async () => {
      const fresh = project();
      const { status, stdout } = await review(fresh, ['a', 'r', 's']);
      expect(status).toBe(1);
      expect(goldens(fresh)).toEqual(['new a', 'old b', 'old c']);
      expect(stdout).toContain('1 of 3\r\n✗ asm/a ');
      expect(stdout).toContain('    - old a\r\n');
      expect(stdout).toContain('    + new a\r\n');
      expect(stdout).toContain(
        'a accept, r reject, s skip, A R S all that are left, q quit > wrote asm/a.golden\r\n',
      );
      expect(stdout).toContain('> rejected asm/b\r\n');
      expect(stdout).toContain('> skipped asm/c\r\n\r\n1 accepted, 1 rejected, 1 skipped\r\n');
    });

    it('is good when all is accepted', async () => {
      const fresh = project();
      expect(await review(fresh, ['a', 'a', 'a'])).toMatchObject({ status: 0 });
      expect(goldens(fresh)).toEqual(['new a', 'new b', 'new c']);
      const { status, stdout } = await review(fresh, []);
      expect(status).toBe(0);
      expect(stdout).toContain('nothing to review: every golden is as its guest has it\r\n');
    });

    it.each([
      ['A', ['old a', 'new b', 'new c'], '2 accepted, 1 rejected, 0 skipped'],
      ['R', ['old a', 'old b', 'old c'], '0 accepted, 3 rejected, 0 skipped'],
      ['S', ['old a', 'old b', 'old c'], '0 accepted, 1 rejected, 2 skipped'],
    ])('%s is for all that are left', async (key, expected, tally) => {
      const fresh = project();
      const { stdout } = await review(fresh, ['r', key]);
      expect(goldens(fresh)).toEqual(expected);
      expect(stdout).toContain(tally);
    });

    it('q leaves the rest', async () => {
      const fresh = project();
      const { status, stdout } = await review(fresh, ['a', 'q']);
      expect(status).toBe(1);
      expect(goldens(fresh)).toEqual(['new a', 'old b', 'old c']);
      expect(stdout).toContain('1 accepted, 0 rejected, 2 skipped');
    });

    it.each(['\x03', 'x\x03'])('%j interrupts, and what was accepted stays', async (key) => {
      const fresh = project();
      const { status, stdout } = await review(fresh, ['a', key]);
      expect(status).toBe(130);
      expect(goldens(fresh)).toEqual(['new a', 'old b', 'old c']);
      expect(stdout).toContain('1 accepted, 0 rejected, 2 skipped');
    });

    it('takes what is typed ahead, and no arrow for an answer', async () => {
      const fresh = project();
      const running = fresh.terminal('guestkit review', { env: { NO_COLOR: '1' } });
      await running.sees(QUESTION);
      // Up and down: in what a terminal sends for "up" there is an A.
      running.type('\x1b[A');
      running.type('\x1b[B');
      running.type('?ras');
      const { status, stdout } = await running.ended;
      expect(status).toBe(1);
      expect(goldens(fresh)).toEqual(['old a', 'new b', 'old c']);
      expect(stdout).toContain('1 accepted, 1 rejected, 1 skipped');
    });

    it('can ask many times', async () => {
      const names = Array.from({ length: 14 }, (_, index) => `g${index}`);
      const fresh = project(names);
      const { status, stdout } = await review(
        fresh,
        Array.from(names, () => 'a'),
      );
      expect(status).toBe(0);
      expect(stdout).not.toContain('Warning');
      expect(stdout).toContain('14 accepted, 0 rejected, 0 skipped');
    });

    it('shows what would be a new golden', async () => {
      const fresh = new Project();
      fresh.write('asm/x.asm', prints('one\ntwo\x1b[2J\n', exit(0), '; guestkit: timeout=1s'));
      fresh.write('asm/y.asm', guest('; guestkit: timeout=1s', exit(0)));
      fresh.write('asm/z.asm', guest('mov bx, 5', exit(0)));
      fresh.write('asm/z.regs.golden', 'bx');
      const { status, stdout } = await review(fresh, ['a', 's', 'a']);
      expect(status).toBe(1);
      expect(stdout).toContain('    asm/x.golden would be\r\n    + one\r\n    + two\\x1b[2J\r\n');
      expect(stdout).toContain('    asm/y.golden would be empty\r\n');
      expect(stdout).toContain('    + bx=0005');
      expect(fresh.read('asm/x.golden')).toBe('one\ntwo\x1b[2J\n');
      expect(fresh.read('asm/z.regs.golden')).toBe('bx=0005');
      expect(fresh.has('asm/y.golden')).toBe(false);
    });

    it('leaves out what cannot be accepted, and says that there is more', async () => {
      const fresh = project(['a']);
      withGoldens(fresh, {
        crash: [TRIPLE_FAULT, 'old'],
        broken: ['broken here\n', 'old'],
        status: [prints('x', exit(1)), 'old'],
        hangs: [prints('x', SPIN, '; guestkit: timeout=50ms'), 'old'],
      });
      fresh.write('asm/fresh.asm', prints('x', SPIN, '; guestkit: timeout=50ms'));
      const { status, stdout } = await review(fresh, ['a']);
      expect(status).toBe(1);
      expect(stdout).toContain('1 of 1\r\n');
      expect(stdout).toContain('5 cases failed for other reasons: guestkit test --failed\r\n');
      expect(goldens(fresh, ['crash', 'status', 'hangs'])).toEqual(['old', 'old', 'old']);
      const again = await review(fresh, []);
      expect(again.status).toBe(1);
      expect(again.stdout).toContain('nothing to review\r\n5 cases failed');
    });

    it('goes on when a golden cannot be written', async () => {
      const fresh = project();
      fresh.write('package.json', '{"guestkit": {"golden": "{dir}/goldens/{name}"}}');
      for (const name of ['a', 'b', 'c', 'z']) fresh.write(`asm/goldens/${name}.golden`, 'old');
      const running = fresh.terminal('guestkit review', { env: { NO_COLOR: '1' } });
      await running.sees(QUESTION);
      await fresh.shell('rm -r asm/goldens; touch asm/goldens').ended;
      running.type('a');
      await running.sees('cannot ');
      await fresh.shell('rm asm/goldens').ended;
      running.type('A');
      const { status, stdout } = await running.ended;
      expect(status).toBe(1);
      expect(stdout).toContain('3 accepted, 0 rejected, 1 skipped');
      expect(fresh.read('asm/goldens/b.golden')).toBe('new b');
    });

    it('is about what is asked for', async () => {
      const fresh = project();
      const { stdout } = await review(fresh, ['a'], 'asm/b');
      expect(stdout).toContain('1 of 1\r\n');
      expect(goldens(fresh)).toEqual(['old a', 'new b', 'old c']);
      const nothing = await review(fresh, [], 'nope');
      expect(nothing.status).toBe(2);
      expect(nothing.stdout).toContain('there is nothing to test: the path of no source contains nope');
    });

    it('ends at Ctrl+C while the guests still run', async () => {
      const fresh = project(['a']);
      withGoldens(fresh, { b: [prints('x', SPIN, '; guestkit: timeout=60m'), 'x'] });
      const running = fresh.terminal('stty cols 70; guestkit review');
      await running.sees('1/3 ');
      running.type('\x03');
      expect(await running.ended).toMatchObject({ status: 130 });
      expect(fresh.read('asm/a.golden')).toBe('old a');
    });

    it('leaves the terminal as it was', async () => {
      const fresh = project();
      const running = fresh.terminal('stty -g; guestkit review; stty -g', { env: { NO_COLOR: '1' } });
      await running.sees(QUESTION);
      running.type('q');
      const lines = (await running.ended).stdout.trim().split('\r\n');
      expect(lines.at(-1)).toBe(lines[0]);
    });
  });
});

describe('guestkit review: nobody to ask', () => {
  it('says so', async () => {
    const { status, stdout, stderr } = await project().run(['review']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('review asks a person, and there is no terminal to answer at');
    expect(stderr).toContain('guestkit test -u accepts them all');
  });
});

describeTerminal('guestkit review: where CI is set', () => {
  it('asks nothing', async () => {
    const { status, stdout } = await project().terminal('guestkit review', { env: { CI: '1' } }).ended;
    expect(status).toBe(2);
    expect(stdout).toContain('review asks a person');
  });
});

import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { ECHO, exit, guest, prints } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts } from '../support/suite.ts';

describeKvm('guestkit test: cases of one source', () => {
  it('runs each with its input against its goldens and expectations', async () => {
    const project = new Project();
    const cases = [
      '; expect: "h"',
      '; case: one input="hi!"',
      '; case: two input="ho!" exit=0',
      '; expect: hello',
      '; case: three input="ha!"',
    ];
    project.write('asm/echo.asm', `${cases.join('\n')}\n${ECHO}`);
    project.write('asm/echo.one.golden', 'hi');
    project.write('asm/echo.three.golden', 'hu');
    project.write('asm/echo.three.regs.golden', 'al=21');
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual(['✗ asm/echo']);
    expect(stdout).toMatch(/^✗ asm\/echo \(3 cases, 2 failed\)/);
    expect(stdout).toMatch(/^ {4}✗ two /m);
    expect(stdout).toContain("asm/echo.asm:4: expect: 'hello' is not in the rest of the output");
    expect(stdout).toMatch(/^ {4}✗ three /m);
    expect(stdout).toMatch(/first difference at offset 1 .*expected 0x75 'u', actual 0x61 'a'/);
    expect(countsOf(stdout)).toBe('1 passed, 2 failed');
    expect((await project.run(['test', '--reporter', 'verbose'])).stdout).toMatch(/^✓ asm\/echo > one /m);
  });

  it('gives a case the bytes of its own file', async () => {
    const project = new Project();
    project.write('asm/echo.asm', `; case: one\n; case: two\n${ECHO}`);
    project.write('asm/echo.one.in', 'from a file!');
    project.write('asm/echo.in', 'for the others!');
    expect(await project.run(['test'])).toMatchObject({ status: 0 });
    expect(project.read('asm/echo.one.golden')).toBe('from a file');
    expect(project.read('asm/echo.two.golden')).toBe('for the others');
  });

  it.each([
    ['; case: one\n; case: one', "asm/x.asm:2:9: two cases are named 'one': on line 1 and on line 2"],
    ['; case: one\n; case: regs', "asm/x.asm:2:9: 'regs' cannot name a case"],
    ['; case: a/b', "asm/x.asm:1:9: 'a/b' cannot name a case"],
    ['; case: one exti=3', "unknown setting 'exti' (did you mean 'exit'?)"],
    ['; guestkti: exit=3', "this comment is not read: a directive begins with 'guestkit:'"],
    ['; expct: hello', "this comment is not read (did you mean 'expect:'?)"],
    ['; expect-re: (', "'(' is not a regular expression"],
    ['; test: nothing -> ax=1', "asm/x.asm:1:1: there is no symbol 'nothing'"],
    ['; test: f -> axx=1', 'axx'],
  ])('%s', async (comment, message) => {
    const project = new Project();
    project.write('asm/x.asm', `${comment}\n${guest('f: mov al, 0', 'out 1, al', 'ret')}`);
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout).length).toBe(1);
    expect(stdout).toContain(message);
    expect(countsOf(stdout)).toBe('0 passed, 1 failed');
  });
});

describeKvm('guestkit test: expectations', () => {
  it('say which line failed, where the scan stood, and what came nearest', async () => {
    const project = new Project();
    project.write(
      'asm/x.asm',
      prints(
        'ready\r\nvalue: 41\r\ndone\r\n',
        exit(0),
        '; expect: ready\n; expect: value: 42\n; expect: done',
      ),
    );
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toContain("asm/x.asm:4: expect: 'value: 42'");
    expect(stdout).toContain('value: 41');
    expect(stdout).toMatch(/line 2/);
  });

  it('hold in order, and refuse what must not be there', async () => {
    const project = new Project();
    project.write('asm/a.asm', prints('one two\n', exit(0), '; expect: two\n; expect: one'));
    project.write(
      'asm/b.asm',
      prints('one\nerror 5\ntwo\n', exit(0), '; expect: one\n; expect-not: error\n; expect: two'),
    );
    project.write('asm/c.asm', prints('took 12 ms\n', exit(0), '; expect-re: ^took \\d+ ms$'));
    const { stdout } = await project.run(['test']);
    expect(verdicts(stdout)).toEqual(['✗ asm/a', '✗ asm/b', '✓ asm/c']);
    expect(stdout).toMatch(/asm\/a\.asm:4: expect: 'one'/);
    expect(stdout).toMatch(/asm\/b\.asm:4: expect-not: 'error'/);
  });

  it('are not a reason to write a golden', async () => {
    const project = new Project();
    project.write('asm/x.asm', prints('x', exit(0), '; expect: y'));
    const { status } = await project.run(['test', '-u']);
    expect(status).toBe(1);
    expect(project.has('asm/x.golden')).toBe(false);
  });
});

describeKvm('guestkit test: routine tests', () => {
  it('say what a routine left otherwise', async () => {
    const project = new Project();
    project.write(
      'asm/r.asm',
      guest(
        '; test: answer -> ax=42 cf=0',
        '; test: answer -> ax=41',
        '; test: store di=buffer -> [buffer]="43" byte[buffer]=0x35',
        '; test: unbalanced -> ax=0',
        '; test: lost -> ax=0',
        '; test: shout -> serial="hi"',
        'answer: mov ax, 42',
        'clc',
        'ret',
        "store: mov word [di], '42'",
        'ret',
        'unbalanced: ret 2',
        'lost: hlt',
        'shout: mov dx, 0x3F8',
        "mov al, 'h'",
        'out dx, al',
        'ret',
        'buffer: dw 0',
      ),
    );
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ asm\/r \(6 cases, 5 failed\)/);
    expect(stdout).toMatch(/asm\/r\.asm:4: ax is .*42.*expected.*41/);
    expect(stdout).toMatch(/asm\/r\.asm:5: .*buffer.*42.*43/);
    expect(stdout).toMatch(/asm\/r\.asm:6: .*(SP|stack)/i);
    expect(stdout).toContain('lost did not return: the guest halted');
    expect(stdout).toMatch(/asm\/r\.asm:8: .*serial/);
    expect(countsOf(stdout)).toBe('1 passed, 5 failed');
  });

  it('stand beside the source itself when that has a golden', async () => {
    const project = new Project();
    project.write('asm/r.asm', prints('x', exit(0), '; test: f -> ax=1\nf: mov ax, 1\nret'));
    project.write('asm/r.golden', 'x');
    // The routine stands in front: the guest begins with it, and RET goes to 0 again.
    const { stdout } = await project.run(['test', '-t', 'f ->', '--reporter', 'verbose']);
    expect(stdout).toMatch(/^✓ asm\/r > f -> ax=1 /);
    expect(countsOf(stdout)).toBe('1 passed, 0 failed');
  });
});

describe('guestkit test: channels', () => {
  describeKvm('each is compared with its own golden', () => {
    it('names channel, place and difference', async () => {
      const project = new Project();
      project.write(
        'asm/x.asm',
        guest('mov bx, 0x1234', "mov al, 'd'", 'out 0xE9, al', exit(0), 'text: db "hi"'),
      );
      project.write('asm/x.golden', '');
      project.write('asm/x.debug.golden', 'e');
      project.write('asm/x.regs.golden', 'bx=1235 al=00');
      project.write('asm/x.mem.golden', 'text: 68 68');
      project.write('asm/x.exits.golden', "out 0xe9 0x64 'd'\n");
      const { status, stdout } = await project.run(['test']);
      expect(status).toBe(1);
      expect(stdout).toContain('- expected (asm/x.debug.golden)  + actual (debug console)');
      expect(stdout).toContain('- expected (asm/x.regs.golden)  + actual (registers)');
      expect(stdout).toContain('- expected (asm/x.mem.golden)  + actual (memory)');
      expect(stdout).toContain('- expected (asm/x.exits.golden)  + actual (port accesses)');
      expect(stdout).toMatch(/- bx=1235/);
      expect(stdout).toMatch(/\+ bx=1234/);
      expect(stdout).toContain('+ out 0x1 0x00');
      expect(stdout).not.toContain('(golden)');
    });

    it('names the line whose OUT printed the wrong byte', async () => {
      const project = new Project();
      const lines = ['mov dx, 0x3F8', "mov al, 'a'", 'out dx, al', "mov al, 'b'", 'out dx, al', exit(0)];
      project.write('asm/x.asm', guest(...lines));
      project.write('asm/x.golden', 'ac');
      expect((await project.run(['test'])).stdout).toContain('written by asm/x.asm:7: out dx, al');
    });
  });
});

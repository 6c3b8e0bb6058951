import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, value) => value);
const DEBUG_CONSOLE = ["mov al, 'd'", 'out 0xE9, al', "mov al, 'g'", 'out 0xE9, al'];

describe('guestkit run: usage', () => {
  it.each([
    [['run'], "missing required argument 'file'"],
    [['run', 'x.asm', 'y.asm'], 'too many arguments'],
    [['run', '--timout', '1s', 'x.asm'], "unknown option '--timout'\n(Did you mean --timeout?)"],
    [['run', 'x.asm', '--timeout'], "option '--timeout <time>' argument missing"],
    [['run', 'x.asm', '--timeout', '5'], "--timeout 5: '5' has no unit; write 5ms, 5s or 5m"],
    [['run', 'x.asm', '--timeout', '0s'], '--timeout 0s:'],
    [['run', 'x.asm', '--timeout', '-1s'], '--timeout -1s:'],
    [['run', 'x.asm', '--timeout', '2h'], '--timeout 2h:'],
    [['run', 'x.asm', '--timeout', ''], '--timeout :'],
    [['run', 'x.asm', '--memory', '1T'], '--memory 1T:'],
    [['run', 'x.asm', '--memory', '1'], '--memory 1:'],
    [['run', 'x.asm', '--memory', '5000'], 'is not a multiple of 4K'],
    [['run', 'x.asm', '--memory', '100G'], 'is out of range'],
    [['run', 'x.asm', '--input', '\\q'], '--input \\q:'],
  ])('%j', async (args, message) => {
    const project = new Project();
    project.write('x.asm', guest(exit(0)));
    const { status, stdout, stderr } = await project.run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describeKvm('guestkit run: options and directives', () => {
  const SPINS = prints('', SPIN, '; guestkit: timeout=80ms');
  /** Writes above 1 MiB through FFFF:xxxx and prints what it reads back there. */
  const HIGH_MEMORY = (comment: string): string =>
    guest(
      comment,
      'mov ax, 0xFFFF',
      'mov es, ax',
      "mov byte [es:0x1000], '+'",
      'mov al, [es:0x1000]',
      'mov dx, 0x3F8',
      'out dx, al',
      exit(0),
    );
  /** Prints back as many bytes as it is told to. */
  const reads = (count: number, comment = ''): string =>
    guest(
      comment,
      `mov cx, ${count}`,
      'next: mov dx, 0x3FD',
      'wait_for_it: in al, dx',
      'test al, 1',
      'jz wait_for_it',
      'mov dx, 0x3F8',
      'in al, dx',
      'out dx, al',
      'loop next',
      exit(0),
    );

  it('takes the time limit from the source, and from --timeout first', async () => {
    const project = new Project();
    project.write('x.asm', SPINS);
    expect((await project.run(['run', 'x.asm'])).stderr).toContain('timed out after 80 ms');
    expect((await project.run(['run', 'x.asm', '--timeout', '30ms'])).stderr).toContain('after 30 ms');
  });

  it('takes the memory from the source, and from --memory first', async () => {
    const project = new Project();
    project.write('x.asm', HIGH_MEMORY('; guestkit: memory=2M'));
    expect(await project.run(['run', 'x.asm'])).toMatchObject({ status: 0, stdout: '+' });
    const less = await project.run(['run', 'x.asm', '--memory', '1M']);
    expect(new Uint8Array(less.bytes)).toEqual(Uint8Array.of(0xff));
  });

  it('takes the input from the source, and from --input first', async () => {
    const project = new Project();
    project.write('x.asm', reads(3, '; guestkit: input="abc"'));
    expect(await project.run(['run', 'x.asm'])).toMatchObject({ status: 0, stdout: 'abc' });
    expect(await project.run(['run', 'x.asm', '--input', 'xyz'])).toMatchObject({ stdout: 'xyz' });
  });

  it('understands the escapes of --input, and sends all else as UTF-8', async () => {
    const project = new Project();
    project.write('x.asm', reads(11));
    const { bytes } = await project.run(['run', 'x.asm', '--input', '\\r\\n\\t\\0\\\\\\"\\x1b\\xFFü!']);
    expect(bytes).toEqual(Buffer.from([13, 10, 9, 0, 0x5c, 0x22, 0x1b, 0xff, 0xc3, 0xbc, 0x21]));
  });

  it('sends the bytes of a file', async () => {
    const project = new Project();
    project.write('bytes', ALL_BYTES);
    project.write('x.asm', reads(256));
    const { bytes } = await project.run(['run', 'x.asm', '--input', '@bytes']);
    expect(new Uint8Array(bytes)).toEqual(ALL_BYTES);
  });

  it.each([
    ['@none', 'cannot read the input none: there is no such file\n--input @FILE sends'],
    ['@folder', 'cannot read folder: it is a folder'],
    ['@/dev/zero', 'cannot read /dev/zero: it is not a regular file'],
  ])('cannot send %s', async (input, message) => {
    const project = new Project();
    mkdirSync(project.path('folder'));
    project.write('x.asm', guest(exit(0)));
    const { status, stderr } = await project.run(['run', 'x.asm', '--input', input]);
    expect(status).toBe(125);
    expect(stderr).toContain(message);
  });

  it('shows the registers of a guest that ended well when asked to, on stderr', async () => {
    const project = new Project();
    project.write('x.asm', guest('mov eax, 0xC0DE0000', exit(0)));
    const { status, stdout, stderr } = await project.run(['run', 'x.asm', '--regs']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^EAX C0DE0000 {2}EBX /);
    expect(stderr).toMatch(/^CS +0000 {2}base 00000000 {2}limit 0000FFFF/m);
  });
});

describeKvm('guestkit run --json', () => {
  it('gives the exact bytes', async () => {
    const project = new Project();
    project.write('x.asm', prints(ALL_BYTES, [...DEBUG_CONSOLE, 'in al, 0x60', exit(3)].join('\n')));
    const { status, stdout, stderr } = await project.run(['run', 'x.asm', '--json']);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      outcome: { kind: 'exited', code: 3 },
      status: 3,
      debugOutput: 'dg',
      unclaimedPorts: [{ direction: 'read', address: '0x60', size: 1, count: 1 }],
      unclaimedMemory: [],
      registers: null,
    });
    expect(new Uint8Array(Buffer.from(result.outputBase64, 'base64'))).toEqual(ALL_BYTES);
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it('gives a crash, its 64-bit values as text', async () => {
    const project = new Project();
    // DAA in real mode runs only where the CPU itself does: both ends are fine here.
    project.write('crash.asm', TRIPLE_FAULT);
    project.write('odd.asm', guest('daa', exit(0)));
    const crash = await project.run(['run', 'crash.asm', '--json']);
    expect(crash.status).toBe(126);
    expect(JSON.parse(crash.stdout)).toMatchObject({
      outcome: { kind: 'crashed', event: { kind: 'shutdown' } },
      status: 126,
    });
    expect(JSON.parse(crash.stdout).registers.join('\n')).toContain('CR0');
    const odd = await project.run(['run', 'odd.asm', '--json']);
    expect(JSON.parse(odd.stdout).status).toBe(odd.status);
  });

  it.each([
    ['--regs', ['--regs'], guest(exit(0)), 0],
    ['a time limit', ['--timeout', '50ms'], guest(SPIN), 124],
  ])('gives the registers with %s', async (_name, args, source, expected) => {
    const project = new Project();
    project.write('x.asm', source);
    const { status, stdout } = await project.run(['run', 'x.asm', '--json', ...args]);
    expect(status).toBe(expected);
    expect(JSON.parse(stdout).registers[0]).toMatch(/^EAX/);
  });

  it('keeps stdout empty when there is no result', async () => {
    const { status, stdout } = await new Project().run(['run', 'none.asm', '--json']);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  });
});

import { mkdirSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, value) => value);
const DEBUG_CONSOLE = ["mov al, 'd'", 'out 0xE9, al', "mov al, 'g'", 'out 0xE9, al'];

describeKvm('guestkit run: output', () => {
  it('gives every byte value as it is, and nothing else on stdout', async () => {
    const project = new Project();
    project.write('x.asm', prints(ALL_BYTES));
    const { status, bytes, stderr } = await project.run(['run', 'x.asm']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(new Uint8Array(bytes)).toEqual(ALL_BYTES);
  });

  it('runs from the cache as from the source', async () => {
    const project = new Project();
    project.write('x.asm', prints('again', exit(9)));
    for (let round = 0; round < 2; round += 1) {
      expect(await project.run(['run', 'x.asm'])).toMatchObject({ status: 9, stdout: 'again', stderr: '' });
    }
    expect(await project.run(['run', 'x.asm', '--timeout', '4s'])).toMatchObject({ status: 9 });
  });

  it('leaves no files but the cache', async () => {
    const project = new Project();
    project.write('x.asm', prints('x'));
    await project.run(['run', 'x.asm']);
    expect(readdirSync(project.folder)).toEqual(['x.asm']);
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });

  it('puts the debug console on stderr', async () => {
    const project = new Project();
    project.write('x.asm', guest(...DEBUG_CONSOLE, 'mov dx, 0x3F8', 'out dx, al', exit(0)));
    expect(await project.run(['run', 'x.asm'])).toMatchObject({ stdout: 'g', stderr: 'dg' });
  });

  it('runs an image', async () => {
    const project = new Project();
    project.write('asm/x.asm', prints('from the image', exit(7)));
    await project.run(['build', 'asm/x.asm']);
    expect(await project.run(['run', 'build/x.bin'])).toMatchObject({
      status: 7,
      stdout: 'from the image',
      stderr: '',
    });
  });

  it('shows warnings on stderr and runs', async () => {
    const project = new Project();
    project.write('x.asm', prints('ok', `${exit(0)}\ndb 0x1234`));
    const { status, stdout, stderr } = await project.run(['run', 'x.asm']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ok' });
    expect(stderr).toContain('warning: byte data exceeds bounds');
  });

  it('works with spaces and letters beyond ASCII in paths', async () => {
    const project = new Project('mein Ordner: ü 日本');
    project.write('größe 1/a b.asm', `%include "c d.inc"\n${prints('ok')}`);
    project.write('größe 1/c d.inc', '; nothing\n');
    expect(await project.run(['run', 'größe 1/a b.asm'])).toMatchObject({ status: 0, stdout: 'ok' });
  });
});

describeKvm('guestkit run: exit status', () => {
  it.each([
    ['0', prints('x', exit(0)), 0],
    ['3', prints('x', exit(3)), 3],
    ['255', prints('x', exit(255)), 255],
    ['a byte to port 0xF4', guest('mov al, 5', 'out 0xF4, al'), 5],
    ['HLT', prints('x', 'hlt'), 0],
  ])('%s', async (_name, source, expected) => {
    const project = new Project();
    project.write('x.asm', source);
    expect(await project.run(['run', 'x.asm'])).toMatchObject({ status: expected, stderr: '' });
  });

  it('124 when the time is over; what was printed before is there', async () => {
    const project = new Project();
    project.write('x.asm', prints('before', SPIN));
    const { status, stdout, stderr } = await project.run(['run', 'x.asm', '--timeout', '100ms']);
    expect({ status, stdout }).toEqual({ status: 124, stdout: 'before' });
    expect(stderr).toContain('the guest timed out after 100 ms\n');
    expect(stderr).toMatch(/^EIP [0-9A-F]{8}/m);
    expect(stderr).toContain('--timeout 30s');
  });

  it('126 when the guest crashed, with registers and what to do', async () => {
    const project = new Project();
    project.write('x.asm', TRIPLE_FAULT);
    const { status, stdout, stderr } = await project.run(['run', 'x.asm']);
    expect({ status, stdout }).toEqual({ status: 126, stdout: '' });
    expect(stderr).toContain('the guest crashed: triple fault');
    expect(stderr).toMatch(/^CR0 /m);
    expect(stderr).toContain('Look at CS:RIP');
  });

  it('names ports that no device claims when a guest did not end well', async () => {
    const project = new Project();
    project.write('x.asm', guest('mov al, 1', 'out 0x70, al', SPIN));
    const { stderr } = await project.run(['run', 'x.asm', '--timeout', '50ms']);
    expect(stderr).toContain('ports that no device claims:\n  0x1 written to port 0x70 (1 byte), once\n');
  });
});

describe('guestkit run: 125', () => {
  it('for what NASM refuses, with line and caret', async () => {
    const project = new Project();
    project.write('x.asm', 'nop\nmov ax, bx, cx, dx\n');
    const { status, stdout, stderr } = await project.run(['run', 'x.asm']);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(/^x\.asm:2: error: .+\n {4}2 \| mov ax, bx, cx, dx\n {6}\| +\^/);
  });

  it('for a missing file, naming one that is almost it', async () => {
    const project = new Project();
    project.write('asm/hello.asm', guest(exit(0)));
    const { status, stderr } = await project.run(['run', 'asm/helo.asm']);
    expect(status).toBe(125);
    expect(stderr).toBe(
      'guestkit: cannot assemble asm/helo.asm: there is no such file\nDid you mean asm/hello.asm?\n',
    );
  });

  it('for a missing image', async () => {
    const { status, stderr } = await new Project().run(['run', 'build/x.bin']);
    expect(status).toBe(125);
    expect(stderr).toContain('cannot read the image build/x.bin');
    expect(stderr).toContain('guestkit build');
  });

  it('for a missing NASM, with the command that installs it', async () => {
    const project = new Project();
    project.write('x.asm', guest(exit(0)));
    project.write('bin/apt-get', '#!/bin/sh\n');
    const { status, stderr } = await project.shell(`chmod +x bin/apt-get; PATH="$PWD/bin" guestkit run x.asm`)
      .ended;
    expect(status).toBe(125);
    expect(stderr).toContain('NASM not found: no nasm on PATH\n');
    expect(stderr).toMatch(/Install it with: (sudo )?apt-get install nasm\n/);
  });

  it('for a wrong directive, at its line', async () => {
    const project = new Project();
    project.write('x.asm', guest('nop', exit(0), '; guestkit: timeout=soon'));
    const { status, stderr } = await project.run(['run', 'x.asm']);
    expect(status).toBe(125);
    expect(stderr).toMatch(/^guestkit: x\.asm:6:\d+: timeout: 'soon' is not a duration/);
  });
});

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
    // FNSTCW works on every host, DAA in real mode only where the CPU runs it: both ends are fine here.
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

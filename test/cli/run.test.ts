import { readdirSync } from 'node:fs';
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

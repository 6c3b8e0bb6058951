import { chmodSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAIN, Project, works } from '../support/cli.ts';
import { exit, guest } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import type { Running } from '../support/running.ts';

describeKvm('guestkit doctor', () => {
  it('finds everything on this machine', async () => {
    const { status, stdout, stderr } = await new Project().run(['doctor']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`✓ Node.js: ${process.versions.node}\n`);
    expect(stdout).toMatch(/^✓ NASM: NASM version \S+.* \(\/.*nasm\)$/m);
    expect(stdout).toContain('✓ KVM: /dev/kvm runs guests\n');
    expect(stdout).toMatch(/\nAll is there\.\n$/);
  });

  it('says the same as JSON', async () => {
    const { status, stdout } = await new Project().run(['doctor', '--json']);
    expect(status).toBe(0);
    const { ok, findings } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(findings.map((finding: { name: string }) => finding.name)).toEqual(['Node.js', 'NASM', 'KVM']);
    for (const finding of findings) expect(finding).toMatchObject({ ok: true, fix: null });
  });
});

describe('guestkit doctor: NASM', () => {
  it('is missing: the install command, and status 1', async () => {
    const project = new Project();
    chmodSync(project.write('bin/dnf', '#!/bin/sh\n'), 0o755);
    const { status, stdout } = await project.run(['doctor'], { env: { PATH: project.path('bin') } });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /✗ NASM: NASM not found: no nasm on PATH\n {4}Install it with: (sudo )?dnf install nasm\n/,
    );
    expect(stdout).toContain('Something is missing; see above.');
    const json = await project.run(['doctor', '--json'], { env: { PATH: project.path('bin') } });
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
  });

  it('is set to something else', async () => {
    const { status, stdout } = await new Project().run(['doctor'], { env: { NASM: '/nowhere/nasm' } });
    expect(status).toBe(1);
    expect(stdout).toContain("$NASM is '/nowhere/nasm', which is no executable file");
    expect(stdout).toContain('Set NASM to the path of a nasm program');
  });

  it('does not run', async () => {
    const project = new Project();
    const broken = project.write('nasm', '#!/bin/sh\necho no library >&2; exit 127\n');
    chmodSync(broken, 0o755);
    const { status, stdout } = await project.run(['doctor'], { env: { NASM: broken } });
    expect(status).toBe(1);
    expect(stdout).toContain('no library');
    expect(stdout).toContain('Reinstall nasm');
  });
});

/** A `/dev` with the few devices that programs need, and what `line` makes of the one for KVM. */
function otherDev(line: string): string {
  return [
    'set -e',
    'mkdir -p ../dev',
    'for name in null zero urandom; do touch ../dev/$name; mount --bind /dev/$name ../dev/$name; done',
    line,
    'mount --rbind ../dev /dev',
    'set +e',
  ].join('\n');
}

const UNSHARE = ['-rm', 'sh', '-c'];
describe.skipIf(!works('unshare', [...UNSHARE, 'mount -t tmpfs none /mnt']))(
  '[unshare] a machine whose KVM does not work',
  () => {
    function inside(project: Project, setUp: string, command: string): Running {
      const guestkit = `guestkit() { '${process.execPath}' '${MAIN}' "$@"; }`;
      return project.startProgram('unshare', [...UNSHARE, `${setUp}\n${guestkit}\n${command}`]);
    }

    it.each([
      ['has no /dev/kvm', otherDev(':'), 'cannot open /dev/kvm: ENOENT', /sudo modprobe kvm/],
      ['has something else there', otherDev('touch ../dev/kvm'), 'is not KVM', /--device \/dev\/kvm/],
      [
        'has a link there that leads nowhere',
        otherDev('ln -sf nothing ../dev/kvm'),
        'cannot open /dev/kvm: ENOENT',
        /modprobe/,
      ],
    ])('%s', async (_name, setUp, message, fix) => {
      const project = new Project();
      project.write('asm/x.asm', guest(exit(0)));
      project.write('asm/x.golden', '');
      for (const command of ['run asm/x.asm', 'test', 'watch asm/x.asm']) {
        const { status, stdout, stderr } = await inside(project, setUp, `guestkit ${command}`).ended;
        expect({ status, stdout }, command).toEqual({ status: 125, stdout: '' });
        expect(stderr, command).toContain(message);
        expect(stderr, command).toMatch(fix);
      }
      const doctor = await inside(project, setUp, 'guestkit doctor').ended;
      expect(doctor.status).toBe(1);
      expect(doctor.stdout).toContain('✗ KVM: ');
      expect(doctor.stdout).toContain(message);
      expect(doctor.stdout).toMatch(fix);
      expect(doctor.stdout).toContain('✓ NASM: ');
    });
  },
);

const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const KVM_MODE = statSync('/dev/kvm', { throwIfNoEntry: false })?.mode;
const isOpenToAll = KVM_MODE === undefined || (KVM_MODE & 0o6) !== 0;
describe.skipIf(isOpenToAll || !works('setpriv', [...NOBODY, process.execPath, MAIN, '--version']))(
  '[setpriv] a user who may not open /dev/kvm',
  () => {
    it('is told which group to join', async () => {
      const project = new Project();
      chmodSync(project.path('..'), 0o777);
      const start = (args: string[]): Running =>
        project.startProgram('setpriv', [...NOBODY, process.execPath, MAIN, ...args]);
      const source = project.write('asm/x.asm', guest(exit(0)));
      chmodSync(project.path('../tmp'), 0o777);
      const run = await start(['run', source]).ended;
      expect(run.status).toBe(125);
      expect(run.stderr).toContain('cannot open /dev/kvm: EACCES');
      expect(run.stderr).toMatch(/usermod -aG kvm|group/);
      const doctor = await start(['doctor']).ended;
      expect(doctor.status).toBe(1);
      expect(doctor.stdout).toContain('✗ KVM: cannot open /dev/kvm: EACCES');
    });
  },
);

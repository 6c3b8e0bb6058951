import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, median, pairedRatio, type Row, run, timeProcess } from './measure.ts';

const ROUNDS = 25;

/** Where everything is that whole processes are made of. */
export interface Bench {
  /** A folder for this run's files. */
  folder: string;
  harness: string;
  /** `dist/main.cjs`. */
  guestkit: string;
  /** `asm/hello.asm` and the flat image of it. */
  source: string;
  image: string;
  /** `undefined` where there is no QEMU. */
  qemu: QemuPeers | undefined;
}

/** QEMU's ISA PC, ended by the guest's write to port 0x01, as command lines. */
export interface QemuPeers {
  /** As people start it: its BIOS boots hello as a boot sector. */
  boot: { source: string; command(image: string): string[] };
  /** As fast as it can be: a firmware of our own enters hello at once. */
  direct(image: string): string[];
}

const NODE = [process.execPath, '-e', '0'];

/** `guestkit run asm/hello.asm` with a filled cache, against Node's own start and the C program. */
export function runUnchanged(bench: Bench): Row {
  const figures = alternate(ROUNDS, {
    guestkit: () => timeProcess([process.execPath, bench.guestkit, 'run', bench.source]),
    node: () => timeProcess(NODE),
    c: () => timeProcess([bench.harness, 'run', bench.image]),
    floor: () => timeProcess(['/bin/true']),
  });
  const limit = sumInOneProcess(figures);
  const result = pairedRatio(figures.guestkit, limit);
  return {
    work: 'guestkit run, unchanged source, as a process',
    unit: 'ms',
    guestkit: median(figures.guestkit),
    limit: 'node -e 0 + C',
    limitFigure: median(limit),
    result,
    shown: `${result.toFixed(2)} x (node + C)`,
    target: '1.25 x (node + C)',
    met: result <= 1.25,
  };
}

/** The same with a source that is another each time, so that NASM runs; and against NASM + QEMU. */
export function runChanged(bench: Bench): Row[] {
  const source = join(bench.folder, 'changed.asm');
  const image = join(bench.folder, 'changed.bin');
  const text = readFileSync(bench.source, 'utf8');
  let version = 0;
  const change = (): void => {
    version += 1;
    writeFileSync(source, `${text}\n; version ${version}\n`);
  };
  const { qemu } = bench;
  const figures = alternate(ROUNDS, {
    guestkit: () => {
      change();
      return timeProcess([process.execPath, bench.guestkit, 'run', source]);
    },
    node: () => timeProcess(NODE),
    c: () => timeProcess([bench.harness, 'build-run', source]),
    floor: () => timeProcess(['/bin/true']),
    qemuBoot: () => {
      if (qemu === undefined) return Number.NaN;
      const nasm = timeProcess(['nasm', '-f', 'bin', '-o', image, qemu.boot.source]);
      return nasm + timeProcess(qemu.boot.command(image), 1);
    },
    qemuDirect: () => {
      if (qemu === undefined) return Number.NaN;
      const nasm = timeProcess(['nasm', '-f', 'bin', '-o', image, source]);
      return nasm + timeProcess(qemu.direct(image), 1);
    },
  });
  const limit = sumInOneProcess(figures);
  const result = pairedRatio(figures.guestkit, limit);
  const rows: Row[] = [
    {
      work: 'guestkit run, changed source, as a process',
      unit: 'ms',
      guestkit: median(figures.guestkit),
      limit: 'node -e 0 + nasm + C',
      limitFigure: median(limit),
      result,
      shown: `${result.toFixed(2)} x (node + nasm + C)`,
      target: '1.80 x (node + nasm + C)',
      met: result <= 1.8,
    },
  ];
  if (qemu !== undefined) {
    const boot = pairedRatio(figures.guestkit, figures.qemuBoot);
    const direct = pairedRatio(figures.guestkit, figures.qemuDirect);
    const row = { unit: 'ms', guestkit: median(figures.guestkit) };
    rows.push(
      {
        ...row,
        work: 'the same, against nasm + QEMU isapc',
        limit: 'nasm + QEMU isapc',
        limitFigure: median(figures.qemuBoot),
        result: boot,
        shown: `${boot.toFixed(2)} x QEMU`,
        target: 'faster',
        met: boot < 1,
      },
      {
        ...row,
        work: 'the same, against QEMU without its BIOS',
        limit: 'nasm + QEMU isapc, own firmware',
        limitFigure: median(figures.qemuDirect),
        result: direct,
        shown: `${direct.toFixed(2)} x QEMU`,
        target: '-',
        met: true,
      },
    );
  }
  return rows;
}

/**
 * The QEMU peers, `undefined` where QEMU is not installed.
 * @param rom image of rom.asm
 * @param bootSource path of boot.asm
 */
export function qemuPeers(rom: string, bootSource: string): QemuPeers | undefined {
  try {
    run(['qemu-system-x86_64', '--version']);
  } catch {
    return undefined;
  }
  const machine = ['qemu-system-x86_64', '-M', 'isapc', '-accel', 'tcg', '-nodefaults', '-display', 'none'];
  const command = [...machine, '-serial', 'stdio', '-device', 'isa-debug-exit,iobase=0x01,iosize=1'];
  return {
    boot: {
      source: bootSource,
      command: (image) => [...command, '-drive', `file=${image},format=raw,if=ide,snapshot=on`],
    },
    direct: (image) => [...command, '-bios', rom, '-device', `loader,file=${image},addr=0,force-raw=on`],
  };
}

/** Both in one process: a process's own start is in each of the two, so it is taken off once. */
function sumInOneProcess({ node, c, floor }: Record<'node' | 'c' | 'floor', number[]>): number[] {
  return node.map((figure, index) => figure + (c[index] ?? Number.NaN) - (floor[index] ?? Number.NaN));
}

/** Assembles a source into `folder`. @returns the image's path */
export function assembleInto(folder: string, source: string, name: string): string {
  const image = join(folder, `${name}.bin`);
  copyFileSync(source, join(folder, `${name}.asm`));
  run(['nasm', '-f', 'bin', '-o', image, source]);
  return image;
}

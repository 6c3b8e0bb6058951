import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { seededRandom } from '../support/random.ts';

/** A project whose cache holds the code of `guestkit new --list`, a command that needs no KVM. */
async function warmed(): Promise<{ project: Project; files: string[] }> {
  const project = new Project();
  const folder = join(project.env()['GUESTKIT_CACHE_DIR'] ?? '', 'code');
  expect((await list(project)).status).toBe(0);
  const files = readdirSync(folder).map((name) => join(folder, name));
  expect(files.length).toBeGreaterThan(1);
  return { project, files };
}

function list(project: Project) {
  return project.run(['new', '--list']);
}

it('keeps compiled code once and takes it from there', async () => {
  const { project, files } = await warmed();
  const before = files.map((file) => statSync(file).mtimeMs);
  await list(project);
  expect(files.map((file) => statSync(file).mtimeMs)).toEqual(before);
});

it('survives code that is damaged, cut short or empty, and replaces it', async () => {
  const { project, files } = await warmed();
  const expected = (await list(project)).stdout;
  const whole = files.map((file) => readFileSync(file));
  const random = seededRandom(7);
  const damages: ((bytes: Buffer) => Buffer)[] = [
    () => Buffer.alloc(0),
    (bytes) => bytes.subarray(0, bytes.length >> 1),
    (bytes) => Buffer.alloc(bytes.length),
    ...Array.from({ length: 8 }, () => (bytes: Buffer) => {
      const damaged = Buffer.from(bytes);
      for (let flip = 0; flip < 20; flip += 1) {
        const at = random.below(damaged.length);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      }
      return damaged;
    }),
  ];
  for (const damage of damages) {
    for (const [index, file] of files.entries()) writeFileSync(file, damage(whole[index] ?? Buffer.alloc(0)));
    const { status, stdout } = await list(project);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expected });
    expect(files.map((file) => statSync(file).size > 0)).toEqual(files.map(() => true));
  }
});

it('works without a place to keep anything', async () => {
  const project = new Project();
  const locked = project.write('locked', 'a file where a folder should be');
  chmodSync(locked, 0o400);
  const { status } = await project.run(['new', '--list'], { env: { GUESTKIT_CACHE_DIR: locked } });
  expect(status).toBe(0);
  const homeless = { GUESTKIT_CACHE_DIR: undefined, XDG_CACHE_HOME: undefined, HOME: undefined };
  expect((await project.run(['new', '--list'], { env: homeless })).status).toBe(0);
});

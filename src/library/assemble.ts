import { type AssembleOptions, assemble as assembleAlone } from '../nasm/assemble.ts';
import type { Image } from '../nasm/image.ts';
import { projectConfig } from './project.ts';

/**
 * Makes the image of a source: from the cache where nothing has changed, else with NASM. Includes are searched
 * in the current folder, beside the source, then in `includePaths`. Options that are left out come from the
 * project's settings (`nasm.flags`, `nasm.includePaths`).
 *
 * ```ts
 * const image = await assemble('asm/hello.asm', { flags: ['-DGREETING=1'] });
 * console.log(image.bytes.length, image.symbols);
 * ```
 *
 * @param source the path of an `.asm`
 * @throws AssemblyError when NASM refuses the source; GuestkitError `file` when it cannot be read, `nasm` when
 * there is no NASM, `config` when the project's settings are wrong; the signal's reason after an abort
 */
export async function assemble(source: string, options: AssembleOptions = {}): Promise<Image> {
  const { nasm } = await projectConfig();
  return await assembleAlone(source, { ...nasm, ...options });
}
